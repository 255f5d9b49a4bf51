"""What a look-up gives back, whichever door asked: rows that carry their sentences."""

from __future__ import annotations

from dataclasses import dataclass

from kg.records import Span


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a paper; `subject`, `object` and `words` are offsets into `text`, None where not in it.

    `about` is the statement or result that it holds up; `start` is where `text` begins in the paper's text.
    """

    about: str
    paper: str
    title: str
    published: str | None
    url: str | None
    text: str
    start: int
    words: Span
    subject: Span | None
    object: Span | None
    component: str
    probability: float
    negated: bool
    hedged: bool


@dataclass(frozen=True, slots=True)
class Item:
    """An entity or a paper in an answer: its id, what people call it, and its type."""

    id: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A reported number in an answer: "9.06 score on MT-Bench"."""

    id: str
    value: float
    unit: str
    kind: str
    benchmark: Item | None
    metric: Item | None
    baseline: Item | None
    belief: float

    def in_words(self) -> str:
        """Return the number as people write it: "9.06 score on MT-Bench", "+1.7% over DPO"."""
        on = f" on {self.benchmark.name}" if self.benchmark else ""
        over = f" over {self.baseline.name}" if self.baseline else ""
        return f"{self.amount()}{on}{over}"

    def amount(self) -> str:
        """Return the value with its unit and metric: "61.5% win rate"."""
        value = f"{self.value:g}"
        unit = "" if self.unit in ("", "x") else ("%" if self.unit == "%" else f" {self.unit}")
        shaped = {"gain": f"{self.value:+g}{unit}", "ratio": f"{value}×"}.get(self.kind, f"{value}{unit}")
        named = self.metric and self.metric.name.casefold() != unit.strip()
        return f"{shaped} {self.metric.name}" if self.metric and named else shaped


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One line of an answer: `subject predicate object`, how far it is believed, and where it is said.

    Rows that list things and say nothing of them (all benchmarks) have neither predicate nor object.
    """

    subject: Item
    predicate: str | None
    object: Item | None
    belief: float | None
    papers: int
    statement: str | None
    figures: tuple[Figure, ...]
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """What is said of one thing and one other: by which predicates, in which numbers and sentences."""

    predicates: tuple[str, ...]
    statements: tuple[str, ...]
    figures: tuple[Figure, ...]
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Things side by side: `cells[row][column]` is what is said of a thing and a column, None if nothing."""

    things: tuple[Item, ...]
    columns: tuple[Item, ...]
    cells: tuple[tuple[Cell | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of rows. `reading` says in plain words how the question was understood.

    `next` is the cursor of the page that follows, None on the last. `hint` says, where there are no rows,
    what near questions would find; `table` is there where things are compared.
    """

    question: str
    reading: str
    rows: tuple[AnswerRow, ...]
    total: int
    next: str | None = None
    hint: str | None = None
    table: Comparison | None = None
