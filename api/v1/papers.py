"""`POST /v1/papers`, `DELETE /v1/papers/…`: papers brought in and taken out, with a token for it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api import protocol
from api.intake import Taken
from api.problems import RequestError
from api.service import Here, Service
from api.writing import allowed
from kg.errors import StoreUnavailable
from kg.sources import Rejected
from kg.tokens import Holder

router = APIRouter(prefix="/v1/papers", tags=["Things"])

INGEST = "ingest"
May = Annotated[Holder, Depends(allowed(INGEST))]

FORMATS: Mapping[str, str] = {
    "application/json": "json",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/x-bibtex": "bibtex",
    "text/x-bibtex": "bibtex",
    "application/x-research-info-systems": "ris",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/atom+xml": "arxiv-atom",
    "text/plain": "text",
}
"""The importer of each media type; JSON says by its fields which service it came from."""
EXAMPLE = {
    "title": "Preference tuning without a reward model",
    "abstract": "We propose Direct Preference Optimization (DPO). It outperforms PPO on MT-Bench.",
    "authors": ["Ada Example"],
    "published": "2024-01-02",
    "arxiv": "2401.00001",
}
_REJECTS_TOLD = 3


class Rejection(BaseModel):
    """A record that is no paper."""

    line: int | None = Field(description="Where it stands in the body; null where it is all of it")
    reason: str
    record: str = Field(description="How it begins")

    @classmethod
    def of(cls, rejected: Rejected) -> Rejection:
        """Take a record that was passed over."""
        return cls(line=rejected.line, reason=rejected.reason, record=rejected.record_excerpt)


class Ingested(BaseModel):
    """What became of the papers that a request brought. `position` is the graph's version with them."""

    added: int
    changed: int
    unchanged: int
    papers: tuple[str, ...] = Field(description="Their ids, in the order in which they came")
    rejected: list[Rejection] = Field(description="Records that are no papers, which were passed over")
    shown: bool = Field(description="False while another process keeps the graph from showing them")
    position: int


class Removed(BaseModel):
    """A paper that was taken out, with whatever only it held up."""

    paper: str
    shown: bool = Field(description="False while another process keeps the graph from showing it")
    position: int


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            media_type: {"schema": {"type": "string"}}
            if name != "json"
            else {"schema": {"type": ["object", "array"]}, "example": EXAMPLE}
            for media_type, name in FORMATS.items()
        },
    }
}


@router.post("", response_model=Ingested, summary="Bring papers in", openapi_extra=_BODY)
async def ingest(request: Request, here: Here, who: May) -> Response:  # noqa: ARG001  # asked for its check
    """Take in papers; those that are there already change nothing, records that are none are passed over.

    The answer comes when all of it is recorded: 202 says that it shows later. 503 says that other papers
    are being read, and when to try again. No address in a record is ever fetched.
    """
    name = _format(request.headers.get("content-type", ""))
    body = await protocol.read_limited(request, here.settings.ingest_bytes)
    if not body.strip():
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "the body holds no paper")
    taken = await run_in_threadpool(here.intake.take, body, name)
    return _answer(taken, here)


@router.delete("/{id:path}", response_model=Removed, summary="Take a paper out")
def remove(id: str, here: Here, who: May) -> Response:  # noqa: ARG001  # asked for its check
    """Take a paper out, with its evidence and whatever only it held up; 404 where there is none."""
    shown = True
    with here.writer.opened() as graph:
        try:
            graph.remove(id)
        except StoreUnavailable:  # it is out of the ledger by then
            shown = False
        position = graph.ledger.position()
    answer = Removed(paper=id, shown=shown, position=position)
    return _sent(answer, here, shown=shown)


def _format(content_type: str) -> str:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in FORMATS:
        detail = f"papers are not read from {media_type or 'a body without a type'}"
        raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail, offers=tuple(FORMATS))
    return FORMATS[media_type]


def _answer(taken: Taken, here: Service) -> Response:
    rejected = [Rejection.of(each) for each in taken.report.rejected]
    if not taken.papers:
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, _all_wrong(rejected))
    answer = Ingested(
        added=taken.report.added,
        changed=taken.report.changed,
        unchanged=taken.report.unchanged,
        papers=taken.papers,
        rejected=rejected,
        shown=taken.shown,
        position=taken.position,
    )
    return _sent(answer, here, shown=taken.shown)


def _all_wrong(rejected: list[Rejection]) -> str:
    told = "; ".join(
        f"line {each.line}: {each.reason}" if each.line else each.reason for each in rejected[:_REJECTS_TOLD]
    )
    more = f"; and {len(rejected) - _REJECTS_TOLD} more" if len(rejected) > _REJECTS_TOLD else ""
    return f"the body holds no paper: {told}{more}" if told else "the body holds no paper"


def _sent(answer: BaseModel, here: Service, *, shown: bool) -> Response:
    status = HTTPStatus.OK if shown else HTTPStatus.ACCEPTED
    after = None if shown else BackgroundTask(here.writer.catch_up)
    return JSONResponse(answer.model_dump(mode="json"), status, background=after)
