"""An evaluation as a Markdown page with its pictures in a folder; the same figures give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kg.evaluate.evaluation import Evaluation
from kg.evaluate.pictures import draw_precision_recall, draw_reliability
from kg.evaluate.tables import Table, tables, worst_table
from kg.evaluate.worst import Faults
from kg.files import replacing

PAGE = "evaluation.md"
PICTURES = {"precision-recall": draw_precision_recall, "reliability": draw_reliability}
FORMATS = ("svg", "png")
INTERVALS = "In brackets: the middle 95 % of 1,000 draws of the papers, with replacement."


def write_page(evaluation: Evaluation, folder: Path) -> Path:
    """Write the page and its pictures, and return where the page is."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        canvas = draw(evaluation.calibration)
        for format_ in FORMATS:
            with replacing(folder / f"{name}.{format_}") as stream:
                canvas.save(stream, format_)
    page = folder / PAGE
    with replacing(page) as stream:
        stream.write(("\n\n".join(_blocks(evaluation)) + "\n").encode())
    return page


def _blocks(evaluation: Evaluation) -> Iterator[str]:
    yield "# Evaluation"
    if evaluation.intervals:
        yield INTERVALS
    for table in tables(evaluation):
        yield from _section(table, "##")
    for name in PICTURES:
        yield f"![{name}]({name}.svg)"
    if evaluation.worst:
        yield "## Worst papers"
    for faults in evaluation.worst:
        yield from _paper(faults, evaluation)


def _paper(faults: Faults, evaluation: Evaluation) -> Iterator[str]:
    heading, *rest = _section(worst_table(faults), "###")
    yield heading
    text = evaluation.texts.get(faults.paper)
    yield "This paper was not read." if text is None else "> " + _cell(text.replace("\n", "\n>\n> "))
    yield from rest


def _section(table: Table, level: str) -> Iterator[str]:
    yield f"{level} {_cell(table.title)}"
    if table.note:
        yield f"{table.note}."
    rules = tuple("---" for _ in table.columns)
    yield "\n".join(_line(row) for row in (table.columns, rules, *table.rows))


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(_cell(cell).replace(chr(10), ' ') for cell in cells)} |"


def _cell(text: str) -> str:
    """Return text that Markdown takes for text."""
    return text.replace("|", r"\|").replace("<", "&lt;").replace("*", r"\*")
