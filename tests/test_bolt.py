"""The store over Bolt, on a real Neo4j and on the embedded server: the contract, interruptions, refusals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import neo4j
import pytest
from hypothesis import HealthCheck, given, settings

from kg.audit import faults_of_pieces
from kg.errors import (
    ConfigError,
    QueryError,
    QueryForbidden,
    QuerySyntaxError,
    QueryTimeout,
    ResultTooLarge,
    StoreError,
    StoreUnavailable,
    VersionMismatch,
)
from kg.property_graph import PgNode, PgRelationship, node_labels, relationship_types
from kg.records import Graph, Node, Result, Statement, node_id
from kg.stores import Limits, Origin, Store
from kg.stores.address import Access, Address, read_address
from kg.stores.bolt import BoltStore
from kg.stores.embedded_bolt import EmbeddedBolt
from kg.stores.manifest import Manifest
from kg.stores.writing import additions, removals
from tests.graphs import VOCABULARY, graphs
from tests.tiny import tiny_graph

SHAPES = 12
"""As many queries that write there are, labels and types aside."""
LIMITS = Limits(seconds=10, rows=1000)
ORIGIN = Origin("a ledger", "1")
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Server:
    access: Access

    def store(self, origin: Origin = ORIGIN) -> BoltStore:
        a = self.access
        return BoltStore.connect(a.uri, a.user, a.password, database=a.database, origin=origin)

    def run(self, text: str) -> None:
        """Change the database behind the store's back."""
        a = self.access
        with neo4j.GraphDatabase.driver(a.uri, auth=(a.user, a.password)) as driver:
            driver.execute_query(text, database_=a.database)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    pytest.importorskip("arcadedb_embedded", reason="the extra `cypher` is not installed")
    with closing(EmbeddedBolt(tmp_path_factory.mktemp("embedded"))) as server:
        yield server.writer()


@pytest.fixture(scope="module", params=[pytest.param("neo4j_access", marks=pytest.mark.neo4j), "embedded"])
def server(request: pytest.FixtureRequest) -> Server:
    return Server(request.getfixturevalue(request.param))


@pytest.fixture
def store(server: Server) -> Iterator[BoltStore]:
    server.run("MATCH (n) DETACH DELETE n")
    with closing(server.store()) as store:
        yield store


@pytest.fixture(scope="session")
def nodes() -> Sequence[Node]:
    return in_order(tiny_graph(VOCABULARY))


def in_order(graph: Graph) -> list[Node]:
    return sorted(graph.nodes(), key=node_id)


# --- the contract ---------------------------------------------------------------------------------------


def test_an_empty_store_is_at_the_beginning(store: BoltStore) -> None:
    assert isinstance(store, Store)
    assert (store.position(), store.read(), store.manifest()) == (0, Graph(), None)


def test_what_was_loaded_is_read_back(store: BoltStore, nodes: Sequence[Node]) -> None:
    store.load(nodes, 7)
    assert store.read() == Graph.of(nodes)
    assert store.manifest() == Manifest(ORIGIN, 7)


def test_loading_replaces_everything(store: BoltStore, nodes: Sequence[Node]) -> None:
    store.load(nodes, 1)
    store.load(nodes[:1], 2)
    assert store.read() == Graph.of(nodes[:1])


def test_taking_claims_out_and_back_in_restores_them(store: BoltStore, nodes: Sequence[Node]) -> None:
    claims = [node for node in nodes if isinstance(node, Statement | Result)][::2]
    rest = [node for node in nodes if node not in claims]
    store.load(nodes, 1)
    store.apply({claim.id: None for claim in claims}, 2)
    assert list(faults_of_pieces(rest, store.pieces(), VOCABULARY)) == []
    store.apply({claim.id: claim for claim in claims}, 3)
    assert list(faults_of_pieces(nodes, store.pieces(), VOCABULARY)) == []
    assert store.position() == 3


@FEW
@given(before=graphs, after=graphs)
def test_differences_end_where_a_load_would(server: Server, before: Graph, after: Graph) -> None:
    with closing(server.store()) as store:
        store.clear()
        store.load(in_order(before), 1)
        assert store.read() == before
        new = {node_id(node): node for node in after.nodes()}
        gone = dict.fromkeys(node_id(node) for node in before.nodes())
        store.apply({**gone, **new}, 2)
        assert store.read() == after


@given(before=graphs, after=graphs)
def test_no_data_enters_the_text_of_a_query(before: Graph, after: Graph) -> None:
    changes = {node_id(node): None for node in before.nodes()} | {node_id(n): n for n in after.nodes()}
    subjects = {id_: statement.subject for id_, statement in before.statements.items()}
    writes = [*removals(changes, subjects, VOCABULARY), *additions(after.nodes(), VOCABULARY)]
    names = {*node_labels(VOCABULARY), *relationship_types(VOCABULARY)}
    names |= {type_.superclass for type_ in VOCABULARY.types.values()}
    written = {name for write in writes for name in re.findall(r":(\w+)", write.text)}
    assert written <= names
    rest = {re.sub(r":\w+", "", write.text) for write in writes}
    assert len(rest) <= SHAPES


# --- interruptions --------------------------------------------------------------------------------------


def broken(nodes: Sequence[Node], after: int) -> Iterator[Node]:
    yield from islice(nodes, after)
    raise RuntimeError("the source broke")


def test_a_load_that_was_cut_short_goes_on(
    store: BoltStore, nodes: Sequence[Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.stores.bolt.NODES_AT_ONCE", 10)
    with pytest.raises(RuntimeError, match="the source broke"):
        store.load(broken(nodes, 25), 4)
    assert store.position() == 0
    assert store.manifest() == Manifest(ORIGIN, 4, node_id(nodes[19]))
    store.load(nodes, 9)
    assert list(faults_of_pieces(nodes, store.pieces(), VOCABULARY)) == []
    assert store.position() == 4, "what has changed since the first attempt is for apply"


def test_nodes_out_of_order_are_refused(store: BoltStore, nodes: Sequence[Node]) -> None:
    with pytest.raises(StoreError, match="in the order of their ids"):
        store.load(reversed(nodes), 1)


def test_the_graph_of_another_ledger_is_not_touched(
    server: Server, store: BoltStore, nodes: Sequence[Node]
) -> None:
    store.load(nodes, 1)
    other = server.store(Origin("another ledger", "1"))
    with closing(other), pytest.raises(VersionMismatch, match="another ledger"):
        other.position()


def test_another_version_is_loaded_anew(server: Server, store: BoltStore, nodes: Sequence[Node]) -> None:
    store.load(nodes, 5)
    with closing(server.store(Origin("a ledger", "2"))) as newer:
        assert newer.position() == 0
        newer.load(nodes[:3], 6)
        assert (newer.position(), newer.read()) == (6, Graph.of(nodes[:3]))


def test_a_database_with_other_things_in_it_is_refused(
    server: Server, store: BoltStore, nodes: Sequence[Node]
) -> None:
    server.run("CREATE (:Recipe {name: 'soup'})")
    with pytest.raises(StoreError, match="holds 1 nodes that AlignKG did not write"):
        store.load(nodes, 1)


def test_a_comparison_names_what_differs(server: Server, store: BoltStore, nodes: Sequence[Node]) -> None:
    graph = Graph.of(nodes)
    statement, *_ = graph.statements.values()
    entity, *_ = graph.entities.values()
    store.load(nodes, 1)
    server.run(f"MATCH (e:Evidence) WHERE e.about = '{statement.id}' DETACH DELETE e")
    server.run(f"MATCH (n) WHERE n.id = '{entity.id}' SET n.papers = 99")
    server.run("CREATE (:Recipe {name: 'soup'})")
    found = [fault.partition(":")[0] for fault in faults_of_pieces(nodes, store.pieces(), VOCABULARY)]
    assert found == sorted([statement.id, entity.id])
    assert store.strangers() == 1


# --- queries --------------------------------------------------------------------------------------------


def test_parameters_are_bound_as_values(store: BoltStore, nodes: Sequence[Node]) -> None:
    store.load(nodes, 1)
    text = "MATCH (m:Method) WHERE m.name = $name RETURN m.id AS id"
    for name, rows in (("Expert Choir", (("method/expert-choir",),)), ("x' OR true //", ())):
        assert store.query(text, {"name": name}, LIMITS).rows == rows


def test_cells_are_values_of_ours(store: BoltStore) -> None:
    rows = store.query("RETURN 1 AS a, 2.5 AS b, true AS c, 'x' AS d, null AS e, ['y', 1] AS f", {}, LIMITS)
    assert rows.rows == ((1, 2.5, True, "x", None, '["y", 1]'),)
    assert rows.columns == ("a", "b", "c", "d", "e", "f")


def test_nodes_and_relationships_are_whole_or_their_iris(store: BoltStore, nodes: Sequence[Node]) -> None:
    store.load(nodes, 1)
    text = "MATCH (a:Method)-[r:OUTPERFORMS]->(b) RETURN a, r, b LIMIT 1"
    [(a, r, b)] = store.run(text, {}, LIMITS).rows
    assert isinstance(a, PgNode) and isinstance(r, PgRelationship) and isinstance(b, PgNode)
    assert (a.id, r.type, b.id) == (
        "method/simple-margin-tuning", "OUTPERFORMS", "method/direct-preference-optimization"
    )  # fmt: skip
    [(iri, *_)] = store.query(text, {}, LIMITS).rows
    assert iri == "https://w3id.org/alignkg/id/method/simple-margin-tuning"


def test_more_rows_than_the_limit_are_refused(store: BoltStore) -> None:
    with pytest.raises(ResultTooLarge, match="more than 2 rows"):
        store.query("UNWIND [1, 2, 3] AS x RETURN x", {}, Limits(rows=2))


def test_a_malformed_query_is_refused(store: BoltStore) -> None:
    with pytest.raises(QuerySyntaxError):
        store.query("MATCH (n RETURN n", {}, LIMITS)


@pytest.mark.parametrize("text", ["CREATE (:X)", "MATCH (n) SET n.a = 1", "LOAD CSV FROM 'x' AS l RETURN l"])
def test_a_query_cannot_write_or_leave_the_graph(store: BoltStore, text: str) -> None:
    with pytest.raises(QueryForbidden):
        store.query(text, {}, LIMITS)


@pytest.mark.neo4j
def test_neo4j_itself_refuses_to_write_in_read_mode(
    neo4j_access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.stores.bolt.refuse_writes", lambda text: None)
    with closing(Server(neo4j_access).store()) as store, pytest.raises(QueryForbidden, match="only reading"):
        store.query("CREATE (:X)", {}, LIMITS)


@pytest.mark.neo4j
def test_neo4j_stops_a_query_that_runs_too_long(neo4j_access: Access) -> None:
    slow = "UNWIND range(1, 1000000000) AS x UNWIND range(1, 1000000000) AS y RETURN count(*)"
    with closing(Server(neo4j_access).store()) as store, pytest.raises(QueryTimeout, match="was stopped"):
        store.query(slow, {}, Limits(seconds=0.5))


@pytest.mark.neo4j
def test_a_missing_parameter_is_named(neo4j_access: Access) -> None:
    with closing(Server(neo4j_access).store()) as store, pytest.raises(QueryError, match="who"):
        store.query("RETURN $who", {}, LIMITS)


@pytest.mark.neo4j
def test_a_wrong_password_is_said_to_be_wrong(neo4j_access: Access) -> None:
    with pytest.raises(StoreUnavailable, match="refuses this user and password"):
        BoltStore.connect(neo4j_access.uri, neo4j_access.user, "not this one")


# --- addresses ------------------------------------------------------------------------------------------


def test_nobody_there_is_said_in_a_line() -> None:
    with pytest.raises(StoreUnavailable, match="does not answer"):
        BoltStore.connect("bolt://127.0.0.1:9", "neo4j", "x")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("neo4j://localhost", Address("neo4j://localhost")),
        ("bolt://ada@127.0.0.1:7687", Address("bolt://127.0.0.1:7687", "ada")),
        ("neo4j+s://a%40b@h:1/papers", Address("neo4j+s://h:1", "a@b", "papers")),
        ("bolt://[::1]:7687/", Address("bolt://[::1]:7687")),
    ],
)
def test_an_address_names_server_user_and_database(text: str, address: Address) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://localhost", "is not like"),
        ("localhost:7687", "is not like"),
        ("neo4j://", "is not like"),
        ("neo4j://[", "is not like"),
        ("bolt://host:99999", "is not like"),
        ("neo4j://me:secret@localhost", "set KG_NEO4J_PASSWORD"),
    ],
)
def test_a_wrong_address_says_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        read_address(text)
    assert "secret" not in str(caught.value)
