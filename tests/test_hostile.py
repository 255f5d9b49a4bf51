"""Queries that mean harm: each ends in its time, rightly or by a proper error, and the service goes on.

`tests/hostile.py` has the queries.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from kg.settings import Settings
from tests.hostile import LEAVING, SPARQL
from tests.served import opened, serving

SECONDS = 0.4
PROPER = {400, 403, 413, 503, 504}
NAMES = "SELECT ?name { ?thing rdfs:label ?name } LIMIT 1"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    settings = Settings(query_seconds=SECONDS, query_memory=700 * 1024**2, answer_bytes=1_000_000)
    with opened(tmp_path_factory.mktemp("hostile"), settings) as workspace:
        app = create_app(workspace, settings)
        with serving(app) as address, httpx.Client(base_url=address, timeout=60) as session:
            assert answers_others(session)  # the first workers have started
            yield session


def ask(client: httpx.Client, query: str) -> httpx.Response:
    return client.post("/sparql", content=query, headers={"Content-Type": "application/sparql-query"})


def memory() -> int:
    """Return how many bytes this process holds, the service in it."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096


def answers_others(client: httpx.Client) -> bool:
    """Say whether somebody else is answered at once: a look-up, and a query as soon as a worker is there."""
    assert client.get("/v1/methods").status_code == 200
    for _ in range(20):
        answer = client.get("/sparql", params={"query": NAMES})
        if answer.status_code != 503:
            break
    return answer.status_code == 200


@pytest.mark.parametrize("name", SPARQL)
def test_a_query_that_means_harm_ends_in_its_time(client: httpx.Client, name: str) -> None:
    before, began = memory(), time.monotonic()
    answer = ask(client, SPARQL[name])
    assert time.monotonic() - began < SECONDS + 1
    assert answer.status_code in {200, *PROPER}, answer.text
    is_a_problem = answer.headers["content-type"] == "application/problem+json"
    assert is_a_problem == (answer.status_code != 200)
    assert answers_others(client)
    assert memory() - before < 200 * 1024**2


@pytest.mark.parametrize("name", LEAVING)
def test_no_query_leaves_the_graph_or_changes_it(client: httpx.Client, name: str) -> None:
    answer = ask(client, LEAVING[name])
    assert answer.status_code == 403, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
