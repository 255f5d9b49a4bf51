"""SVG and PNG: the picture that suits the graph, without an option to touch.

One node that everything is said of is drawn as a star; results alone as a leaderboard; papers that nothing is
said of as a timeline; anything else as a network, cut to its best connected part if it is large.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from kg.export.canvas import Canvas
from kg.export.leaderboard import draw_leaderboard
from kg.export.network import draw_network
from kg.export.select import UNTITLED, Heading, Selection, believed, core
from kg.export.star import draw_star
from kg.export.timeline import draw_timeline
from kg.records import Graph
from kg.vocabulary import Vocabulary

MOST_STATEMENTS = 45
"""A network of more is not legible on one sheet."""
MOST_PAIRS = 32
"""So many joined pairs are left of a larger one."""


def write_svg(graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, heading: Heading = UNTITLED, /) -> None:
    """Write the picture as SVG."""
    draw(graph, vocabulary, heading).save(stream, "svg")


def write_png(graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, heading: Heading = UNTITLED, /) -> None:
    """Write the picture as PNG."""
    draw(graph, vocabulary, heading).save(stream, "png")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as SVG, which notebooks show where it stands."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg


def picture(selection: Selection, vocabulary: Vocabulary) -> Picture:
    """Draw a part of a graph."""
    stream = BytesIO()
    write_svg(selection.graph, vocabulary, stream, selection.heading)
    return Picture(stream.getvalue().decode())


def draw(graph: Graph, vocabulary: Vocabulary, heading: Heading = UNTITLED) -> Canvas:
    """Draw the graph in the form that suits it."""
    statements = believed(graph)
    if not statements and graph.results:
        return draw_leaderboard(graph, vocabulary, _only_benchmark(graph), heading)
    if not statements and graph.papers:
        return draw_timeline(graph, vocabulary, heading)
    if centre := _centre(graph):
        return draw_star(graph, vocabulary, centre, heading)
    if len(statements) <= MOST_STATEMENTS:
        return draw_network(graph, vocabulary, heading)
    part = core(graph, title=heading.title, pairs=MOST_PAIRS)
    return draw_network(part.graph, vocabulary, Heading(heading.title, part.note))


def _only_benchmark(graph: Graph) -> str | None:
    """Return the benchmark that all results are on, None if there are several or it is not named."""
    found = {result.benchmark for result in graph.results.values()}
    return found.pop() if len(found) == 1 else None


def _centre(graph: Graph) -> str | None:
    """Return the node that every statement joins, None if there is none; of two the subject."""
    pairs = [(statement.subject, statement.object) for statement in believed(graph)]
    shared = set(pairs[0]).intersection(*map(set, pairs)) if pairs else set()
    return min(shared, key=lambda node: (node not in {subject for subject, _ in pairs}, node), default=None)
