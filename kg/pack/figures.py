"""The pictures of a pack: what the answer joins, its numbers, its papers over time; each as SVG and PNG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from io import BytesIO

from kg.export.canvas import Canvas
from kg.export.leaderboard import MOST_ROWS, draw_leaderboard
from kg.export.pictures import MOST_STATEMENTS, draw
from kg.export.select import Heading, believed, subgraph
from kg.export.star import MOST_IN_GROUP
from kg.export.timeline import MOST_PAPERS, draw_timeline
from kg.pack.contents import Contents
from kg.records import Graph

FORMATS = ("svg", "png")


def figures(contents: Contents) -> Iterator[tuple[str, bytes]]:
    """Yield each picture by its path in the pack."""
    for name, canvas in _drawn(contents):
        for format_ in FORMATS:
            stream = BytesIO()
            canvas.save(stream, format_)
            yield f"figures/{name}.{format_}", stream.getvalue()


def _drawn(contents: Contents) -> Iterator[tuple[str, Canvas]]:
    answered = _answered(contents)
    title = contents.answer.question
    if believed(answered):
        yield "answer", draw(answered, contents.vocabulary, Heading(title))
    if answered.results:
        yield "results", draw_leaderboard(_numbers(answered), contents.vocabulary, None, Heading(title))
    if contents.graph.papers:
        yield "papers", draw_timeline(contents.graph, contents.vocabulary, Heading(title))


def cut_figures(contents: Contents) -> Iterator[str]:
    """Yield what the pictures leave out, as they say themselves."""
    answered = _answered(contents)
    statements, results, papers = believed(answered), len(answered.results), len(contents.graph.papers)
    fullest = max(Counter(statement.predicate for statement in statements).values(), default=0)
    if fullest > MOST_IN_GROUP or len(statements) > MOST_STATEMENTS:
        yield f"some of {len(statements)} statements in figures/answer: it shows the most believed"
    if results > MOST_ROWS:
        yield f"{results - MOST_ROWS} of {results} numbers in figures/results: it shows the most believed"
    if papers > MOST_PAPERS:
        yield f"{papers - MOST_PAPERS} of {papers} papers in figures/papers: it shows the newest"


def _answered(contents: Contents) -> Graph:
    """Return what the rows of the answer join, without the rest of the comparison."""
    known = contents.graph.statements.keys() | contents.graph.results.keys()
    rows = contents.answer.rows
    ids = {row.statement for row in rows} | {figure.id for row in rows for figure in row.figures}
    ids |= {quote.about for row in rows for quote in row.quotes}
    return subgraph(contents.graph, [id_ for id_ in ids if id_ in known])


def _numbers(graph: Graph) -> Graph:
    return Graph.of([*graph.papers.values(), *graph.entities.values(), *graph.results.values()])
