"""`/sparql`: the SPARQL 1.1 Protocol, read-only, and a page with a form for people."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import protocol
from api.documents import DOCUMENT_TYPES, description_as
from api.negotiation import agree
from api.problems import RequestError
from api.protocol import HTML, Form, SparqlRequest
from api.service import Here, Service
from api.tables import examples, read_table
from kg.stores.sparql import Dataset, Serialized

router = APIRouter(tags=["SPARQL"])

VARY = {"Vary": "Accept"}


@router.get("/sparql", summary="Ask in SPARQL; without a query, the endpoint describes itself")
async def get_query(request: Request, here: Here) -> Response:
    """Answer a query given in the address."""
    return await _respond(request, here, protocol.read_pairs(request.url.query))


@router.post("/sparql", summary="Ask in SPARQL, by a form or with the query as the body")
async def post_query(request: Request, here: Here) -> Response:
    """Answer a query given in the body."""
    body = await protocol.read_limited(request, here.settings.query_bytes)
    in_address = protocol.read_pairs(request.url.query)
    pairs = protocol.read_body(body, request.headers.get("content-type", ""), in_address)
    if not any(name in ("query", "update") for name, _ in pairs):
        raise RequestError(HTTPStatus.BAD_REQUEST, "the request holds no query")
    return await _respond(request, here, pairs)


async def _respond(request: Request, here: Service, pairs: Sequence[tuple[str, str]]) -> Response:
    asked = protocol.read_request(pairs, here.settings.query_bytes)
    accept = request.headers.get("accept")
    if asked is None:
        return _describe(accept, str(request.url.replace(query="")), here)
    form = protocol.form_of(asked.query)
    media_type = protocol.choose_type(accept, form)
    # The engine answers in a process of its own; waiting for it must not hold up the event loop.
    if media_type == HTML:
        return await run_in_threadpool(_page, asked, form, here)
    answer = await run_in_threadpool(_ask, asked, media_type, here)
    return Response(answer.body, media_type=answer.media_type, headers=VARY)


def _ask(asked: SparqlRequest, media_type: str, here: Service) -> Serialized:
    dataset = Dataset(asked.default_graphs, asked.named_graphs)
    return here.sparql.serialize(asked.query, media_type, here.limits, dataset)


def _page(asked: SparqlRequest, form: Form, here: Service) -> Response:
    if form is Form.GRAPH:
        graph = _ask(asked, next(iter(protocol.GRAPH_TYPES)), here).body.decode()
        return here.pages.show("sparql.html", query=asked.query, table=None, graph=graph, examples=examples())
    table = read_table(_ask(asked, next(iter(protocol.RESULT_TYPES)), here).body)
    return here.pages.show("sparql.html", query=asked.query, table=table, graph=None, examples=examples())


def _describe(accept: str | None, endpoint: str, here: Service) -> Response:
    chosen = agree(accept, (*DOCUMENT_TYPES, HTML))
    if chosen == HTML:
        return here.pages.show(
            "sparql.html", query=examples()[0].text, table=None, graph=None, examples=examples()
        )
    return Response(description_as(chosen, endpoint), media_type=chosen, headers=VARY)
