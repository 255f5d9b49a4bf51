"""`/sparql`: the SPARQL 1.1 Protocol, read-only, and a page with a form for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import drawings, protocol
from api.asking import limits_of, while_there
from api.documents import DOCUMENT_TYPES, description_as
from api.editors import ROWS_SHOWN, FileFormat, Outcome, outcome_of
from api.guard import SAFE_HEADERS
from api.negotiation import agree
from api.problems import RequestError
from api.protocol import HTML, Form, SparqlRequest
from api.service import Here, Service
from api.tables import examples, facts_table, read_facts, read_table
from kg.stores import Limits
from kg.stores.caller import Caller
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
    limits = limits_of(asked.timeout, here)
    if media_type == HTML:
        return await while_there(
            request, here, lambda caller: _page(_Asking(asked, limits, caller, here), form)
        )
    answer = await while_there(
        request, here, lambda caller: _Asking(asked, limits, caller, here).answer(media_type)
    )
    return Response(answer.body, media_type=answer.media_type, headers=VARY)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A query on its way: within which limits, for whom, and of whom it is asked."""

    asked: SparqlRequest
    limits: Limits
    caller: Caller
    here: Service

    def answer(self, media_type: str) -> Serialized:
        dataset = Dataset(self.asked.default_graphs, self.asked.named_graphs)
        pool = self.here.sparql
        return pool.serialize(self.asked.query, media_type, self.limits, dataset, self.caller)


def _page(asking: _Asking, form: Form) -> Response:
    query = asking.asked.query
    return _editor(query, outcome_of(query, ADDRESS, lambda: _shown(asking, form)), asking.here)


def _shown(asking: _Asking, form: Form) -> Outcome:
    if form is not Form.GRAPH:
        return Outcome(table=read_table(asking.answer(_JSON).body), formats=TABLE_FORMATS)
    here, facts = asking.here, read_facts(asking.answer(_FACTS).body)
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
