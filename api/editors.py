"""What the pages of both query editors show: what came of a query, and what to do where nothing did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from time import perf_counter

from api import problems
from api.drawings import Drawing
from api.problems import Problem
from api.tables import Table
from kg.errors import (
    KGError,
    QueryError,
    QueryForbidden,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooHungry,
    ResultTooLarge,
    StoreUnavailable,
)

ROWS_SHOWN = 500
"""So many rows a page shows; what is downloaded has all of them."""

ADVICE: Mapping[type[KGError], tuple[str, str]] = {
    QuerySyntaxError: (
        "The query is malformed",
        "Mend it where the mark is, or begin with one of the queries below.",
    ),
    QueryForbidden: (
        "Refused: queries only read here",
        "Papers and decisions are what changes the graph: kg ingest, kg merge and their like.",
    ),
    QueryTimeout: (
        "Stopped, because it took too long",
        "Name a thing or a type that it can begin with, take out a part, or add LIMIT.",
    ),
    QueryTooHungry: (
        "Stopped, because it took too much memory",
        "Join and sort less: name a thing or a type that it can begin with, or take out a part.",
    ),
    ResultTooLarge: (
        "More than the service sends",
        "Add LIMIT, or ask for fewer columns; an answer is never cut short without a word.",
    ),
    StoreUnavailable: ("The graph cannot be asked at the moment", "Wait a few seconds, then run it again."),
    QueryError: ("The query failed", "Mend it, or begin with one of the queries below."),
}
"""What a page says of each failure, and what can be done about it."""


EMPTY = Table((), ())


@dataclass(frozen=True, slots=True)
class FileFormat:
    """What an answer can be saved as."""

    name: str
    media_type: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure: what it is, in full, what to do, and the line of the query with the place in it."""

    title: str
    advice: str
    problem: Problem
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a query: a table, a graph with it where one can be drawn, or a failure."""

    seconds: float = 0.0
    table: Table = EMPTY
    drawing: Drawing | None = None
    formats: tuple[FileFormat, ...] = ()
    """What the answer can be saved as."""
    fault: Fault | None = None

    @property
    def status(self) -> int:
        """The status of the page that shows it."""
        return self.fault.problem.status if self.fault else HTTPStatus.OK

    @property
    def hidden(self) -> int:
        """How many rows the page leaves out."""
        return max(0, len(self.table.rows) - ROWS_SHOWN)


def outcome_of(query: str, address: str, ask: Callable[[], Outcome]) -> Outcome:
    """Return what came of asking, and how long it took; a failure of the query becomes a part of the page."""
    begun = perf_counter()
    try:
        found = ask()
    except KGError as error:
        found = Outcome(fault=fault_of(error, query, address))
    return replace(found, seconds=perf_counter() - begun)


def fault_of(error: KGError, query: str, address: str) -> Fault:
    """Describe a failure, with the place in the query where that is known."""
    problem = problems.of_kg_error(error, address)
    kind = next((kind for kind in type(error).__mro__ if kind in ADVICE), None)
    title, advice = ADVICE[kind] if kind else (problem.title, "The service's log says more.")
    return Fault(title, advice, problem, _excerpt(query, problem.line, problem.column))


def _excerpt(query: str, line: int | None, column: int | None) -> str:
    r"""Return a line of the query with a mark under one of its columns, both counted from 1.

    >>> print(_excerpt("SELECT ?a {\n  ?a ?b \n}", 2, 5))
    2 |   ?a ?b
      |     ^
    """
    lines = query.splitlines()
    if line is None or not 0 < line <= len(lines):
        return ""
    number = str(line)
    mark = f"\n{' ' * len(number)} | {' ' * (column - 1)}^" if column else ""
    return f"{number} | {lines[line - 1].rstrip()}{mark}"
