"""A client that has gone takes its query along; one in a hurry is given less time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.service import Service
from kg.settings import Settings
from tests.served import opened, serving

SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }"
SECONDS = 60.0


@dataclass(frozen=True)
class Place:
    address: str
    app: FastAPI

    @property
    def service(self) -> Service:
        service: Service = self.app.state.service
        return service


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that another thread brings about."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    settings = Settings(query_seconds=SECONDS)
    with opened(tmp_path_factory.mktemp("leaving"), settings) as workspace:
        app = create_app(workspace, settings)
        with serving(app) as address:
            httpx.get(f"{address}/sparql?query=ASK%7B%7D", timeout=60).raise_for_status()
            yield Place(address, app)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_query_whose_client_has_gone_is_ended(place: Place, method: str, accept: str) -> None:
    before = place.service.sparql.tally().abandoned
    asked = {"params": {"query": SLOW}} if method == "GET" else {"data": {"query": SLOW}}
    with httpx.Client(timeout=httpx.Timeout(60, read=0.3)) as client, pytest.raises(httpx.ReadTimeout):
        client.request(method, f"{place.address}/sparql", headers={"Accept": accept}, **asked)  # type: ignore[arg-type]
    until(lambda: place.service.sparql.tally().abandoned == before + 1)
    assert place.service.sparql.tally().running == 0


def test_a_query_whose_agent_has_gone_is_ended(place: Place) -> None:
    def call(query: str) -> dict[str, object]:
        asked = {"name": "sparql", "arguments": {"query": query}}
        return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked}

    accept = {"Accept": "application/json, text/event-stream"}
    before = place.service.sparql.tally().abandoned
    with httpx.Client(base_url=place.address, headers=accept, timeout=60) as client:
        client.post("/mcp", json=call("ASK {}")).raise_for_status()
        with pytest.raises(httpx.ReadTimeout):
            client.post("/mcp", json=call(SLOW), timeout=httpx.Timeout(60, read=0.5))
    until(lambda: place.service.sparql.tally().abandoned == before + 1)
    assert place.service.sparql.tally().running == 0


@pytest.mark.parametrize(("wished", "seconds"), [("0.2", 0.2), ("1e-1", 0.1)])
def test_a_client_may_ask_for_less_time(place: Place, wished: str, seconds: float) -> None:
    ask = httpx.Client(base_url=place.address, timeout=60)
    ask.get("/sparql", params={"query": "ASK {}"}).raise_for_status()
    answer = ask.get("/sparql", params={"query": SLOW, "timeout": wished})
    ask.close()
    assert (answer.status_code, answer.json()["seconds"]) == (504, seconds)


@pytest.mark.parametrize("wished", ["soon", "0", "-1", "nan", "inf", ""])
def test_a_time_that_is_none_is_a_bad_request(place: Place, wished: str) -> None:
    answer = httpx.get(f"{place.address}/sparql", params={"query": "ASK {}", "timeout": wished})
    assert answer.status_code == 400
    assert "timeout" in answer.json()["detail"]
