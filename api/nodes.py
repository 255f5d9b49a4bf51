"""`/id/…`: the IRI of every entity, paper, statement and result, answered as a page or as RDF."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.documents import HTML, SUFFIXES, split_suffix
from api.marking import mark_mentions
from api.negotiation import agree
from api.pages import address
from api.paging import AskedPage, Paged
from api.service import Here, Service
from kg.assemble import is_accepted
from kg.errors import NotFound
from kg.export import EXPORTERS
from kg.records import Entity, Graph, GroundedPaper, Node, Result, Statement, node_id

router = APIRouter(tags=["Things"])

WRITERS: Mapping[str, str] = {
    "text/turtle": "ttl",
    "application/ld+json": "jsonld",
    "application/n-triples": "nq",
    "application/json": "jsonld",
}
"""The media types of RDF and the exporter that writes each."""

BOARD_ROWS = 100

_EVIDENCE = re.compile(r"((?:statement|result)/[0-9a-f]+)/[0-9a-f]+")
"""The id of evidence: it is told where what it holds up is told."""


@router.get("/id/{node:path}", summary="What stands behind an IRI, as a page or as RDF")
def show(node: str, request: Request, here: Here, asked_page: Paged) -> Response:
    """Send what the suffix names, or else what the client likes best."""
    stem, asked = split_suffix(node)
    media_type = asked or agree(request.headers.get("accept"), (HTML, *WRITERS))
    if media_type not in (HTML, *WRITERS):
        raise NotFound(node, [f"{stem}.{suffix}" for suffix, known in SUFFIXES.items() if known in WRITERS])
    if evidence := _EVIDENCE.fullmatch(stem):
        return RedirectResponse(address(evidence[1]), HTTPStatus.SEE_OTHER)
    if stem in here.vocabulary.families:
        return _family_page(stem, here)
    found = here.facts.node(stem)
    response = _page(found, asked_page, here) if media_type == HTML else _document(found, media_type, here)
    response.headers["Vary"] = "Accept"
    return response


def _document(found: Node, media_type: str, here: Service) -> Response:
    stream = BytesIO()
    graph = Graph.of([found, *here.facts.about(found)])
    EXPORTERS[WRITERS[media_type]](graph, here.vocabulary, stream)
    return Response(stream.getvalue(), media_type=media_type)


def _page(found: Node, asked: AskedPage, here: Service) -> Response:
    match found:
        case GroundedPaper():
            return _paper_page(found, here)
        case Entity():
            return _entity_page(found, asked, here)
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


def _entity_page(found: Entity, asked: AskedPage, here: Service) -> Response:
    said = here.lookups.about(found.id, limit=asked.limit, cursor=asked.cursor)
    board = here.lookups.leaderboard(found.id, limit=BOARD_ROWS)
    reported = here.lookups.results(method=found.id, limit=BOARD_ROWS)
    return here.pages.show(
        "entity.html",
        entity=found,
        known=here.vocabulary.names.get(found.id),
        board=board,
        reported=reported,
        groups=here.facts.groups(said.rows, found.id),
        said=said,
        following=asked.following(said),
    )


def _family_page(family: str, here: Service) -> Response:
    members = [known for known in here.vocabulary.names.values() if family in known.broader]
    return here.pages.show("family.html", name=here.pages.called(family), members=members)
