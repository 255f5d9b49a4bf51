"""Processes that answer questions and can be killed, because no engine can be interrupted everywhere.

So many work at once, so many callers wait, and whoever comes then is turned away. A question past its time is
killed with its process; so is one whose caller has gone, and one that needs too much memory ends by itself.
One process more than can work stands ready, so that the next caller does not wait for the start of another.
All of it is done by one event loop, which waits for every pipe at once: no thread stands between a question
and its answer. Callers without a loop have `kg.stores.background`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from kg.errors import KGError, QueryAbandoned, QueryError, QueryTimeout, QueryTooHungry, StoreUnavailable
from kg.stores.caller import Caller
from kg.stores.work import FRAME, OUT_OF_MEMORY, Failure, Question

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
    """Some processes of one kind, and a bounded queue before them, on the event loop that made it."""

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
        self._loop = asyncio.get_running_loop()
        self._turns = asyncio.Semaphore(at_once)
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._processes: set[_Worker] = set()
        self._starts: set[asyncio.Task[None]] = set()
        self._first = asyncio.Event()
        self._callers = self._running = 0
        self._counts = dict.fromkeys((*_COUNTED_AS.values(), "answered", "failed"), 0)
        self._closed = False
        self._fill()

    async def ask(self, question: Question, caller: Caller) -> memoryview:
        """Return the answer as a pickle, within the question's time; what failed there is raised here."""
        try:
            await self._await_the_first(caller)
            with self._place(), _timed(question):
                reply = await self._answer(question, caller)
            if reply.failed:
                raise Failure.read(reply.content).error()
        except KGError as error:
            self._counts[_COUNTED_AS.get(type(error), "failed")] += 1
            raise
        self._counts["answered"] += 1
        return reply.content

    def tally(self) -> Tally:
        """Say what is being done, and what has come of what was asked so far; from any thread."""
        running, alive = self._running, sum(worker.alive for worker in tuple(self._processes))
        return Tally(running=running, waiting=self._callers - running, workers=alive, **self._counts)

    async def close(self) -> None:
        """End the processes, and what they work at."""
        self._closed = True
        self._first.set()
        await asyncio.gather(*self._starts)
        for worker in self._processes:
            worker.stop()
        if ending := [worker.ended for worker in self._processes]:
            # Until the system has taken them away, so that they are nobody's orphans.
            await asyncio.wait(ending, timeout=_DYING_SECONDS)

    # --- who works for whom -----------------------------------------------------------------------------

    async def _await_the_first(self, caller: Caller) -> None:
        """Wait for the processes to start for the first time, which is no question's time."""
        if self._first.is_set():
            return
        patience = asyncio.timeout(_START_SECONDS)
        with self._unless_gone(caller, patience), suppress(TimeoutError):
            async with patience:
                await self._first.wait()

    @contextmanager
    def _place(self) -> Iterator[None]:
        self._refuse_closed()
        if self._callers == self._places:
            raise StoreUnavailable("too many queries are waiting; try again in a moment")
        self._callers += 1
        try:
            yield
        finally:
            self._callers -= 1

    @contextmanager
    def _unless_gone(self, caller: Caller, patience: asyncio.Timeout) -> Iterator[None]:
        """Let patience end at once when the caller leaves."""

        def leave() -> None:
            self._loop.call_soon_threadsafe(_hurry, patience)

        with caller.when_gone(leave):
            yield

    async def _answer(self, question: Question, caller: Caller) -> _Reply:
        patience = asyncio.timeout(question.limits.seconds)
        worker = None
        try:
            with self._unless_gone(caller, patience):
                async with patience, self._turns:
                    worker = await self._free_worker(caller)
                    return await self._work(worker, question)
        except TimeoutError:
            if caller.gone:
                raise QueryAbandoned from None
            if worker is None:
                raise StoreUnavailable("no query worker is free; try again in a moment") from None
            raise QueryTimeout(question.limits.seconds) from None

    async def _free_worker(self, caller: Caller) -> _Worker:
        """Return one that is ready, after those that died while they waited were replaced."""
        while True:
            if caller.gone:
                raise QueryAbandoned
            self._refuse_closed()
            self._fill()
            worker = await self._idle.get()
            if worker.alive:
                return worker

    async def _work(self, worker: _Worker, question: Question) -> _Reply:
        self._running += 1
        try:
            reply = await worker.ask(question)
        finally:
            self._running -= 1
            if worker.alive:
                self._idle.put_nowait(worker)
            self._fill()
        if reply is None:
            raise self._why_it_ended(worker, question)
        return reply

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StoreUnavailable("the query workers have been stopped")

    # --- processes --------------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Start what is missing."""
        present = sum(worker.alive for worker in self._processes)
        for _ in range(0 if self._closed else self._at_once + _SPARE - present):
            worker = _Worker(self._loop, self._started, self._processes.discard)
            self._processes.add(worker)
            start = self._loop.create_task(self._start(worker))
            self._starts.add(start)
            start.add_done_callback(self._starts.discard)

    async def _start(self, worker: _Worker) -> None:
        try:
            await self._loop.subprocess_exec(
                lambda: worker,
                *self._command,
                stderr=asyncio.subprocess.DEVNULL,  # an engine's last words; its exit code is told
                env={**os.environ, "PYTHONPATH": import_path()},
            )
        except OSError as error:
            logger.error("no process could be started to answer queries: %s", error)
            self._processes.discard(worker)
            self._first.set()

    def _started(self, worker: _Worker) -> None:
        """Take up a worker that is ready, or has ended before it was."""
        self._idle.put_nowait(worker)
        self._first.set()

    def _why_it_ended(self, worker: _Worker, question: Question) -> QueryError | StoreUnavailable:
        if self._closed:
            return StoreUnavailable("the query workers have been stopped")
        code = worker.exit_code
        ended_by = signal.Signals(-code).name if code < 0 else str(code)
        logger.warning("a query ended its worker by %s", ended_by)
        if ended_by in ("SIGABRT", "SIGKILL", str(OUT_OF_MEMORY)):  # the engine, the system, or itself
            return QueryTooHungry(self._memory)
        if ended_by == "SIGALRM":
            return QueryTimeout(question.limits.seconds)
        return QueryError("the query ended its worker, most likely by being nested too deeply; flatten it")


def _hurry(patience: asyncio.Timeout) -> None:
    with suppress(RuntimeError):  # it is over already
        patience.reschedule(0.0)


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


@dataclass(frozen=True, slots=True)
class _Reply:
    """What a worker sent: a pickle of the answer, or of what failed."""

    failed: bool
    content: memoryview


class _Worker(asyncio.SubprocessProtocol):
    """One process: what it is asked goes out as a pickle, what it replies comes in by pieces."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        started: Callable[[_Worker], None],
        gone: Callable[[_Worker], None],
    ) -> None:
        self._loop = loop
        self._started, self._gone = started, gone
        self._process: asyncio.SubprocessTransport | None = None
        self._came = bytearray()
        self._reply: asyncio.Future[_Reply | None] | None = None
        self._ready = False
        self.alive = True
        self.ended: asyncio.Future[None] = loop.create_future()

    async def ask(self, question: Question) -> _Reply | None:
        """Return the reply, None where the process has ended; who waits no more ends it."""
        self._reply = self._loop.create_future()
        self._stdin.write(pickle.dumps(question, pickle.HIGHEST_PROTOCOL))
        try:
            return await self._reply
        except asyncio.CancelledError:
            self.stop()
            raise

    def stop(self) -> None:
        """Kill it; the system says when it is gone."""
        self.alive = False
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    @property
    def exit_code(self) -> int:
        """The code that it ended with, below 0 where a signal ended it."""
        assert self._process is not None
        return self._process.get_returncode() or 0

    @property
    def _stdin(self) -> asyncio.WriteTransport:
        assert self._process is not None
        return self._process.get_pipe_transport(0)  # type: ignore[return-value]  # typed as any transport

    # --- what the event loop tells ----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take hold of the process."""
        self._process = transport  # type: ignore[assignment]  # which is one of a process, by any event loop

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002  # as asyncio has it
        """Take in a piece of a reply."""
        self._came += data
        if len(self._came) < FRAME.size:
            return
        failed, length = FRAME.unpack_from(self._came)
        if len(self._came) < FRAME.size + length:
            return
        reply, self._came = self._came, bytearray()
        if not self._ready:
            self._ready = True
            self._started(self)
        elif self._reply is not None and not self._reply.done():
            self._reply.set_result(_Reply(failed, memoryview(reply)[FRAME.size :]))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # as asyncio has it
        """Tell that it has ended, which may be in the middle of a reply, or before it was ready."""
        self.alive = False
        self._gone(self)
        if not self._ready:
            self._started(self)
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(None)
        if self._process is not None:
            self._process.close()
        self.ended.set_result(None)


def import_path() -> str:
    """Return where a worker finds this package, whether or not it is installed."""
    here = str(Path(__file__).parent.parent.parent)
    return os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
