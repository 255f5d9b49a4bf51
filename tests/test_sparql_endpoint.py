"""The store behind a SPARQL endpoint, on real servers: same quads, interruptions, refusals, odd answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings

import kg.stores.sparql_endpoint
from kg.errors import (
    ConfigError,
    QueryError,
    QueryTimeout,
    StoreError,
    StoreUnavailable,
    VersionMismatch,
)
from kg.rdf import sorted_nquads
from kg.records import Entity, Graph, Node, node_id
from kg.stores import Limits, Origin
from kg.stores.address import Endpoint, read_endpoint
from kg.stores.manifest import Manifest
from kg.stores.oxigraph import STATE, ontology_quads
from kg.stores.sparql_client import SparqlClient
from kg.stores.sparql_endpoint import SparqlEndpoint
from kg.vocabulary import ONTOLOGY
from tests.graphs import VOCABULARY, graphs
from tests.sparql_servers import SparqlServer, lines_of, oxigraph_server
from tests.tiny import tiny_graph
from tests.toy import paper, workspace

LIMITS = Limits(seconds=10, rows=1000)
ORIGIN = Origin("a ledger", "1")
OURS = "?graph=https://example.org/ours"
FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
EACH = ["oxigraph", pytest.param("fuseki", marks=pytest.mark.fuseki)]


@pytest.fixture(params=EACH)
def server(request: pytest.FixtureRequest) -> SparqlServer:
    found: SparqlServer = request.getfixturevalue(request.param)
    found.empty()
    return found


@pytest.fixture
def store(oxigraph: SparqlServer) -> Iterator[SparqlEndpoint]:
    oxigraph.empty()
    with closing(oxigraph.connect(ORIGIN)) as store:
        yield store


@pytest.fixture(scope="module")
def nodes() -> Sequence[Node]:
    return in_order(tiny_graph(VOCABULARY))


def in_order(graph: Graph) -> list[Node]:
    return sorted(graph.nodes(), key=node_id)


def held(store: SparqlEndpoint) -> bytes:
    return "".join(sorted(f"{line}\n" for line in store.lines())).encode()


# --- the same quads -------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", OURS])
def test_a_graph_is_the_same_quads_there(server: SparqlServer, nodes: Sequence[Node], query: str) -> None:
    with closing(server.connect(ORIGIN, query)) as store:
        assert (store.position(), store.manifest(), len(store)) == (0, None, 0)
        store.load(nodes, 7)
        assert held(store) == sorted_nquads(nodes, VOCABULARY)
        assert store.manifest() == Manifest(ORIGIN, 7)
        store.load(nodes[:5], 8)
        assert held(store) == sorted_nquads(nodes[:5], VOCABULARY)


def test_every_change_of_a_graph_arrives_exactly(server: SparqlServer, tmp_path: Path) -> None:
    sentence = "PAPER proposes Method:M{0} Tuning. Method:M{0} Tuning uses Method:Beta Search = {0}.5. "
    with workspace(tmp_path) as graph, closing(server.connect(graph.origin)) as store:

        def differing() -> bool:
            graph.catch_up_store(store)
            assert graph.check_store(store) == []
            return held(store) != graph.store.dump_sorted_nquads()

        graph.ingest([paper(n, sentence.format(n)) for n in range(12)])
        assert not differing()
        graph.ingest([paper(n, sentence.format(n + 5)) for n in range(8, 16)])
        assert not differing()
        graph.remove("arXiv:2401.00003")
        assert not differing()
        merged = graph.merge("method/m1-tuning", "method/m2-tuning")
        assert not differing()
        graph.undo(merged.number)
        assert not differing()
        rejected = next(iter(graph.graph().statements))
        graph.reject(rejected)
        assert not differing()


@FEW
@given(before=graphs, after=graphs)
def test_differences_end_where_a_load_would(oxigraph: SparqlServer, before: Graph, after: Graph) -> None:
    oxigraph.empty()
    with closing(oxigraph.connect(ORIGIN)) as store:
        store.load(in_order(before), 1)
        assert held(store) == sorted_nquads(before.nodes(), VOCABULARY)
        gone = dict.fromkeys(node_id(node) for node in before.nodes())
        changes = {**gone, **{node_id(node): node for node in after.nodes()}}
        for _ in range(2):  # again: the same changes twice are the same
            store.apply(changes, 2)
            assert held(store) == sorted_nquads(after.nodes(), VOCABULARY)


TEXTS = [
    r"a\u0022 . } ; DROP ALL ; INSERT DATA { <a:a> <a:b> \u0022",
    '" . } ; DROP ALL #',
    r"\upsilon and \Uppsala and \\u0041",
    "a line\nand\tanother\r\x01\x7f",
    "'''}}>> é 😀 \ufeff",
]


def test_no_text_leaves_its_quotes(server: SparqlServer) -> None:
    entities = [
        Entity(f"method/odd-{n}", VOCABULARY.type_of("method/odd").name, text, (text[::-1],), 1)
        for n, text in enumerate(TEXTS)
    ]
    with closing(server.connect(ORIGIN)) as store:
        store.load(entities, 1)
        assert list(store.read().entities.values()) == entities
        changed = [replace(entity, papers=2) for entity in entities]
        store.apply({entity.id: entity for entity in changed}, 2)
        assert list(store.read().entities.values()) == changed
        for entity in entities:
            found = store.query("SELECT ?e { ?e skos:prefLabel ?name }", {"name": entity.name}, LIMITS)
            assert len(found.rows) == 1


def test_the_ontology_and_the_state_stand_in_graphs_of_their_own(
    store: SparqlEndpoint, nodes: Sequence[Node]
) -> None:
    for _ in range(2):  # the ontology has blank nodes, which must not be doubled
        store.load(nodes, 3)
        [[terms]] = store.query(
            f"SELECT (count(*) AS ?n) {{ GRAPH <{ONTOLOGY}> {{ ?s ?p ?o }} }}", {}, LIMITS
        ).rows
        assert terms == len({quad.triple for quad in ontology_quads()})
    state = store.query(f"SELECT ?o {{ GRAPH <{STATE}> {{ <{STATE}> akg:position ?o }} }}", {}, LIMITS)
    assert state.rows == ((3,),)


# --- interruptions --------------------------------------------------------------------------------------


def test_a_load_that_was_cut_short_goes_on(
    store: SparqlEndpoint, nodes: Sequence[Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kg.stores.sparql_endpoint, "NODES_AT_ONCE", 10)

    def broken() -> Iterator[Node]:
        yield from islice(nodes, 25)
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        store.load(broken(), 4)
    assert store.manifest() == Manifest(ORIGIN, 4, node_id(nodes[19]))
    assert (store.position(), held(store)) == (0, sorted_nquads(nodes[:20], VOCABULARY))
    store.load(nodes, 9)
    assert held(store) == sorted_nquads(nodes, VOCABULARY)
    assert store.position() == 4, "what has changed since the first attempt is for apply"


def test_what_was_sent_and_not_noted_is_sent_again_and_not_doubled(
    server: SparqlServer, nodes: Sequence[Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kg.stores.sparql_endpoint, "LINES_AT_ONCE", 10)
    update, requests = SparqlClient.update, 0

    def cut_short(client: SparqlClient, text: str) -> None:
        nonlocal requests
        requests += 1
        if requests == 9:
            raise StoreUnavailable("the wire was cut")
        update(client, text)

    with closing(server.connect(ORIGIN)) as store:
        with monkeypatch.context() as cutting:
            cutting.setattr(SparqlClient, "update", cut_short)
            with pytest.raises(StoreUnavailable, match="the wire was cut"):
                store.load(nodes, 4)
        assert 0 < len(store) < len(sorted_nquads(nodes, VOCABULARY).splitlines())
        store.load(nodes, 4)
        assert (held(store), store.position()) == (sorted_nquads(nodes, VOCABULARY), 4)
        changed = {node_id(node): replace(node, papers=77) for node in nodes if isinstance(node, Entity)}
        requests = 7
        with monkeypatch.context() as cutting:
            cutting.setattr(SparqlClient, "update", cut_short)
            with pytest.raises(StoreUnavailable, match="the wire was cut"):
                store.apply(changed, 5)
        assert store.position() == 4
        store.apply(changed, 5)
        after = [changed.get(node_id(node), node) for node in nodes]
        assert (held(store), store.position()) == (sorted_nquads(after, VOCABULARY), 5)


# --- refusals -------------------------------------------------------------------------------------------


def test_a_dataset_of_somebody_elses_is_left_alone(oxigraph: SparqlServer, nodes: Sequence[Node]) -> None:
    oxigraph.empty()
    oxigraph.update("INSERT DATA { <https://example.org/a> <https://example.org/b> 1 }")
    with closing(oxigraph.connect(ORIGIN)) as store:
        with pytest.raises(StoreError, match="AlignKG did not write; name an empty dataset"):
            store.load(nodes, 1)
        assert len(store) == 1


def test_the_graph_of_another_ledger_is_refused_and_of_another_version_replaced(
    oxigraph: SparqlServer, nodes: Sequence[Node]
) -> None:
    oxigraph.empty()
    with closing(oxigraph.connect(ORIGIN)) as store:
        store.load(nodes, 1)
    with (
        closing(oxigraph.connect(Origin("another", "1"))) as store,
        pytest.raises(VersionMismatch, match="--full"),
    ):
        store.position()
    with closing(oxigraph.connect(Origin("a ledger", "2"))) as store:
        assert store.position() == 0
        store.load(nodes[:3], 2)
        assert held(store) == sorted_nquads(nodes[:3], VOCABULARY)


def test_a_server_that_shows_all_graphs_as_one_wants_one_named(nodes: Sequence[Node]) -> None:
    with oxigraph_server("--union-default-graph") as server:
        with (
            closing(server.connect(ORIGIN)) as store,
            pytest.raises(StoreError, match=r"shows all its graphs as one.*\?graph=https"),
        ):
            store.load(nodes, 1)
        server.empty()
        with closing(server.connect(ORIGIN, OURS)) as store:
            store.load(nodes, 1)
            labelled = store.query("SELECT ?e { ?e skos:prefLabel ?name }", {}, LIMITS)
            assert len(labelled.rows) == sum(isinstance(node, Entity) for node in nodes)
        assert lines_of(server, ORIGIN, OURS) == sorted_nquads(nodes, VOCABULARY)


@pytest.mark.fuseki
def test_a_wrong_password_is_said_in_one_line_and_never_shown(
    fuseki: SparqlServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(StoreUnavailable, match="refuses this user and password") as caught:
        replace(fuseki, password="a-secret").connect(ORIGIN)
    assert "a-secret" not in f"{caught.value!r} {caplog.text}"
    unnamed = SparqlServer(fuseki.address.replace("kg@", ""))
    with pytest.raises(StoreUnavailable, match="USER@"):
        unnamed.connect(ORIGIN)


def test_a_place_that_is_none_is_named_with_the_way_to_say_another(oxigraph: SparqlServer) -> None:
    with pytest.raises(StoreError, match=r"takes no query \(404.*\?query=…&update=…"):
        oxigraph.connect(ORIGIN, "/nowhere")
    with pytest.raises(StoreError, match="takes no query"):
        oxigraph.connect(ORIGIN, "?query=other")


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable, match=r"http://127\.0\.0\.1:9 does not answer"):
        SparqlServer("sparql+http://127.0.0.1:9").connect(ORIGIN)


def test_a_query_that_takes_too_long_is_given_up(store: SparqlEndpoint, nodes: Sequence[Node]) -> None:
    store.load(nodes, 1)
    # A server works on for nobody: seconds, not for as long as it is there.
    long = "SELECT (count(*) AS ?n) { SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } LIMIT 10000000 }"
    with pytest.raises(QueryTimeout):
        store.query(long, {}, Limits(seconds=0.3))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sparql+http://", "is not like"),
        ("sparql+ftp://localhost", "is not like"),
        ("sparql+http://localhost:x", "is not like"),
        ("sparql+http://localhost?querry=a", "is not like"),
        ("sparql+http://ada:secret@localhost/ds", "KG_SPARQL_PASSWORD"),
        ("sparql+http://ada:secret@localhost/ds?oops=1", "KG_SPARQL_PASSWORD"),
    ],
)
def test_an_address_that_is_none_is_refused_without_its_password(text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        read_endpoint(text)
    assert "secret" not in str(caught.value)


def test_a_graph_that_cannot_have_that_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="cannot name a graph"):
        SparqlServer("sparql+http://127.0.0.1:9").connect(ORIGIN, "?graph=a>b")


# --- odd answers ----------------------------------------------------------------------------------------


@contextmanager
def answering(body: bytes, status: int = 200, **headers: str) -> Iterator[Endpoint]:
    """Run a server that answers everything alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield read_endpoint(f"sparql+http://127.0.0.1:{server.server_port}")
        server.shutdown()


ROWS = b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"type":"uri","value":"a:a"}}'


@pytest.mark.parametrize("body", [ROWS, ROWS + b"]", b"", b"<html>hello</html>", b"\xff\xfe"])
def test_an_answer_that_is_none_or_not_whole_is_an_error(body: bytes) -> None:
    with (
        answering(body) as endpoint,
        closing(SparqlClient(endpoint)) as client,
        pytest.raises(StoreUnavailable, match="an answer that is none, or not whole"),
        client.answer("SELECT * { ?s ?p ?o }", 5) as answer,
    ):
        assert isinstance(answer, ox.QuerySolutions)
        list(answer)


def test_an_answer_whose_connection_breaks_is_an_error() -> None:
    with (
        answering(ROWS, Content_Length="1000") as endpoint,
        closing(SparqlClient(endpoint)) as client,
        pytest.raises(StoreUnavailable),
        client.answer("SELECT * { ?s ?p ?o }", 5) as answer,
    ):
        assert isinstance(answer, ox.QuerySolutions)
        list(answer)


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (307, StoreError, "takes no update"),
        (400, QueryError, "does not understand the update: 400 odd words"),
        (413, StoreUnavailable, "413 odd words"),
        (500, StoreUnavailable, "500 odd words"),
        (503, StoreUnavailable, "503 odd words"),
    ],
)
def test_what_a_server_refuses_is_told_with_its_words(status: int, kind: type[StoreError], said: str) -> None:
    with answering(b"odd\nwords", status, Location="http://example.org/") as endpoint:
        with closing(SparqlClient(endpoint, "secret")) as client, pytest.raises(kind, match=said):
            client.update("INSERT DATA { <a:a> <a:b> 1 }")
        with (
            closing(SparqlClient(endpoint)) as client,
            pytest.raises(StoreError),
            client.answer("ASK {}", 5),
        ):
            pass
