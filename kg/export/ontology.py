"""The picture of the ontology: what kinds of things there are, and what can be said between them."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from kg.export.canvas import GREY, INK, LEADING, MARGIN, PALE, SMALL_SIZE, Canvas, Point, text_width, wrapped
from kg.export.select import Heading
from kg.export.sheet import draw_heading, heading_height, tint
from kg.export.static_page import inline_picture, static_page
from kg.vocabulary import EntityType, Predicate, Vocabulary, ontology_directory

SIDE_WIDTH, MIDDLE_WIDTH, COMMENT_WIDTH = 190.0, 210.0, 300.0
CHIP_HEIGHT, CHIP_GAP, ROW_GAP = 20.0, 6.0, 16.0
TYPE_WIDTH = 96.0
LABEL_SIZE = SMALL_SIZE + 1
SECTION_HEIGHT = 34.0
WIDTH = 2 * MARGIN + 2 * SIDE_WIDTH + MIDDLE_WIDTH + COMMENT_WIDTH + 24


def draw_ontology(vocabulary: Vocabulary) -> Canvas:
    """Draw every type with its meaning, then every predicate between the types that it joins."""
    heading = _heading(vocabulary)
    types, predicates = _types(vocabulary), list(vocabulary.predicates.values())
    comments = [wrapped(type_.comment, WIDTH - 2 * MARGIN - TYPE_WIDTH - 20, LABEL_SIZE) for type_ in types]
    top = MARGIN + heading_height(heading, WIDTH)
    heights = [max(len(lines) * LABEL_SIZE * LEADING, CHIP_HEIGHT) + CHIP_GAP for lines in comments]
    rows = [_row_height(vocabulary, predicate) for predicate in predicates]
    canvas = Canvas(WIDTH, top + 2 * SECTION_HEIGHT + sum(heights) + sum(rows) + MARGIN)
    draw_heading(canvas, heading)
    y = _section(canvas, "Things", top)
    for type_, lines, height in zip(types, comments, heights, strict=True):
        middle = y + (height - CHIP_GAP) / 2
        _chip(canvas, type_, Point(MARGIN, middle))
        canvas.text(Point(MARGIN + TYPE_WIDTH + 20, middle), lines, size=LABEL_SIZE)
        y += height
    y = _section(canvas, "What is said of them", y)
    for predicate, height in zip(predicates, rows, strict=True):
        _draw_predicate(canvas, vocabulary, predicate, y + (height - ROW_GAP) / 2)
        y += height
    return canvas


def _heading(vocabulary: Vocabulary) -> Heading:
    counts = f"{len(_types(vocabulary))} types and {len(vocabulary.predicates)} predicates"
    return Heading("The ontology of AlignKG", f"Version {vocabulary.version}: {counts}.")


def _types(vocabulary: Vocabulary) -> list[EntityType]:
    return [vocabulary.paper, *sorted(vocabulary.types.values(), key=lambda type_: type_.name)]


def _named(vocabulary: Vocabulary, names: Iterable[str]) -> list[EntityType]:
    wanted = set(names)
    return [type_ for type_ in _types(vocabulary) if type_.name in wanted]


def _section(canvas: Canvas, title: str, y: float) -> float:
    canvas.text(Point(MARGIN, y + SECTION_HEIGHT / 2), title, colour=GREY, bold=True)
    return y + SECTION_HEIGHT


def _row_height(vocabulary: Vocabulary, predicate: Predicate) -> float:
    sides = (_lines(_named(vocabulary, names)) for names in (predicate.domain, predicate.range))
    chips = max(len(lines) for lines in sides) * (CHIP_HEIGHT + CHIP_GAP)
    comment = len(wrapped(predicate.comment, COMMENT_WIDTH, LABEL_SIZE)) * LABEL_SIZE * LEADING
    return max(chips, comment) + ROW_GAP


def _lines(types: Sequence[EntityType]) -> list[list[EntityType]]:
    """Break chips into lines that fit a side."""
    lines: list[list[EntityType]] = []
    room = 0.0
    for type_ in types:
        width = _chip_width(type_) + CHIP_GAP
        if not lines or width > room:
            lines.append([])
            room = SIDE_WIDTH
        lines[-1].append(type_)
        room -= width
    return lines


def _chip_width(type_: EntityType) -> float:
    return text_width(type_.label, LABEL_SIZE) + 16


def _chip(canvas: Canvas, type_: EntityType, left: Point) -> None:
    width = _chip_width(type_)
    middle = Point(left.x + width / 2, left.y)
    canvas.box(middle, (width, CHIP_HEIGHT), edge=type_.colour, fill=tint(type_.colour))
    canvas.text(middle, type_.label, size=LABEL_SIZE, align="center")


def _draw_predicate(canvas: Canvas, vocabulary: Vocabulary, predicate: Predicate, y: float) -> None:
    start, end = Point(MARGIN + SIDE_WIDTH, y), Point(MARGIN + SIDE_WIDTH + MIDDLE_WIDTH, y)
    _draw_side(canvas, _named(vocabulary, predicate.domain), start, -1)
    canvas.arrow(Point(start.x + 10, y), Point(end.x - 10, y))
    width = text_width(predicate.label, LABEL_SIZE, bold=True) + 16
    middle = Point((start.x + end.x) / 2, y)
    canvas.box(middle, (width, CHIP_HEIGHT), edge=PALE, width=1)
    canvas.text(middle, predicate.label, size=LABEL_SIZE, colour=INK, align="center", bold=True)
    _draw_side(canvas, _named(vocabulary, predicate.range), end, 1)
    lines = wrapped(predicate.comment, COMMENT_WIDTH, LABEL_SIZE)
    canvas.text(Point(end.x + SIDE_WIDTH + 24, y), lines, size=LABEL_SIZE, colour=GREY)


def _draw_side(canvas: Canvas, types: Sequence[EntityType], edge: Point, side: int) -> None:
    """Draw chips in lines: at the left (-1) they end at the edge, at the right (1) they begin there."""
    lines = _lines(types)
    y = edge.y - (len(lines) - 1) * (CHIP_HEIGHT + CHIP_GAP) / 2
    for line in lines:
        width = sum(_chip_width(type_) + CHIP_GAP for type_ in line) - CHIP_GAP
        x = edge.x if side > 0 else edge.x - width
        for type_ in line:
            _chip(canvas, type_, Point(x, y))
            x += _chip_width(type_) + CHIP_GAP
        y += CHIP_HEIGHT + CHIP_GAP


# --- the page and the file -----------------------------------------------------------------------------


def ontology_page(vocabulary: Vocabulary) -> str:
    """Return the picture with the same in tables, which can be searched and copied."""
    heading = _heading(vocabulary)
    picture = inline_picture(draw_ontology(vocabulary), "Types and predicates; the tables below say the same")
    types = [(t.name, t.superclass.rpartition("/")[2], t.comment) for t in _types(vocabulary)]
    predicates = [
        (p.name, p.label, p.inverse_label, _joined(p.domain), _joined(p.range), p.comment)
        for p in vocabulary.predicates.values()
    ]
    tables = (
        *_table("Types", ("type", "kind of", "what it is"), types),
        *_table("Predicates", ("predicate", "in words", "back", "from", "to", "what it says"), predicates),
    )
    return static_page(heading.title, [f"<p>{html.escape(heading.note)}</p>", picture, *tables])


def _joined(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"<h2>{title}</h2>\n<table>\n<tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>"
    yield "</table>"


def _write_page(vocabulary: Vocabulary, stream: BinaryIO) -> None:
    stream.write(ontology_page(vocabulary).encode())


def _write_turtle(_: Vocabulary, stream: BinaryIO) -> None:
    stream.write((ontology_directory() / "alignment.ttl").read_bytes())


ONTOLOGY_WRITERS: Mapping[str, Callable[[Vocabulary, BinaryIO], None]] = {
    "svg": lambda vocabulary, stream: draw_ontology(vocabulary).save(stream, "svg"),
    "png": lambda vocabulary, stream: draw_ontology(vocabulary).save(stream, "png"),
    "html": _write_page,
    "ttl": _write_turtle,
}
