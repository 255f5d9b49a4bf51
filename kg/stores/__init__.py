"""The one seam to databases: what every store can do, and what it gives back.

A store is a projection of the ledger: it can be thrown away, rebuilt and caught up. `position` is the number
of the ledger's last change that it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from kg.records import Graph, Node

Value = str | int | float | bool | None
"""A cell of an answer; an entity, statement or paper is its IRI."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer of a query as a table."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a query may take: seconds of time, and rows or, where it is written out, bytes of answer."""

    seconds: float = 30.0
    rows: int = 100_000
    bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a graph comes from: which ledger, and the rules and ontology under which it was assembled."""

    ledger: str = ""
    version: str = ""


@runtime_checkable
class Store(Protocol):
    """A database that holds the graph."""

    language: str
    """The query language that `query` takes: "sparql" or "cypher"."""

    def position(self) -> int:
        """Return the number of the last change held, 0 if it is empty."""
        ...

    def load(self, nodes: Iterable[Node], position: int) -> None:
        """Replace everything by these nodes: all or nothing, fast for a large graph."""
        ...

    def apply(self, changes: Mapping[str, Node | None], position: int) -> None:
        """Write nodes by id, in one transaction with the position; None takes the node out."""
        ...

    def read(self) -> Graph:
        """Return the whole graph as it was loaded."""
        ...

    def query(self, text: str, parameters: Mapping[str, Value], limits: Limits) -> Rows:
        """Answer a read-only query, its parameters bound by the engine and never pasted into the text."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...
