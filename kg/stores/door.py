"""Asking a graph in Cypher: a server that holds all of the ledger, and an end to every query."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Mapping
from typing import Protocol

import kg.stores.bolt_worker
from kg.errors import QueryAbandoned, QueryError, QueryTimeout, QueryTooHungry, StoreError
from kg.records import JSON
from kg.stores import Limits, Rows
from kg.stores.address import Access
from kg.stores.bolt import BoltStore
from kg.stores.bolt_question import CypherQuestion
from kg.stores.caller import Caller
from kg.stores.cells import Table, to_value
from kg.stores.workers import MEMORY, WAITING, Tally, Workers

logger = logging.getLogger(__name__)


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
        self._lock = threading.RLock()
        self._bounds = (at_once, waiting, memory)
        self._started: Workers | None = None

    def open(self) -> Access:
        """Make the server ready, and return how to ask it."""
        self._workers()
        self._ready()
        return self.server.access()

    def query(self, text: str, parameters: Mapping[str, JSON], limits: Limits) -> Rows:
        """Answer a read-only query; a node or statement is its IRI, a list or map its JSON."""
        table = self.run(text, parameters, limits)
        return Rows(table.columns, tuple(tuple(map(to_value, row)) for row in table.rows))

    def run(
        self, text: str, parameters: Mapping[str, JSON], limits: Limits, caller: Caller | None = None
    ) -> Table:
        """Answer a read-only query with nodes and relationships whole.

        What is stopped here is ended at the server, too. One that the embedded server cannot end takes that
        server along when its time is up, which is then started again.
        """
        store = self._ready()
        mark = secrets.token_hex(8)
        question = CypherQuestion(text, dict(parameters), limits, self.server.access(), mark)
        try:
            reply = self._workers().ask(question, caller or Caller())
        except (QueryTimeout, QueryAbandoned, QueryTooHungry):
            threading.Thread(target=_end, args=(store, mark), daemon=True).start()
            raise
        if not isinstance(reply, Table):
            raise QueryError("the worker answered another question")
        return reply

    def tally(self) -> Tally:
        """Say what is being done, and what has come of what was asked so far."""
        with self._lock:
            return self._started.tally() if self._started else Tally()

    def close(self) -> None:
        """Let go of the server, and stop it if it was started here."""
        with self._lock:
            if self._started is not None:
                self._started.close()
                self._started = None
            if self._store is not None:
                self._store.close()
                self._store = None
            self.server.close()

    def _ready(self) -> BoltStore:
        with self._lock:
            self._store = self.server.ready(self._store)
            return self._store

    def _workers(self) -> Workers:
        """Return those who ask, started with the first question."""
        with self._lock:
            if self._started is None:
                at_once, waiting, memory = self._bounds
                module = kg.stores.bolt_worker.__name__
                self._started = Workers(module, (), at_once=at_once, waiting=waiting, memory=memory)
            return self._started


def _end(store: BoltStore, mark: str) -> None:
    try:
        store.end(mark)
    except StoreError as error:
        logger.info("a query may still run at the server until its time is up: %s", error)
