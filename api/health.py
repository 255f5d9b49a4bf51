"""Whether the service is well, its reference page, and the styles that the ontology's colours make."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.guard import SAFE_HEADERS
from api.service import Here

router = APIRouter()

POLICY = "Content-Security-Policy"
DOCS_POLICY = SAFE_HEADERS[POLICY].replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""The reference page's own: Swagger UI sets styles on elements."""


class Health(BaseModel):
    """The service answers, and so does its store."""

    status: str
    ontology: str


@router.get("/healthz", tags=["Service"], summary="Whether the service can answer")
def health(here: Here) -> Health:
    """Ask the store where it stands; an error says what is wrong."""
    here.lookups.reader.refresh()
    return Health(status="ok", ontology=here.vocabulary.version)


@router.get("/docs", include_in_schema=False)
def docs(here: Here) -> Response:
    """Show the reference of all addresses, with no code from other machines."""
    page = here.pages.show("docs.html")
    page.headers[POLICY] = DOCS_POLICY
    return page


@router.get("/static/types.css", include_in_schema=False)
def type_colours(here: Here) -> Response:
    """Give each type of thing its colour."""
    return Response(here.pages.type_colours(), media_type="text/css")
