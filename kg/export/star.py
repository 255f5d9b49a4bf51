"""The picture of one node's neighbourhood, read from left to right.

What states something of the node stands at its left, what the node states at its right; the predicate stands
on the lines between, once for all things that it leads to.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from kg.export.canvas import (
    GREY,
    INK,
    LEADING,
    MARGIN,
    PALE,
    SMALL_SIZE,
    TEXT_SIZE,
    Canvas,
    Point,
    text_width,
    wrapped,
)
from kg.export.select import Heading, believed
from kg.export.sheet import LEGEND_HEIGHT, draw_heading, draw_legend, heading_height, tint, types_of
from kg.property_graph import result_name
from kg.records import Graph, Statement
from kg.vocabulary import Vocabulary

CENTRE_WIDTH, ITEM_WIDTH, PILL_GAP, ITEM_GAP = 190.0, 250.0, 46.0, 46.0
ROW_GAP, GROUP_GAP, PADDING = 7.0, 20.0, 8.0
PILL_HEIGHT = 18.0
MOST_IN_GROUP = 14


@dataclass(frozen=True, slots=True)
class Row:
    """One thing beside the centre: its id ("" for "12 more"), its lines, a remark, how far it is believed."""

    node: str
    lines: list[str]
    remark: str
    belief: float

    @property
    def height(self) -> float:
        """The height of its box."""
        lines = len(self.lines) * TEXT_SIZE * LEADING
        return lines + (SMALL_SIZE * LEADING if self.remark else 0) + PADDING


@dataclass(frozen=True, slots=True)
class Group:
    """All things that one predicate leads to."""

    label: str
    rows: list[Row]

    @property
    def height(self) -> float:
        """The height of its rows and the gaps between."""
        return sum(row.height for row in self.rows) + ROW_GAP * (len(self.rows) - 1)


def draw_star(graph: Graph, vocabulary: Vocabulary, centre: str, heading: Heading) -> Canvas:
    """Draw what the statements of the graph say of one of its nodes."""
    found = [statement for statement in believed(graph) if centre in (statement.subject, statement.object)]
    left = _groups(graph, vocabulary, [s for s in found if s.object == centre], centre)
    right = _groups(graph, vocabulary, [s for s in found if s.object != centre], centre)
    width = 2 * MARGIN + CENTRE_WIDTH + _side_width(left) + _side_width(right)
    top = MARGIN + heading_height(heading, width)
    centre_lines = wrapped(graph.name(centre), CENTRE_WIDTH - 20, TEXT_SIZE + 2, most=6, bold=True)
    centre_height = len(centre_lines) * (TEXT_SIZE + 2) * LEADING + 22
    body = max(_side_height(left), _side_height(right), centre_height)
    canvas = Canvas(width, top + body + MARGIN + LEGEND_HEIGHT)
    draw_heading(canvas, heading)
    middle = Point(MARGIN + _side_width(left) + CENTRE_WIDTH / 2, top + body / 2)
    _draw_side(canvas, vocabulary, left, middle, -1)
    _draw_side(canvas, vocabulary, right, middle, 1)
    colour = vocabulary.type_of(centre).colour
    canvas.box(middle, (CENTRE_WIDTH, centre_height), edge=colour, fill=tint(colour), width=2)
    canvas.text(middle, centre_lines, size=TEXT_SIZE + 2, align="center", bold=True)
    nodes = [centre, *(row.node for group in (*left, *right) for row in group.rows if row.node)]
    draw_legend(canvas, types_of(nodes, vocabulary), "the thicker the line, the surer the statement")
    return canvas


def _groups(graph: Graph, vocabulary: Vocabulary, found: list[Statement], centre: str) -> list[Group]:
    by_predicate: dict[str, list[Statement]] = defaultdict(list)
    for statement in sorted(found, key=lambda s: (-s.belief, -s.papers, s.id)):
        by_predicate[statement.predicate].append(statement)
    groups = []
    for predicate in (name for name in vocabulary.predicates if name in by_predicate):
        all_rows = [_row(graph, statement, centre) for statement in by_predicate[predicate]]
        rows, rest = all_rows[:MOST_IN_GROUP], all_rows[MOST_IN_GROUP:]
        if rest:
            rows.append(Row("", [f"and {len(rest)} more"], "", rest[0].belief))
        groups.append(Group(vocabulary.predicates[predicate].label, rows))
    return sorted(groups, key=lambda group: -len(group.rows))


def _row(graph: Graph, statement: Statement, centre: str) -> Row:
    other = statement.subject if statement.object == centre else statement.object
    figures = [
        result_name(result)
        for result in graph.results.values()
        if {result.method, result.benchmark} == {other, centre}
    ]
    if statement.papers > 1:
        figures.append(f"{statement.papers} papers")
    return Row(other, wrapped(graph.name(other), ITEM_WIDTH - 22), " · ".join(figures), statement.belief)


def _side_width(groups: list[Group]) -> float:
    return _pill_width(groups) + PILL_GAP + ITEM_GAP + ITEM_WIDTH if groups else 0.0


def _pill_width(groups: list[Group]) -> float:
    return max(text_width(group.label, SMALL_SIZE + 1) for group in groups) + 16


def _side_height(groups: list[Group]) -> float:
    return sum(group.height for group in groups) + GROUP_GAP * (len(groups) - 1) if groups else 0.0


def _draw_side(canvas: Canvas, vocabulary: Vocabulary, groups: list[Group], middle: Point, side: int) -> None:
    """Draw groups from the top down; `side` is -1 at the left and 1 at the right."""
    if not groups:
        return
    y = middle.y - _side_height(groups) / 2
    rim = middle.x + side * CENTRE_WIDTH / 2
    pill = rim + side * (PILL_GAP + _pill_width(groups) / 2)
    items = rim + side * (PILL_GAP + _pill_width(groups) + ITEM_GAP)
    for group in groups:
        at = Point(pill, y + group.height / 2)
        _draw_pill(canvas, group, at, Point(rim, middle.y), side)
        for row in group.rows:
            _draw_row(canvas, vocabulary, row, Point(items, y + row.height / 2), at, side)
            y += row.height + ROW_GAP
        y += GROUP_GAP - ROW_GAP


def _draw_pill(canvas: Canvas, group: Group, at: Point, rim: Point, side: int) -> None:
    width = text_width(group.label, SMALL_SIZE + 1) + 16
    near = Point(at.x - side * width / 2, at.y)
    weight = _weight(max(row.belief for row in group.rows))
    canvas.flow(rim, near, colour=PALE, width=weight)
    canvas.box(at, (width, PILL_HEIGHT), edge=PALE, width=1)
    canvas.text(at, group.label, size=SMALL_SIZE + 1, colour=GREY, align="center")
    if side < 0:
        canvas.arrow(Point(rim.x - 9, rim.y), rim)


def _draw_row(canvas: Canvas, vocabulary: Vocabulary, row: Row, rim: Point, pill: Point, side: int) -> None:
    colour = vocabulary.type_of(row.node).colour if row.node else PALE
    canvas.flow(pill, rim, colour=PALE, width=_weight(row.belief))
    if side > 0 and row.node:
        canvas.arrow(Point(rim.x - 9, rim.y), rim)
    middle = Point(rim.x + side * ITEM_WIDTH / 2, rim.y)
    if row.node:
        canvas.box(middle, (ITEM_WIDTH, row.height), edge=colour, fill=tint(colour))
    left = middle.x - ITEM_WIDTH / 2 + 10
    lift = SMALL_SIZE * LEADING / 2 if row.remark else 0
    canvas.text(Point(left, rim.y - lift), row.lines, colour=INK if row.node else GREY)
    if row.remark:
        below = rim.y + row.height / 2 - PADDING / 2 - SMALL_SIZE * LEADING / 2
        canvas.text(Point(left, below), row.remark, size=SMALL_SIZE, colour=GREY)


def _weight(belief: float) -> float:
    return 0.6 + 3 * belief**2
