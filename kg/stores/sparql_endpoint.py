"""The RDF store of others: any server that takes SPARQL 1.1 queries and updates over HTTP.

It holds what the embedded store does: the graph in the default graph, or in one that the address names, the
ontology in a graph of its own, and in the graph of the state of which ledger, version and position it is. A
request is one transaction on most servers. None is relied on: a large load or difference goes in many, the
state goes last, and doing any of them again changes nothing, so that a push that was killed is completed by
the next. Nothing of ours has blank nodes but the ontology, which is replaced as a whole.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyoxigraph as ox

from kg import rdf
from kg.errors import ConfigError, StoreError
from kg.records import Graph, Node
from kg.stores import Limits, Origin, Rows, Value
from kg.stores.address import Endpoint
from kg.stores.filling import fill, in_parts, position_of
from kg.stores.manifest import Manifest
from kg.stores.oxigraph import STATE, ontology_quads
from kg.stores.sparql import Dataset, Term, bindings, check_query, table_of, table_of_triples
from kg.stores.sparql_client import SparqlClient
from kg.vocabulary import ONTOLOGY, PREFIXES, Vocabulary, iri, load_vocabulary, term

NODES_AT_ONCE = 5_000
"""How many nodes of a load stand behind one note of how far it is."""
LINES_AT_ONCE = 100_000
"""After how many lines a request is sent: some 15 MB. TDB2 writes much anew for each, however small."""
_ASKED_AT_ONCE = 500
_SECONDS = 600.0
"""How long the server may be silent in an answer to what we ask for ourselves."""
_LEDGER, _POSITION, _LOADED = term("ledger"), term("position"), term("loaded")
_VERSION = PREFIXES["owl"] + "versionInfo"
_ESCAPE = re.compile(r"\\\\[uU]|\\.")
_BEFORE_U = {r"\\u": r"\\\u0075", r"\\U": r"\\\u0055"}
_DOUBLE = ox.NamedNode(PREFIXES["xsd"] + "double")
_TRIPLE = "?s ?p ?o"
_PROLOGUE = "\n".join(f"PREFIX {prefix}: <{address}>" for prefix, address in PREFIXES.items())

_Plain = ox.NamedNode | ox.BlankNode | ox.Literal
Lines = dict[str, set[str]]
"""The lines of nodes, by their ids."""


class SparqlEndpoint:
    """A dataset of a server that speaks SPARQL 1.1."""

    language = "sparql"

    def __init__(self, client: SparqlClient, vocabulary: Vocabulary, origin: Origin) -> None:
        self._client, self._vocabulary, self.origin = client, vocabulary, origin
        self._graph = client.endpoint.graph
        self._dataset = Dataset((self._graph,), (self._graph, ONTOLOGY, STATE)) if self._graph else Dataset()
        """What a query is asked over: our graph as the default one."""
        states = ", ".join(f"<{term(name)}>" for name in vocabulary.predicates)
        self._own = f"FILTER (?p NOT IN ({states}))"
        """Leaves the edges out, which are lines of statements, and may be very many about one node."""

    @classmethod
    def connect(
        cls,
        endpoint: Endpoint,
        password: str | None = None,
        *,
        vocabulary: Vocabulary | None = None,
        origin: Origin | None = None,
    ) -> SparqlEndpoint:
        """Open a server's dataset; StoreUnavailable says why it cannot be.

        `origin` names what is to be written there, as for `BoltStore.connect`.
        """
        if endpoint.graph is not None:
            _check_iri(endpoint.graph)
        store = cls(SparqlClient(endpoint, password), vocabulary or load_vocabulary(), origin or Origin())
        try:
            store._refuse_union()
        except StoreError:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    # --- what it holds ----------------------------------------------------------------------------------

    def manifest(self) -> Manifest | None:
        """Return what the store holds, None where nothing was ever loaded."""
        held = {p.value: o.value for p, o in self._rows(f"SELECT ?p ?o {{ {_state('?p ?o')} }}")}
        if not held:
            return None
        origin = Origin(held[_LEDGER], held[_VERSION])
        return Manifest(origin, int(held[_POSITION]), held.get(_LOADED))

    def position(self) -> int:
        """Return the number of the last change held; 0 if a load has to come first."""
        return position_of(self)

    def __len__(self) -> int:
        """Return the number of triples in the graph, without the ontology."""
        [[count]] = self._rows(f"SELECT (count(*) AS ?lines) {{ {self._in(_TRIPLE)} }}")
        return int(count.value)

    def lines_of(self, ids: Sequence[str]) -> Lines:
        """Return what is held of nodes: about them, about their parts, and statements' edges."""
        owners = {iri(id_): id_ for id_ in ids}
        parts: dict[str, str] = {}
        ends: dict[str, dict[str, str]] = defaultdict(dict)
        found: Lines = {id_: set() for id_ in ids}
        for triple in self._about(owners, self._own):
            subject, predicate, object_ = triple
            owner = owners[subject.value]
            found[owner].add(_line(*triple))
            if predicate.value in rdf.PARTS:
                parts[object_.value] = owner
            elif predicate.value in rdf.ENDS:
                ends[owner][predicate.value] = object_.value
        for triple in self._about(parts):
            found[parts[triple[0].value]].add(_line(*triple))
        edges = {rdf.direct_edge(*(joined[end] for end in rdf.ENDS)): id_ for id_, joined in ends.items()}
        for edge in self._held(edges):
            found[edges[edge]].add(edge)
        return found

    def _about(self, subjects: Iterable[str], only: str = "") -> Iterator[tuple[_Plain, ...]]:
        """Yield the triples about subjects, given by their IRIs."""
        for some in in_parts(subjects, _ASKED_AT_ONCE):
            wanted = " ".join(f"<{subject}>" for subject in some)
            yield from self._rows(
                f"SELECT ?s ?p ?o {{ VALUES ?s {{ {wanted} }} {self._in(_TRIPLE)} {only} }}"
            )

    def _held(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield those lines of three IRIs that are held."""
        for some in in_parts(lines, _ASKED_AT_ONCE):
            wanted = " ".join(f"({line.removesuffix(' .')})" for line in some)
            rows = self._rows(f"SELECT ?s ?p ?o {{ VALUES (?s ?p ?o) {{ {wanted} }} {self._in(_TRIPLE)} }}")
            yield from (_line(*row) for row in rows)

    # --- writing ----------------------------------------------------------------------------------------

    def load(self, nodes: Iterable[Node], position: int) -> None:
        """Replace everything by these nodes, which come in the order of their ids."""
        fill(self, nodes, position, at_once=NODES_AT_ONCE)

    def begin(self, position: int) -> None:
        """Make ready for a load; StoreError if the dataset holds other things."""
        if self.manifest() is None and self._ask(self._in(_TRIPLE)):
            raise StoreError(
                "the server's graph holds triples that AlignKG did not write; name an empty dataset"
            )
        self.clear(position)
        ontology = _data(f"{quad.subject} {quad.predicate} {quad.object} ." for quad in ontology_quads())
        self._client.update(
            f"DROP SILENT GRAPH <{ONTOLOGY}> ;\nINSERT DATA {{ GRAPH <{ONTOLOGY}> {{ {ontology} }} }}"
        )

    def clear(self, position: int = 0) -> None:
        """Take everything of ours out; the store then waits for a load."""
        self._client.update(_noting(Manifest(self.origin, position, "")))
        self._refuse_union()
        self._client.update(f"CLEAR SILENT GRAPH <{self._graph}>" if self._graph else "CLEAR SILENT DEFAULT")
        if self._ask(self._in(_TRIPLE)):
            raise StoreError(
                "the server shows triples in the graph that it was told to clear; if it infers them, "
                "name a graph without inference: …?graph=IRI"
            )

    def add(self, nodes: Sequence[Node], manifest: Manifest) -> None:
        """Write nodes, and after them the manifest."""
        self._write((((), rdf.to_nquads(node, self._vocabulary)) for node in nodes), manifest)

    def apply(self, changes: Mapping[str, Node | None], position: int) -> None:
        """Write nodes by id, and after them the position; None takes the node out."""
        self._write(self._differences(changes), Manifest(self.origin, position))

    def _differences(
        self, changes: Mapping[str, Node | None]
    ) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
        """Yield for each node that differs what is to be taken out and what is to be put in."""
        for ids in in_parts(changes, _ASKED_AT_ONCE):
            for id_, old in self.lines_of(ids).items():
                node = changes[id_]
                new = set(rdf.to_nquads(node, self._vocabulary)) if node else set()
                if old != new:
                    yield sorted(old - new), sorted(new - old)

    def _write(self, changes: Iterable[tuple[Sequence[str], Sequence[str]]], manifest: Manifest) -> None:
        """Send what goes out and what comes in of each node in one request, the manifest in the last."""
        out: list[str] = []
        into: list[str] = []
        for old, new in changes:
            if len(out) + len(into) >= LINES_AT_ONCE:
                self._client.update(self._changing(out, into))
                out, into = [], []
            out += old
            into += new
        self._client.update(f"{self._changing(out, into)} ;\n{_noting(manifest)}")

    def _changing(self, out: Iterable[str], into: Iterable[str]) -> str:
        # Out before in: some servers keep one of two numbers that are written otherwise and are the same.
        removed, added = self._in(_data(out)), self._in(_data(into))
        return f"DELETE DATA {{ {removed} }} ;\nINSERT DATA {{ {added} }}"

    def _in(self, pattern: str) -> str:
        """Return a pattern over the graph that holds ours, or lines in it."""
        return f"GRAPH <{self._graph}> {{ {pattern} }}" if self._graph else pattern

    def _refuse_union(self) -> None:
        """Refuse a server whose default graph shows the others as well, unless ours has a name."""
        if not self._graph and self._ask(f"<{STATE}> ?p ?o"):
            raise StoreError(
                "the server shows all its graphs as one; name one for AlignKG in the address: "
                f"…?graph={STATE.rpartition('/')[0]}/graph"
            )

    # --- reading ----------------------------------------------------------------------------------------

    def read(self) -> Graph:
        """Return the whole graph as it was loaded."""
        return Graph.of(rdf.from_nquads("\n".join(self.lines()).encode()))

    def lines(self) -> Iterator[str]:
        """Yield all lines of ours, in no order, without holding them in memory."""
        return (_line(*row) for row in self._rows(f"SELECT ?s ?p ?o {{ {self._in(_TRIPLE)} }}"))

    def query(self, text: str, parameters: Mapping[str, Value], limits: Limits) -> Rows:
        """Answer a read-only query; its parameters are terms in a VALUES clause behind it."""
        empty = check_query(text)
        whole = f"{_PROLOGUE}\n{text}\n{_values(parameters)}"
        if isinstance(empty, ox.QueryTriples):
            with self._client.triples(whole, limits.seconds, self._dataset) as triples:
                return table_of_triples(triples, limits)
        with self._client.answer(whole, limits.seconds, self._dataset) as answer:
            return table_of(answer, limits)

    def _ask(self, pattern: str) -> bool:
        with self._client.answer(f"ASK {{ {pattern} }}", _SECONDS) as answer:
            return bool(answer)

    def _rows(self, text: str) -> Iterator[tuple[_Plain, ...]]:
        with self._client.answer(text, _SECONDS) as answer:
            if isinstance(answer, ox.QuerySolutions):
                for row in answer:
                    yield tuple(map(_plain, row))


def _plain(found: Term | None) -> _Plain:
    if found is None or isinstance(found, ox.Triple):
        raise StoreError(f"the server's graph holds {found}, which AlignKG did not write")
    return found


def _check_iri(graph: str) -> None:
    try:
        ox.NamedNode(graph)
    except ValueError as error:
        raise ConfigError("the store's address", f"{graph!r} cannot name a graph: {error}") from error


def _state(what: str) -> str:
    return f"GRAPH <{STATE}> {{ <{STATE}> {what} }}"


def state_quads(manifest: Manifest) -> list[ox.Quad]:
    """Return what says of which ledger, version and position a graph is, in the graph of the state."""
    said = {
        _LEDGER: ox.Literal(manifest.origin.ledger),
        _VERSION: ox.Literal(manifest.origin.version),
        _POSITION: ox.Literal(manifest.position),
    }
    if manifest.loaded is not None:
        said[_LOADED] = ox.Literal(manifest.loaded)
    state = ox.NamedNode(STATE)
    return [ox.Quad(state, ox.NamedNode(name), value, state) for name, value in said.items()]


def _noting(manifest: Manifest) -> str:
    """Return what replaces the state, in one operation, so that there is always one."""
    new = _data(f"{quad.subject} {quad.predicate} {quad.object} ." for quad in state_quads(manifest))
    return (
        f"DELETE {{ {_state('?p ?o')} }} INSERT {{ GRAPH <{STATE}> {{ {new} }} }} "
        f"WHERE {{ OPTIONAL {{ {_state('?p ?o')} }} }}"
    )


def _data(lines: Iterable[str]) -> str:
    return "\n".join(["", *map(_update_line, lines), ""])


def _update_line(line: str) -> str:
    r"""Return a line of N-Quads as an update takes it.

    SPARQL 1.1 lets a server resolve `\\u0022` to `\"` before it looks for strings; so no backslash of a text
    stands before a `u`.

    >>> _update_line(r'<a> <b> "\\u0022 \u0001" .')
    '<a> <b> "\\\\\\u00750022 \\u0001" .'
    """
    return _ESCAPE.sub(lambda found: _BEFORE_U.get(found[0], found[0]), line) if "\\" in line else line


def _values(parameters: Mapping[str, Value]) -> str:
    bound = bindings(parameters)
    if not bound:
        return ""
    names, terms = (" ".join(map(str, side)) for side in (bound.keys(), bound.values()))
    return f"VALUES ({names}) {{ ({_update_line(terms)}) }}"


def _line(subject: _Plain, predicate: _Plain, object_: _Plain) -> str:
    """Return the line of a triple; servers keep the value of a number, and not always how it is written."""
    if isinstance(object_, ox.Literal) and object_.datatype == _DOUBLE:
        object_ = ox.Literal(rdf.double_text(float(object_.value)), datatype=_DOUBLE)
    return f"{subject} {predicate} {object_} ."
