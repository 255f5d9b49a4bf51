"""`/v1/graph`: what lies around things, and on the way between two, as nodes and edges to draw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints, model_validator

from api.service import Here, Service
from kg.export.select import cut_note
from kg.lookup.answers import AnswerRow
from kg.lookup.around import Link, Sieve, Surroundings
from kg.lookup.reading import Hit

router = APIRouter(prefix="/v1", tags=["Questions"])

Name = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Wanted(BaseModel):
    """What to draw; the page `/graph` has the same parameters, so that every picture has an address."""

    node: list[Name] = Field([], max_length=100, description="Ids or names: what is said of each is drawn")
    from_node: Name | None = Field(None, description="With `to_node`: the way between two things is drawn")
    to_node: Name | None = None
    depth: int = Field(
        1, ge=0, le=3, description="How many steps to go from each node; 0 draws only what joins them"
    )
    type: list[Word] = Field([], max_length=20, description="Only things of these types")
    predicate: list[Word] = Field([], max_length=30, description="Only statements by these predicates")
    belief: float = Field(0.0, ge=0, le=1, description="The least belief")
    since: int | None = Field(
        None, alias="from", ge=1900, le=2100, description="Stated in this year or later"
    )
    until: int | None = Field(
        None, alias="to", ge=1900, le=2100, description="Stated in this year or earlier"
    )
    limit: int = Field(300, ge=1, le=10_000, description="The most statements")

    @model_validator(mode="after")
    def _a_way_has_two_ends(self) -> Wanted:
        if (self.from_node is None) != (self.to_node is None):
            raise ValueError("a way needs both from_node and to_node")
        return self

    @property
    def sieve(self) -> Sieve:
        """The filters among them."""
        return Sieve(frozenset(self.type), frozenset(self.predicate), self.belief, self.since, self.until)


class NodeShape(BaseModel):
    """A thing or a paper, and how many papers name it."""

    id: str
    name: str
    type: str
    papers: int


class EdgeShape(BaseModel):
    """A statement from one node to another; its sentences are under `/v1/statements/…`, by its id."""

    id: str
    source: str
    target: str
    predicate: str
    label: str
    belief: float
    papers: int
    first_year: int | None = Field(description="When the first of its papers was published")
    last_year: int | None = Field(description="When the last of its papers was published")


class GraphShape(BaseModel):
    """A graph to draw, and what its limits left out."""

    nodes: tuple[NodeShape, ...]
    edges: tuple[EdgeShape, ...]
    around: tuple[str, ...] = Field(description="The ids of what `node` names")
    ends: tuple[str, ...] = Field(description="The ids of what `from_node` and `to_node` name")
    way: tuple[str, ...] = Field(description="The statements on the way between the two, in order")
    total: int = Field(description="How many statements were found before the limit")
    unfollowed: int = Field(description="Of how many nodes not all statements between them were looked up")
    note: str = Field(description="What was found, and what was left out, in words")


@router.get("/graph", summary="What lies around things, or between two, as a graph")
def graph(wanted: Annotated[Wanted, Query()], here: Here) -> GraphShape:
    """Send nodes and edges around things, the nearest and most believed first.

    Statements between the nodes sent are edges, too, even if they were no step on the way. A way between two
    things is sent whole, whatever is filtered.
    """
    return drawn(wanted, here)


def drawn(wanted: Wanted, here: Service) -> GraphShape:
    """Return the graph that is wanted."""
    found = here.lookups.around(wanted.node, depth=wanted.depth, sieve=wanted.sieve, limit=wanted.limit)
    if wanted.from_node is None or wanted.to_node is None:
        return _shape(found, found.asked, (), (), _left_out(found), here)
    answer = here.lookups.path(wanted.from_node, wanted.to_node)
    way = tuple(map(_step, answer.rows))
    ends = tuple(_end(name, way, here) for name in (wanted.from_node, wanted.to_node))
    # What else joins those on the way is drawn beside it.
    stops = Surroundings(ends, way).nodes
    beside = here.lookups.around(stops, depth=0, sieve=wanted.sieve, limit=wanted.limit)
    links = {link.statement: link for link in (*way, *beside.links, *found.links)}
    more = len(links) - len(found.links)
    asked = tuple(dict.fromkeys((*ends, *found.asked)))
    whole = Surroundings(asked, tuple(links.values()), found.total + more, found.unfollowed)
    said = f"{answer.reading[:1].upper()}{answer.reading[1:]}."
    note = f"{said} {_left_out(found)}" if wanted.node else said
    return _shape(whole, found.asked, ends, way, note, here)


def _step(row: AnswerRow) -> Link:
    assert row.predicate and row.object and row.statement and row.belief is not None
    hit = Hit(row.statement, row.subject.id, row.predicate, row.object.id, row.belief, row.papers)
    return Link.of(hit, (quote.published for quote in row.quotes if not quote.negated))


def _end(name: str, way: Sequence[Link], here: Service) -> str:
    """Return what a name stands for: of several things, the one that is on the way."""
    ids = here.lookups.reader.names.require(name)
    stops = {end for link in way for end in link.ends}
    return next((node_id for node_id in ids if node_id in stops), ids[0])


def _shape(
    found: Surroundings,
    around: tuple[str, ...],
    ends: tuple[str, ...],
    way: Sequence[Link],
    note: str,
    here: Service,
) -> GraphShape:
    return GraphShape(
        nodes=tuple(_nodes(found.nodes, here)),
        edges=tuple(_edge(link, here) for link in found.links),
        around=around,
        ends=ends,
        way=tuple(link.statement for link in way),
        total=found.total,
        unfollowed=found.unfollowed,
        note=note,
    )


def _nodes(ids: Iterable[str], here: Service) -> Iterable[NodeShape]:
    reader = here.lookups.reader
    for node_id in ids:
        item, named = reader.item(node_id), reader.names.things.get(node_id)
        yield NodeShape(id=item.id, name=item.name, type=item.type, papers=named.papers if named else 0)


def _edge(link: Link, here: Service) -> EdgeShape:
    return EdgeShape(
        id=link.statement,
        source=link.subject,
        target=link.object,
        predicate=link.predicate,
        label=here.vocabulary.predicates[link.predicate].label,
        belief=link.belief,
        papers=link.papers,
        first_year=min(link.years, default=None),
        last_year=max(link.years, default=None),
    )


def _left_out(found: Surroundings) -> str:
    """Say what a limit left out, or that nothing was found."""
    if not found.links:
        return "No statement fits."
    notes = [cut_note(len(found.links), found.total, "statements", "nearest and most believed")]
    if found.unfollowed:
        notes.append(f"Not every statement between {found.unfollowed:,} of the things was looked for.")
    return " ".join(filter(None, notes))
