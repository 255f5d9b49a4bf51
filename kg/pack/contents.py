"""What a survey pack is made of: the answer with all its rows, its sentences, its part of the graph.

Everything comes from one snapshot of the graph: rows from the look-ups, nodes from the store that they ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from kg import rdf
from kg.errors import NotFound, StoreUnavailable
from kg.export.select import gathered
from kg.lookup import Answer, AnswerRow, Cell, Comparison, Item, Lookups, Quote
from kg.lookup.comparison import side_by_side
from kg.lookup.paging import ALL_ROWS
from kg.pack.bibliography import keys_of
from kg.records import Graph, Node, Paper
from kg.vocabulary import Vocabulary

MOST_COMPARED, MOST_COLUMNS = 200, 60
"""A table of more things, or of more columns, helps no reader; the answer's own table has every row."""

Tell = Callable[[str], None]


class Snapshot(Protocol):
    """One state of the graph, from which nodes are read by themselves."""

    def position(self) -> int:
        """Return the number of the ledger's last change held."""
        ...

    def lines_of(self, node_id: str) -> Iterator[str]:
        """Yield the N-Quads of a node."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the appendix, `number` in its table: what is said, and every sentence that says it."""

    number: str
    said: str
    belief: float | None
    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class Contents:
    """The answer to a question, ready to be written in every form."""

    answer: Answer
    comparison: Comparison | None
    left_out: tuple[str, ...]
    graph: Graph
    position: int
    vocabulary: Vocabulary

    @cached_property
    def papers(self) -> list[Paper]:
        """The papers behind the answer, in the order of ids."""
        return [grounded.paper for grounded in self.graph.papers.values()]

    @cached_property
    def keys(self) -> dict[str, str]:
        """The BibTeX key of each paper by its id."""
        return keys_of(self.papers)

    @cached_property
    def entries(self) -> list[Entry]:
        """The appendix: an entry a row, and one for each cell of the comparison that says more."""
        rows = [
            Entry(str(number), self.said(row), row.belief, row.quotes)
            for number, row in enumerate(self.answer.rows, 1)
        ]
        return rows + [
            Entry(f"C{number}", said, None, cell.quotes)
            for number, (said, cell) in enumerate(self._beside_rows(), 1)
        ]

    def said(self, row: AnswerRow) -> str:
        """Return a row in words: "DPO is evaluated on MT-Bench"."""
        parts = [row.subject.name]
        if row.object:
            parts += [self.label(row.predicate), row.object.name]
        numbers = ", ".join(numbers_of(row))
        return " ".join(parts) + (f": {numbers}" if numbers else "")

    def label(self, predicate: str | None) -> str:
        """Return what people call a predicate; a number has none, and is on something."""
        return self.vocabulary.predicates[predicate].label if predicate else "on"

    def cell_words(self, cell: Cell | None) -> str:
        """Return what a cell of the comparison says: its numbers, else its predicates."""
        if cell is None:
            return ""
        if cell.figures:
            return "; ".join(replace(figure, benchmark=None).in_words() for figure in cell.figures)
        return ", ".join(map(self.label, cell.predicates))

    def _beside_rows(self) -> Iterator[tuple[str, Cell]]:
        """Yield the cells that rest on more than the rows' sentences, in words."""
        stated = {quote.about for row in self.answer.rows for quote in row.quotes}
        for thing, other, cell in filled(self.comparison):
            if not stated.issuperset(quote.about for quote in cell.quotes):
                yield f"{thing.name} · {self.cell_words(cell)} · {other.name}", cell


def numbers_of(row: AnswerRow) -> list[str]:
    """Return a row's numbers in words, without what they are reported on where the row says that."""
    figures = (replace(f, benchmark=None) if f.benchmark == row.object else f for f in row.figures)
    return [figure.in_words() for figure in figures]


def filled(table: Comparison | None) -> Iterator[tuple[Item, Item, Cell]]:
    """Yield the cells of a table that say something, with what they say it of."""
    if table is None:
        return
    for thing, cells in zip(table.things, table.cells, strict=True):
        for other, cell in zip(table.columns, cells, strict=True):
            if cell is not None:
                yield thing, other, cell


def gather(question: str, lookups: Lookups, snapshot: Snapshot, *, rows: int = ALL_ROWS) -> Contents:
    """Answer a question and collect all that stands behind it, from one state of the graph.

    StoreUnavailable if the look-ups see another state than the snapshot.
    """
    position = snapshot.position()
    answer = lookups.ask(question, limit=rows)
    comparison, cut = _compared(answer, lookups)
    if lookups.reader.position() != position:
        raise StoreUnavailable("the graph changed while it was being read; ask again")
    ids = [*_ids(answer.rows), *_cell_ids(comparison)]
    graph = gathered(lambda node_id: _read(snapshot, node_id), ids)
    left = answer.total - len(answer.rows)
    missing = [f"{left} of the answer's {answer.total} rows: kg pack writes all of them"] if left else []
    return Contents(answer, comparison, (*missing, *cut), graph, position, lookups.vocabulary)


def _read(snapshot: Snapshot, node_id: str) -> Node:
    lines = "\n".join(snapshot.lines_of(node_id)).encode()
    for node in rdf.from_nquads(lines):
        return node
    raise NotFound(node_id)


def _ids(rows: Iterable[AnswerRow]) -> Iterator[str]:
    for row in rows:
        yield row.subject.id
        yield from (row.object.id,) if row.object else ()
        yield from (row.statement,) if row.statement else ()
        yield from (figure.id for figure in row.figures)
        yield from (quote.about for quote in row.quotes)


def _cell_ids(table: Comparison | None) -> Iterator[str]:
    for _, _, cell in filled(table):
        yield from cell.statements
        yield from (figure.id for figure in cell.figures)


# --- the comparison ------------------------------------------------------------------------------------


def _compared(answer: Answer, lookups: Lookups) -> tuple[Comparison | None, tuple[str, ...]]:
    """Set the things of an answer side by side, and say what was left out of that; None for less than two."""
    if answer.table:
        return _cut(answer.table)
    if answer.hint:
        return None, ()
    paper = lookups.vocabulary.paper.name
    things = list(dict.fromkeys(row.subject.id for row in answer.rows if row.subject.type != paper))
    if len(things) < 2:
        return None, ()
    table, cut = _cut(side_by_side(lookups.reader, things[:MOST_COMPARED]))
    if len(things) > MOST_COMPARED:
        cut = (f"{len(things) - MOST_COMPARED} of {len(things)} things of the comparison", *cut)
    return (table if table.columns else None), cut


def _cut(table: Comparison) -> tuple[Comparison, tuple[str, ...]]:
    """Keep the columns that most things share."""
    left = len(table.columns) - MOST_COLUMNS
    if left <= 0:
        return table, ()
    cells = tuple(row[:MOST_COLUMNS] for row in table.cells)
    said = f"{left} of {len(table.columns)} columns of the comparison, those that fewest share"
    return Comparison(table.things, table.columns[:MOST_COLUMNS], cells), (said,)


def downwards(table: Comparison) -> tuple[Sequence[Item], Sequence[Item], list[list[Cell | None]]]:
    """Return what stands down and across a table, and its cells, with the longer side downwards."""
    if len(table.things) >= len(table.columns):
        return table.things, table.columns, [list(row) for row in table.cells]
    return table.columns, table.things, [list(column) for column in zip(*table.cells, strict=True)]
