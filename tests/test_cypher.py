"""Cypher over the embedded server: what it answers, what the server itself refuses, and what it survives."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import neo4j
import pytest
from neo4j.exceptions import Neo4jError, ServiceUnavailable, SessionExpired
from typer.testing import CliRunner

from kg.cli.main import app
from kg.errors import QueryForbidden, QuerySyntaxError, QueryTimeout, ResultTooLarge, StoreUnavailable
from kg.settings import Settings
from kg.stores import Limits
from kg.stores.address import Access
from kg.stores.bolt import BoltStore
from kg.stores.bolt_watch import GRACE_SECONDS
from kg.stores.embedded_bolt import EmbeddedBolt
from kg.stores.servers import EmbeddedServer
from kg.workspace import Workspace
from tests.served import PAPERS, opened

NAMES = "MATCH (:Method {name: $name})<-[:OUTPERFORMS]-(m) RETURN m.name AS name"
ENDLESS = "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b RETURN count(*) AS n"
DEAF = "RETURN all(a IN range(1, 1000000) WHERE all(b IN range(1, 1000000) WHERE b > 0)) AS n"
"""It looks at no clock."""
LIMITS = Limits(20.0, 1000)
# Past the check of texts, by whatever driver: the server alone must refuse these.
WRITES = [
    "CREATE (n:Method {id: 'x'}) RETURN n",
    "CREATE (n:Unheard) RETURN n",
    "MERGE (n:Method {id: 'x'}) RETURN n",
    "MATCH (n:Method) SET n.name = 'x'",
    "MATCH (n:Method) SET n:Unheard",
    "MATCH (n:Method) DETACH DELETE n",
    "MATCH (n)-[r]->() DELETE r",
    "MATCH (n:Method) REMOVE n.name",
    "MATCH (n:Method) FOREACH (x IN [1] | SET n.name = 'x')",
    "CALL { CREATE (n:Method {id: 'x'}) RETURN n } RETURN n",
    "CALL merge.node(['Method'], {id: 'x'})",
    "CREATE INDEX FOR (n:Method) ON (n.title)",
    "CREATE CONSTRAINT FOR (n:Method) REQUIRE n.title IS UNIQUE",
    "DROP CONSTRAINT method_id",
    "CREATE USER eve SET PASSWORD 'long enough'",
    "LOAD CSV FROM 'file:///etc/hostname' AS line RETURN line",
    "LOAD CSV FROM 'http://example.org/' AS line RETURN line",
    "LOAD CSV FROM 'http://127.0.0.1/' AS line RETURN line",
    "RETURN 1 AS x; CREATE (n:Method {id: 'x'})",
]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    settings = Settings(query_seconds=2.0, query_rows=1000, cypher_heap="512m")
    with opened(tmp_path_factory.mktemp("cypher"), settings) as workspace:
        yield workspace


def server_of(graph: Workspace) -> EmbeddedBolt:
    server = graph.cypher_door().server
    assert isinstance(server, EmbeddedServer)
    return server.bolt


@pytest.fixture(scope="module")
def access(graph: Workspace) -> Access:
    return graph.cypher_door().open()


def test_a_question_is_answered_with_its_parameters(graph: Workspace) -> None:
    rows = graph.cypher(NAMES, {"name": "Beta Search"})
    assert (rows.columns, rows.rows) == (("name",), (("Alpha Tuning",),))


def test_the_server_holds_exactly_the_ledgers_graph(graph: Workspace, access: Access) -> None:
    store = BoltStore.connect(
        access.uri, access.user, access.password, database=access.database, origin=graph.origin
    )
    assert graph.check_store(store) == []
    store.close()


@pytest.mark.parametrize("text", WRITES)
def test_the_reading_user_cannot_write_or_leave(access: Access, graph: Workspace, text: str) -> None:
    before = graph.cypher("MATCH (n) RETURN count(n) AS n").rows
    with (
        neo4j.GraphDatabase.driver(access.uri, auth=(access.user, access.password)) as driver,
        driver.session(database=access.database) as session,
        pytest.raises(Neo4jError),
    ):
        session.run(text).consume()
    assert graph.cypher("MATCH (n) RETURN count(n) AS n").rows == before


def test_a_write_is_refused_in_words(graph: Workspace) -> None:
    with pytest.raises(QueryForbidden, match="read-only"):
        graph.cypher("CREATE (n:Method {id: 'x'})")


def test_a_malformed_query_says_so(graph: Workspace) -> None:
    with pytest.raises(QuerySyntaxError):
        graph.cypher("MATCH (n RETURN n")


def test_more_rows_than_the_limit_are_an_error(graph: Workspace) -> None:
    with pytest.raises(ResultTooLarge):
        graph.cypher("UNWIND range(1, 1001) AS n RETURN n")


def test_an_endless_query_is_stopped_and_the_next_one_is_answered(graph: Workspace) -> None:
    with pytest.raises(QueryTimeout):
        graph.cypher(ENDLESS)
    assert graph.cypher(NAMES, {"name": "Beta Search"}).rows == (("Alpha Tuning",),)


@pytest.mark.parametrize(
    "text",
    [
        ENDLESS,
        "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b RETURN a, b",
        "MATCH (a), (b), (c), (d), (e), (f) WHERE a.x + b.x + c.x + d.x + e.x + f.x = -1 RETURN a",
        "UNWIND range(1, 99999) AS a CALL { UNWIND range(1, 99999) AS b RETURN count(*) AS n } RETURN sum(n)",
    ],
)
def test_the_server_ends_what_any_driver_asks_for_too_long(
    graph: Workspace, access: Access, text: str
) -> None:
    with (
        neo4j.GraphDatabase.driver(access.uri, auth=(access.user, access.password)) as driver,
        driver.session(database=access.database) as session,
        pytest.raises(Neo4jError, match="terminated by the time limit"),
    ):
        session.run(text).consume()
    assert server_of(graph).ours


def test_an_answer_that_nobody_reads_on_does_not_end_the_server(graph: Workspace, access: Access) -> None:
    process = server_of(graph)._process
    with (
        neo4j.GraphDatabase.driver(access.uri, auth=(access.user, access.password)) as driver,
        driver.session(database=access.database, fetch_size=10) as session,
    ):
        answer = iter(session.run("UNWIND range(1, 1000) AS n RETURN n"))
        assert next(answer)["n"] == 1
        time.sleep(graph.settings.query_seconds + GRACE_SECONDS + 1)
    assert server_of(graph)._process is process


def test_a_query_that_cannot_be_stopped_ends_with_the_server_which_comes_back(
    graph: Workspace, access: Access
) -> None:
    with (
        neo4j.GraphDatabase.driver(access.uri, auth=(access.user, access.password)) as driver,
        driver.session(database=access.database) as session,
        pytest.raises((ServiceUnavailable, SessionExpired)),
    ):
        session.run(DEAF).consume()
    with closing(connected_again(access)) as store:
        rows = store.query(NAMES, {"name": "Beta Search"}, LIMITS).rows
    assert rows == (("Alpha Tuning",),)
    with pytest.raises(QueryTimeout):
        graph.cypher(DEAF)
    assert graph.cypher(NAMES, {"name": "Beta Search"}).rows == rows


def connected_again(access: Access) -> BoltStore:
    until = time.monotonic() + 90
    while True:
        try:
            return BoltStore.connect(access.uri, access.user, access.password, database=access.database)
        except StoreUnavailable:
            assert time.monotonic() < until
            time.sleep(0.5)


def test_a_killed_server_comes_back_with_the_same_graph(graph: Workspace) -> None:
    before = graph.cypher("MATCH (a)-[r]->(b) RETURN a.id, type(r), b.id ORDER BY a.id, type(r), b.id")
    server_of(graph).kill()
    after = graph.cypher("MATCH (a)-[r]->(b) RETURN a.id, type(r), b.id ORDER BY a.id, type(r), b.id")
    assert after == before


def test_a_change_is_seen_by_the_next_query(graph: Workspace) -> None:
    graph.remove(PAPERS[0].id)
    assert graph.cypher(NAMES, {"name": "Beta Search"}).rows == ()
    graph.ingest(PAPERS)
    assert graph.cypher(NAMES, {"name": "Beta Search"}).rows == (("Alpha Tuning",),)


def test_only_the_owner_can_read_the_passwords(graph: Workspace, access: Access) -> None:
    server = server_of(graph)
    for user in ("reader", "writer"):
        assert server.password_file(user).stat().st_mode & 0o077 == 0
    assert access.uri.startswith("bolt://127.0.0.1:")


def test_the_command_answers_from_the_running_server(graph: Workspace, access: Access) -> None:
    common = ["query", NAMES, "--cypher", "--param", "name=Beta Search", "--db", str(graph.directory)]
    as_json = CliRunner().invoke(app, [*common, "--format", "json"])
    assert json.loads(as_json.stdout) == [{"name": "Alpha Tuning"}]
    as_csv = CliRunner().invoke(app, [*common, "--format", "csv"])
    assert list(csv.reader(io.StringIO(as_csv.stdout))) == [["name"], ["Alpha Tuning"]]
    assert access.uri


def test_a_folder_without_a_server_gets_one(tmp_path: Path) -> None:
    with opened(tmp_path, Settings(cypher_heap="256m")) as graph:
        assert graph.cypher("MATCH (p:Paper) RETURN count(p) AS n").rows == ((len(PAPERS),),)
        assert server_of(graph).ours
