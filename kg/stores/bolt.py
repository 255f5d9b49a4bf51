"""The property-graph store: Neo4j, or the embedded server, over Bolt with the official driver.

A node labelled `Manifest` says of which ledger, version and position the graph is. A large load goes in many
transactions, each of which notes there how far it has come, so that one that was killed goes on; until it
ends, `position` is 0. `apply` is one transaction. Queries run in read mode, with the server's own time limit.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import chain

import neo4j
from neo4j.exceptions import (
    AuthError,
    ClientError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from kg.errors import (
    QueryError,
    QueryForbidden,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooHungry,
    ResultTooLarge,
    StoreError,
    StoreUnavailable,
)
from kg.property_graph import (
    PgNode,
    PgPiece,
    PgRelationship,
    from_property_graph,
    node_labels,
    relationship_types,
)
from kg.records import JSON, Graph, Node
from kg.stores import Limits, Origin, Rows, Value
from kg.stores.cells import Table, to_cell, to_properties, to_value
from kg.stores.cypher import comment, refuse_writes
from kg.stores.filling import fill, position_of
from kg.stores.manifest import MANIFEST, Manifest
from kg.stores.writing import SUBJECTS, Write, additions, constraints, removals, statements_among
from kg.vocabulary import Vocabulary, load_vocabulary

NODES_AT_ONCE = 5_000
_CLEARED_AT_ONCE = 10_000
_CONNECT_SECONDS = 15.0
_RETRY_SECONDS = 30.0
_PLACE = re.compile(r"\(line (\d+), column (\d+)")
_PLACE_EMBEDDED = re.compile(r"\bat line (\d+):(\d+)")
"""The embedded server counts columns from 0."""


class BoltStore:
    """A database that speaks Bolt and Cypher."""

    language = "cypher"

    def __init__(
        self,
        driver: neo4j.Driver,
        vocabulary: Vocabulary | None = None,
        *,
        database: str | None = None,
        origin: Origin | None = None,
    ) -> None:
        self._driver = driver
        self._given_vocabulary = vocabulary
        self._database = database
        self.origin = origin or Origin()

    @classmethod
    def connect(
        cls,
        uri: str,
        user: str,
        password: str,
        *,
        vocabulary: Vocabulary | None = None,
        database: str | None = None,
        origin: Origin | None = None,
    ) -> BoltStore:
        """Open a server's database; StoreUnavailable says why it cannot be.

        `origin` names what is to be written there: a graph of another ledger is never mixed with it, and one
        of another version is loaded anew. To ask, none is needed.
        """
        # The server remarks on every label that is not there yet; to us that is an empty answer.
        logging.getLogger("neo4j.notifications").setLevel(logging.ERROR)
        with _translated(Limits()):
            driver = neo4j.GraphDatabase.driver(
                uri,
                auth=(user, password),
                connection_timeout=_CONNECT_SECONDS,
                max_transaction_retry_time=_RETRY_SECONDS,
            )
        try:
            with _translated(Limits()):
                driver.verify_connectivity()
        except StoreError:
            driver.close()
            raise
        return cls(driver, vocabulary, database=database, origin=origin)

    @property
    def _vocabulary(self) -> Vocabulary:
        """The one that was given, or the package's own, which whoever only asks never waits for."""
        return self._given_vocabulary or load_vocabulary()

    def close(self) -> None:
        """Let go of the connections."""
        self._driver.close()

    # --- what it holds ----------------------------------------------------------------------------------

    def manifest(self) -> Manifest | None:
        """Return what the store holds, None where nothing was ever loaded."""
        rows = list(self._stream(f"MATCH (m:{MANIFEST}) RETURN properties(m)"))
        return _manifest(rows[0][0]) if rows else None

    def position(self) -> int:
        """Return the number of the last change held; 0 if a load has to come first."""
        return position_of(self)

    # --- writing ----------------------------------------------------------------------------------------

    def load(self, nodes: Iterable[Node], position: int) -> None:
        """Replace everything by these nodes, which come in the order of their ids."""
        fill(self, nodes, position, at_once=NODES_AT_ONCE)

    def begin(self, position: int) -> None:
        """Make ready for a load; StoreError if the database holds other things."""
        self._refuse_strangers()
        self.clear(position)
        self._make_constraints()

    def add(self, nodes: Sequence[Node], manifest: Manifest) -> None:
        """Write nodes of which nothing is there, in one transaction with the manifest."""
        self._write(additions(nodes, self._vocabulary), manifest)

    def clear(self, position: int = 0) -> None:
        """Take everything of ours out; the store then waits for a load."""
        self._write((), Manifest(self.origin, position, ""))
        # Relationships first: a node goes with all of its own, which may be more than one transaction holds.
        patterns = [f"()-[x:{type_}]->()" for type_ in relationship_types(self._vocabulary)]
        patterns += [f"(x:{label})" for label in node_labels(self._vocabulary)]
        for pattern in patterns:
            while self._delete_some(pattern):
                pass

    def apply(self, changes: Mapping[str, Node | None], position: int) -> None:
        """Write nodes by id, in one transaction with the position; None takes the node out."""
        nodes = [node for node in changes.values() if node is not None]
        subjects = self._subjects(statements_among(changes, self._vocabulary))
        writes = chain(removals(changes, subjects, self._vocabulary), additions(nodes, self._vocabulary))
        self._write(writes, Manifest(self.origin, position))

    def _subjects(self, statements: Sequence[str]) -> dict[str, str]:
        """Return the subjects of those statements that are there."""
        return {id_: subject for id_, subject in self._stream(SUBJECTS, rows=statements) if subject}

    def _refuse_strangers(self) -> None:
        """Refuse a database that holds other things: a load would mix with them, or delete them."""
        if self.manifest() is None:
            [(count,)] = self._stream("MATCH (n) RETURN count(n)")
            if count:
                raise StoreError(
                    f"the database holds {count} nodes that AlignKG did not write; name an empty one"
                )

    def _make_constraints(self) -> None:
        with _translated(Limits()), self._session() as session:
            for text in constraints(self._vocabulary):
                session.run(text).consume()

    def _delete_some(self, pattern: str) -> int:
        delete = "DETACH DELETE" if pattern.startswith("(x") else "DELETE"
        text = f"MATCH {pattern} WITH x LIMIT {_CLEARED_AT_ONCE} {delete} x RETURN count(*) AS gone"
        with _translated(Limits()), self._session() as session:
            return int(session.execute_write(lambda tx: tx.run(text).single(strict=True)["gone"]))

    def _write(self, writes: Iterable[Write], manifest: Manifest) -> None:
        """Write in one transaction with the manifest; it is tried again where the server is only busy."""
        every = list(writes)
        about = {**asdict(manifest.origin), "position": manifest.position, "loaded": manifest.loaded}

        def work(transaction: neo4j.ManagedTransaction) -> None:
            for write in every:
                transaction.run(write.text, rows=write.rows).consume()
            transaction.run(f"MERGE (m:{MANIFEST}) SET m = $about", about=about).consume()

        with _translated(Limits()), self._session() as session:
            session.execute_write(work)

    # --- reading ----------------------------------------------------------------------------------------

    def read(self) -> Graph:
        """Return the whole graph as it was loaded."""
        nodes: list[PgNode] = []
        relationships: list[PgRelationship] = []
        for piece in self.pieces():
            if isinstance(piece, PgNode):
                nodes.append(piece)
            else:
                relationships.append(piece)
        return from_property_graph(nodes, relationships, self._vocabulary)

    def pieces(self) -> Iterator[PgPiece]:
        """Yield all nodes and relationships of ours, in no order, without holding them in memory.

        What is pointed at, and was never written itself, is not among them.
        """
        for label in node_labels(self._vocabulary):
            whole = f"MATCH (n:{label}) WHERE size(keys(n)) > 1 RETURN labels(n), properties(n)"
            for labels, values in self._stream(whole):
                yield PgNode(values["id"], tuple(labels), to_properties(values))
        for type_ in relationship_types(self._vocabulary):
            text = f"MATCH (a)-[r:{type_}]->(b) RETURN a.id, b.id, properties(r)"
            for start, end, values in self._stream(text):
                yield PgRelationship(values.get("id", ""), type_, start, end, to_properties(values))

    def strangers(self) -> int:
        """Return how many nodes and relationships the database has that are none of ours."""
        labels = "|".join((MANIFEST, *node_labels(self._vocabulary)))
        types = "|".join(relationship_types(self._vocabulary))
        [(nodes,)] = self._stream(f"MATCH (n) WHERE NOT n:{labels} RETURN count(n)")
        [(every,)] = self._stream("MATCH ()-[r]->() RETURN count(r)")
        [(ours,)] = self._stream(f"MATCH ()-[r:{types}]->() RETURN count(r)")
        return int(nodes + every - ours)

    def query(self, text: str, parameters: Mapping[str, Value], limits: Limits) -> Rows:
        """Answer a read-only query; a node or statement is its IRI, a list or map its JSON."""
        table = self.run(text, parameters, limits)
        return Rows(table.columns, tuple(tuple(map(to_value, row)) for row in table.rows))

    def run(self, text: str, parameters: Mapping[str, JSON], limits: Limits) -> Table:
        """Answer a read-only query with nodes and relationships whole."""
        refuse_writes(text)
        began = time.monotonic()

        @neo4j.unit_of_work(timeout=limits.seconds)
        def work(transaction: neo4j.ManagedTransaction) -> Table:
            if time.monotonic() - began > limits.seconds:  # tried before, by a server that is gone
                raise QueryTimeout(limits.seconds)
            result = transaction.run(text, dict(parameters))
            records = result.fetch(limits.rows + 1)
            if len(records) > limits.rows:
                raise ResultTooLarge(limits.rows)
            rows = tuple(tuple(map(to_cell, record.values())) for record in records)
            return Table(tuple(result.keys()), rows)

        with _translated(limits), self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(work)

    def end(self, mark: str) -> None:
        """End the queries that bear a mark, wherever they were asked."""
        ids = [id_ for id_, text in self.at_work().items() if text.startswith(comment(mark))]
        if ids:
            list(self._stream("TERMINATE TRANSACTIONS $ids", ids=ids))

    def at_work(self) -> dict[str, str]:
        """Return what the server works at, by its own ids: the beginnings of texts."""
        listed = self._stream("SHOW TRANSACTIONS YIELD transactionId, currentQuery")
        return {str(id_): str(text) for id_, text in listed}

    def _stream(self, text: str, **parameters: JSON) -> Iterator[list[JSON]]:
        with _translated(Limits()), self._session(neo4j.READ_ACCESS) as session:
            for record in session.run(text, parameters):
                yield record.values()

    def _session(self, access: str = neo4j.WRITE_ACCESS) -> neo4j.Session:
        # In a cluster, what is read is at least what was written here before.
        bookmarks = self._driver.execute_query_bookmark_manager
        return self._driver.session(
            database=self._database, default_access_mode=access, bookmark_manager=bookmarks
        )


def _manifest(values: Mapping[str, JSON]) -> Manifest:
    origin = Origin(values["ledger"], values["version"])
    return Manifest(origin, values["position"], values.get("loaded"))


@contextmanager
def _translated(limits: Limits) -> Iterator[None]:
    """Turn the driver's errors into ours."""
    try:
        yield
    except AuthError as error:
        raise StoreUnavailable(f"the server refuses this user and password: {error.message}") from error
    except TransientError as error:
        if "OutOfMemory" in (error.code or ""):
            raise QueryTooHungry from error
        raise StoreUnavailable(f"the server is too busy or too small for it: {error.message}") from error
    except (ServiceUnavailable, SessionExpired) as error:
        raise StoreUnavailable(f"the server does not answer: {error}") from error
    except Neo4jError as error:
        raise _of_server(error, limits) from error
    except DriverError as error:
        raise StoreError(f"the driver cannot do it: {error}") from error


def _place(message: str) -> tuple[int | None, int | None]:
    """Return the line and column that a syntax error names, counted from 1."""
    if place := _PLACE.search(message):
        return int(place[1]), int(place[2])
    if place := _PLACE_EMBEDDED.search(message):
        return int(place[1]), int(place[2]) + 1
    return None, None


def _of_server(error: Neo4jError, limits: Limits) -> StoreError:
    code, message = error.code or "", error.message or ""
    if "OutOfMemory" in code or "heap budget" in message:
        return QueryTooHungry()
    if "SyntaxError" in code:
        line, column = _place(message)
        return QuerySyntaxError(message, line=line, column=column)
    if "TimedOut" in code or "Terminated" in code:
        return QueryTimeout(limits.seconds)
    if "AccessMode" in code or "Forbidden" in code:
        return QueryForbidden(f"only reading is allowed here: {message}")
    return QueryError(message) if isinstance(error, ClientError) else StoreError(message)
