"""Asking a graph in Cypher: a server that holds all of the ledger, and an end to every query."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping
from typing import Protocol

from kg.errors import KGError, QueryTimeout, StoreUnavailable
from kg.records import JSON
from kg.stores import Limits, Rows
from kg.stores.address import Access
from kg.stores.bolt import BoltStore
from kg.stores.cells import Table, to_value

_GRACE_SECONDS = 5.0
"""How much longer than its time a query is waited for: servers stop it, the embedded one by ending."""


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
    """One server, made ready before each query, and asked within limits."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._store: BoltStore | None = None
        self._lock = threading.RLock()

    def open(self) -> Access:
        """Make the server ready, and return how to ask it."""
        self._ready()
        return self.server.access()

    def query(self, text: str, parameters: Mapping[str, JSON], limits: Limits) -> Rows:
        """Answer a read-only query; a node or statement is its IRI, a list or map its JSON."""
        table = self.run(text, parameters, limits)
        return Rows(table.columns, tuple(tuple(map(to_value, row)) for row in table.rows))

    def run(self, text: str, parameters: Mapping[str, JSON], limits: Limits) -> Table:
        """Answer a read-only query with nodes and relationships whole.

        The server is what stops a query; one that does not answer even then is waited for no longer.
        """
        store = self._ready()
        replies: queue.SimpleQueue[Table | KGError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                replies.put(store.run(text, parameters, limits))
            except KGError as error:
                replies.put(error)

        began = time.monotonic()
        threading.Thread(target=ask, daemon=True).start()
        try:
            reply = replies.get(timeout=limits.seconds + _GRACE_SECONDS)
        except queue.Empty:
            self._let_go(store)
            raise QueryTimeout(limits.seconds) from None
        if isinstance(reply, StoreUnavailable) and time.monotonic() - began > limits.seconds:
            raise QueryTimeout(limits.seconds) from reply
        if isinstance(reply, KGError):
            raise reply
        return reply

    def close(self) -> None:
        """Let go of the server, and stop it if it was started here."""
        with self._lock:
            if self._store is not None:
                self._let_go(self._store)
            self.server.close()

    def _ready(self) -> BoltStore:
        with self._lock:
            self._store = self.server.ready(self._store)
            return self._store

    def _let_go(self, store: BoltStore) -> None:
        with self._lock:
            store.close()
            if self._store is store:
                self._store = None
