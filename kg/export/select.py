"""Parts of a graph to write or draw: the neighbourhood of a node, the answer of a look-up, the most believed.

A part is a graph again, closed: what its statements join and the papers of its evidence are in it. What was
left out by a limit is counted and said.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import BinaryIO, Protocol

from kg.errors import NotFound
from kg.property_graph import ROLES
from kg.records import Graph, GroundedPaper, Node, Result, Statement, paper_node
from kg.vocabulary import Vocabulary

Fact = Statement | Result
"""What joins nodes: a statement, or a result with its method, benchmark, metric and baseline."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands over an export: its title, and a note of what it leaves out."""

    title: str = ""
    note: str = ""


UNTITLED = Heading()
ABSOLUTE = "absolute"
"""The kind of a result that is a level reached, as most are."""


class Exporter(Protocol):
    """Writes a graph to a binary stream; formats with a place for title and note write these too."""

    def __call__(
        self, graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, heading: Heading = UNTITLED, /
    ) -> None:
        """Write the graph."""
        ...


@dataclass(frozen=True, slots=True)
class Selection:
    """A part of a graph; `total` counts the facts before the limit, `centre` may be a node."""

    graph: Graph
    title: str
    total: int
    centre: str | None = None
    kept: str = "most believed"

    @property
    def shown(self) -> int:
        """The number of statements and results that are in the part."""
        return len(self.graph.statements) + len(self.graph.results)

    @property
    def note(self) -> str:
        """What the limit left out, in words; empty if nothing."""
        return cut_note(self.shown, self.total, "statements and results", self.kept)

    @property
    def heading(self) -> Heading:
        """Title and note, as exporters take them."""
        return Heading(self.title, self.note)


def cut_note(shown: int, total: int, things: str, kept: str = "most believed") -> str:
    """Say how much is left out.

    >>> cut_note(60, 1204, "statements")
    'The 60 most believed of 1,204 statements.'
    """
    return f"The {shown:,} {kept} of {total:,} {things}." if shown < total else ""


def ends(fact: Fact) -> tuple[str, ...]:
    """Return the ids of the nodes that a statement or a result joins."""
    if isinstance(fact, Statement):
        return (fact.subject, fact.object)
    return tuple(end for role in ROLES if (end := getattr(fact, role)))


def facts(graph: Graph) -> list[Fact]:
    """Return all statements and results that are believed at all, the most believed first."""
    known: list[Fact] = [*graph.statements.values(), *graph.results.values()]
    return sorted((fact for fact in known if fact.belief > 0), key=_most_believed)


def believed(graph: Graph) -> list[Statement]:
    """Return the statements that are believed at all, in the order of ids; the others are no edges."""
    return [statement for statement in graph.statements.values() if statement.belief > 0]


def _most_believed(fact: Fact) -> tuple[float, int, str]:
    return (-fact.belief, -fact.papers, fact.id)


def neighbourhood(graph: Graph, node_id: str, *, depth: int = 1, limit: int = 60) -> Selection:
    """Return what lies within `depth` steps of an entity or paper: the nearest and most believed facts."""
    if node_id not in graph.entities and node_id not in graph.papers:
        raise NotFound(node_id, get_close_matches(node_id, (*graph.entities, *graph.papers)))
    found: list[Fact] = []
    left, reached = facts(graph), {node_id}
    for _ in range(depth):
        near = [fact for fact in left if not reached.isdisjoint(ends(fact))]
        left = [fact for fact in left if reached.isdisjoint(ends(fact))]
        found += near
        reached.update(end for fact in near for end in ends(fact))
    part = subgraph(graph, (node_id, *(fact.id for fact in found[:limit])))
    return Selection(part, graph.name(node_id), len(found), node_id)


def most_believed(graph: Graph, *, title: str = "", limit: int = 60) -> Selection:
    """Return the facts that are believed most, with what they join."""
    chosen = facts(graph)
    if len(chosen) <= limit:
        return Selection(graph, title, len(chosen))
    return Selection(subgraph(graph, (fact.id for fact in chosen[:limit])), title, len(chosen))


def core(graph: Graph, *, title: str = "", nodes: int = 24, pairs: int | None = None) -> Selection:
    """Return the best connected nodes and the facts between them.

    It grows from the node that most is said of, each time by the node that has most links into the core,
    until it has so many nodes, or so many pairs of them are joined; None is no limit of pairs.
    """
    neighbours: dict[str, Counter[str]] = defaultdict(Counter)
    for statement in believed(graph):
        neighbours[statement.subject][statement.object] += 1
        neighbours[statement.object][statement.subject] += 1
    chosen: set[str] = set()
    joined_pairs = 0
    for node in islice(_best_linked(neighbours), nodes):
        joined_pairs += len(chosen & neighbours[node].keys())
        if pairs is not None and joined_pairs > pairs:
            break
        chosen.add(node)
    every = facts(graph)
    kept = [fact for fact in every if chosen.issuperset(ends(fact)) and len(ends(fact)) > 1]
    part = subgraph(graph, [fact.id for fact in kept])
    return Selection(part, title, len(every), kept="best connected")


def _best_linked(neighbours: Mapping[str, Counter[str]]) -> Iterator[str]:
    """Yield nodes, each the one with most links to those before it, of equals with most links at all."""
    queue = [(0, -links.total(), node) for node, links in neighbours.items()]
    heapify(queue)
    inward: Counter[str] = Counter()
    done: set[str] = set()
    while queue:
        _, _, node = heappop(queue)
        if node in done:
            continue  # an older entry, from before it had more links inward
        done.add(node)
        yield node
        for other, count in neighbours[node].items():
            inward[other] += count
            heappush(queue, (-inward[other], -neighbours[other].total(), other))


def subgraph(graph: Graph, ids: Iterable[str]) -> Graph:
    """Return the nodes of these ids with all that they need: ends, papers of evidence.

    Ids of entities and papers bring only themselves; a statement or result brings what it joins. Papers keep
    only the mentions of entities that are in the part.
    """
    wanted = set(ids)
    known: Mapping[str, Fact] = {**graph.statements, **graph.results}
    chosen = [known[key] for key in wanted & known.keys()]
    needed = wanted.union(end for fact in chosen for end in ends(fact))
    needed |= {paper_node(one.paper) for fact in chosen for one in fact.evidence}
    if unknown := sorted(wanted - {fact.id for fact in chosen} - graph.entities.keys() - graph.papers.keys()):
        raise NotFound(unknown[0])
    entities = {key: graph.entities[key] for key in needed if key in graph.entities}
    papers = [_only(graph.papers[key], entities) for key in needed if key in graph.papers]
    nodes: list[Node] = [*papers, *entities.values(), *chosen]
    return Graph.of(nodes)


def gathered(read: Callable[[str], Node], ids: Iterable[str]) -> Graph:
    """Return what `subgraph` returns, each node read by itself: the whole graph is never in memory."""
    nodes = {key: read(key) for key in sorted(set(ids))}
    chosen = [node for node in nodes.values() if isinstance(node, Statement | Result)]
    needed = {end for fact in chosen for end in ends(fact)}
    needed |= {paper_node(one.paper) for fact in chosen for one in fact.evidence}
    nodes |= {key: read(key) for key in sorted(needed - nodes.keys())}
    whole = Graph.of(nodes.values())
    return subgraph(whole, nodes)


def _only(paper: GroundedPaper, entities: Collection[str]) -> GroundedPaper:
    return replace(paper, mentions=tuple(m for m in paper.mentions if m.entity in entities))


def joined(graph: Graph) -> list[str]:
    """Return the ids of entities and papers that some statement or result joins, in order."""
    found = {end for fact in facts(graph) for end in ends(fact)}
    return sorted(found & (graph.entities.keys() | graph.papers.keys()))
