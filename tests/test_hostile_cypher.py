"""Statements that mean harm, in Cypher: each ends in its time, and the service goes on; so do clients.

`tests/hostile.py` has the statements. The embedded server runs them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import httpx
import pytest

from api.app import create_app
from kg.settings import Settings
from tests.hostile import CYPHER, CYPHER_LEAVING
from tests.served import opened, serving
from tests.test_hostile import PROPER, memory

pytest.importorskip("arcadedb_embedded", reason="the extra `cypher` is not installed")

from kg.stores.bolt import BoltStore
from kg.stores.door import CypherDoor

SECONDS = 0.4
"""What clients wish for here; the server itself ends what takes a while longer."""
CEILING = 10.0
SLOW = "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b RETURN count(*)"


@dataclass(frozen=True)
class Place:
    client: httpx.Client
    door: CypherDoor

    def ask(self, statement: str, seconds: float = SECONDS) -> httpx.Response:
        asked = {"statement": statement, "maxExecutionTime": seconds}
        return self.client.post("/cypher", json=asked)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    settings = Settings(
        query_seconds=CEILING, query_memory=700 * 1024**2, answer_bytes=1_000_000, cypher_heap="256m"
    )
    with opened(tmp_path_factory.mktemp("hostile"), settings) as workspace:
        door = workspace.cypher_door()
        door.open()
        app = create_app(workspace, settings, door)
        with serving(app) as address, httpx.Client(base_url=address, timeout=60) as client:
            yield Place(client, door)


def until(holds: Callable[[], bool], seconds: float) -> None:
    """Wait for something that another thread brings about."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_statement_whose_client_has_gone_is_ended_at_the_server(place: Place) -> None:
    assert place.ask("RETURN 1", CEILING).status_code == 200
    with pytest.raises(httpx.ReadTimeout):
        place.client.post("/cypher", json={"statement": SLOW}, timeout=httpx.Timeout(60, read=0.3))
    access = place.door.open()
    until(lambda: place.door.tally().abandoned == 1, CEILING)
    with closing(BoltStore.connect(access.uri, access.user, access.password)) as store:
        until(lambda: not any(SLOW in text for text in store.at_work().values()), CEILING / 2)


def test_a_client_may_ask_for_less_time(place: Place) -> None:
    assert place.ask("RETURN 1", CEILING).status_code == 200
    assert place.ask(SLOW, 0.2).json()["seconds"] == 0.2
    assert place.ask("RETURN 1", 1000.0).status_code == 200
    assert place.ask("RETURN 1", -1.0).status_code == 400


@pytest.mark.parametrize("name", CYPHER)
def test_a_statement_that_means_harm_ends_in_its_time(place: Place, name: str) -> None:
    until(lambda: place.ask("MATCH (m:Method) RETURN count(m)", CEILING).status_code == 200, 60)
    before, began = memory(), time.monotonic()
    answer = place.ask(CYPHER[name])
    assert time.monotonic() - began < SECONDS + 1
    assert answer.status_code in {200, *PROPER}, answer.text
    assert (answer.headers["content-type"] == "application/problem+json") == (answer.status_code != 200)
    assert place.client.get("/v1/methods").status_code == 200
    assert memory() - before < 200 * 1024**2


@pytest.mark.parametrize("name", CYPHER_LEAVING)
def test_no_statement_leaves_the_graph_or_changes_it(place: Place, name: str) -> None:
    answer = place.ask(CYPHER_LEAVING[name], CEILING)
    assert answer.status_code == 403, answer.text


def test_cypher_is_answered_after_all_that(place: Place) -> None:
    until(lambda: place.ask("MATCH (m:Method) RETURN count(m)", CEILING).status_code == 200, 60)
