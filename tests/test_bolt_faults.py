"""The Bolt server dies under load and comes back: answers are right, or errors, and a push goes on."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kg.errors import QueryTimeout, StoreError, StoreUnavailable
from kg.settings import Settings
from kg.stores import Limits, Rows
from kg.vocabulary import load_vocabulary
from kg.workspace import Workspace
from tests.killing import KILLS, instant
from tests.toy import SCRATCH, ToyReader, paper

pytest.importorskip("arcadedb_embedded", reason="the extra `cypher` is not installed")

from kg.stores.bolt import BoltStore
from kg.stores.embedded_bolt import EmbeddedBolt
from kg.stores.servers import EmbeddedServer

ASKED = "MATCH (m:Method) RETURN count(m) AS n"
LIMITS = Limits(20.0, 100)
TEXT = "PAPER proposes Method:M{0} Tuning. Method:M{0} Tuning uses Method:Beta Search. "


@pytest.fixture(scope="module")
def graph() -> Iterator[Workspace]:
    """A graph with a server of its own."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        settings = Settings()
        with Workspace(Path(folder) / "kg", settings, load_vocabulary(), ToyReader()) as opened:
            opened.ingest(paper(n, TEXT.format(n)) for n in range(40))
            yield opened


def server_of(graph: Workspace) -> EmbeddedBolt:
    server = graph.cypher_door().server
    assert isinstance(server, EmbeddedServer)
    return server.bolt


def kill(server: EmbeddedBolt) -> None:
    """Kill the process as another would, and wait until it is started again."""
    starts = server.starts
    assert server._process is not None
    server._process.kill()
    for _ in range(1_200):
        if server.starts > starts:
            return
        time.sleep(0.1)  # it takes seconds
    pytest.fail("the server was not started again")


def test_a_bolt_server_that_dies_under_load_comes_back_with_the_whole_graph(graph: Workspace) -> None:
    door = graph.cypher_door()
    methods = 41
    assert door.query(ASKED, {}, LIMITS).rows == ((methods,),)
    answers: list[Rows | StoreError] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                answers.append(door.query(ASKED, {}, LIMITS))
            except StoreError as error:
                answers.append(error)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for number in range(KILLS):
        time.sleep(instant("bolt", number, 0.5))
        kill(server_of(graph))
    merged = graph.merge("method/m1-tuning", "method/m2-tuning")
    assert door.query(ASKED, {}, LIMITS).rows == ((methods - 1,),), "with what was decided meanwhile"
    stop.set()
    for asker in askers:
        asker.join()
    rows = {answer.rows for answer in answers if isinstance(answer, Rows)}
    errors = [answer for answer in answers if not isinstance(answer, Rows)]
    assert rows <= {((methods,),), ((methods - 1,),)}
    assert all(isinstance(error, StoreUnavailable | QueryTimeout) for error in errors)
    graph.undo(merged.number)
    assert door.query(ASKED, {}, LIMITS).rows == ((methods,),)


def test_a_server_whose_database_is_lost_is_filled_before_it_is_asked(graph: Workspace) -> None:
    door = graph.cypher_door()
    before = door.query(ASKED, {}, LIMITS).rows
    for file in (server_of(graph).folder / "databases").rglob("*"):
        if file.is_file():
            file.write_bytes(b"spoilt")
    kill(server_of(graph))
    assert door.query(ASKED, {}, LIMITS).rows == before


@pytest.mark.parametrize("number", range(KILLS))
def test_a_push_into_a_server_that_dies_goes_on(
    number: int, graph: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.stores.bolt.NODES_AT_ONCE", 5)
    graph.cypher_door().open()
    server = server_of(graph)
    with closing(_connected(server, graph)) as store:
        store.clear()
        died = threading.Timer(instant("push", number, 0.5), lambda: kill(server))
        died.start()
        try:
            graph.catch_up_store(store)
        except StoreUnavailable as error:
            assert "the server" in str(error)
        died.join()
    with closing(_connected(server, graph)) as store:
        graph.catch_up_store(store)
        assert graph.check_store(store) == []


def _connected(server: EmbeddedBolt, graph: Workspace) -> BoltStore:
    to = server.writer()
    return BoltStore.connect(to.uri, to.user, to.password, database=to.database, origin=graph.origin)
