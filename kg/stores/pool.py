"""SPARQL on the store in one folder, answered by processes that can be killed.

The engine cannot be interrupted, and a careless query runs for hours. Each worker opens the newest snapshot
of the store read-only.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Mapping
from pathlib import Path

import kg.stores.worker
from kg.errors import QueryError
from kg.stores import Limits, Rows, Value
from kg.stores.caller import Caller
from kg.stores.questions import DocumentQuestion, TableQuestion
from kg.stores.sparql import Dataset, Serialized
from kg.stores.workers import MEMORY, WAITING, Tally, Workers

_EVERYTHING = Dataset()


class QueryPool:
    """A few workers on the store in one folder, and a bounded queue before them, on one event loop."""

    language = "sparql"

    def __init__(
        self, folder: Path, *, workers: int = 2, waiting: int = WAITING, memory: int = MEMORY
    ) -> None:
        module, where = kg.stores.worker.__name__, str(folder.absolute())
        self._workers = Workers(module, [where], at_once=workers, waiting=waiting, memory=memory)

    async def query(
        self, text: str, parameters: Mapping[str, Value], limits: Limits, caller: Caller | None = None
    ) -> Rows:
        """Answer a read-only query by rows, within its limits of time and rows, while its caller is there."""
        question = TableQuestion(text, limits, dict(parameters))
        reply = await self._workers.ask(question, caller or Caller())
        rows = await asyncio.to_thread(pickle.loads, reply)  # of many rows, which would hold others up
        if not isinstance(rows, Rows):
            raise QueryError("the worker answered another question")
        return rows

    async def serialize(
        self,
        text: str,
        media_type: str,
        limits: Limits,
        dataset: Dataset = _EVERYTHING,
        caller: Caller | None = None,
    ) -> Serialized:
        """Answer a read-only query by a document, within its limits of time and bytes."""
        question = DocumentQuestion(text, limits, media_type, dataset)
        answer = pickle.loads(await self._workers.ask(question, caller or Caller()))  # noqa: S301  # our own
        if not isinstance(answer, Serialized):
            raise QueryError("the worker answered another question")
        return answer

    def tally(self) -> Tally:
        """Say what is being done, and what has come of what was asked so far."""
        return self._workers.tally()

    async def __aenter__(self) -> QueryPool:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End the workers, and what they work at."""
        await self._workers.close()
