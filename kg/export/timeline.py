"""The picture of papers over time: the oldest first, under each title what it states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import BinaryIO

from kg.export.canvas import GREY, LEADING, MARGIN, PALE, SMALL_SIZE, TEXT_SIZE, Canvas, Point, wrapped
from kg.export.select import UNTITLED, Exporter, Heading, believed, cut_note
from kg.export.sheet import draw_heading, heading_height
from kg.export.static_page import picture_page
from kg.records import Graph, Paper, paper_node
from kg.vocabulary import Vocabulary

YEAR_WIDTH, DATE_WIDTH, TITLE_WIDTH = 70.0, 60.0, 560.0
ROW_GAP, YEAR_GAP = 12.0, 14.0
MOST_PAPERS = 40
UNDATED = "undated"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Row:
    """One paper: its title and a line of what it states."""

    paper: Paper
    title: list[str]
    states: list[str]

    @property
    def year(self) -> str:
        """The year of publication."""
        return self.paper.published[:4] if self.paper.published else UNDATED

    @property
    def height(self) -> float:
        """The height of its lines."""
        return (len(self.title) * TEXT_SIZE + len(self.states) * SMALL_SIZE) * LEADING + ROW_GAP


def draw_timeline(graph: Graph, vocabulary: Vocabulary, heading: Heading) -> Canvas:
    """Draw the papers of the graph by their dates, the newest ones where there are too many."""
    papers = sorted((g.paper for g in graph.papers.values()), key=lambda p: (p.published or "9999", p.id))
    shown = papers[-MOST_PAPERS:]
    cut = cut_note(len(shown), len(papers), "papers", "newest")
    heading = Heading(heading.title, " ".join(filter(None, (heading.note, cut))))
    states = _states(graph, vocabulary)
    rows = [_row(paper, states.get(paper_node(paper.id), "")) for paper in shown]
    years = [(year, list(group)) for year, group in groupby(rows, key=lambda row: row.year)]
    width = 2 * MARGIN + YEAR_WIDTH + DATE_WIDTH + TITLE_WIDTH
    y = MARGIN + heading_height(heading, width)
    height = sum(row.height for row in rows) + YEAR_GAP * len(years)
    canvas = Canvas(width, y + height + MARGIN)
    draw_heading(canvas, heading)
    for year, group in years:
        y = _draw_year(canvas, vocabulary, year, group, y)
    return canvas


def _as(form: str) -> Exporter:
    def write(graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, heading: Heading = UNTITLED, /) -> None:
        draw_timeline(graph, vocabulary, heading).save(stream, form)

    return write


def _write_page(
    graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, heading: Heading = UNTITLED, /
) -> None:
    canvas = draw_timeline(graph, vocabulary, Heading(note=heading.note))
    stream.write(picture_page(canvas, Graph.of(graph.papers.values()), heading).encode())


def _states(graph: Graph, vocabulary: Vocabulary) -> Mapping[str, str]:
    """Return what each paper states, in one line: "proposes A, B · uses C"."""
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for statement in sorted(believed(graph), key=lambda s: (-s.belief, s.id)):
        if statement.subject in graph.papers:
            label = vocabulary.predicates[statement.predicate].label
            said[statement.subject][label].append(graph.name(statement.object))
    return {
        paper: " · ".join(f"{label} {', '.join(names)}" for label, names in sorted(by_label.items()))
        for paper, by_label in said.items()
    }


def _row(paper: Paper, states: str) -> Row:
    return Row(
        paper,
        wrapped(paper.title, TITLE_WIDTH, bold=True, most=2),
        wrapped(states, TITLE_WIDTH, SMALL_SIZE, most=2) if states else [],
    )


def _draw_year(canvas: Canvas, vocabulary: Vocabulary, year: str, rows: list[Row], y: float) -> float:
    """Draw a year's papers from y down and return where the next year begins."""
    axis = MARGIN + YEAR_WIDTH + DATE_WIDTH - 14
    canvas.line(Point(MARGIN, y), Point(canvas.width - MARGIN, y))
    y += YEAR_GAP
    canvas.text(Point(MARGIN, y + TEXT_SIZE * LEADING / 2), year, size=TEXT_SIZE + 2, bold=True)
    bottom = y + sum(row.height for row in rows)
    canvas.line(Point(axis, y), Point(axis, bottom - ROW_GAP), colour=PALE, width=1.5)
    for row in rows:
        line = y + TEXT_SIZE * LEADING / 2
        canvas.dot(Point(axis, line), 4.5, vocabulary.paper.colour)
        canvas.text(Point(axis - 10, line), _day(row.paper), size=SMALL_SIZE, colour=GREY, align="right")
        _draw_lines(canvas, row, Point(axis + 14, y))
        y += row.height
    return y


def _draw_lines(canvas: Canvas, row: Row, corner: Point) -> None:
    title = len(row.title) * TEXT_SIZE * LEADING
    canvas.text(Point(corner.x, corner.y + title / 2), row.title, bold=True)
    if row.states:
        below = corner.y + title + len(row.states) * SMALL_SIZE * LEADING / 2
        canvas.text(Point(corner.x, below), row.states, size=SMALL_SIZE, colour=GREY)


def _day(paper: Paper) -> str:
    """Return day and month as far as they are known."""
    _, month, day = (*(paper.published or "").split("-"), "", "", "")[:3]
    name = MONTHS[int(month) - 1] if month.isdecimal() and 1 <= int(month) <= 12 else month
    return f"{day.lstrip('0')} {name}".strip()


TIMELINE_WRITERS: Mapping[str, Exporter] = {"svg": _as("svg"), "png": _as("png"), "html": _write_page}
"""What writes the papers of any graph over time."""
