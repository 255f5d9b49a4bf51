"""The answer as a table, a line a row, and what is compared as a table of things by what they share."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kg.export.tables import inert
from kg.lookup import AnswerRow
from kg.pack.contents import Contents, downwards, numbers_of
from kg.pack.latex import in_parts, long_table, to_latex
from kg.pack.marks import linked, to_markdown
from kg.records import paper_node

SEPARATOR = "; "
_WIDTHS = {"no.": 0.05, "belief": 0.07, "papers": 0.07}
"""Shares of a page's width; the other columns divide what is left."""


class Line(NamedTuple):
    """A row of the answer in words, its sources as ids of papers."""

    number: int
    row: AnswerRow
    predicate: str
    numbers: str
    sources: tuple[str, ...]


def lines_of(contents: Contents) -> list[Line]:
    """Return the rows of the answer in their order, counted from 1."""
    return [
        Line(
            number,
            row,
            contents.label(row.predicate) if row.predicate else "",
            SEPARATOR.join(numbers_of(row)),
            tuple(dict.fromkeys((*_itself(row, contents), *(quote.paper for quote in row.quotes)))),
        )
        for number, row in enumerate(contents.answer.rows, 1)
    ]


def _itself(row: AnswerRow, contents: Contents) -> tuple[str, ...]:
    """Return the paper that a row is about."""
    paper = contents.graph.papers.get(row.subject.id)
    return (paper.id,) if paper else ()


# --- the answer ----------------------------------------------------------------------------------------


def answer_csv(contents: Contents) -> str:
    """Write every row with the ids, BibTeX keys and the statement to look up."""
    head = (
        "no", "thing", "thing_id", "type", "predicate", "other", "other_id", "numbers", "belief", "papers",
        "sentences", "sources", "keys", "statement",
    )  # fmt: skip
    return _csv(head, (_csv_line(line, contents) for line in lines_of(contents)))


def _csv_line(line: Line, contents: Contents) -> Iterable[str | int | float | None]:
    row, other = line.row, line.row.object
    keys = (contents.keys[paper] for paper in line.sources)
    named = (other.name, other.id) if other else (None, None)
    return (
        line.number, row.subject.name, row.subject.id, row.subject.type, line.predicate,
        *named, line.numbers, row.belief, row.papers, len(row.quotes),
        SEPARATOR.join(line.sources), SEPARATOR.join(keys), row.statement,
    )  # fmt: skip


def _csv(head: Sequence[str], rows: Iterable[Iterable[str | int | float | None]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(inert, head))
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return text.getvalue()


class Column(NamedTuple):
    """A column of the answer for readers: its head, and a text for each row; `ready` needs no escaping."""

    head: str
    cells: list[str]
    ready: bool = False


def _columns(lines: Sequence[Line], sources: Column) -> list[Column]:
    """Return what a reader needs: a column in which nothing differs, or nothing stands, is left out."""
    number = Column("no.", [str(line.number) for line in lines])
    thing = Column("thing", [line.row.subject.name for line in lines])
    others = [
        Column("says", [line.predicate for line in lines]),
        Column("of", [line.row.object.name if line.row.object else "" for line in lines]),
        Column("numbers", [line.numbers for line in lines]),
        Column("belief", [_belief(line.row.belief) for line in lines]),
        Column("papers", [str(line.row.papers) for line in lines]),
    ]
    telling = [c for c in others if any(c.cells) and (len(set(c.cells)) > 1 or c.head not in ("says", "of"))]
    return [number, thing, *telling, *([sources] if any(sources.cells) else [])]


def _belief(belief: float | None) -> str:
    return "" if belief is None else f"{belief:.2f}"


def answer_markdown(contents: Contents) -> str:
    """Write the rows for people; each number leads to its sentences."""
    lines = lines_of(contents)
    urls = {paper.id: paper.url for paper in contents.papers}
    cited = [", ".join(linked(paper, urls.get(paper)) for paper in line.sources) for line in lines]
    sources = Column("sources", cited, ready=True)
    columns = _columns(lines, sources)
    columns[0] = Column("no.", [f"[{line.number}](evidence.md#e{line.number})" for line in lines], ready=True)
    return _markdown(columns)


def _markdown(columns: Sequence[Column]) -> str:
    cells = [c.cells if c.ready else [to_markdown(cell) for cell in c.cells] for c in columns]
    head = [to_markdown(column.head) for column in columns]
    rows = [head, ["---"] * len(columns), *zip(*cells, strict=True)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def answer_latex(contents: Contents) -> str:
    """Write the rows as a long table that cites the bibliography."""
    lines = lines_of(contents)
    cited = [_cited(contents, line.sources) for line in lines]
    columns = _columns(lines, Column("sources", cited, ready=True))
    cells = [c.cells if c.ready else [to_latex(cell) for cell in c.cells] for c in columns]
    heads = [column.head for column in columns]
    rows = list(zip(*cells, strict=True))
    return long_table(heads, rows, widths=_widths(heads), caption=to_latex(contents.answer.reading))


def _cited(contents: Contents, sources: Sequence[str]) -> str:
    keys = [contents.keys[paper] for paper in sources if paper_node(paper) in contents.graph.papers]
    return f"\\citep{{{','.join(keys)}}}" if keys else ""


def _widths(heads: Sequence[str]) -> list[float]:
    """Return shares that add up to a page with the gaps between columns."""
    narrow = sum(_WIDTHS.get(head, 0) for head in heads)
    wide = sum(head not in _WIDTHS for head in heads)
    share = (0.96 - 0.025 * len(heads) - narrow) / wide
    return [_WIDTHS.get(head, share) for head in heads]


# --- the comparison ------------------------------------------------------------------------------------


def compared(contents: Contents) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of the comparison, in words."""
    if contents.comparison is None:
        return [], []
    down, across, cells = downwards(contents.comparison)
    rows = [[item.name, *map(contents.cell_words, row)] for item, row in zip(down, cells, strict=True)]
    return ["", *(item.name for item in across)], rows


def comparison_csv(contents: Contents) -> str:
    """Write the comparison."""
    head, rows = compared(contents)
    return _csv(head, rows)


def comparison_markdown(contents: Contents) -> str:
    """Write the comparison for people."""
    head, rows = compared(contents)
    return _markdown(
        [Column(name, list(cells)) for name, cells in zip(head, zip(*rows, strict=True), strict=True)]
    )


def comparison_latex(contents: Contents) -> str:
    """Write the comparison as long tables, as many as it is too wide for one page."""
    head, rows = compared(contents)
    parts = list(in_parts(head, rows))
    return "\n".join(
        long_table(
            columns,
            [[to_latex(cell) for cell in row] for row in cells],
            widths=_widths(columns),
            caption="What these share" + (f", {number} of {len(parts)}" if len(parts) > 1 else ""),
        )
        for number, (columns, cells) in enumerate(parts, 1)
    )
