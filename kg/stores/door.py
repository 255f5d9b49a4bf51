"""Asking a graph in Cypher: a server that holds all of the ledger, and an end to every query."""

from __future__ import annotations

import logging
import pickle
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

import kg.stores.bolt_worker
from kg.errors import QueryAbandoned, QueryError, QueryTimeout, QueryTooHungry, StoreError, StoreUnavailable
from kg.records import JSON
from kg.stores import Limits, Rows
from kg.stores.address import Access
from kg.stores.background import Background
from kg.stores.bolt import BoltStore
from kg.stores.bolt_question import CypherQuestion
from kg.stores.caller import Caller
from kg.stores.cells import Table, to_value
from kg.stores.workers import MEMORY, WAITING, Tally, Workers

logger = logging.getLogger(__name__)

_GRACE_SECONDS = 0.4
"""How long a server may take to end a query; a worker that waits for it longer is killed."""


class Server(Protocol):
    """What answers, and how it is made ready to."""

    @property
    def password_in(self) -> str:
        """What holds the password, for people with a driver of their own."""
        ...

    def access(self) -> Access:
        """Return how to ask it, started where it has to be."""
        ...

    def ready(self, before: BoltStore | None) -> BoltStore:
        """Return a connection to the whole graph as the ledger has it: the one of before, if it is good."""
        ...

    def close(self) -> None:
        """Stop it, if it was started here."""
        ...


class CypherDoor:
    """One server, made ready before each query, and asked within limits by processes that can be killed."""

    def __init__(
        self, server: Server, *, at_once: int = 2, waiting: int = WAITING, memory: int = MEMORY
    ) -> None:
        self.server = server
        self._store: BoltStore | None = None
        self._lock, self._starting = threading.Lock(), threading.Lock()
        self._readying = ThreadPoolExecutor(1)
        self._bounds = (at_once, waiting, memory)
        self._waiting = Background()
        self._started: Workers | None = None

    def open(self) -> Access:
        """Make the server ready, and return how to ask it."""
        self._workers()
        return self._ready(None)[1]

    def query(self, text: str, parameters: Mapping[str, JSON], limits: Limits) -> Rows:
        """Answer a read-only query; a node or statement is its IRI, a list or map its JSON.

        The server is waited for, however long it takes to be ready.
        """
        self.open()
        table = self.run(text, parameters, limits)
        return Rows(table.columns, tuple(tuple(map(to_value, row)) for row in table.rows))

    def run(
        self, text: str, parameters: Mapping[str, JSON], limits: Limits, caller: Caller | None = None
    ) -> Table:
        """Answer a read-only query with nodes and relationships whole.

        What is stopped here is ended at the server, too. One that the embedded server cannot end takes that
        server along when its time is up, which is then started again.
        """
        if self._store is None:
            self.open()
        began = time.monotonic()
        store, access = self._ready(limits.seconds)
        left = limits.seconds - (time.monotonic() - began)
        patient = replace(limits, seconds=left + _GRACE_SECONDS)
        question = CypherQuestion(text, dict(parameters), patient, access, secrets.token_hex(8), left)
        with _ended_in_time(store, question, limits):
            reply = self._waiting.run(self._workers().ask(question, caller or Caller()))
        table = pickle.loads(reply)  # noqa: S301  # from our own child only
        if not isinstance(table, Table):
            raise QueryError("the worker answered another question")
        return table

    def tally(self) -> Tally:
        """Say what is being done, and what has come of what was asked so far."""
        with self._starting:
            return self._started.tally() if self._started else Tally()

    def close(self) -> None:
        """Let go of the server, and stop it if it was started here."""
        with self._starting:
            if self._started is not None:
                self._waiting.run(self._started.close())
                self._started = None
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None
            self.server.close()
        self._readying.shutdown(wait=False, cancel_futures=True)
        self._waiting.close()

    def _ready(self, seconds: float | None) -> tuple[BoltStore, Access]:
        """Return a connection to the server as soon as that is ready, and how others make one.

        The first time may load the whole graph, and is waited for. Later, while it is brought up to date or
        started again, that counts as the time of the query.
        """
        ready = self._readying.submit(self._make_ready)
        try:
            return ready.result(seconds)
        except TimeoutError:
            ready.cancel()
            raise StoreUnavailable("the Cypher server is being made ready; try again in a moment") from None

    def _make_ready(self) -> tuple[BoltStore, Access]:
        with self._lock:
            self._store = self.server.ready(self._store)
            return self._store, self.server.access()

    def _workers(self) -> Workers:
        """Return those who ask, started with the first question."""
        with self._starting:
            if self._started is None:
                self._started = self._waiting.run(self._start())
            return self._started

    async def _start(self) -> Workers:
        at_once, waiting, memory = self._bounds
        module = kg.stores.bolt_worker.__name__
        return Workers(module, (), at_once=at_once, waiting=waiting, memory=memory)


@contextmanager
def _ended_in_time(store: BoltStore, question: CypherQuestion, limits: Limits) -> Iterator[None]:
    """Have a query ended at the server when its time is up, and when what waits for it is killed."""
    timer = threading.Timer(question.seconds, _end, (store, question.mark))
    timer.daemon = True
    timer.start()
    try:
        yield
    except QueryTimeout:
        raise QueryTimeout(limits.seconds) from None
    except (QueryAbandoned, QueryTooHungry):
        threading.Thread(target=_end, args=(store, question.mark), daemon=True).start()
        raise
    finally:
        timer.cancel()


def _end(store: BoltStore, mark: str) -> None:
    try:
        store.end(mark)
    except StoreError as error:
        logger.info("a query may still run at the server until its time is up: %s", error)
