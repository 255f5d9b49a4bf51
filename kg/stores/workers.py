"""Processes that answer questions and can be killed, because no engine can be interrupted everywhere.

So many work at once, so many callers wait, and whoever comes then is turned away. A question past its time is
killed with its process; so is one whose caller has gone, and one that needs too much memory ends by itself.
One process more than can work stands ready, so that the next caller does not wait for the start of another.
Callers may come from any thread.
"""

from __future__ import annotations

import logging
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kg.errors import KGError, QueryAbandoned, QueryError, QueryTimeout, QueryTooHungry, StoreUnavailable
from kg.stores.caller import Caller
from kg.stores.work import OUT_OF_MEMORY, Failure, Question

logger = logging.getLogger(__name__)

MEMORY = 2 * 1024**3
WAITING = 32
SLOW_SECONDS = 5.0
"""A query that takes longer is noted in the log."""
_SPARE = 1
_START_SECONDS = 30.0
_DYING_SECONDS = 5.0
_COUNTED_AS: Mapping[type[KGError], str] = {
    QueryTimeout: "timeouts",
    QueryAbandoned: "abandoned",
    QueryTooHungry: "out_of_memory",
    StoreUnavailable: "refused",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """What is being done, and how often something has come of what was asked."""

    running: int = 0
    waiting: int = 0
    answered: int = 0
    failed: int = 0
    """Answered by an error of any other kind: malformed, forbidden, too large."""
    timeouts: int = 0
    abandoned: int = 0
    """Ended because their callers had gone."""
    out_of_memory: int = 0
    refused: int = 0
    """Turned away because too many were there before."""
    workers: int = 0
    """Processes that are alive now, whether they work or wait."""


class Workers:
    """Some processes of one kind, and a bounded queue before them."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        *,
        at_once: int,
        waiting: int = WAITING,
        memory: int = MEMORY,
    ) -> None:
        self._command = [sys.executable, "-P", "-m", module, *arguments, str(memory)]
        self._memory = memory
        self._at_once, self._places = at_once, at_once + waiting
        self._changed = threading.Condition()
        self._idle: list[_Worker] = []
        self._starting: set[_Worker] = set()
        self._running: set[_Worker] = set()
        self._callers = 0
        self._counts: Counter[str] = Counter()
        self._ready = self._closed = False
        with self._changed:
            self._fill()

    def ask(self, question: Question, caller: Caller) -> object:
        """Return the reply, within the question's time from now on; what failed there is raised here."""
        self._await_the_first(caller)
        end = time.monotonic() + question.limits.seconds
        try:
            with self._place(), self._lent(end, caller) as worker, _timed(question):
                reply = worker.ask(question, end, caller)
            if isinstance(reply, Failure):
                raise reply.error()
        except KGError as error:
            self._count(_COUNTED_AS.get(type(error), "failed"))
            raise
        self._count("answered")
        return reply

    def tally(self) -> Tally:
        """Say what is being done, and what has come of what was asked so far."""
        with self._changed:
            running = len(self._running)
            alive = sum(worker.alive() for worker in (*self._idle, *self._starting, *self._running))
            now = {"running": running, "waiting": self._callers - running, "workers": alive}
            return Tally(**now, **{name: self._counts[name] for name in Tally.__slots__ if name not in now})

    def close(self) -> None:
        """End the processes, and what they work at."""
        with self._changed:
            self._closed = True
            workers = [*self._idle, *self._starting, *self._running]
            self._idle.clear()
            self._changed.notify_all()
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.await_end()

    def _count(self, outcome: str) -> None:
        with self._changed:
            self._counts[outcome] += 1

    # --- who works for whom -----------------------------------------------------------------------------

    @contextmanager
    def _place(self) -> Iterator[None]:
        with self._changed:
            self._refuse_closed()
            if self._callers == self._places:
                raise StoreUnavailable("too many queries are waiting; try again in a moment")
            self._callers += 1
        try:
            yield
        finally:
            with self._changed:
                self._callers -= 1

    @contextmanager
    def _lent(self, end: float, caller: Caller) -> Iterator[_Worker]:
        """Lend a worker, and put it back or one in its place."""
        worker = self._take(end, caller)
        try:
            yield worker
        finally:
            with self._changed:
                self._running.discard(worker)
                if not self._closed and worker.alive():
                    self._idle.append(worker)
                else:
                    worker.stop()
                self._fill()
                self._changed.notify_all()

    def _await_the_first(self, caller: Caller) -> None:
        """Wait for the processes to start for the first time, which is no question's time."""
        with caller.when_gone(self._look_again), self._changed:
            self._changed.wait_for(lambda: self._ready or self._closed or caller.gone, _START_SECONDS)

    def _take(self, end: float, caller: Caller) -> _Worker:
        with caller.when_gone(self._look_again), self._changed:
            self._changed.wait_for(lambda: self._has_news_for(caller), end - time.monotonic())
            self._refuse_closed()
            if caller.gone:
                raise QueryAbandoned
            if not self._is_one_free():
                raise StoreUnavailable("no query worker is free; try again in a moment")
            worker = self._idle.pop()
            self._running.add(worker)
            return worker

    def _has_news_for(self, caller: Caller) -> bool:
        return self._closed or caller.gone or self._is_one_free()

    def _is_one_free(self) -> bool:
        """Say whether somebody can be served, after those that died while they waited were replaced."""
        self._idle = [worker for worker in self._idle if worker.alive()]
        self._fill()
        return bool(self._idle) and len(self._running) < self._at_once

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StoreUnavailable("the query workers have been stopped")

    def _look_again(self) -> None:
        with self._changed:
            self._changed.notify_all()

    # --- processes --------------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Start what is missing."""
        present = len(self._idle) + len(self._starting) + len(self._running)
        for _ in range(0 if self._closed else self._at_once + _SPARE - present):
            self._starting.add(_Worker(self._command, self._memory, self._started))

    def _started(self, worker: _Worker) -> None:
        """Take up a worker that is ready, or has ended before it was."""
        with self._changed:
            self._starting.discard(worker)
            if self._closed:
                worker.stop()
            elif worker.alive():
                self._idle.append(worker)
            self._ready = True
            self._changed.notify_all()


@contextmanager
def _timed(question: Question) -> Iterator[None]:
    """Log that a query was ended, or took long; its words only where everything is logged."""
    began, ended_by = time.monotonic(), ""
    try:
        yield
    except (QueryTimeout, QueryAbandoned, QueryTooHungry) as error:
        ended_by = type(error).__name__
        raise
    finally:
        seconds = time.monotonic() - began
        if ended_by:
            logger.warning("a query was ended after %.1f s: %s", seconds, ended_by)
        elif seconds > SLOW_SECONDS:
            logger.warning("a query took %.1f s", seconds)
        if ended_by or seconds > SLOW_SECONDS:
            logger.debug("that query: %s", question.text)


class _Worker:
    """One process, with a thread that takes its replies so that waiting for one can end."""

    def __init__(self, command: Sequence[str], memory: int, started: Callable[[_Worker], None]) -> None:
        self._memory = memory
        self._stopped = self._ended = False
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # an engine's last words; the code that it ends with is told
            env={**os.environ, "PYTHONPATH": import_path()},
        )
        self._replies: queue.SimpleQueue[object] = queue.SimpleQueue()
        threading.Thread(target=self._listen, args=(started,), daemon=True).start()

    def alive(self) -> bool:
        return not (self._stopped or self._ended)

    def ask(self, question: Question, end: float, caller: Caller) -> object:
        """Return the reply; QueryTimeout or QueryAbandoned, and no more worker, if it is not waited for."""
        with caller.when_gone(self.stop):
            try:
                pickle.dump(question, self._stdin, pickle.HIGHEST_PROTOCOL)
                self._stdin.flush()
                reply = self._replies.get(timeout=max(0.0, end - time.monotonic()))
            except OSError:
                reply = None
            except queue.Empty:
                self.stop()
                raise QueryTimeout(question.limits.seconds) from None
        if reply is not None:
            return reply
        if caller.gone:
            raise QueryAbandoned
        raise self._why_it_ended(question)

    def stop(self) -> None:
        """Kill it; the thread that listens sees to the rest."""
        self._stopped = True
        self._process.kill()

    def await_end(self) -> None:
        """Wait until the system has taken it away, so that it is nobody's orphan."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_DYING_SECONDS)

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _why_it_ended(self, question: Question) -> QueryError | StoreUnavailable:
        was_stopped = self._stopped
        self.stop()
        code = self._process.wait(_DYING_SECONDS)
        if was_stopped:
            return StoreUnavailable("the query workers have been stopped")
        ended_by = signal.Signals(-code).name if code < 0 else str(code)
        logger.warning("a query ended its worker by %s", ended_by)
        if ended_by in ("SIGABRT", "SIGKILL", str(OUT_OF_MEMORY)):  # the engine, the system, or itself
            return QueryTooHungry(self._memory)
        if ended_by == "SIGALRM":
            return QueryTimeout(question.limits.seconds)
        return QueryError("the query ended its worker, most likely by being nested too deeply; flatten it")

    def _listen(self, started: Callable[[_Worker], None]) -> None:
        """Take replies until the process ends, which may be in the middle of one."""
        assert self._process.stdout is not None
        with self._process.stdout as replies, suppress(EOFError, pickle.UnpicklingError):
            first = pickle.load(replies)  # noqa: S301  # from our own child only
            assert first
            started(self)
            while True:
                self._replies.put(pickle.load(replies))  # noqa: S301  # from our own child only
        self._ended = True
        self._replies.put(None)
        self._process.wait()
        with suppress(BrokenPipeError):
            self._stdin.close()
        started(self)


def import_path() -> str:
    """Return where a worker finds this package, whether or not it is installed."""
    here = str(Path(__file__).parent.parent.parent)
    return os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
