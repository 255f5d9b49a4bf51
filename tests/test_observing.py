"""What whoever runs the service sees of it: ids, log lines, metrics, and whether it is alive and ready."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.logs import FACTS, JsonFormatter, TextFormatter, request_id
from kg.settings import Settings
from kg.workspace import Workspace
from tests.blocking import workers_of_this_process
from tests.served import opened, serving

SLOW = "SELECT (count(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    settings = Settings(query_workers=1, query_seconds=1.0)
    with opened(tmp_path_factory.mktemp("observed"), settings) as found:
        yield found


@pytest.fixture(scope="module")
def own(workspace: Workspace) -> Iterator[httpx.Client]:
    """A client of a service that no other module asks."""
    with another(workspace) as (client, _):
        yield client


@contextmanager
def another(workspace: Workspace) -> Iterator[tuple[httpx.Client, FastAPI]]:
    app = create_app(workspace, workspace.settings)
    with serving(app) as address, httpx.Client(base_url=address, timeout=30) as session:
        yield session, app


Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(client: httpx.Client) -> Samples:
    """Return all samples, by name and labels, read by Prometheus's own parser."""
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = text_string_to_metric_families(answer.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def sample(client: httpx.Client, name: str, **labels: str) -> float:
    return samples(client).get((name, frozenset(labels.items())), 0.0)


@contextmanager
def counting(client: httpx.Client) -> Iterator[Samples]:
    """Yield what will have been counted meanwhile, without the reading of the counts."""
    before, counted = samples(client), Samples()
    yield counted
    for (name, labels), count in samples(client).items():
        more = count - before.get((name, labels), 0)
        if more and name.startswith("alignkg_") and ("route", "/metrics") not in labels:
            counted[name, labels] = more


def lines(caplog: pytest.LogCaptureFixture) -> list[Mapping[str, str | int | float]]:
    """Return what the access lines say in parts, once there are any: they come behind their answers."""
    until = time.monotonic() + 10
    while True:
        said = [getattr(record, FACTS) for record in caplog.records if hasattr(record, FACTS)]
        if said or time.monotonic() > until:
            return said
        time.sleep(0.01)


# --- ids ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["abc-123", "7f3a.9:1/2=", "a" * 128])
def test_a_sane_id_of_a_proxy_is_kept(client: httpx.Client, given: str) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "a" * 129, "é", "<b>", "a\tb", '"', "a,b"])
def test_any_other_id_is_replaced(client: httpx.Client, given: str) -> None:
    answer = client.get("/healthz", headers=[(b"X-Request-Id", given.encode())])
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/entities/Nobody", 404), ("/broken", 500), ("/sparql?query=SELECT", 400)]
)
def test_a_problem_bears_the_id_of_its_request(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(path, headers={"X-Request-Id": "mine"})
    assert (answer.status_code, answer.json()["request"]) == (status, "mine")


def test_a_refusal_before_any_route_has_an_id_too(client: httpx.Client) -> None:
    answer = client.get("/healthz", headers={"Host": "evil.example", "X-Request-Id": "mine"})
    assert (answer.status_code, answer.json()["request"]) == (421, "mine")


# --- lines ----------------------------------------------------------------------------------------------


def test_each_request_is_one_line_without_what_was_asked(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "api.observing"):
        body = client.get("/v1/ask", params={"q": "what outperforms AT"}).content
        [line] = lines(caplog)
    assert line["milliseconds"] > 0  # type: ignore[operator]  # a number
    assert line == {
        "method": "GET", "path": "/v1/ask", "status": 200, "bytes": len(body),
        "milliseconds": line["milliseconds"],
    }  # fmt: skip
    assert "outperforms" not in caplog.text


def test_what_a_stranger_sends_begins_no_line(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "api.observing"):
        client.get("/v1/entities/x%0A2026-01-01T00:00:00 INFO forged%1b[31m")
        [line] = lines(caplog)
    assert line["path"] == "/v1/entities/x%0A2026-01-01T00:00:00%20INFO%20forged%1b[31m"


def test_an_unforeseen_error_stands_in_the_log_with_the_id(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(JsonFormatter())
    number = client.get("/broken", headers={"X-Request-Id": "mine"}).json()["error"]
    [line] = map(json.loads, caplog.text.splitlines())
    assert (line["request"], line["level"]) == ("mine", "error")
    assert number in line["message"]
    assert "RuntimeError: a fault of ours" in line["error"]


def test_a_query_that_is_ended_is_noted_and_its_words_are_not(
    own: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with counting(own) as counted, caplog.at_level(logging.INFO):
        assert own.get("/sparql", params={"query": SLOW}).status_code == 504
    assert re.search(r"a query was ended after 1\.\d s: QueryTimeout", caplog.text)
    assert "count(*)" not in caplog.text
    timeouts = {("language", "sparql"), ("outcome", "timeouts")}
    assert counted["alignkg_queries_total", frozenset(timeouts)] == 1


def record(message: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    raised = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("api.test", logging.WARNING, "here.py", 1, message, args, raised)


def test_a_line_to_read_is_one_line_whatever_it_says() -> None:
    text = TextFormatter().format(record("%s", "a\nb\r\x1b[2J\u2028c\x85d"))
    assert text.endswith(r"WARNING api.test a\nb\r\x1b[2J\u2028c\x85d")
    assert len(text.splitlines()) == 1


def test_a_traceback_is_set_in_so_that_none_of_it_passes_for_a_line() -> None:
    try:
        raise ValueError("x\n2026-01-01T00:00:00.000+00:00 INFO forged")
    except ValueError as error:
        first, *rest = TextFormatter().format(record("failed", error=error)).splitlines()
    assert first.endswith("failed")
    assert all(line.startswith("    ") for line in rest)


def test_a_line_for_programs_is_one_object_in_ascii() -> None:
    told = record("a\nb %s", "é\u2028")
    vars(told)[FACTS] = {"status": 200}
    token = request_id.set("mine")
    text = JsonFormatter().format(told)
    request_id.reset(token)
    assert text.isascii()
    assert "\n" not in text
    line = json.loads(text)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time"))
    assert line == {
        "level": "warning", "logger": "api.test", "message": "a\nb é\u2028", "request": "mine", "status": 200
    }  # fmt: skip


# --- metrics --------------------------------------------------------------------------------------------


def test_requests_are_counted_by_route_and_never_by_address(own: httpx.Client) -> None:
    with counting(own) as counted:
        for path in (
            "v1/entities/Nobody", "v1/entities/Somebody", "nowhere/1", "nowhere/2", "static/style.css"
        ):  # fmt: skip
            own.get(path)
        own.request("BREW", "/healthz")
        own.get("/v1/methods", headers={"Host": "evil.example"})
    requests = {
        tuple(dict(labels)[name] for name in ("method", "route", "status")): count
        for (name, labels), count in counted.items()
        if name == "alignkg_http_requests_total"
    }
    assert requests == {
        ("GET", "/v1/entities/{id:path}", "404"): 2,
        ("GET", "(none)", "404"): 2,
        ("GET", "(none)", "421"): 1,
        ("GET", "/static", "200"): 1,
        ("other", "/healthz", "405"): 1,
    }
    assert (
        counted["alignkg_http_request_seconds_count", frozenset({("route", "/v1/entities/{id:path}")})] == 2
    )


def test_metrics_tell_of_the_graph_the_queries_and_what_runs(own: httpx.Client) -> None:
    own.get("/sparql", params={"query": "ASK {}"})
    own.get("/sparql", params={"query": "ASK { SERVICE <http://127.0.0.1/> {} }"})
    found = {
        (name, *sorted(value for _, value in labels)): number
        for (name, labels), number in samples(own).items()
    }
    assert found["alignkg_queries_total", "answered", "sparql"] >= 1
    assert found["alignkg_queries_total", "failed", "sparql"] >= 1
    assert found["alignkg_queries_running", "sparql"] == found["alignkg_queries_waiting", "sparql"] == 0
    assert found["alignkg_query_workers", "sparql"] >= 1
    assert found["alignkg_graph_nodes", "Paper"] == found["alignkg_ledger_rows", "records"] == 3
    assert found["alignkg_ledger_rows", "decisions"] == 0
    assert {found["alignkg_position", part] for part in ("ledger", "index", "store")} == {2}
    assert {found["alignkg_readable", part] for part in ("ledger", "index", "store")} == {1}
    assert found["process_resident_memory_bytes",] > 0
    assert any(name == "alignkg_build_info" and sys.version.split()[0] in labels for name, *labels in found)


def test_every_metric_is_documented(own: httpx.Client) -> None:
    page = (Path(__file__).parent.parent / "docs" / "how-to" / "serve.md").read_text("utf-8")
    families = text_string_to_metric_families(own.get("/metrics").text)
    names = {f"{f.name}_total" if f.type == "counter" else f.name for f in families}
    ours = {name for name in names if name.startswith("alignkg_") and not name.endswith("_created")}
    assert ours
    assert [name for name in ours if f"`{name}`" not in page] == []


def test_two_services_in_one_process_count_apart(workspace: Workspace, own: httpx.Client) -> None:
    with another(workspace) as (other, _), counting(own) as counted:
        other.get("/v1/methods")
        labels = {"method": "GET", "route": "/v1/methods", "status": "200"}
        assert sample(other, "alignkg_http_requests_total", **labels) == 1
    assert counted == {}


# --- alive and ready ------------------------------------------------------------------------------------


def test_a_service_that_can_answer_is_ready(own: httpx.Client) -> None:
    answer = own.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("graph", "store: StoreUnavailable"),
        ("lookups", "index: StoreUnavailable"),
        ("ledger.sqlite", "ledger: LedgerError"),
    ],
)
def test_a_service_that_lost_a_part_is_alive_and_not_ready(
    own: httpx.Client, workspace: Workspace, part: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    lost = workspace.directory / part
    lost.rename(lost.with_suffix(".lost"))
    try:
        answer = own.get("/readyz")
        assert own.get("/healthz").status_code == 200
        assert sample(own, "alignkg_readable", part=reason.partition(":")[0]) == 0
    finally:
        lost.with_suffix(".lost").rename(lost)
    assert (answer.status_code, answer.json()["reasons"]) == (503, [reason])
    assert str(workspace.directory) not in answer.text  # anybody may ask
    assert str(workspace.directory) in caplog.text
    assert own.get("/readyz").status_code == 200


def test_a_service_without_query_workers_is_not_ready(workspace: Workspace) -> None:
    others = workers_of_this_process()
    with another(workspace) as (client, app):
        client.get("/sparql?query=ASK%7B%7D").raise_for_status()
        for pid in workers_of_this_process() - others:
            os.kill(pid, signal.SIGKILL)
        while app.state.service.sparql.tally().workers:
            client.get("/healthz").raise_for_status()
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["query workers: StoreUnavailable"])
