"""The process behind `kg.stores.pool`: reads questions from standard input, answers on standard output.

It is started as `python -m kg.stores.worker FOLDER MEMORY`, imports little, and opens the newest snapshot
before each question, so that it can be killed at any time and never reads what somebody writes.
"""

from __future__ import annotations

import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from kg.errors import KGError
from kg.stores.folder import Folder
from kg.stores.questions import READY, Failure, Question, Reply

_GRACE_SECONDS = 2.0


class _Snapshot:
    """The newest snapshot of a folder, opened again when there is a newer one."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._name: str | None = None
        self._database: ox.Store | None = None

    def newest(self) -> ox.Store:
        if self._database is None or self._folder.snapshot_name() != self._name:
            self._database = None
            self._database, self._name = self._folder.open_snapshot()
        return self._database


def answer(question: Question, newest: Callable[[], ox.Store]) -> Reply:
    """Answer a question from the newest snapshot."""
    try:
        return question.ask(newest())
    except KGError as error:
        return Failure.of(error)


def serve(questions: BinaryIO, replies: BinaryIO, folder: Path) -> None:
    """Answer questions until there are no more."""
    snapshot = _Snapshot(Folder(folder))
    _send(READY, replies)
    while True:
        try:
            question: Question = pickle.load(questions)  # noqa: S301  # from our own parent only
        except EOFError:
            return
        with _alarm(question.limits.seconds + _GRACE_SECONDS):
            reply = answer(question, snapshot.newest)
        _send(reply, replies)


def _send(reply: Reply, replies: BinaryIO) -> None:
    pickle.dump(reply, replies, pickle.HIGHEST_PROTOCOL)
    replies.flush()


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """End this process if it works longer, for the case that its parent is gone; not on Windows."""
    if sys.platform == "win32":
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def limit_memory(most: int) -> None:
    """Let a query that needs more memory end this process rather than the machine; not on Windows."""
    if sys.platform != "win32":
        import resource  # there is none on Windows

        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main() -> None:
    """Serve the folder that the command line names."""
    folder, memory = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    limit_memory(int(memory))
    serve(sys.stdin.buffer, sys.stdout.buffer, Path(folder))


if __name__ == "__main__":
    main()
