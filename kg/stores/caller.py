"""Whoever waits for an answer, and may go away before it is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Caller:
    """Tells whatever works for it when it leaves; it may leave from any thread, and more than once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._acts: list[Callable[[], None]] = []
        self.gone = False

    def leave(self) -> None:
        """End what is done for this caller."""
        with self._lock:
            self.gone = True
            acts, self._acts = self._acts, []
        for act in acts:
            act()

    @contextmanager
    def when_gone(self, act: Callable[[], None]) -> Iterator[None]:
        """Do something as soon as the caller leaves, unless the block has ended by then."""
        with self._lock:
            late = self.gone
            if not late:
                self._acts.append(act)
        if late:
            act()
        try:
            yield
        finally:
            with self._lock:
                if act in self._acts:
                    self._acts.remove(act)
