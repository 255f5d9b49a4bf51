"""`/cypher` over HTTP: Neo4j's shape, CSV, graphs, refusals and limits, on the embedded server."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from api.app import create_app
from kg.settings import Settings
from tests.served import opened, served, serving

pytest.importorskip("arcadedb_embedded", reason="the extra `cypher` is not installed")

NAMES = "MATCH (m:Method)-[:OUTPERFORMS]->(o {name: $name}) RETURN m.name AS method ORDER BY method"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    settings = Settings(
        query_seconds=3.0, query_rows=100, query_bytes=20_000, answer_bytes=50_000, cypher_heap="512m"
    )
    with opened(tmp_path_factory.mktemp("cypher"), settings) as workspace:
        app = create_app(workspace, settings, workspace.cypher_door())
        with serving(app) as address, httpx.Client(base_url=address, timeout=60) as session:
            yield session


def ask(
    client: httpx.Client, statement: str, accept: str = "application/json", **more: object
) -> httpx.Response:
    return client.post("/cypher", json={"statement": statement, **more}, headers={"Accept": accept})


def test_an_answer_has_the_shape_of_the_query_api(client: httpx.Client) -> None:
    answer = ask(client, NAMES, parameters={"name": "Beta Search"})
    assert answer.status_code == 200
    assert answer.json() == {"data": {"fields": ["method"], "values": [["Alpha Tuning"]]}, "bookmarks": []}


def test_a_client_of_the_query_api_finds_it_where_neo4j_has_it(client: httpx.Client) -> None:
    asked = {"statement": NAMES, "parameters": {"name": "Beta Search"}, "accessMode": "READ"}
    answer = client.post("/db/neo4j/query/v2", json=asked, auth=("neo4j", "any"))
    assert answer.status_code == 202
    assert answer.json()["data"]["values"] == [["Alpha Tuning"]]
    assert client.post("/db/neo4j/query/v2", json={"statement": "CREATE (n)"}).status_code == 403


def test_nodes_and_relationships_come_whole_and_as_a_graph(client: httpx.Client) -> None:
    statement = "MATCH (m:Method {name: 'Alpha Tuning'})-[r:OUTPERFORMS]->(o) RETURN m, r, o"
    body = ask(client, statement, graph=True).json()
    method, claim, other = body["data"]["values"][0]
    assert method["properties"]["name"] == "Alpha Tuning"
    assert "Method" in method["labels"]
    assert (claim["startNodeElementId"], claim["endNodeElementId"]) == (
        method["elementId"],
        other["elementId"],
    )
    assert body["graph"] == {"nodes": [method, other], "relationships": [claim]}


def test_csv_where_it_is_asked_for(client: httpx.Client) -> None:
    answer = ask(client, NAMES, accept="text/csv", parameters={"name": "Beta Search"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.split() == ["method", "Alpha", "Tuning"]


@pytest.mark.parametrize(
    ("statement", "status", "code"),
    [
        ("MATCH (n) SET n.name = 'x'", 403, "Neo.ClientError.Security.Forbidden"),
        ("MATCH (n) DETACH DELETE n", 403, "Neo.ClientError.Security.Forbidden"),
        (
            "LOAD CSV FROM 'file:///etc/hostname' AS line RETURN line",
            403,
            "Neo.ClientError.Security.Forbidden",
        ),
        ("MATCH (n RETURN n", 400, "Neo.ClientError.Statement.SyntaxError"),
        ("UNWIND range(1, 101) AS n RETURN n", 413, "Neo.ClientError.Statement.ExecutionFailed"),
        ("RETURN range(1, 20000) AS n", 413, "Neo.ClientError.Statement.ExecutionFailed"),
    ],
)
def test_a_failure_has_its_status_and_the_code_of_neo4j(
    client: httpx.Client, statement: str, status: int, code: str
) -> None:
    answer = ask(client, statement)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["code"] for error in answer.json()["errors"]] == [code]
    assert answer.json()["status"] == status


@pytest.mark.parametrize("body", [b"", b"MATCH (n) RETURN n", b'{"parameters": {}}', b'{"statement": 1}'])
def test_a_body_that_is_no_request_is_refused(client: httpx.Client, body: bytes) -> None:
    assert client.post("/cypher", content=body).status_code == 400


def test_a_body_that_is_too_long_is_refused(client: httpx.Client) -> None:
    assert ask(client, "RETURN 1 // " + "x" * 20_000).status_code == 413


def test_a_service_without_cypher_says_how_to_start_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    with served(tmp_path_factory.mktemp("plain")) as address:
        answer = httpx.post(f"{address}/cypher", json={"statement": "RETURN 1"})
    assert answer.status_code == 503
    assert "kg serve --cypher" in answer.json()["detail"]
