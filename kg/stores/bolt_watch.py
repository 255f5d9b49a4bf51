"""An end to what readers ask for too long, for drivers of all languages: it runs inside the server's process.

The database's own limit for commands would stop loads as well, and its limit for scans of a group is never
reached by a product of lists. So queries are looked at from outside. One whose time is up is told to end,
which its scans, joins and paths hear; one that does not hear it, such as a fold over lists of lists, ends
with the process, which whoever started it starts again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

LOOK_SECONDS = 0.25
GRACE_SECONDS = 1.0
"""How long a query may take to end after it was told to."""
STUCK = 75
"""The exit code of a process with a query that does not end."""
_ENGINE = "com.arcadedb.query."


class Query(Protocol):
    """A query as the database lists it; it is one until the last of its rows is fetched."""

    def getUser(self) -> str:  # noqa: N802  # the names are the database's
        """Return who asked."""
        ...

    def getElapsedMillis(self) -> int:  # noqa: N802
        """Return how long ago that was."""
        ...

    def getClientAddress(self) -> str:  # noqa: N802
        """Return where from."""
        ...

    def terminate(self, by: str) -> bool:
        """Tell it to end."""
        ...


class Queries(Protocol):
    """The database's list of queries."""

    def getRunning(self) -> Iterable[Query]:  # noqa: N802
        """Return those that have not ended."""
        ...


Threads = Callable[[], Mapping[str, Sequence[str]]]
"""Returns each thread's name, which ends in its client's address, with the classes that it is inside of."""


def watch(user: str, seconds: float, queries: Queries, threads: Threads) -> None:
    """Hold a user to a time; this never returns."""
    while True:
        time.sleep(LOOK_SECONDS)
        if end_overdue(user, seconds, queries, threads):
            os._exit(STUCK)


def end_overdue(user: str, seconds: float, queries: Queries, threads: Threads) -> bool:
    """Tell queries whose time is up to end; say whether one of them did not hear it."""
    told: dict[str, float] = {}
    for query in queries.getRunning():
        if str(query.getUser()) != user:
            continue
        address, late = str(query.getClientAddress()), query.getElapsedMillis() / 1000 - seconds
        if late > 0:
            query.terminate("the time limit")
        # A client may leave an answer unread and ask on: what its thread works at is the latest.
        told[address] = min(late, told.get(address, late))
    stuck = [address for address, late in told.items() if late > GRACE_SECONDS]
    return bool(stuck) and any(_works(address, threads()) for address in stuck)


def _works(address: str, threads: Mapping[str, Sequence[str]]) -> bool:
    """Say whether a client's thread is in the middle of a query, and not waiting for its client."""
    inside = (classes for name, classes in threads.items() if name.endswith(address))
    return any(class_.startswith(_ENGINE) for classes in inside for class_ in classes)
