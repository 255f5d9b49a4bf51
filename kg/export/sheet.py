"""What all pictures share: title and note above, a legend of types below."""

from __future__ import annotations

from collections.abc import Iterable

from kg.export.canvas import (
    GREY,
    LEADING,
    MARGIN,
    SMALL_SIZE,
    TEXT_SIZE,
    TITLE_SIZE,
    Canvas,
    Point,
    text_width,
    wrapped,
)
from kg.export.select import Heading
from kg.vocabulary import EntityType, Vocabulary

LEGEND_HEIGHT = 26.0


def heading_height(heading: Heading, width: float) -> float:
    """Return the room that title and note need above a picture."""
    return 16 + sum(size * LEADING for size, _ in _heading_lines(heading, width)) if _any(heading) else 0.0


def draw_heading(canvas: Canvas, heading: Heading) -> None:
    """Write title and note at the top left."""
    y = MARGIN
    for size, line in _heading_lines(heading, canvas.width):
        title = size == TITLE_SIZE
        at = Point(MARGIN, y + size * LEADING / 2)
        if title:
            canvas.text(at, line, size=size, bold=True)
        else:
            canvas.text(at, line, size=size, colour=GREY)
        y += size * LEADING


def _any(heading: Heading) -> bool:
    return bool(heading.title or heading.note)


def _heading_lines(heading: Heading, width: float) -> list[tuple[float, str]]:
    room = width - 2 * MARGIN
    title = wrapped(heading.title, room, TITLE_SIZE, bold=True) if heading.title else []
    note = wrapped(heading.note, room, TEXT_SIZE) if heading.note else []
    return [(TITLE_SIZE, line) for line in title] + [(TEXT_SIZE, line) for line in note]


def types_of(nodes: Iterable[str], vocabulary: Vocabulary) -> list[EntityType]:
    """Return the types of nodes, papers first, in the order of names."""
    found = {vocabulary.type_of(node).name: vocabulary.type_of(node) for node in nodes}
    return sorted(found.values(), key=lambda type_: (type_ != vocabulary.paper, type_.name))


def draw_legend(canvas: Canvas, types: Iterable[EntityType], remark: str = "") -> None:
    """Draw a dot and a word for each type at the bottom left, and a remark at the right."""
    x, y = MARGIN, canvas.height - MARGIN + 8
    for type_ in types:
        canvas.dot(Point(x + 4, y), 4, type_.colour)
        canvas.text(Point(x + 12, y), type_.label, size=SMALL_SIZE, colour=GREY)
        x += 12 + text_width(type_.label, SMALL_SIZE) + 16
    if remark:
        canvas.text(Point(canvas.width - MARGIN, y), remark, size=SMALL_SIZE, colour=GREY, align="right")


def tint(colour: str, share: float = 0.12) -> str:
    """Return the colour mixed with white.

    >>> tint("#000000", 0.2)
    '#cccccc'
    """
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * share):02x}" for part in parts)
