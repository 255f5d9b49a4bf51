"""Asking a graph in Cypher: a server that is up to date, a user who only reads, and an end to every query."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import closing

from kg.errors import KGError, QueryTimeout, StoreUnavailable
from kg.records import JSON
from kg.stores import Limits, Origin, Rows, Store
from kg.stores.bolt import BoltStore
from kg.stores.cells import Table, to_value
from kg.stores.embedded_bolt import Access, EmbeddedBolt
from kg.vocabulary import Vocabulary

_GRACE_SECONDS = 3.0


class CypherDoor:
    """The embedded server of a graph, brought up to date before each query."""

    def __init__(
        self,
        server: EmbeddedBolt,
        vocabulary: Vocabulary,
        origin: Origin,
        position: Callable[[], int],
        catch_up: Callable[[Store], None],
    ) -> None:
        self.server = server
        self._vocabulary, self._origin = vocabulary, origin
        self._position, self._catch_up = position, catch_up
        self._store: BoltStore | None = None
        self._held: int | None = None
        self._lock = threading.RLock()

    def open(self) -> Access:
        """Start the server where none runs, bring it up to date, and return how to ask it."""
        with self._lock:
            self._refresh()
            return self.server.reader()

    def query(self, text: str, parameters: Mapping[str, JSON], limits: Limits) -> Rows:
        """Answer a read-only query; a node or statement is its IRI, a list or map its JSON."""
        table = self.run(text, parameters, limits)
        return Rows(table.columns, tuple(tuple(map(to_value, row)) for row in table.rows))

    def run(self, text: str, parameters: Mapping[str, JSON], limits: Limits) -> Table:
        """Answer a read-only query with nodes and relationships whole.

        The server's own limit stops what scans; anything else is stopped with the server, which is started
        again by the next query.
        """
        store = self._refresh()
        replies: queue.SimpleQueue[Table | KGError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                replies.put(store.run(text, parameters, limits))
            except KGError as error:
                replies.put(error)

        threading.Thread(target=ask, daemon=True).start()
        try:
            reply = replies.get(timeout=limits.seconds + _GRACE_SECONDS)
        except queue.Empty:
            self._give_up(store)
            raise QueryTimeout(limits.seconds) from None
        if isinstance(reply, KGError):
            raise reply
        return reply

    def close(self) -> None:
        """Stop the server, if it was started here."""
        with self._lock:
            self._forget()
            self.server.close()

    def _refresh(self) -> BoltStore:
        """Return a connection to a server that holds all of the ledger."""
        with self._lock:
            if self._store is not None and not self.server.answers():
                self._forget()
            if self._store is None or self._held != self._position():
                position = self._position()
                with closing(self._connected(self.server.writer())) as writer:
                    self._catch_up(writer)
                self._held = position
            if self._store is None:
                self._store = self._connected(self.server.reader())
            return self._store

    def _connected(self, access: Access) -> BoltStore:
        return BoltStore.connect(
            access.uri,
            access.user,
            access.password,
            vocabulary=self._vocabulary,
            database=access.database,
            origin=self._origin,
        )

    def _give_up(self, store: BoltStore) -> None:
        with self._lock:
            if not self.server.ours:
                raise StoreUnavailable("a query does not end, and its server belongs to another process")
            self.server.kill()
            if self._store is store:
                self._forget()

    def _forget(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store, self._held = None, None
