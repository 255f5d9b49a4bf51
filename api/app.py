"""The application: routes, safe headers, and one place where every error becomes an answer."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import fastapi_offline
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from api import curating, cypher, cypher_page, graph, health, nodes, ontology, problems, site, sparql
from api.access import Readers, reading_is_open
from api.gate import Check, Gate, Names, Sizes, words
from api.guard import Guard, LastHandler
from api.logs import request_id
from api.mcp import endpoint
from api.mcp.endpoint import Endpoint
from api.negotiation import choose
from api.observing import HttpMetrics, Observed, Routed
from api.openapi import document
from api.pages import STATIC
from api.problems import Problem, RequestError
from api.rates import Rates
from api.service import Service, service_over
from api.v1 import routers
from kg.errors import KGError, QueryTimeout
from kg.settings import Settings
from kg.workspace import Workspace

if TYPE_CHECKING:  # the driver under it comes with an extra
    from kg.stores.door import CypherDoor

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 5
"""After so long it is worth asking again what could not be done."""
DESCRIPTION = """
Statements that papers on AI alignment make, each with the sentences that state it.

Every list comes in pages: `next` in the body, and the `Link` header, lead to the page that follows. Every
failure is a problem document of RFC 9457 (`application/problem+json`); an unknown name comes with the nearest
known ones.
"""


def create_app(workspace: Workspace, settings: Settings, door: CypherDoor | None = None) -> FastAPI:
    """Return the service over an open workspace; whoever opened it closes it.

    The service reads through query workers of its own, which start and end with it; `door` answers Cypher.
    """
    agents, metrics = Endpoint(settings), HttpMetrics()
    app = FastAPI(
        title="AlignKG",
        version=workspace.vocabulary.version,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=partial(_lifespan, workspace, settings, door, agents),
        middleware=[
            Middleware(Guard),
            Middleware(Observed, metrics=metrics, stopped=_stopped),
            *_for_other_sites(settings),
            Middleware(LastHandler, answer=_crashed),
            Middleware(Gate, checks=_checks(settings), answer=_request_error),
            Middleware(Routed),
        ],
        exception_handlers={
            KGError: _kg_error,
            RequestError: _request_error,
            RequestValidationError: _invalid,
            HTTPException: _http_error,
        },
        responses={"default": {"model": Problem, "description": "What went wrong, and what to do"}},
    )
    app.state.metrics = metrics
    editors = (sparql.router, cypher.router, cypher_page.router)
    documents = (health.router, *editors, ontology.router, nodes.router, graph.router)
    for router in (*routers(workspace.vocabulary), *documents, curating.router, site.router):
        app.include_router(router)
    app.openapi = partial(document, app, workspace.vocabulary)  # type: ignore[method-assign]  # as FastAPI's docs say
    app.router.routes[:0] = sparql.DIRECT
    app.router.routes.append(Route(endpoint.PATH, agents, methods=["POST"], include_in_schema=False))
    app.mount("/static/docs", StaticFiles(directory=Path(fastapi_offline.__file__).parent / "static"))
    app.mount("/static", StaticFiles(directory=STATIC))
    return app


def _checks(settings: Settings) -> list[Check]:
    """Return what every request passes; the cheapest come first."""
    readers = [] if reading_is_open(settings) else [Readers()]
    return [Names(settings), Sizes(settings), Rates(settings), *readers]


def _for_other_sites(settings: Settings) -> list[Middleware]:
    """Let pages of the sites that the settings name read; without credentials that a browser would add."""
    origins = words(settings.cors_origins)
    if not origins:
        return []
    opened = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=("GET", "HEAD", "POST"),
        allow_headers=("Authorization",),
        expose_headers=("Link", "Location", "Retry-After", "Content-Disposition"),
    )
    return [opened]


@asynccontextmanager
async def _lifespan(
    workspace: Workspace, settings: Settings, door: CypherDoor | None, agents: Endpoint, app: FastAPI
) -> AsyncIterator[None]:
    async with service_over(workspace, settings, door) as service, agents.running(service):
        app.state.service = service
        yield


def _send(request: Request, problem: Problem) -> Response:
    """Send a problem as JSON, or as a page to whoever prefers one."""
    service: Service = request.app.state.service
    offers = (problems.MEDIA_TYPE, "application/json", "text/html")
    if choose(request.headers.get("accept"), offers) == "text/html":
        question = request.query_params.get("q", problem.name or "")
        page = service.pages.show("problem.html", problem.status, problem=problem, question=question)
        page.headers["Vary"] = "Accept"
        return page
    numbered = problem.model_copy(update={"request": request_id.get() or None})
    body = numbered.model_dump_json(exclude_none=True)
    return Response(body, problem.status, media_type=problems.MEDIA_TYPE, headers={"Vary": "Accept"})


async def _kg_error(request: Request, error: KGError) -> Response:
    problem = problems.of_kg_error(error, request.url.path)
    known = isinstance(error, QueryTimeout)  # whoever ended the query has said so
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not known:
        logger.error("%s: %s", problem.instance, error)
    response = _send(request, problem)
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(AGAIN_SECONDS)
    return response


async def _request_error(request: Request, error: RequestError) -> Response:
    response = _send(request, problems.of_request_error(error, request.url.path))
    response.headers.update(error.headers)
    return response


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    faults = (f"{'.'.join(map(str, fault['loc'][1:]))}: {fault['msg']}" for fault in error.errors())
    return _send(request, problems.of_status(422, "; ".join(faults), request.url.path))


async def _http_error(request: Request, error: HTTPException) -> Response:
    response = _send(request, problems.of_status(error.status_code, error.detail, request.url.path))
    response.headers.update(error.headers or {})
    return response


def _crashed(request: Request, number: str) -> Response:
    return _send(request, problems.of_crash(number, request.url.path))


def _stopped(request: Request) -> Response:
    detail = "the service is being stopped; try again in a moment"
    return _send(request, problems.of_status(HTTPStatus.SERVICE_UNAVAILABLE, detail, request.url.path))
