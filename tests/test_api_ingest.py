"""Papers over HTTP: brought in whole or not acknowledged, taken out, one request at a time, with a token."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.intake import Job, Refused, Taken, taken
from api.v1.papers import EXAMPLE, FORMATS
from api.v1.watches import MOST_WATCHES
from kg.records import Paper
from kg.settings import Settings
from kg.sources import IMPORTERS
from kg.tokens import Tokens
from kg.vocabulary import load_vocabulary
from kg.workspace import Reader, Workspace
from tests.served import serving
from tests.slow import SlowReader
from tests.toy import ToyReader

JSON_LINES = "application/x-ndjson"
LIMITS = Settings(query_workers=1, ingest_papers=20, ingest_bytes=100_000)


@dataclass(frozen=True)
class Open:
    """A service with a client that may ingest and watch, and the folder behind it."""

    client: httpx.Client
    folder: Path

    def send(self, body: str | bytes, content_type: str = JSON_LINES) -> httpx.Response:
        return self.client.post("/v1/papers", content=body, headers={"Content-Type": content_type})

    def ids(self) -> set[str]:
        rows = self.client.get("/v1/papers?limit=1000").json()["rows"]
        return {row["subject"]["id"].removeprefix("paper/") for row in rows}


@contextmanager
def opened(folder: Path, settings: Settings = LIMITS, reader: Reader | None = None) -> Iterator[Open]:
    with Workspace(folder, settings, load_vocabulary(), reader or ToyReader()) as workspace:
        token = Tokens(folder).add("a program", ["ingest", "watch"])
        bearer = {"Authorization": f"Bearer {token}"}
        with (
            serving(create_app(workspace, settings)) as address,
            httpx.Client(base_url=address, timeout=60, headers=bearer) as client,
        ):
            yield Open(client, folder)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """A service for tests that each bring papers of their own."""
    with opened(tmp_path_factory.mktemp("ingest")) as service:
        yield service


def record(number: int, abstract: str = "Method:Alpha uses Method:Beta.") -> dict[str, str]:
    return {"title": f"A paper of number {number}", "abstract": abstract, "arxiv": f"2402.{number:05}"}


def lines(*records: object) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in records)


def test_what_is_sent_is_read_and_shown(shared: Open) -> None:
    answer = shared.send(lines(record(1), record(2, "Method:Gamma outperforms Method:Alpha.")))
    assert answer.status_code == 200
    told = answer.json()
    assert (told["added"], told["changed"], told["unchanged"]) == (2, 0, 0)
    assert told["papers"] == ["arXiv:2402.00001", "arXiv:2402.00002"]
    assert (told["rejected"], told["shown"]) == ([], True)
    rows = shared.client.get("/v1/ask", params={"q": "what outperforms Alpha"}).json()["rows"]
    assert [row["subject"]["name"] for row in rows] == ["Gamma"]


def test_the_same_again_changes_nothing_and_another_abstract_does(shared: Open) -> None:
    shared.send(lines(record(3)))
    again = shared.send(lines(record(3))).json()
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 1)
    other = shared.send(lines(record(3, "Method:Alpha uses Method:Delta."))).json()
    assert (other["changed"], other["position"] > again["position"]) == (1, True)


def test_a_bad_record_is_told_with_its_line_and_the_others_are_taken(shared: Open) -> None:
    told = shared.send(lines(record(4)) + "{not json}\n" + lines({"title": "no abstract"}, record(5))).json()
    assert told["papers"] == ["arXiv:2402.00004", "arXiv:2402.00005"]
    assert [each["line"] for each in told["rejected"]] == [2, 3]
    assert "invalid JSON" in told["rejected"][0]["reason"]


BIBTEX = "@article{x, title={A Paper}, abstract={Method:A uses Method:B.}, eprint={2402.00011}}"
BODIES = {
    "application/json": json.dumps(record(11)),
    "application/x-ndjson": lines(record(11)),
    "application/jsonl": lines(record(11)),
    "application/x-bibtex": BIBTEX,
    "text/x-bibtex": BIBTEX,
    "application/x-research-info-systems": (
        "TY  - JOUR\nTI  - A Paper\nAB  - Method:A uses Method:B.\n"
        "UR  - https://arxiv.org/abs/2402.00011\nER  - \n"
    ),
    "text/csv": "title,abstract,arxiv\nA Paper,Method:A uses Method:B.,2402.00011\n",
    "text/tab-separated-values": "title\tabstract\tarxiv\nA Paper\tMethod:A uses Method:B.\t2402.00011\n",
    "application/atom+xml": (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/2402.00011v1</id>'
        "<title>A Paper</title><summary>Method:A uses Method:B.</summary></entry></feed>"
    ),
    "text/plain": f"A Paper of plain text\n\n{'Method:A uses Method:B. ' * 20}\n",
}


def job(folder: Path, body: str | bytes, content_type: str) -> Job:
    """Return what the service would have a process of its own do."""
    file = folder / "body"
    file.write_bytes(body.encode() if isinstance(body, str) else body)
    return Job(file, FORMATS[content_type], folder / "kg", LIMITS, ToyReader())


@pytest.mark.parametrize("content_type", BODIES)
def test_each_format_is_read_by_its_media_type(tmp_path: Path, content_type: str) -> None:
    outcome = taken(job(tmp_path, BODIES[content_type], content_type))
    assert isinstance(outcome, Taken)
    assert (len(outcome.papers), outcome.report.added, outcome.shown) == (1, 1, True)


@pytest.mark.parametrize(
    ("body", "content_type", "status", "said"),
    [
        ("<!DOCTYPE x><feed/>", "application/atom+xml", 422, "forbidden"),
        (lines(*map(record, range(30))), JSON_LINES, 413, "20 records"),
        ("x\n" * 30, JSON_LINES, 413, "20 records"),
        (gzip.compress(bytes(80_000_000)), JSON_LINES, 422, "unpacks to over"),
        (gzip.compress(b"x" * 1_000)[:-9], JSON_LINES, 422, "damaged or cut short"),
    ],
    ids=["a document type", "too many", "too many lines", "a gzip bomb", "half a gzip"],
)
def test_what_cannot_be_read_is_refused_before_anything_is_recorded(
    tmp_path: Path, body: str | bytes, content_type: str, status: int, said: str
) -> None:
    outcome = taken(job(tmp_path, body, content_type))
    assert isinstance(outcome, Refused)
    assert (outcome.status, said in outcome.detail) == (status, True), outcome.detail
    assert str(tmp_path) not in outcome.detail
    assert not (tmp_path / "kg").exists()


def test_every_importer_is_reached() -> None:
    by_their_fields = {"arxiv-json", "openalex", "semantic-scholar"}
    assert set(FORMATS.values()) | by_their_fields == set(IMPORTERS)
    assert set(BODIES) == set(FORMATS)


def test_the_example_of_the_reference_is_a_paper(tmp_path: Path) -> None:
    outcome = taken(job(tmp_path, json.dumps(EXAMPLE), "application/json"))
    assert isinstance(outcome, Taken)
    assert outcome.papers == ("arXiv:2401.00001",)


@pytest.mark.parametrize(
    ("body", "content_type", "status", "said"),
    [
        ("", JSON_LINES, 422, "holds no paper"),
        ("  \n", JSON_LINES, 422, "holds no paper"),
        ("{}\n{}", JSON_LINES, 422, "line 1"),
        ("<!DOCTYPE x><feed/>", "application/atom+xml", 422, "forbidden"),
        ("x", "application/xml", 415, "application/xml"),
        ("x", "", 415, "without a type"),
        ("x" * 150_000, JSON_LINES, 413, "100000 bytes"),
    ],
    ids=[
        "nothing", "white space", "no titles", "a document type", "another type", "no type", "too long",
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_and_leaves_no_trace(
    shared: Open, body: str | bytes, content_type: str, status: int, said: str
) -> None:
    before = shared.ids()
    answer = shared.send(body, content_type)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text
    assert "/tmp" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert shared.ids() == before


def test_a_paper_is_taken_out_with_what_it_held_up(shared: Open) -> None:
    shared.send(lines(record(21, "Method:Lonely uses Method:Companion.")))
    address = "/v1/papers/arXiv:2402.00021"
    gone = shared.client.delete(address)
    assert (gone.status_code, gone.json()["paper"]) == (200, "arXiv:2402.00021")
    assert shared.client.get(address).status_code == 404
    assert shared.client.get("/v1/entities/Lonely").status_code == 404
    assert shared.client.delete(address).status_code == 404
    assert shared.send(lines(record(21))).json()["added"] == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/papers"),
        ("DELETE", "/v1/papers/arXiv:2402.00001"),
        ("POST", "/v1/watch"),
        ("DELETE", "/v1/watch/1"),
    ],
)
def test_each_write_needs_its_own_scope(shared: Open, method: str, path: str) -> None:
    tokens = Tokens(shared.folder)
    wrong = tokens.add(
        f"for {method} {path[:12]}", ["read", "curate", "watch" if "papers" in path else "ingest"]
    )
    body = {} if method == "DELETE" else {"content": b"{}", "headers": {"Content-Type": "application/json"}}
    with httpx.Client(base_url=shared.client.base_url) as nobody:
        assert nobody.request(method, path, **body).status_code == 401  # type: ignore[arg-type]
        nobody.headers["Authorization"] = f"Bearer {wrong}"
        answer = nobody.request(method, path, **body)  # type: ignore[arg-type]
    assert answer.status_code == 403
    assert "insufficient_scope" in answer.headers["www-authenticate"]


# --- what happens meanwhile -----------------------------------------------------------------------------


def at_work(service: Open, body: str) -> tuple[threading.Thread, list[httpx.Response]]:
    """Send papers from a thread of their own, and return once they are being read."""
    answers: list[httpx.Response] = []

    def send() -> None:
        with suppress(httpx.HTTPError):
            answers.append(service.send(body))

    thread = threading.Thread(target=send)
    thread.start()
    until = time.monotonic() + 30
    while not (service.folder / SlowReader.begun).exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    return thread, answers


def test_one_request_at_a_time_is_read_and_others_are_told_when_to_come(tmp_path: Path) -> None:
    with opened(tmp_path, reader=SlowReader(tmp_path, seconds=2)) as service:
        thread, answers = at_work(service, lines(record(1)))
        second = service.send(lines(record(2)))
        assert (second.status_code, int(second.headers["retry-after"]) > 0) == (503, True)
        began = time.monotonic()
        assert service.client.get("/v1/methods").status_code == 200
        assert time.monotonic() - began < 1, "readers wait for no ingest"
        thread.join()
        assert answers[0].json()["added"] == 1
        assert service.ids() == {"arXiv:2402.00001"}


def test_what_a_client_did_not_wait_for_is_taken_in_all_the_same(tmp_path: Path) -> None:
    with opened(tmp_path, reader=SlowReader(tmp_path, seconds=1)) as service:
        with pytest.raises(httpx.ReadTimeout):
            service.client.post(
                "/v1/papers", content=lines(record(1)), headers={"Content-Type": JSON_LINES}, timeout=0.5
            )
        until = time.monotonic() + 30
        while (again := service.send(lines(record(1)))).status_code == 503:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert again.json()["unchanged"] == 1


def test_an_ingest_beyond_its_time_is_stopped_and_another_one_may_come(tmp_path: Path) -> None:
    settings = Settings(query_workers=1, ingest_seconds=3.0)
    with opened(tmp_path, settings, SlowReader(tmp_path, seconds=30)) as service:
        answer = service.send(lines(record(1)))
        assert answer.status_code == 504
        assert "fewer papers" in answer.json()["detail"]
        assert service.ids() == set()
        assert service.send(lines({"title": "no abstract"})).status_code in (422, 504)


def test_a_service_that_stops_acknowledges_nothing_and_its_graph_opens_again(tmp_path: Path) -> None:
    with opened(tmp_path, reader=SlowReader(tmp_path, seconds=30)) as service:
        thread, answers = at_work(service, lines(record(1)))
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert [answer.status_code for answer in answers if answer.status_code < 500] == []
    with Workspace(tmp_path, LIMITS, load_vocabulary(), ToyReader()) as graph:
        assert graph.check() == []
        assert graph.ingest([Paper("arXiv:2402.00001", "A paper", "Method:A uses Method:B.")]).added == 1


# --- standing questions ---------------------------------------------------------------------------------


def test_a_question_stands_until_it_is_taken_back(shared: Open) -> None:
    shared.send(lines(record(31, "Method:Omega evaluatedOn Benchmark:Ladder.")))
    added = shared.client.post("/v1/watch", json={"question": "methods evaluated on Ladder"})
    assert added.status_code == 201
    address = added.headers["location"]
    assert (added.json()["answers"], address) == (1, f"/v1/watch/{added.json()['number']}")
    shared.send(lines(record(32, "Method:Psi evaluatedOn Benchmark:Ladder.")))
    news = shared.client.get(address).json()["events"]
    assert "Psi" in json.dumps(news[0]["changes"]["came"])
    assert shared.client.delete(address).json()["question"] == "methods evaluated on Ladder"
    assert shared.client.get(address).status_code == 404
    assert shared.client.delete(address).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"question": "methods evaluated on Nonesuch"}, 404),
        ({"question": "methods evaluated on Nonesuch", "unknown": True}, 201),
        ({"question": "colourless green ideas"}, 422),
        ({"question": ""}, 422),
        ({"question": "methods\u202e"}, 422),
        ({"question": "x" * 600}, 422),
        ({"question": 1}, 422),
        ({"question": "methods", "more": 1}, 422),
        ({}, 422),
    ],
    ids=str,
)
def test_only_what_is_a_question_stands(shared: Open, body: dict[str, object], status: int) -> None:
    assert shared.client.post("/v1/watch", json=body).status_code == status


def test_the_number_of_standing_questions_is_bounded(tmp_path: Path) -> None:
    with opened(tmp_path) as service:
        with Workspace(tmp_path, LIMITS, load_vocabulary(), ToyReader()) as graph:
            for number in range(MOST_WATCHES):
                graph.standing.add(f"methods evaluated on Number {number}", unknown=True)
        answer = service.client.post("/v1/watch", json={"question": "methods", "unknown": True})
        assert answer.status_code == 409
