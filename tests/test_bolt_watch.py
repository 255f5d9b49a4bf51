"""When a query is told to end, and when the server has to end with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from kg.stores.bolt_watch import GRACE_SECONDS, end_overdue

SECONDS = 2.0
LATE = int(1000 * (SECONDS + GRACE_SECONDS)) + 1
WAITING = {"BOLT-/here:1": ["java.net.Socket"], "BOLT-/here:2": ["com.arcadedb.query.opencypher.Scan"]}
WORKING = {"BOLT-/here:1": ["java.util.ArrayList", "com.arcadedb.query.opencypher.Fold"]}


@dataclass
class Asked:
    """A query as the database lists it."""

    milliseconds: int
    user: str = "reader"
    address: str = "/here:1"
    told: list[str] = field(default_factory=list)

    def getUser(self) -> str:  # noqa: N802
        return self.user

    def getElapsedMillis(self) -> int:  # noqa: N802
        return self.milliseconds

    def getClientAddress(self) -> str:  # noqa: N802
        return self.address

    def terminate(self, by: str) -> bool:
        self.told.append(by)
        return True


@dataclass
class Listed:
    queries: Sequence[Asked]

    def getRunning(self) -> Sequence[Asked]:  # noqa: N802
        return self.queries


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (Asked(1999), False),
        (Asked(2001), True),
        (Asked(2001, user="writer"), False),
        (Asked(LATE, user="writer"), False),
    ],
)
def test_what_readers_ask_is_told_to_end_when_its_time_is_up(query: Asked, told: bool) -> None:
    assert not end_overdue("reader", SECONDS, Listed([query]), lambda: WORKING)
    assert bool(query.told) == told


@pytest.mark.parametrize(
    ("queries", "threads", "stuck"),
    [
        pytest.param([Asked(LATE)], WORKING, True, id="works on"),
        pytest.param([Asked(LATE)], WAITING, False, id="its client does not read"),
        pytest.param([Asked(LATE)], {}, False, id="its thread is gone"),
        pytest.param([Asked(LATE), Asked(100)], WORKING, False, id="its client asks something else by now"),
        pytest.param([Asked(LATE), Asked(100, address="/here:2")], WORKING, True, id="another client asks"),
    ],
)
def test_only_a_query_that_works_on_though_it_was_told_to_end_ends_the_server(
    queries: Sequence[Asked], threads: dict[str, list[str]], stuck: bool
) -> None:
    assert end_overdue("reader", SECONDS, Listed(queries), lambda: threads) == stuck
