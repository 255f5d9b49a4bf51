"""The graph opened for writing, beside the one that readers read: what they see is never half a change."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kg.errors import LedgerBusy, StoreUnavailable
from kg.workspace import Workspace

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 10.0
"""So long a request waits for an ingest, or another request, that is writing; a person waits no longer."""


class Writer:
    """Lends a workspace of its own to one request at a time, opened as the command opens it."""

    def __init__(self, read: Workspace) -> None:
        self._read = read
        self._turn = threading.Lock()

    @contextmanager
    def opened(self, patience: float = PATIENCE_SECONDS) -> Iterator[Workspace]:
        """Open the graph for writing; LedgerBusy or StoreUnavailable where somebody else keeps writing."""
        read = self._read
        if not self._turn.acquire(timeout=patience):
            raise LedgerBusy(str(read.ledger.file))
        try:
            settings = read.settings.but(lock_seconds=min(patience, read.settings.lock_seconds))
            with Workspace(read.directory, settings, read.vocabulary, read.reader) as writer:
                yield writer
        finally:
            self._turn.release()

    def catch_up(self) -> None:
        """Show what is recorded, once another process is done with the store."""
        try:
            with self.opened(self._read.settings.lock_seconds):
                pass
        except (LedgerBusy, StoreUnavailable) as error:
            logger.warning("what was decided shows when the graph is opened next: %s", error)
