"""Cypher where a Neo4j of the user's answers it: only from the whole graph, and only to read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from kg.errors import ConfigError, QueryForbidden, QueryTimeout, ResultTooLarge, StoreUnavailable
from kg.settings import Settings
from kg.stores.address import Access
from kg.stores.bolt import BoltStore
from kg.workspace import Workspace
from tests.served import PAPERS, opened

pytest.importorskip("neo4j", reason="the extra `cypher` is not installed")

NAMES = "MATCH (:Method {name: $name})<-[:OUTPERFORMS]-(m) RETURN m.name AS name"
BETA = {"name": "Beta Search"}
ENDLESS = "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b RETURN count(*) AS n"


def address_of(access: Access) -> str:
    scheme, _, host = access.uri.partition("://")
    return f"{scheme}://{access.user}@{host}/{access.database or ''}"


def store_of(access: Access, graph: Workspace) -> BoltStore:
    return BoltStore.connect(
        access.uri, access.user, access.password, database=access.database, origin=graph.origin
    )


def push(access: Access, graph: Workspace) -> None:
    with closing(store_of(access, graph)) as store:
        graph.catch_up_store(store)


@pytest.fixture(scope="module")
def graph(neo4j_access: Access, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A graph whose settings name a server; nothing is pushed there yet."""
    settings = Settings(
        query_seconds=2.0,
        query_rows=100,
        neo4j_uri=address_of(neo4j_access),
        neo4j_password=neo4j_access.password,
    )
    with opened(tmp_path_factory.mktemp("kg"), settings) as workspace:
        with closing(store_of(neo4j_access, workspace)) as store:
            store.clear()
        yield workspace


@pytest.fixture
def pushed(neo4j_access: Access, graph: Workspace) -> Workspace:
    push(neo4j_access, graph)
    return graph


@pytest.mark.neo4j
def test_only_a_server_that_holds_the_whole_graph_is_asked(neo4j_access: Access, graph: Workspace) -> None:
    with pytest.raises(StoreUnavailable, match="a load into the store did not end; kg push"):
        graph.cypher(NAMES, BETA)
    push(neo4j_access, graph)
    assert graph.cypher(NAMES, BETA).rows == (("Alpha Tuning",),)
    graph.remove(PAPERS[0].id)
    with pytest.raises(StoreUnavailable, match="kg push brings it up to date"):
        graph.cypher(NAMES, BETA)
    push(neo4j_access, graph)
    assert graph.cypher(NAMES, BETA).rows == ()
    graph.ingest(PAPERS)
    push(neo4j_access, graph)
    assert graph.cypher(NAMES, BETA).rows == (("Alpha Tuning",),)


@pytest.mark.neo4j
def test_no_embedded_server_is_started(pushed: Workspace) -> None:
    assert pushed.cypher("RETURN 1 AS one").rows == ((1,),)
    assert not (pushed.directory / "cypher").exists()


@pytest.mark.neo4j
def test_limits_hold(pushed: Workspace) -> None:
    with pytest.raises(ResultTooLarge):
        pushed.cypher("UNWIND range(1, 101) AS n RETURN n")
    with pytest.raises(QueryTimeout):
        pushed.cypher(ENDLESS)
    running = (
        "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery STARTS WITH 'UNWIND' RETURN count(*) AS n"
    )
    with closing(store_of(pushed.cypher_door().open(), pushed)) as store:
        [[left]] = store._stream(running)
    assert left == 0, "the server itself stopped it"


@pytest.mark.neo4j
def test_a_write_is_refused_in_words(pushed: Workspace) -> None:
    with pytest.raises(QueryForbidden, match="read-only"):
        pushed.cypher("MATCH (n) SET n.name = 'x'")


@pytest.mark.neo4j
def test_the_service_answers_from_it(neo4j_access: Access, pushed: Workspace) -> None:
    app = create_app(pushed, pushed.settings, pushed.cypher_door())
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        body = {"statement": NAMES, "parameters": BETA}
        assert client.post("/cypher", json=body).json()["data"]["values"] == [["Alpha Tuning"]]
        forbidden = client.post("/cypher", json={"statement": "CREATE (n)"})
        assert forbidden.status_code == 403
        with closing(store_of(neo4j_access, pushed)) as store:
            store.clear()
        behind = client.post("/cypher", json=body)
    assert behind.status_code == 503
    assert "kg push" in behind.json()["detail"]
    push(neo4j_access, pushed)


@pytest.mark.neo4j
def test_the_command_asks_it_and_push_fills_it_by_the_same_settings(
    neo4j_access: Access, corpus_db: Path
) -> None:
    environment = {
        "PATH": "",
        "KG_NEO4J_URI": address_of(neo4j_access),
        "KG_NEO4J_PASSWORD": neo4j_access.password,
        "KG_DB": str(corpus_db),
    }

    def kg(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "kg", *arguments], capture_output=True, text=True, env=environment
        )

    assert kg("push", "--full").returncode == 0
    counted = kg("query", "--cypher", "MATCH (p:Paper) RETURN count(p) AS n", "--format", "csv")
    assert counted.stdout.split() == ["n", "113"]
    assert neo4j_access.password not in kg("config").stdout


def test_a_server_without_a_password_names_the_variable(tmp_path: Path) -> None:
    with (
        opened(tmp_path, Settings(neo4j_uri="bolt://127.0.0.1:9")) as graph,
        pytest.raises(ConfigError, match="KG_NEO4J_PASSWORD"),
    ):
        graph.cypher("RETURN 1")


def test_a_server_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    settings = Settings(neo4j_uri="bolt://127.0.0.1:9", neo4j_password="x")
    with opened(tmp_path, settings) as graph, pytest.raises(StoreUnavailable, match="does not answer"):
        graph.cypher("RETURN 1")
