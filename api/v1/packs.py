"""`/v1/pack`: a survey pack of an answer as a zip, of as many rows as a page may have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from threading import BoundedSemaphore
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from api.service import Here, Service
from api.v1.questions import Text
from kg.errors import ResultTooLarge, StoreUnavailable
from kg.grounding import slug
from kg.pack import Contents, Pack, gather, pack_of, zip_pack
from kg.records import JSON
from kg.stores.oxigraph import OxigraphStore

MEDIA_TYPE = "application/zip"
ZIPPED: dict[int | str, dict[str, JSON]] = {200: {"content": {MEDIA_TYPE: {}}}}
"""What the reference says of the answer."""
AT_ONCE = 2
"""Packs that are made at one time: each takes seconds of work, and other answers must not wait for it."""
_TRIES = 3
"""How often a pack is begun anew because the graph has changed meanwhile."""


def packs_router() -> APIRouter:
    """Return the route, which makes only a few packs at a time."""
    router = APIRouter(prefix="/v1", tags=["Export"])
    places = BoundedSemaphore(AT_ONCE)

    @router.get(
        "/pack",
        summary="All that stands behind an answer, as a zip",
        response_class=Response,
        responses=ZIPPED,
    )
    def pack(q: Text, here: Here) -> Response:
        """Send tables, BibTeX, every sentence, the part of the graph, pictures and a notebook.

        Rows beyond a page's limit are left out, and `manifest.json` says so; `kg pack` writes all of them.
        """
        with _a_place(places):
            made = _made(q, here)
        stream = BytesIO()
        zip_pack(made, stream)
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(slug(q)[:80], safe='')}.zip"}
        return Response(stream.getvalue(), media_type=MEDIA_TYPE, headers=headers)

    return router


@contextmanager
def _a_place(places: BoundedSemaphore) -> Iterator[None]:
    if not places.acquire(blocking=False):
        raise StoreUnavailable(f"{AT_ONCE} packs are being made already; try again in a moment")
    try:
        yield
    finally:
        places.release()


def _made(question: str, here: Service) -> Pack:
    pack = pack_of(_contents(question, here), here.facts.workspace.origin)
    if sum(map(len, pack.files.values())) > here.limits.bytes:
        raise ResultTooLarge(here.limits.bytes, "bytes")
    return pack


def _contents(question: str, here: Service, tries: int = _TRIES) -> Contents:
    """Read the answer from one state of the graph; begin anew if it changes meanwhile."""
    workspace = here.facts.workspace
    with closing(OxigraphStore.read_only(workspace.store_directory, here.vocabulary)) as snapshot:
        try:
            return gather(question, here.lookups, snapshot, rows=here.settings.page_limit)
        except StoreUnavailable:
            if tries <= 1:
                raise
    return _contents(question, here, tries - 1)
