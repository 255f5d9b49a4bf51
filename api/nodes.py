"""`/id/…`: the IRI of every entity, paper, statement and result, answered as a page or as RDF."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.boards import boards
from api.charts import by_year, race
from api.decided import Decided
from api.documents import HTML, SUFFIXES, split_suffix
from api.marking import mark_mentions
from api.negotiation import agree
from api.pages import address
from api.paging import AskedPage, Paged
from api.service import Here, Service
from kg.assemble import is_accepted
from kg.errors import NotFound
from kg.export import EXPORTERS
from kg.lookup.tables import Wanted
from kg.records import Entity, Graph, GroundedPaper, Node, Result, Statement, node_id

router = APIRouter(tags=["Things"])

WRITERS: Mapping[str, str] = {
    "text/turtle": "ttl",
    "application/ld+json": "jsonld",
    "application/n-triples": "nq",
    "application/json": "jsonld",
}
"""The media types of RDF and the exporter that writes each."""

BOARD_ROWS = 200
"""The most numbers on one page."""
FEW = 6
"""How many statements of each predicate a page shows before it leads to all of them."""
NEWEST = 8
"""How many of the papers that name a thing its page lists."""


class Narrowed(BaseModel):
    """Which statements the page of a thing shows."""

    predicate: str | None = Field(None, max_length=100, description="Only with this predicate, in pages")
    end: Literal["subject", "object"] = Field("subject", description="Where the thing stands in them")
    belief: float = Field(0.0, ge=0, le=1, description="The least belief")


_EVIDENCE = re.compile(r"((?:statement|result)/[0-9a-f]+)/[0-9a-f]+")
"""The id of evidence: it is told where what it holds up is told."""


@router.get("/id/{node:path}", summary="What stands behind an IRI, as a page or as RDF")
def show(
    node: str, request: Request, here: Here, asked_page: Paged, narrowed: Annotated[Narrowed, Query()]
) -> Response:
    """Send what the suffix names, or else what the client likes best."""
    stem, asked = split_suffix(node)
    media_type = asked or agree(request.headers.get("accept"), (HTML, *WRITERS))
    if media_type not in (HTML, *WRITERS):
        raise NotFound(node, [f"{stem}.{suffix}" for suffix, known in SUFFIXES.items() if known in WRITERS])
    if evidence := _EVIDENCE.fullmatch(stem):
        return RedirectResponse(address(evidence[1]), HTTPStatus.SEE_OTHER)
    if stem in here.vocabulary.families:
        return _family_page(stem, here)
    with here.lookups.at_once():
        return _shown(node, stem, media_type, asked_page, narrowed, here)


def _shown(
    node: str, stem: str, media_type: str, asked_page: AskedPage, narrowed: Narrowed, here: Service
) -> Response:
    decided = Decided(here.facts)
    if moved := decided.moved(stem):
        return RedirectResponse(address(moved) + node.removeprefix(stem), HTTPStatus.SEE_OTHER)
    if media_type == HTML and decided.rejected(stem):
        return RedirectResponse(f"/decisions?{urlencode({'node': stem})}", HTTPStatus.SEE_OTHER)
    found = here.facts.node(stem)
    if media_type == HTML:
        response = _page(found, asked_page, narrowed, here)
    else:
        response = _document(found, media_type, here)
    response.headers["Vary"] = "Accept"
    return response


def _document(found: Node, media_type: str, here: Service) -> Response:
    stream = BytesIO()
    graph = Graph.of([found, *here.facts.about(found)])
    EXPORTERS[WRITERS[media_type]](graph, here.vocabulary, stream)
    return Response(stream.getvalue(), media_type=media_type)


def _page(found: Node, asked: AskedPage, narrowed: Narrowed, here: Service) -> Response:
    match found:
        case GroundedPaper():
            return _paper_page(found, here)
        case Entity():
            return (
                _statements_page(found, asked, narrowed, here)
                if narrowed.predicate
                else _entity_page(found, narrowed, here)
            )
        case Statement():
            return _statement_page(found, here)
        case Result():
            return _result_page(found, here)


def _paper_page(found: GroundedPaper, here: Service) -> Response:
    paper = found.paper
    named = {here.vocabulary.type_of(mention.entity).name for mention in found.mentions}
    return here.pages.show(
        "paper.html",
        paper=paper,
        node=node_id(found),
        title=mark_mentions(paper.title, found.mentions),
        abstract=mark_mentions(paper.abstract, found.mentions, len(paper.title) + 1),
        legend=[each for each in here.vocabulary.types.values() if each.name in named],
        says=here.facts.said_in(found),
        reported=here.facts.reported_in(found),
    )


def _statement_page(found: Statement, here: Service) -> Response:
    return here.pages.show(
        "statement.html",
        row=here.facts.row(found),
        curated=found.curated,
        shares=here.facts.shares(found.evidence),
    )


def _result_page(found: Result, here: Service) -> Response:
    figure = here.facts.figure(found)
    return here.pages.show(
        "result.html",
        figure=figure,
        curated=is_accepted(found),
        method=here.lookups.reader.names.item(found.method) if found.method else None,
        quotes=here.lookups.reader.quotes(found.id),
        shares=here.facts.shares(found.evidence),
    )


def _entity_page(found: Entity, narrowed: Narrowed, here: Service) -> Response:
    board = here.lookups.leaderboard(found.id, limit=BOARD_ROWS)
    lists = boards(board.rows, here.vocabulary)
    naming = here.facts.naming(found)
    return here.pages.show(
        "entity.html",
        entity=found,
        known=here.vocabulary.names.get(found.id),
        board=board,
        boards=lists,
        race=next(filter(None, map(race, lists)), None),
        reported=here.lookups.results(method=found.id, limit=BOARD_ROWS) if not lists else None,
        groups=here.facts.groups(found, narrowed.belief, FEW),
        narrowed=narrowed,
        naming=naming,
        newest=naming[:NEWEST],
        years=by_year(here.lookups.reader.dates_naming(found.id)),
    )


def _statements_page(found: Entity, asked: AskedPage, narrowed: Narrowed, here: Service) -> Response:
    """Show all that is said of a thing by one predicate."""
    end = {narrowed.end: found.id}
    wanted = Wanted(**end, predicate=narrowed.predicate, least_belief=narrowed.belief)
    said = here.lookups.statements(wanted, limit=asked.limit, cursor=asked.cursor)
    return here.pages.show(
        "statements.html",
        entity=found,
        title=here.facts.heading(narrowed.predicate or "", narrowed.end, found.name),
        said=said,
        narrowed=narrowed,
        following=asked.following(said),
    )


def _family_page(family: str, here: Service) -> Response:
    members = [known for known in here.vocabulary.names.values() if family in known.broader]
    return here.pages.show("family.html", name=here.pages.called(family), members=members)
