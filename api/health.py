"""Whether the service is well, what it counts, its reference page, and the colours of the ontology."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.guard import SAFE_HEADERS
from api.metrics import MEDIA_TYPE, exposition
from api.problems import RequestError
from api.readiness import faults
from api.service import Here, service_of

logger = logging.getLogger(__name__)

router = APIRouter()

POLICY = "Content-Security-Policy"
DOCS_POLICY = SAFE_HEADERS[POLICY].replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""The reference page's own: Swagger UI sets styles on elements."""


class Health(BaseModel):
    """The service answers."""

    status: str
    ontology: str


@router.get("/healthz", tags=["Service"], summary="Whether the service is alive")
async def health(request: Request) -> Health:
    """Answer, and ask nobody: whoever gets nothing here starts the service again."""
    here = service_of(request)  # as a dependency it would wait for a free thread
    return Health(status="ok", ontology=here.vocabulary.version)


@router.get("/readyz", tags=["Service"], summary="Whether the service can answer questions")
def ready(here: Here) -> Health:
    """Read the ledger, the index and the store, and look for the query workers; 503 says which fails."""
    found = faults(here)
    if found:
        logger.warning("not ready: %s", "; ".join(f"{fault.what}: {fault.why}" for fault in found))
        reasons = tuple(fault.said() for fault in found)
        raise RequestError(HTTPStatus.SERVICE_UNAVAILABLE, "; ".join(reasons), reasons=reasons)
    return Health(status="ok", ontology=here.vocabulary.version)


@router.get(
    "/metrics",
    tags=["Service"],
    summary="Counts of requests, queries and the graph",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
)
def metrics(request: Request, here: Here) -> Response:
    """Give what Prometheus reads."""
    return Response(exposition(request.app.state.metrics, here), media_type=MEDIA_TYPE)


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
