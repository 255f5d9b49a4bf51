"""`kg serve` as a process: how it stops, what it writes, and commands whose reader goes away."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from kg.settings import Settings
from tests.served import opened

ROOT = Path(__file__).parent.parent
SLOW = "SELECT (count(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
PATIENCE = 60


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serving") / "kg"
    with opened(folder, Settings()):
        return folder


@dataclass
class Service:
    """A running `kg serve`, in a group of processes of its own."""

    process: subprocess.Popen[str]
    address: str

    def stop(self, by: signal.Signals) -> tuple[int, str]:
        """Tell it to stop; return its exit code, and what it wrote to stderr."""
        self.process.send_signal(by)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said


@contextmanager
def service(db: Path, **settings: str) -> Iterator[Service]:
    process = subprocess.Popen(
        [sys.executable, "-m", "kg", "serve", "--db", db, "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=ROOT,
        env={**os.environ, **settings},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+/", process.stdout.readline())
        assert found
        yield Service(process, found[0])
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def assert_nothing_is_left(service: Service) -> None:
    with pytest.raises(ProcessLookupError):  # neither a worker nor what is left of one
        os.killpg(service.process.pid, 0)


@contextmanager
def asking(service: Service) -> Iterator[Future[httpx.Response]]:
    """Ask a query that takes for ever, and go on once it is being answered."""
    with ThreadPoolExecutor(1) as thread, httpx.Client(base_url=service.address, timeout=PATIENCE) as client:
        answer = thread.submit(httpx.post, f"{service.address}sparql", data={"query": SLOW}, timeout=PATIENCE)
        while 'alignkg_queries_running{language="sparql"} 1.0' not in client.get("/metrics").text:
            assert not answer.done()
        yield answer


def test_a_service_that_is_told_to_stop_ends_well_and_leaves_no_process(db: Path) -> None:
    with service(db, KG_LOG_FORMAT="json") as running:
        httpx.get(f"{running.address}readyz", headers={"X-Request-Id": "mine"}, timeout=PATIENCE)
        code, said = running.stop(signal.SIGTERM)
        assert_nothing_is_left(running)
    [line] = map(json.loads, said.splitlines())
    assert (code, line["request"], line["path"], line["status"]) == (0, "mine", "/readyz", 200)


def test_a_running_request_ends_as_it_would_and_no_other_begins(db: Path) -> None:
    with (
        service(db, KG_QUERY_SECONDS="3", KG_STOP_SECONDS="30", KG_LOG_LEVEL="warning") as running,
        asking(running) as answer,
    ):
        running.process.send_signal(signal.SIGTERM)
        with pytest.raises(httpx.ConnectError):
            while True:
                httpx.get(f"{running.address}healthz", timeout=PATIENCE)
        assert not answer.done()
        assert answer.result().status_code == 504
        assert running.stop(signal.SIGTERM)[0] == 0
        assert_nothing_is_left(running)


def test_a_request_that_does_not_end_in_time_is_told_so(db: Path) -> None:
    with (
        service(db, KG_QUERY_SECONDS="600", KG_STOP_SECONDS="1", KG_LOG_LEVEL="warning") as running,
        asking(running) as answer,
    ):
        code, said = running.stop(signal.SIGINT)
        assert (code, answer.result().status_code) == (0, 503)
        assert answer.result().json()["detail"] == "the service is being stopped; try again in a moment"
        assert_nothing_is_left(running)
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "command",
    [
        ("find", "methods evaluated on MT-Bench"),
        ("stats", "--json"),
        ("export", "--format", "nq"),
        ("query", "SELECT * { ?s ?p ?o }", "--format", "csv"),
    ],
)
def test_a_command_whose_reader_goes_away_ends_in_silence(db: Path, command: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "kg", *command, "--db", db],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait(PATIENCE) in (0, 1)
    process.stderr.close()
