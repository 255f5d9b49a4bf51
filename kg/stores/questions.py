"""What a query pool and its workers say to each other, in pickles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import pyoxigraph as ox

from kg.errors import KGError
from kg.stores import Limits, Rows, Value
from kg.stores.sparql import Dataset, Serialized, select, serialize


@dataclass(frozen=True, slots=True)
class TableQuestion:
    """A query to be answered by rows."""

    text: str
    limits: Limits
    parameters: dict[str, Value] = field(default_factory=dict)

    def ask(self, database: ox.Store) -> Rows:
        """Answer it."""
        return select(database, self.text, self.parameters, self.limits)


@dataclass(frozen=True, slots=True)
class DocumentQuestion:
    """A query to be answered by a document of a standard format."""

    text: str
    limits: Limits
    media_type: str
    dataset: Dataset

    def ask(self, database: ox.Store) -> Serialized:
        """Answer it."""
        return serialize(database, self.text, self.media_type, self.dataset, self.limits)


class Failure(NamedTuple):
    """An error on its way to the other process; pickle would call the constructor with the message."""

    kind: type[KGError]
    message: str
    facts: dict[str, object]

    @classmethod
    def of(cls, error: KGError) -> Failure:
        """Take an error apart."""
        return cls(type(error), str(error), dict(vars(error)))

    def error(self) -> KGError:
        """Return the error as it was."""
        error = self.kind.__new__(self.kind, self.message)
        KGError.__init__(error, self.message)
        vars(error).update(self.facts)
        return error


Question = TableQuestion | DocumentQuestion
Reply = Rows | Serialized | Failure

READY = Rows((), ())
"""What a worker says first."""
