"""The process behind `kg.stores.pool`: it answers SPARQL queries on the newest snapshot of a store.

It is started as `python -m kg.stores.worker FOLDER MEMORY`, imports little, and looks for a newer snapshot
before each question, so that it never reads what somebody writes.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox

from kg.errors import StoreError
from kg.stores.folder import Folder
from kg.stores.questions import Question
from kg.stores.work import work


class _Snapshot:
    """The newest snapshot of a folder, opened again when there is a newer one."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._mark: tuple[int, int] | None = None
        self._database: ox.Store | None = None

    def newest(self) -> ox.Store:
        mark = self._folder.snapshot_mark()  # looked at before: what is opened is as new, or newer
        if self._database is None or mark != self._mark:
            self._database = None
            self._database, self._mark = self._folder.open_snapshot()[0], mark
        return self._database

    def answer(self, question: Question) -> object:
        return question.ask(self.newest())


def main() -> None:
    """Serve the folder that the command line names."""
    folder, memory = sys.argv[1:]
    snapshot = _Snapshot(Folder(Path(folder)))
    with suppress(StoreError):  # whoever asks is told; it is opened here so that the first need not wait
        snapshot.newest()
    work(snapshot.answer, int(memory))


if __name__ == "__main__":
    main()
