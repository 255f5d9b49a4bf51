"""The picture of a graph: things as boxes, statements as arrows with their predicates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kg.export.canvas import GREY, LEADING, MARGIN, WHITE, Canvas, Point, text_width, wrapped
from kg.export.layout import Box, place, rim
from kg.export.select import Heading, believed
from kg.export.sheet import LEGEND_HEIGHT, draw_heading, draw_legend, heading_height, tint, types_of
from kg.property_graph import result_name
from kg.records import Graph, Statement
from kg.vocabulary import Vocabulary

LABEL_WIDTH, LABEL_SIZE, PREDICATE_SIZE = 128.0, 9.0, 7.5
LINE = "#adb5bd"
LINK = (200.0, 130.0)
"""How far apart linked things are drawn, across and down."""
GAP = (84.0, 34.0)
LEAST_WIDTH = 520.0
ALONG = (0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72)
"""Where along an arrow its label may stand, the best place first."""

BENDS = (0.0, 0.15, -0.15, 0.3, -0.3, 0.5, -0.5)
"""How far an arrow may be bent to keep clear of boxes, as shares of its length; the straightest first."""

Pair = tuple[str, str]


def draw_network(graph: Graph, vocabulary: Vocabulary, heading: Heading) -> Canvas:
    """Draw every statement of the graph that is believed."""
    joined: dict[Pair, list[Statement]] = defaultdict(list)
    for statement in believed(graph):
        joined[statement.subject, statement.object].append(statement)
    boxes = _placed(graph, sorted({end for pair in joined for end in pair}), list(joined))
    right = max((box.x + box.width / 2 for box in boxes.values()), default=0.0)
    width = max(right + 2 * MARGIN, LEAST_WIDTH)
    top = MARGIN + heading_height(heading, width)
    boxes = {node: box._replace(x=box.x + MARGIN, y=box.y + top) for node, box in boxes.items()}
    bottom = max((box.y + box.height / 2 for box in boxes.values()), default=top)
    canvas = Canvas(width, bottom + MARGIN + LEGEND_HEIGHT)
    draw_heading(canvas, heading)
    _draw_arrows(canvas, graph, vocabulary, joined, boxes)
    for node, box in boxes.items():
        colour = vocabulary.type_of(node).colour
        canvas.box(Point(box.x, box.y), (box.width, box.height), edge=colour, fill=tint(colour))
        canvas.text(Point(box.x, box.y), _label(graph, node), size=LABEL_SIZE, align="center")
    draw_legend(canvas, types_of(boxes, vocabulary))
    return canvas


def _label(graph: Graph, node: str) -> list[str]:
    return wrapped(graph.name(node), LABEL_WIDTH, LABEL_SIZE)


def _placed(graph: Graph, nodes: list[str], pairs: list[Pair]) -> dict[str, Box]:
    number = {node: i for i, node in enumerate(nodes)}
    sizes = [_size(_label(graph, node)) for node in nodes]
    boxes = place(sizes, [(number[a], number[b]) for a, b in pairs], link=LINK, gap=GAP)
    return dict(zip(nodes, boxes, strict=True))


def _size(lines: list[str]) -> tuple[float, float]:
    width = max(text_width(line, LABEL_SIZE) for line in lines) + 16
    return width, len(lines) * LABEL_SIZE * LEADING + 10


def _draw_arrows(
    canvas: Canvas,
    graph: Graph,
    vocabulary: Vocabulary,
    joined: Mapping[Pair, list[Statement]],
    boxes: Mapping[str, Box],
) -> None:
    """Draw an arrow with its labels for each pair; what a thing states of itself is a label alone."""
    taken = list(boxes.values())
    figures = _figures(graph)
    for (subject, object_), statements in joined.items():
        others = [box for node, box in boxes.items() if node not in (subject, object_)]
        bends = BENDS[1:] if (object_, subject) in joined else BENDS
        curve = _curve(boxes[subject], boxes[object_], others, bends)
        belief = max(statement.belief for statement in statements)
        if subject != object_:
            canvas.arrow(curve.start, curve.end, via=curve.bend, colour=LINE, width=0.7 + 1.3 * belief)
        lines = _predicates(vocabulary, statements)
        lines += figures.get((subject, object_), [])
        spot = _label_spot(lines, curve, taken)
        taken.append(spot)
        at = Point(spot.x, spot.y)
        canvas.box(at, (spot.width, spot.height), edge=WHITE, width=0)
        canvas.text(at, lines, size=PREDICATE_SIZE, colour=GREY, align="center")


def _predicates(vocabulary: Vocabulary, statements: Sequence[Statement]) -> list[str]:
    """Return the labels of the statements of one pair, without what another of them implies."""
    predicates = [vocabulary.predicates[statement.predicate] for statement in statements]
    type_ = vocabulary.type_of(statements[0].object).name
    implied = {predicate.implies.get(type_) for predicate in predicates}
    return [predicate.label for predicate in predicates if predicate.name not in implied]


class Curve(NamedTuple):
    """An arrow's way: from one rim to another, bent towards a point."""

    start: Point
    bend: Point
    end: Point

    def at(self, t: float) -> Point:
        """Return the place at a share of the way."""
        weights = ((1 - t) ** 2, 2 * t * (1 - t), t**2)
        return Point(*(sum(w * p[i] for w, p in zip(weights, self, strict=True)) for i in (0, 1)))


def _curve(start: Box, end: Box, others: Sequence[Box], bends: Sequence[float]) -> Curve:
    """Return the first of the ways that run under the fewest other boxes."""
    return min(
        (_bent(start, end, bend) for bend in bends),
        key=lambda curve: sum(_hits(curve, box) for box in others),
    )


def _bent(start: Box, end: Box, bend: float) -> Curve:
    if start == end:
        below = Point(start.x, start.y + start.height / 2 + 10)
        return Curve(below, below, below)
    across, down = end.x - start.x, end.y - start.y
    via = Point((start.x + end.x) / 2 - bend * down, (start.y + end.y) / 2 + bend * across)
    return Curve(Point(*rim(start, via)), via, Point(*rim(end, via, gap=3)))


def _hits(curve: Curve, box: Box) -> bool:
    wide = box._replace(width=box.width + 8, height=box.height + 8)
    return any(_covered(wide, Box(*curve.at(step / 16), 1, 1)) for step in range(17))


def _figures(graph: Graph) -> Mapping[Pair, list[str]]:
    found: dict[Pair, list[str]] = defaultdict(list)
    for result in graph.results.values():
        if result.method and result.benchmark:
            found[result.method, result.benchmark].append(result_name(result))
    return found


def _label_spot(lines: list[str], curve: Curve, taken: list[Box]) -> Box:
    width = max(text_width(line, PREDICATE_SIZE) for line in lines) + 4
    height = len(lines) * PREDICATE_SIZE * LEADING
    spots = [Box(*curve.at(t), width, height) for t in ALONG]
    return min(spots, key=lambda spot: sum(_covered(spot, other) for other in taken))


def _covered(spot: Box, other: Box) -> float:
    across, down = spot.overlap(other)
    return max(across, 0) * max(down, 0)
