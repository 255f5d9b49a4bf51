"""Worker processes that answer queries and can be killed, because the engine cannot be interrupted.

Each worker opens the newest snapshot of the store read-only. A query past its time is killed with its worker,
and a new one takes its place; so is a worker that runs out of memory. Callers may come from any thread.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import kg.stores.worker
from kg.errors import QueryError, QueryTimeout, StoreUnavailable
from kg.stores import Limits, Rows, Value
from kg.stores.questions import DocumentQuestion, Failure, Question, Reply, TableQuestion
from kg.stores.sparql import Dataset, Serialized

_START_SECONDS = 30.0
_MEMORY = 4 * 1024**3
_EVERYTHING = Dataset()


class QueryPool:
    """A few workers on the store in one folder, and a bounded queue before them."""

    language = "sparql"

    def __init__(self, folder: Path, *, workers: int = 2, waiting: int = 64, memory: int = _MEMORY) -> None:
        self._folder = folder
        self._memory = memory
        self._places = threading.BoundedSemaphore(workers + waiting)
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self._closed = False
        for _ in range(workers):
            self._idle.put(self._start())

    def query(self, text: str, parameters: Mapping[str, Value], limits: Limits) -> Rows:
        """Answer a read-only query by rows, within its limits of time and rows."""
        reply = self._ask(TableQuestion(text, limits, dict(parameters)))
        if not isinstance(reply, Rows):
            raise QueryError("the worker answered another question")
        return reply

    def serialize(
        self, text: str, media_type: str, limits: Limits, dataset: Dataset = _EVERYTHING
    ) -> Serialized:
        """Answer a read-only query by a document, within its limits of time and bytes."""
        reply = self._ask(DocumentQuestion(text, limits, media_type, dataset))
        if not isinstance(reply, Serialized):
            raise QueryError("the worker answered another question")
        return reply

    def __enter__(self) -> QueryPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; a query that still runs is stopped when its caller is done with it."""
        self._closed = True
        while not self._idle.empty():
            self._idle.get().stop()

    def _ask(self, question: Question) -> Reply:
        with self._worker(question.limits.seconds) as worker:
            reply = worker.ask(question)
        if isinstance(reply, Failure):
            raise reply.error()
        return reply

    @contextmanager
    def _worker(self, seconds: float) -> Iterator[_Worker]:
        """Lend a worker, and put it back or one in its place."""
        if self._closed:
            raise StoreUnavailable("the query workers have been stopped")
        if not self._places.acquire(blocking=False):
            raise StoreUnavailable("too many queries are waiting; try again in a moment")
        try:
            worker = self._take(seconds)
            try:
                yield worker
            finally:
                self._put_back(worker)
        finally:
            self._places.release()

    def _take(self, seconds: float) -> _Worker:
        try:
            return self._idle.get(timeout=seconds)
        except queue.Empty:
            raise StoreUnavailable("all query workers are busy; try again in a moment") from None

    def _put_back(self, worker: _Worker) -> None:
        if self._closed:
            worker.stop()
        else:
            self._idle.put(worker if worker.alive() else self._start())

    def _start(self) -> _Worker:
        return _Worker(self._folder, self._memory)


class _Worker:
    """One process, with a thread that takes its replies so that waiting for one can end."""

    def __init__(self, folder: Path, memory: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-P", "-m", kg.stores.worker.__name__, str(folder.absolute()), str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": import_path()},
        )
        self._replies: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
        self._ready = False
        threading.Thread(target=self._listen, daemon=True).start()

    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: Question) -> Reply:
        """Return the reply; QueryTimeout, and no more worker, if it takes too long."""
        if not self._ready:
            self._receive(_START_SECONDS)
            self._ready = True
        self._send(question)
        return self._receive(question.limits.seconds)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        with suppress(BrokenPipeError):
            self._stdin.close()

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _send(self, question: Question) -> None:
        try:
            pickle.dump(question, self._stdin, pickle.HIGHEST_PROTOCOL)
            self._stdin.flush()
        except OSError as error:
            self.stop()
            raise StoreUnavailable("a query worker ended by itself; try again") from error

    def _receive(self, seconds: float) -> Reply:
        try:
            reply = self._replies.get(timeout=seconds)
        except queue.Empty:
            self.stop()
            raise QueryTimeout(seconds) from None
        if reply is None:
            self.stop()
            raise QueryError("the query ended its worker, most likely by running out of memory; narrow it")
        return reply

    def _listen(self) -> None:
        """Take replies until the process ends, which may be in the middle of one."""
        assert self._process.stdout is not None
        with self._process.stdout as replies:
            while True:
                try:
                    self._replies.put(pickle.load(replies))  # noqa: S301  # from our own child only
                except (EOFError, pickle.UnpicklingError):
                    self._replies.put(None)
                    return


def import_path() -> str:
    """Return where the worker finds this package, whether or not it is installed."""
    here = str(Path(kg.__file__).parent.parent)
    return os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
