"""How much is tried with inputs made at random, and what holds of each: it ends, and soon.

Few cases always, the same ones each time; `KG_FUZZ=5000` tries that many of each, other ones each time.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hypothesis import HealthCheck, settings

CASES = int(os.environ.get("KG_FUZZ", "0"))
CPU_SECONDS = 20.0
"""Of computing, not of waiting: what is linear in its input takes a hundredth, and a busy machine no more."""


def tries(few: int) -> settings:
    """Return how many cases a test tries: these few, always the same, or as many as the environment says."""
    return settings(
        max_examples=CASES or few,
        derandomize=not CASES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def ends(seconds: float = CPU_SECONDS) -> Iterator[None]:
    """Fail what computes for longer, wherever it is: expressions of `re` hear signals as well."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"this has computed for {seconds:g} s, and would go on")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
