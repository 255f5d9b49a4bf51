"""The embedded store: pyoxigraph on disk, or in memory.

`load` fills a new database and then switches to it; `apply` is one transaction. Both end with a snapshot,
which is what readers open (see `kg.stores.folder`): `kg serve` may go on while `kg ingest` writes, and sees
each change when `apply` or `load` returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from kg import rdf
from kg.errors import StoreError, StoreUnavailable, VersionMismatch
from kg.records import Graph, Node
from kg.stores import Limits, Rows, Value
from kg.stores.engine import of_the_disk
from kg.stores.folder import Folder
from kg.stores.sparql import Dataset, Serialized, select, serialize
from kg.vocabulary import ONTOLOGY, PREFIXES, Vocabulary, iri, load_vocabulary, ontology_directory, term

if TYPE_CHECKING:
    import rdflib

STATE = "https://w3id.org/alignkg/state"
"""The named graph that holds the position, and of which ledger it is one."""

_ONTOLOGY, _STATE = ox.NamedNode(ONTOLOGY), ox.NamedNode(STATE)
_POSITION = ox.NamedNode(term("position"))
_LEDGER = ox.NamedNode(term("ledger"))
_VERSION = ox.NamedNode(PREFIXES["owl"] + "versionInfo")
_DATA = ox.DefaultGraph()
_LINES_AT_ONCE = 400_000


class State(NamedTuple):
    """How far the store is, and in which ledger; without one it is nobody's."""

    position: int
    ledger: str = ""


class OxigraphStore:
    """A store of RDF; `open` and `in_memory` write, `read_only` reads a snapshot."""

    language = "sparql"

    def __init__(
        self, database: ox.Store, folder: Folder | None, vocabulary: Vocabulary, ledger: str
    ) -> None:
        self._database: ox.Store | None = database
        self._folder = folder
        self._vocabulary, self._ledger = vocabulary, ledger
        self._states = {ox.NamedNode(term(name)) for name in vocabulary.predicates}
        self._writable = True
        with self._reading():
            _check_version(database, vocabulary)
            _check_ledger(database, ledger)

    @classmethod
    def open(cls, path: Path, vocabulary: Vocabulary | None = None, *, ledger: str = "") -> OxigraphStore:
        """Open the store in a folder for writing, making it if it is not there.

        `ledger` is the identity of the ledger whose graph it holds: that of another one is a VersionMismatch.
        """
        vocabulary = vocabulary or load_vocabulary()
        folder = Folder(path)
        live = folder.open_live(lambda database: _fill(database, (), State(0, ledger), vocabulary))
        return cls(live, folder, vocabulary, ledger)

    @classmethod
    def in_memory(cls, vocabulary: Vocabulary | None = None) -> OxigraphStore:
        """Make an empty store that is gone when the program ends."""
        vocabulary = vocabulary or load_vocabulary()
        database = ox.Store()
        _fill(database, (), State(0), vocabulary)
        return cls(database, None, vocabulary, "")

    @classmethod
    def read_only(
        cls, path: Path, vocabulary: Vocabulary | None = None, *, ledger: str = ""
    ) -> OxigraphStore:
        """Open the newest snapshot of the store in a folder, whether or not somebody writes there."""
        folder = Folder(path)
        database, _ = folder.open_snapshot()
        store = cls(database, folder, vocabulary or load_vocabulary(), ledger)
        store._writable = False
        return store

    @classmethod
    def discard(cls, path: Path) -> None:
        """Remove the store in a folder, of whatever version it is; nobody may have it open."""
        Folder(path).discard()

    def position(self) -> int:
        """Return the number of the last change held, 0 if it is empty."""
        with self._reading():
            return _position(self.database)

    def load(self, nodes: Iterable[Node], position: int) -> None:
        """Replace everything by these nodes: all or nothing."""
        self._refuse_reader()
        if self._folder is None:
            database = ox.Store()
            _fill(database, nodes, State(position, self._ledger), self._vocabulary)
            self._database = database
            return
        database = self._folder.replace_live(
            lambda fresh: _fill(fresh, nodes, State(position, self._ledger), self._vocabulary), self._let_go
        )
        self._database = database
        self._folder.publish(database)

    def apply(self, changes: Mapping[str, Node | None], position: int) -> None:
        """Write nodes by id, in one transaction with the position; None takes the node out."""
        self._refuse_reader()
        old = {line for node_id in changes for line in self.lines_of(node_id)}
        new = {line for node in changes.values() if node for line in rdf.to_nquads(node, self._vocabulary)}
        update = "\n".join((
            "DELETE DATA {", *sorted(old - new), "};",
            f"DELETE WHERE {{ GRAPH {_STATE} {{ {_STATE} {_POSITION} ?position }} }};",
            "INSERT DATA {", *sorted(new - old),
            f"GRAPH {_STATE} {{ {_STATE} {_POSITION} {position} }} }}",
        ))  # fmt: skip
        with self._reading():
            self.database.update(update)
        if self._folder is not None:
            self._folder.publish(self.database)

    def read(self) -> Graph:
        """Return the whole graph as it was loaded."""
        return Graph.of(rdf.from_nquads(self._dump()))

    def dump_sorted_nquads(self) -> bytes:
        """Return the lines of the graph, sorted; two stores of one graph give the same bytes."""
        return b"".join(sorted(self._dump().splitlines(keepends=True)))

    def query(self, text: str, parameters: Mapping[str, Value], limits: Limits) -> Rows:
        """Answer a read-only query; for a time limit that stops the engine itself use `kg.stores.pool`."""
        return select(self.database, text, parameters, limits)

    def serialize(self, text: str, media_type: str, limits: Limits) -> Serialized:
        """Answer a read-only query in a standard format, as SPARQL's protocol sends it."""
        return serialize(self.database, text, media_type, Dataset(), limits)

    def __len__(self) -> int:
        """Return the number of triples in the graph, without the ontology."""
        with self._reading():
            counted = self.database.query("SELECT (count(*) AS ?lines) WHERE { ?s ?p ?o }")
            return int(next(iter(counted))["lines"].value)  # type: ignore[arg-type]  # a number

    def close(self) -> None:
        """Let go of the database."""
        self._let_go()

    @property
    def database(self) -> ox.Store:
        """The open database, for readers that speak to the engine itself."""
        if self._database is None:
            raise StoreUnavailable("the store is closed")
        return self._database

    def _reading(self) -> AbstractContextManager[None]:
        return of_the_disk(self._folder.path if self._folder else "the store in memory")

    def _let_go(self) -> None:
        self._database = None

    def _refuse_reader(self) -> None:
        if not self._writable:
            raise StoreError("the store was opened read-only")

    def _dump(self) -> bytes:
        with self._reading():
            return self.database.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=_DATA) or b""

    def lines_of(self, node_id: str) -> Iterator[str]:
        """Yield what `to_nquads` wrote for a node: about it, about its parts, and a statement's edge."""
        with self._reading():
            yield from self._lines_of(node_id)

    def _lines_of(self, node_id: str) -> Iterator[str]:
        node = ox.NamedNode(iri(node_id))
        ends: dict[str, str] = {}
        for quad in self.database.quads_for_pattern(node, None, None, _DATA):
            if quad.predicate in self._states:
                continue
            yield _line(quad)
            if quad.predicate.value in rdf.PARTS and isinstance(quad.object, ox.NamedNode):
                for part in self.database.quads_for_pattern(quad.object, None, None, _DATA):
                    yield _line(part)
            elif quad.predicate.value in rdf.ENDS and isinstance(quad.object, ox.NamedNode):
                ends[quad.predicate.value] = quad.object.value
        if ends:
            yield from self._edge(*(ends[name] for name in rdf.ENDS))

    def _edge(self, subject: str, predicate: str, object_: str) -> Iterator[str]:
        edge = ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(object_), _DATA)
        if edge in self.database:
            yield rdf.direct_edge(subject, predicate, object_)


class _Current:
    """Whatever database is current, at every use: what rdflib's store is given for a database."""

    def __init__(self, database: Callable[[], ox.Store]) -> None:
        self._database = database

    def __getattr__(self, name: str) -> object:
        return getattr(self._database(), name)


def to_rdflib(database: Callable[[], ox.Store]) -> rdflib.Graph:
    """Return rdflib's view of the graph: live, without a copy; SPARQL on it runs here."""
    import oxrdflib  # most who open a store never ask for rdflib, which takes long to import
    import rdflib
    from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

    inner = oxrdflib.OxigraphStore(store=_Current(database))  # type: ignore[arg-type]  # has all of a store
    graph = rdflib.Graph(store=inner, identifier=DATASET_DEFAULT_GRAPH_ID, bind_namespaces="none")
    for prefix, address in PREFIXES.items():
        graph.bind(prefix, address)
    return graph


def _line(quad: ox.Quad) -> str:
    return f"{quad.subject} {quad.predicate} {quad.object} ."


def _position(database: ox.Store) -> int:
    for quad in database.quads_for_pattern(_STATE, _POSITION, None, _STATE):
        return int(quad.object.value) if isinstance(quad.object, ox.Literal) else 0
    return 0


def _check_version(database: ox.Store, vocabulary: Vocabulary) -> None:
    held = [q.object for q in database.quads_for_pattern(_ONTOLOGY, _VERSION, None, _ONTOLOGY)]
    if held != [ox.Literal(vocabulary.version)]:
        found = ", ".join(str(version) for version in held) or "none"
        raise VersionMismatch(
            f"the store was written under ontology {found}, this is {vocabulary.version}; rebuild it"
        )


def _check_ledger(database: ox.Store, ledger: str) -> None:
    held = [q.object for q in database.quads_for_pattern(_STATE, _LEDGER, None, _STATE)]
    if ledger and held != [ox.Literal(ledger)]:
        raise VersionMismatch("the store holds the graph of another ledger; rebuild it")


@lru_cache(maxsize=1)
def ontology_quads() -> tuple[ox.Quad, ...]:
    """Return the ontology's triples in their named graph; bulk loading them is twice as fast as `load`."""
    files = sorted(ontology_directory().glob("*.ttl"))
    triples = (triple for file in files for triple in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE))
    return tuple(ox.Quad(t.subject, t.predicate, t.object, _ONTOLOGY) for t in triples)


def _fill(database: ox.Store, nodes: Iterable[Node], state: State, vocabulary: Vocabulary) -> None:
    """Write a graph, the ontology and the state into an empty database."""
    for part in _parts(nodes, vocabulary):
        database.bulk_load(part, ox.RdfFormat.N_QUADS, lenient=True)
    database.bulk_extend(ontology_quads())
    database.add(ox.Quad(_STATE, _LEDGER, ox.Literal(state.ledger), _STATE))
    database.add(ox.Quad(_STATE, _POSITION, ox.Literal(state.position), _STATE))


def _parts(nodes: Iterable[Node], vocabulary: Vocabulary) -> Iterator[bytes]:
    """Yield the N-Quads of nodes in parts: the bulk loader sorts each in memory, so none may be large."""
    lines: list[str] = []
    for node in nodes:
        lines += rdf.to_nquads(node, vocabulary)
        if len(lines) >= _LINES_AT_ONCE:
            yield "\n".join(lines).encode()
            lines = []
    yield "\n".join(lines).encode()
