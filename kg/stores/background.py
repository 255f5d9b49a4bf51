"""An event loop in a thread of its own, for callers that have none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import TypeVar

Result = TypeVar("Result")


class Background:
    """Runs coroutines for callers in any thread, which wait for their results."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[object, object, Result]) -> Result:
        """Return what comes of it, or raise what it raises; who is interrupted in waiting ends it."""
        result = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return result.result()
        finally:
            result.cancel()

    def close(self) -> None:
        """End the loop; what was begun on it must have ended."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
