"""`/sparql`: the SPARQL 1.1 Protocol, read-only, and a page with a form for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from http import HTTPStatus

from anyio import from_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from api import drawings, protocol
from api.asking import in_thread, limits_of, while_there
from api.documents import DOCUMENT_TYPES, description_as
from api.editors import ROWS_SHOWN, FileFormat, Outcome, outcome_of
from api.guard import SAFE_HEADERS
from api.negotiation import agree
from api.problems import RequestError
from api.protocol import HTML, Form
from api.service import Service, service_of
from api.tables import examples, facts_table, read_facts, read_table
from kg.stores.sparql import Dataset, Serialized
from kg.vocabulary import PREFIXES

router = APIRouter(tags=["SPARQL"])

ADDRESS = "/sparql"
VARY = {"Vary": "Accept"}
TABLE_FORMATS = (
    FileFormat("JSON", "application/sparql-results+json", "json"),
    FileFormat("CSV", "text/csv", "csv"),
    FileFormat("TSV", "text/tab-separated-values", "tsv"),
)
GRAPH_FORMATS = (
    FileFormat("Turtle", "text/turtle", "ttl"),
    FileFormat("JSON-LD", "application/ld+json", "jsonld"),
    FileFormat("N-Triples", "application/n-triples", "nt"),
)
_JSON, _FACTS = "application/sparql-results+json", "application/ld+json"

PAGE_POLICY = (
    f"{SAFE_HEADERS['Content-Security-Policy']}; "
    "style-src-attr 'unsafe-hashes' 'sha256-EntWS0hFrz2vH7susM+dPUxvHlL6sBswmM8K80E5oUk='"
)
"""What the editor's page may do: what every page may, and one inline style.

The hint that YASQE shows beside a malformed line underlines what it expected by a `style` attribute. Its
hash admits exactly that text, on this page only. The `eval` in YASGUI's parts belongs to a stand-in for JSON
that no browser needs, so it stays forbidden.
"""


@router.get(ADDRESS, summary="Ask in SPARQL; without a query, the endpoint describes itself")
async def get_query(request: Request) -> Response:
    """Answer a query given in the address."""
    return await _respond(request, service_of(request), _in_address(request))


@router.post(ADDRESS, summary="Ask in SPARQL, by a form or with the query as the body")
async def post_query(request: Request) -> Response:
    """Answer a query given in the body."""
    here, in_address = service_of(request), _in_address(request)
    body = await protocol.read_limited(request, here.settings.query_bytes)
    pairs = protocol.read_body(body, request.headers.get("content-type", ""), in_address)
    if not any(name in ("query", "update") for name, _ in pairs):
        raise RequestError(HTTPStatus.BAD_REQUEST, "the request holds no query")
    return await _respond(request, here, pairs)


class _Route(Route):
    """A route that says which one it is, as those of FastAPI do."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child_scope = super().matches(scope)
        return match, {**child_scope, "route": self}


DIRECT = (
    _Route(ADDRESS, get_query, methods=["GET"], include_in_schema=False),
    _Route(ADDRESS, post_query, methods=["POST"], include_in_schema=False),
)
"""The same routes without FastAPI, which has nothing to read here, and takes as long as a small query."""


def _in_address(request: Request) -> list[tuple[str, str]]:
    return protocol.read_pairs(request.scope["query_string"].decode("latin-1"))


async def _respond(request: Request, here: Service, pairs: Sequence[tuple[str, str]]) -> Response:
    asked = protocol.read_request(pairs, here.settings.query_bytes)
    accept = request.headers.get("accept")
    if asked is None:
        return _describe(accept, str(request.url.replace(query="")), here)
    form = protocol.form_of(asked.query)
    media_type = protocol.choose_type(accept, form)
    limits = limits_of(asked.timeout, here)
    dataset = Dataset(asked.default_graphs, asked.named_graphs)

    async def answer(as_type: str) -> Serialized:
        ask = partial(here.sparql.serialize, asked.query, as_type, limits, dataset)
        return await while_there(request, ask)

    if media_type == HTML:
        return await in_thread(partial(_page, asked.query, answer, form, here), here)
    found = await answer(media_type)
    return Response(found.body, media_type=found.media_type, headers=VARY)


Ask = Callable[[str], Coroutine[object, object, Serialized]]
"""Answers the query of a request by a document of some type, on the event loop."""


def _page(query: str, answer: Ask, form: Form, here: Service) -> Response:
    return _editor(query, outcome_of(query, ADDRESS, partial(_shown, answer, form, here)), here)


def _shown(answer: Ask, form: Form, here: Service) -> Outcome:
    if form is not Form.GRAPH:
        return Outcome(table=read_table(from_thread.run(answer, _JSON).body), formats=TABLE_FORMATS)
    facts = read_facts(from_thread.run(answer, _FACTS).body)
    things = here.lookups.reader.refresh().things
    drawing = drawings.of_facts(
        facts, lambda node: things[node].item.name if node in things else None, here.vocabulary
    )
    return Outcome(table=facts_table(facts), drawing=drawing, formats=GRAPH_FORMATS)


def _editor(query: str, outcome: Outcome | None, here: Service) -> Response:
    status = outcome.status if outcome else HTTPStatus.OK
    page = here.pages.show(
        "sparql.html",
        status,
        query=query,
        outcome=outcome,
        rows_shown=ROWS_SHOWN,
        examples=examples(),
        prefixes=json.dumps(PREFIXES),
    )
    page.headers.update({**VARY, "Content-Security-Policy": PAGE_POLICY})
    return page


def _describe(accept: str | None, endpoint: str, here: Service) -> Response:
    chosen = agree(accept, (*DOCUMENT_TYPES, HTML))
    if chosen == HTML:
        return _editor(examples()[0].text, None, here)
    return Response(description_as(chosen, endpoint), media_type=chosen, headers=VARY)
