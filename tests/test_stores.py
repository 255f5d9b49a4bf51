"""What every store keeps to, tried on each; and what the embedded one adds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.errors import QueryForbidden, QuerySyntaxError, ResultTooLarge, StoreUnavailable, VersionMismatch
from kg.rdf import sorted_nquads
from kg.records import Entity, Evidence, Graph, Node, Span, Statement, node_id
from kg.stores import Limits, Origin, Rows, Store
from kg.stores.oxigraph import OxigraphStore
from kg.vocabulary import Vocabulary, iri
from tests.graphs import VOCABULARY, graphs
from tests.sparql_servers import SparqlServer

LIMITS = Limits(seconds=10, rows=1000)
METHODS, USES = ("method/a", "method/b"), "uses"


def on_disk(folder: Path) -> Store:
    return OxigraphStore.open(folder / "graph")


def in_memory(folder: Path) -> Store:
    return OxigraphStore.in_memory()


EMBEDDED = (on_disk, in_memory)


@pytest.fixture(params=[*EMBEDDED, "endpoint"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each kind of store; see `tests.test_sparql_endpoint` for what is an endpoint's own."""
    opened = _endpoint(request) if request.param == "endpoint" else request.param(tmp_path)
    yield opened
    opened.close()


def _endpoint(request: pytest.FixtureRequest) -> Store:
    server: SparqlServer = request.getfixturevalue("oxigraph")
    server.empty()
    return server.connect(Origin())


def small_graph(belief: float = 0.5) -> list[Node]:
    said = Evidence("arXiv:1", Span(0, 9), Span(2, 6), Span(0, 1), Span(8, 9), "a uses  b", "rules", "1", 0.5)
    ends = [Entity(id_, VOCABULARY.type_of(id_).name, id_[-1], papers=1) for id_ in METHODS]
    return [*ends, Statement(METHODS[0], USES, METHODS[1], belief, 1, (said,))]


def test_an_empty_store_is_at_the_beginning(store: Store) -> None:
    assert isinstance(store, Store)
    assert (store.position(), store.read()) == (0, Graph())


def test_what_was_loaded_is_read_back(store: Store) -> None:
    store.load(small_graph(), 7)
    assert store.read() == Graph.of(small_graph())
    assert store.position() == 7


def test_loading_replaces_everything(store: Store) -> None:
    store.load(small_graph(), 1)
    store.load(small_graph()[:1], 2)
    assert store.read() == Graph.of(small_graph()[:1])


@pytest.mark.parametrize("store", EMBEDDED, indirect=True)
def test_a_load_that_fails_changes_nothing(store: Store) -> None:
    def broken() -> Iterator[Node]:
        yield from small_graph()
        raise RuntimeError("the source broke")

    store.load(small_graph()[:1], 1)
    with pytest.raises(RuntimeError, match="the source broke"):
        store.load(broken(), 2)
    assert (store.position(), len(store.read().statements)) == (1, 0)


def test_taking_a_node_out_takes_its_parts_and_edge_along(store: Store) -> None:
    *ends, statement = small_graph()
    store.load(small_graph(), 1)
    store.apply({node_id(statement): None}, 2)
    assert (store.read(), store.position()) == (Graph.of(ends), 2)


def test_rewriting_an_entity_keeps_the_edges_of_statements(store: Store) -> None:
    store.load(small_graph(), 1)
    store.apply({METHODS[0]: Entity(METHODS[0], VOCABULARY.type_of(METHODS[0]).name, "A", ("x",), 3)}, 2)
    rows = store.query("SELECT ?s ?o { ?s akg:uses ?o }", {}, LIMITS)
    assert rows == Rows(("s", "o"), (tuple(map(iri, METHODS)),))


def test_what_is_no_longer_believed_loses_its_edge(store: Store) -> None:
    store.load(small_graph(0.5), 1)
    (*_, statement) = small_graph(0.0)
    store.apply({node_id(statement): statement}, 2)
    assert store.query("ASK { ?s akg:uses ?o }", {}, LIMITS).rows == ((False,),)


def test_parameters_are_bound_as_values(store: Store) -> None:
    store.load(small_graph(), 1)
    text = "SELECT ?entity ?name ?o { ?entity akg:uses ?o . ?o rdfs:label ?name }"
    bound = {"entity": iri(METHODS[0]), "name": "b", "o": None}
    assert store.query(text, bound, LIMITS).rows == ((iri(METHODS[0]), "b", iri(METHODS[1])),)


def test_cells_have_the_types_of_their_literals(store: Store) -> None:
    rows = store.query(
        'SELECT ?a ?b ?c ?d ?e { VALUES (?a ?b ?c ?d ?e) {(1 2.5 true "x" UNDEF)} }', {}, LIMITS
    )
    assert rows.rows == ((1, 2.5, True, "x", None),)


def test_more_rows_than_the_limit_are_refused(store: Store) -> None:
    with pytest.raises(ResultTooLarge, match="more than 2 rows"):
        store.query("SELECT ?x { VALUES ?x { 1 2 3 } }", {}, Limits(rows=2))


def test_a_malformed_query_says_where(store: Store) -> None:
    with pytest.raises(QuerySyntaxError, match="line 2, column") as caught:
        store.query("SELECT ?x {\n ?x ?y", {}, LIMITS)
    assert caught.value.line == 2


@pytest.mark.parametrize(
    "text",
    [
        "DELETE WHERE { ?s ?p ?o }",
        "PREFIX ex: <http://example.org/select#> # SELECT\nINSERT DATA { ex:a ex:b ex:c }",
        "SELECT * { SERVICE <http://localhost:1/> { ?s ?p ?o } }",
        "ASK { service SILENT ?there { ?s ?p ?o } }",
        "SELECT * { { SELECT * { ?s ?p ?o FILTER(?s<?o)SERVICE#>\n<http://localhost:1/> { ?s ?p ?o } } } }",
    ],
)
def test_a_query_neither_writes_nor_leaves_this_machine(store: Store, text: str) -> None:
    with pytest.raises(QueryForbidden):
        store.query(text, {}, LIMITS)


@pytest.mark.parametrize(
    "text",
    [
        'SELECT ?x { VALUES ?x { "SERVICE <http://a/> { }" } }',
        "SELECT ?service { VALUES ?service { 'x' } } # SERVICE <http://a/> {}",
        "SELECT ?x { VALUES ?x { <http://example.org/service> } }",
        "PREFIX service: <http://service/> SELECT ?x { VALUES ?x { service:service } }",
    ],
)
def test_the_word_service_may_stand_where_it_is_no_keyword(store: Store, text: str) -> None:
    assert len(store.query(text, {}, LIMITS).rows) == 1


@st.composite
def _changes(draw: st.DrawFn) -> tuple[Graph, dict[str, Node | None]]:
    before, after = draw(graphs), draw(graphs)
    gone = draw(st.lists(st.sampled_from([*map(node_id, before.nodes()), "method/none"]), max_size=3))
    return before, {**dict.fromkeys(gone), **{node_id(node): node for node in after.nodes()}}


def _changed(graph: Graph, changes: dict[str, Node | None]) -> Graph:
    nodes: dict[str, Node | None] = {**{node_id(node): node for node in graph.nodes()}, **changes}
    return Graph.of(node for node in nodes.values() if node)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(_changes())
def test_changing_a_store_is_building_the_changed_graph(case: tuple[Graph, dict[str, Node | None]]) -> None:
    before, changes = case
    store = OxigraphStore.in_memory()
    store.load(before.nodes(), 1)
    for _ in range(2):  # again: the same changes twice are the same
        store.apply(changes, 2)
        assert store.dump_sorted_nquads() == sorted_nquads(_changed(before, changes).nodes(), VOCABULARY)
    assert store.read() == _changed(before, changes)


# --- on disk -------------------------------------------------------------------------------------------


def test_a_store_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    store = OxigraphStore.open(tmp_path)
    store.load(small_graph(), 1)
    store.apply({METHODS[1]: None}, 5)
    store.close()
    again = OxigraphStore.open(tmp_path)
    assert (again.position(), list(again.read().entities)) == (5, [METHODS[0]])


def test_readers_see_each_change_when_it_is_made(tmp_path: Path) -> None:
    writer = OxigraphStore.open(tmp_path)
    writer.load(small_graph(), 1)
    before = OxigraphStore.read_only(tmp_path)
    for position in range(2, 8):
        writer.apply({METHODS[0]: None}, position)
    assert (before.position(), OxigraphStore.read_only(tmp_path).position()) == (1, 7)
    assert before.read() == Graph.of(small_graph())


def test_old_databases_are_cleared_away(tmp_path: Path) -> None:
    writer = OxigraphStore.open(tmp_path)
    for position in range(6):
        writer.load(small_graph(), position)
    kinds = [path.name.partition("-")[0] for path in tmp_path.iterdir() if path.is_dir()]
    assert (kinds.count("live"), kinds.count("snapshot")) == (1, 3)


def test_nothing_to_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="there is no store here"):
        OxigraphStore.read_only(tmp_path)


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    OxigraphStore.open(tmp_path).close()
    writer = OxigraphStore.open(tmp_path)
    code = f"from kg.stores.oxigraph import *; OxigraphStore.open(Path({str(tmp_path)!r}))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "StoreHeld" in ended.stderr
    assert "another process writes it" in ended.stderr
    assert writer.position() == 0


def test_a_store_of_another_ontology_is_refused(tmp_path: Path, vocabulary: Vocabulary) -> None:
    OxigraphStore.open(tmp_path).close()
    other = Vocabulary("9.9.9", vocabulary.paper, vocabulary.types, vocabulary.predicates, vocabulary.names)
    with pytest.raises(VersionMismatch, match=r"this is 9\.9\.9"):
        OxigraphStore.open(tmp_path, other)
    OxigraphStore.discard(tmp_path)
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, sys
from pathlib import Path
from kg.records import Entity
from kg.stores.oxigraph import OxigraphStore
store = OxigraphStore.open(Path(sys.argv[1]))
many = {f"method/{n}": Entity(f"method/{n}", "Method", str(n)) for n in range(3000)}
print("ready", flush=True)
for position in range(1, 1000):
    store.apply(many, position)
    store.load(many.values(), position)
    print(position, flush=True)
"""


def test_a_store_whose_writer_is_killed_holds_all_or_nothing(tmp_path: Path) -> None:
    for wait_for in (b"ready\n", b"1\n"):
        code = [sys.executable, "-c", KILLED, str(tmp_path)]
        with subprocess.Popen(code, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            while writer.stdout.readline() not in (wait_for, b""):
                pass
            writer.kill()
        store = OxigraphStore.open(tmp_path)
        assert len(store.read().entities) in (0, 3000)
        assert (store.position() == 0) == (len(store.read().entities) == 0)
        store.close()
