"""`/graph`: what lies around things as a picture; where no script draws it, as a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.service import Here, Service
from api.v1.graph import GraphShape, Wanted, drawn
from kg.lookup.answers import AnswerRow, Item
from kg.vocabulary import EntityType

router = APIRouter(include_in_schema=False)

LISTED = 200
"""The most statements that the list without scripts shows."""

BEGINNINGS = 2
"""How many things of each type the page suggests to begin with."""


LIMITS = (100, 300, 1_000, 3_000, 10_000)
"""How many statements the page offers to show at most."""


@router.get("/graph")
def graph(request: Request, wanted: Annotated[Wanted, Query()], here: Here) -> Response:
    """Show the graph around things or between two; without any, where to begin."""
    shape = drawn(wanted, here) if wanted.node or wanted.from_node else None
    return here.pages.show(
        "graph.html",
        wanted=wanted,
        limits=sorted({*LIMITS, wanted.limit}),
        json=f"/v1/graph?{request.url.query}",
        shape=shape,
        names={node.id: node.name for node in shape.nodes} if shape else {},
        data=shape.model_dump(mode="json") if shape else None,
        listed=list(_rows(shape, here)) if shape else [],
        beginnings=[] if shape else list(_beginnings(here)),
        types=list(here.vocabulary.types_by_slug.values()),
        predicates=list(here.vocabulary.predicates.values()),
    )


def _rows(shape: GraphShape, here: Service) -> Iterator[AnswerRow]:
    item = here.lookups.reader.item
    for edge in shape.edges[:LISTED]:
        ends = item(edge.source), edge.predicate, item(edge.target)
        yield AnswerRow(*ends, edge.belief, edge.papers, edge.id, figures=(), quotes=())


def _beginnings(here: Service) -> Iterator[tuple[EntityType, list[Item]]]:
    """Return the most named things of each type that has any."""
    names = here.lookups.reader.refresh()
    for each in here.vocabulary.types.values():
        if first := names.of_type(each.name)[:BEGINNINGS]:
            yield each, [thing.item for thing in first]
