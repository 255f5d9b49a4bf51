"""What a query pool asks its workers, in pickles."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyoxigraph as ox

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


Question = TableQuestion | DocumentQuestion
