"""The picture of a benchmark's results: a bar a number, the best first, and who reports it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from kg.export.canvas import (
    FAINT,
    GREY,
    LEADING,
    MARGIN,
    SMALL_SIZE,
    TEXT_SIZE,
    Canvas,
    Point,
    drawable,
    text_width,
    wrapped,
)
from kg.export.select import ABSOLUTE, Heading, cut_note
from kg.export.sheet import LEGEND_HEIGHT, draw_heading, draw_legend, heading_height, types_of
from kg.property_graph import result_name
from kg.records import Graph, Result, paper_node
from kg.vocabulary import KnownName, Vocabulary

NAME_WIDTH, BAR_WIDTH, VALUE_WIDTH, BAR_HEIGHT = 270.0, 330.0, 130.0, 16.0
ROW_GAP, HEADER_HEIGHT = 9.0, 30.0
MOST_ROWS = 40
RATIO = "ratio"
"""The kind of a result that says how many times; its unit is the × itself."""
OUTSIDE = "outside the scale"
NO_BENCHMARK = "no benchmark named"
DOWN = "down"
"""The direction of a benchmark on which less is better."""


@dataclass(frozen=True, slots=True)
class Row:
    """One result: who reached it, the paper that says so, the number."""

    result: Result
    name: list[str]
    source: str

    @property
    def height(self) -> float:
        """The height of its name and source."""
        return len(self.name) * TEXT_SIZE * LEADING + SMALL_SIZE * LEADING + ROW_GAP


def draw_leaderboard(graph: Graph, vocabulary: Vocabulary, benchmark: str | None, heading: Heading) -> Canvas:
    """Draw the results on one benchmark, or on all if it is None, by what may be compared."""
    found = [r for r in graph.results.values() if r.benchmark == (benchmark or r.benchmark) and r.belief > 0]
    shown = sorted(found, key=lambda r: (-r.belief, -r.papers, r.id))[:MOST_ROWS]
    cut = cut_note(len(shown), len(found), "results")
    title = heading.title or (graph.name(benchmark) if benchmark else "")
    heading = Heading(title, " ".join(filter(None, (heading.note, cut))))
    groups = _groups(graph, shown, vocabulary.names.get(benchmark) if benchmark else None)
    width = 2 * MARGIN + NAME_WIDTH + BAR_WIDTH + VALUE_WIDTH
    y = MARGIN + heading_height(heading, width)
    height = sum(HEADER_HEIGHT + sum(row.height for row in rows) for rows in groups.values())
    canvas = Canvas(width, y + height + MARGIN + LEGEND_HEIGHT)
    draw_heading(canvas, heading)
    for label, rows in groups.items():
        canvas.text(Point(MARGIN, y + HEADER_HEIGHT / 2), label, colour=GREY, bold=True)
        y += HEADER_HEIGHT
        highest = max(abs(row.result.value) for row in rows) or 1.0
        for row in rows:
            _draw_row(canvas, vocabulary, row, y, highest)
            y += row.height
    draw_legend(canvas, types_of([r.method for r in shown if r.method], vocabulary))
    return canvas


def _groups(graph: Graph, results: list[Result], known: KnownName | None) -> dict[str, list[Row]]:
    """Return rows by what they may be compared with: levels in the benchmark's scale, and others by unit.

    Results on several benchmarks are grouped by these first.
    """
    several = len({result.benchmark for result in results}) > 1
    sign = 1 if known and known.direction == DOWN else -1
    groups: dict[str, list[Row]] = defaultdict(list)
    for result in sorted(results, key=lambda r: (sign * r.value, r.id)):
        name = comparable(result, known.scale if known else None)
        if several:
            name = f"{graph.name(result.benchmark) if result.benchmark else NO_BENCHMARK}: {name}"
        groups[name].append(_row(graph, result))
    return dict(sorted(groups.items(), key=lambda item: (OUTSIDE in item[0], -len(item[1]), item[0])))


def comparable(result: Result, scale: tuple[float, float] | None) -> str:
    """Return the name of the group of results that a result may be compared with; None is no known scale."""
    if result.kind != ABSOLUTE:
        return ", ".join(filter(None, (result.kind, "" if result.kind == RATIO else result.unit)))
    if scale and not scale[0] <= result.value <= scale[1]:
        return f"{result.unit}, {OUTSIDE} {scale[0]:g} to {scale[1]:g}"
    return result.unit


def _row(graph: Graph, result: Result) -> Row:
    name = graph.name(result.method) if result.method else "not named"
    if result.baseline:
        name += f" over {graph.name(result.baseline)}"
    papers = [graph.papers[key].paper for key in map(paper_node, _papers(result)) if key in graph.papers]
    source = [f"{p.title} ({p.published[:4]})" if p.published else p.title for p in papers]
    metric = [graph.name(result.metric)] if result.metric else []
    return Row(result, wrapped(name, NAME_WIDTH - 14, most=2), " · ".join(metric + source))


def _papers(result: Result) -> list[str]:
    return list(dict.fromkeys(one.paper for one in result.evidence))


def _draw_row(canvas: Canvas, vocabulary: Vocabulary, row: Row, y: float, highest: float) -> None:
    names = len(row.name) * TEXT_SIZE * LEADING
    canvas.text(Point(MARGIN, y + names / 2), row.name)
    middle = y + names + SMALL_SIZE * LEADING / 2
    (source,) = wrapped(row.source, NAME_WIDTH - 14, SMALL_SIZE, most=1)
    canvas.text(Point(MARGIN, middle), source, size=SMALL_SIZE, colour=GREY)
    left, top = MARGIN + NAME_WIDTH, y + (row.height - ROW_GAP - BAR_HEIGHT) / 2
    canvas.bar(Point(left, top), (BAR_WIDTH, BAR_HEIGHT), FAINT)
    method = row.result.method
    colour = vocabulary.type_of(method).colour if method else GREY
    length = max(BAR_WIDTH * abs(row.result.value) / highest, 2.0)
    canvas.bar(Point(left, top), (length, BAR_HEIGHT), colour)
    value = drawable(result_name(row.result))
    canvas.text(
        Point(left + BAR_WIDTH + 10, top + BAR_HEIGHT / 2), value, bold=text_width(value) < VALUE_WIDTH
    )
