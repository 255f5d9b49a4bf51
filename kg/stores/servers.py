"""The servers that a door asks: the embedded one, kept up to date, or a Neo4j that `kg push` fills."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from kg.errors import StoreUnavailable, VersionMismatch
from kg.stores import Origin, Store
from kg.stores.address import Access
from kg.stores.bolt import BoltStore
from kg.stores.embedded_bolt import EmbeddedBolt
from kg.stores.manifest import differs
from kg.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Projected:
    """The graph that a server has to hold: where it comes from, how far it is, what brings a store there."""

    vocabulary: Vocabulary
    origin: Origin
    position: Callable[[], int]
    catch_up: Callable[[Store], None]

    def connect(self, access: Access) -> BoltStore:
        """Open a server's database."""
        return BoltStore.connect(
            access.uri,
            access.user,
            access.password,
            vocabulary=self.vocabulary,
            database=access.database,
            origin=self.origin,
        )


class EmbeddedServer:
    """The server in the graph's own folder: asked as its reader, caught up as its writer."""

    def __init__(self, bolt: EmbeddedBolt, graph: Projected) -> None:
        self.bolt = bolt
        self._graph = graph
        self._held: tuple[int, int] | None = None
        """At which position of the ledger it was, after which start: one that was damaged begins empty."""

    @property
    def password_in(self) -> str:
        """The file that holds the reader's password."""
        return str(self.bolt.password_file())

    def access(self) -> Access:
        """Return how to ask it, started where none runs."""
        return self.bolt.reader()

    def ready(self, before: BoltStore | None) -> BoltStore:
        """Return a connection to it, after it was brought up to date."""
        if before is not None and not self.bolt.answers():
            before.close()
            before = None
        wanted = self._graph.position(), self.bolt.starts
        if before is None or self._held != wanted:
            with closing(self._graph.connect(self.bolt.writer())) as writer:
                self._catch_up(writer)
            self._held = wanted[0], self.bolt.starts
        return before or self._graph.connect(self.access())

    def _catch_up(self, writer: BoltStore) -> None:
        try:
            self._graph.catch_up(writer)
        except VersionMismatch:  # of a ledger that a backup took the place of; this server is all ours
            writer.clear()
            self._graph.catch_up(writer)

    def close(self) -> None:
        """Stop the server, if it was started here."""
        self.bolt.close()


class PushedServer:
    """A server of the user's: never written to, and not asked unless it is up to date."""

    password_in = "KG_NEO4J_PASSWORD"  # noqa: S105  # the variable's name

    def __init__(self, access: Access, graph: Projected) -> None:
        self._access = access
        self._graph = graph

    def access(self) -> Access:
        """Return how to ask it."""
        return self._access

    def ready(self, before: BoltStore | None) -> BoltStore:
        """Return a connection to it; StoreUnavailable says what it lacks of the graph."""
        store = before or self._graph.connect(self._access)
        fault = differs(store.manifest(), self._graph.origin, self._graph.position())
        if fault:
            if before is None:
                store.close()
            raise StoreUnavailable(f"{self._access.uri}: {fault}")
        return store

    def close(self) -> None:
        """Leave it as it is."""
