"""Query workers for tests that have no event loop of their own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from kg.stores import Limits, Rows, Value
from kg.stores.background import Background
from kg.stores.caller import Caller
from kg.stores.pool import QueryPool
from kg.stores.sparql import Dataset, Serialized
from kg.stores.workers import MEMORY, WAITING, Tally


class Pool:
    """A `QueryPool` on a loop in the background; callers may come from any thread."""

    def __init__(
        self, folder: Path, *, workers: int = 2, waiting: int = WAITING, memory: int = MEMORY
    ) -> None:
        self._loop = Background()
        self._pool = self._loop.run(_opened(folder, workers, waiting, memory))

    def query(
        self, text: str, parameters: Mapping[str, Value], limits: Limits, caller: Caller | None = None
    ) -> Rows:
        return self._loop.run(self._pool.query(text, parameters, limits, caller))

    def serialize(
        self,
        text: str,
        media_type: str,
        limits: Limits,
        dataset: Dataset = Dataset(),  # noqa: B008  # frozen
    ) -> Serialized:
        return self._loop.run(self._pool.serialize(text, media_type, limits, dataset))

    def tally(self) -> Tally:
        return self._pool.tally()

    def close(self) -> None:
        self._loop.run(self._pool.close())

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self.close()
        self._loop.close()


def workers_of_this_process() -> set[int]:
    """Return the processes that this one has started with the module of the workers."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    children = {int(pid) for file in listed for pid in file.read_text(encoding="ascii").split()}
    return {pid for pid in children if b"kg.stores.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()}


async def _opened(folder: Path, workers: int, waiting: int, memory: int) -> QueryPool:
    return QueryPool(folder, workers=workers, waiting=waiting, memory=memory)
