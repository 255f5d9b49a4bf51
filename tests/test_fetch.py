"""Fetching, against a server on this machine that answers as the services do and as they do on bad days."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from kg.errors import SourceError
from kg.sources import Rejected, read_papers
from kg.sources.fetch import LONGEST_ANSWER, SERVICES, PoliteClient, Service, fetch_into, fetch_papers

Answer = tuple[int, Mapping[str, str], bytes]
Query = Mapping[str, str]


@dataclass
class FakeService:
    """A server that gives its `trouble` first, then what `answer` says; it notes what it was asked."""

    url: str = ""
    answer: Callable[[Query], bytes] = field(default=lambda _: b"")
    trouble: list[Answer] = field(default_factory=list)
    asked: list[Query] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)

    def respond(self, path: str, agent: str) -> Answer:
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        self.asked.append(query)
        self.agents.append(agent)
        return self.trouble.pop(0) if self.trouble else (200, {}, self.answer(query))


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.fixture
def server() -> Iterator[FakeService]:
    fake = FakeService()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            status, headers, body = fake.respond(self.path, self.headers["User-Agent"])
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        fake.url = f"http://127.0.0.1:{httpd.server_port}/"
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield fake
        httpd.shutdown()
        thread.join()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock) -> Iterator[PoliteClient]:
    with PoliteClient(contact="mailto:me@example.org", sleep=clock.sleep, clock=clock, timeout=5) as made:
        yield made


@pytest.fixture
def arxiv(server: FakeService) -> Service:
    server.answer = arxiv_answer(7)
    return replace(SERVICES["arxiv"], url=server.url, page_size=3)


@pytest.fixture
def openalex(server: FakeService) -> Service:
    server.answer = openalex_answer(7)
    return replace(SERVICES["openalex"], url=server.url, page_size=3)


def arxiv_answer(total: int) -> Callable[[Query], bytes]:
    def answer(query: Query) -> bytes:
        start = int(query["start"])
        entries = "".join(map(arxiv_entry, range(start, min(total, start + int(query["max_results"])))))
        return (
            '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
            f"<opensearch:totalResults>{total}</opensearch:totalResults>{entries}</feed>"
        ).encode()

    return answer


def arxiv_entry(number: int) -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/2401.{number:05}v1</id><title>Waiting, part {number}</title>"
        f"<summary>We wait {number} times.</summary></entry>"
    )


def openalex_answer(total: int) -> Callable[[Query], bytes]:
    def answer(query: Query) -> bytes:
        start = 0 if query["cursor"] == "*" else int(query["cursor"][1:])
        end = start + int(query["per_page"])
        works = [openalex_work(number) for number in range(start, min(end, total))]
        following = f"c{end}" if works else None
        return json.dumps({"meta": {"count": total, "next_cursor": following}, "results": works}).encode()

    return answer


def openalex_work(number: int) -> dict[str, object]:
    index = {"We": [0], "wait": [1], f"{number} times.": [2]}
    doi = f"https://doi.org/10.1000/{number}"
    return {"doi": doi, "display_name": f"Waiting, part {number}", "abstract_inverted_index": index}


def fail(rejected: Rejected) -> None:
    pytest.fail(str(rejected))


def ids(service: Service, client: PoliteClient, limit: int = 100, query: str = "waiting") -> list[str]:
    return [p.id for p in fetch_papers(service, query, limit=limit, client=client, on_reject=fail)]


def test_arxiv_is_read_page_by_page_to_its_end(arxiv: Service, client: PoliteClient) -> None:
    assert ids(arxiv, client) == [f"arXiv:2401.{n:05}" for n in range(7)]


def test_openalex_is_read_cursor_by_cursor_to_its_end(openalex: Service, client: PoliteClient) -> None:
    assert ids(openalex, client) == [f"doi:10.1000/{n}" for n in range(7)]


def test_no_more_is_asked_for_than_the_limit(
    arxiv: Service, client: PoliteClient, server: FakeService
) -> None:
    assert len(ids(arxiv, client, limit=4)) == 4
    assert [(q["start"], q["max_results"]) for q in server.asked] == [("0", "3"), ("3", "1")]


@pytest.mark.parametrize(
    ("query", "sent"),
    [("preference optimization", "all:preference AND all:optimization"), ("cat:cs.CL", "cat:cs.CL")],
)
def test_words_are_all_searched_for_and_arxivs_own_language_is_let_through(
    arxiv: Service, client: PoliteClient, server: FakeService, query: str, sent: str
) -> None:
    ids(arxiv, client, limit=1, query=query)
    assert server.asked[0]["search_query"] == sent


def test_arxiv_is_asked_once_in_three_seconds(arxiv: Service, client: PoliteClient, clock: Clock) -> None:
    ids(arxiv, client)
    assert clock.sleeps == [3.0, 3.0]


def test_the_user_agent_names_the_project_and_a_contact(
    arxiv: Service, client: PoliteClient, server: FakeService
) -> None:
    ids(arxiv, client, limit=1)
    assert server.agents[0].startswith("AlignKG/")
    assert "mailto:me@example.org" in server.agents[0]


def test_parameters_of_the_user_are_sent(
    openalex: Service, client: PoliteClient, server: FakeService
) -> None:
    ids(replace(openalex, parameters={"mailto": "me@example.org"}), client, limit=1)
    assert server.asked[0]["mailto"] == "me@example.org"


@pytest.mark.parametrize(
    ("trouble", "sleeps"),
    [
        ([(503, {}, b"")], [3.0]),
        ([(500, {}, b""), (502, {}, b""), (429, {}, b"")], [3.0, 6.0, 12.0]),
        ([(429, {"Retry-After": "40"}, b"")], [40.0]),
        ([(200, {}, arxiv_answer(7)({"start": "9", "max_results": "1"}))], [3.0]),
        ([(200, {"Content-Length": "900"}, b"cut")], [3.0]),
    ],
    ids=["unavailable", "backs off", "as it asks", "empty page", "cut short"],
)
def test_a_busy_service_is_tried_again_later(
    arxiv: Service,
    client: PoliteClient,
    server: FakeService,
    clock: Clock,
    trouble: list[Answer],
    sleeps: list[float],
) -> None:
    server.trouble = list(trouble)
    assert len(ids(arxiv, client, limit=1)) == 1
    assert clock.sleeps == sleeps


def test_a_date_to_come_back_at_is_understood(
    arxiv: Service, client: PoliteClient, server: FakeService, clock: Clock
) -> None:
    server.trouble = [(429, {"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}, b"")]
    with pytest.raises(SourceError, match="status 429; it asks to come back in"):
        ids(arxiv, client)
    assert clock.sleeps == []


def test_a_service_that_stays_down_is_given_up_with_its_trouble(
    arxiv: Service, client: PoliteClient, server: FakeService
) -> None:
    server.trouble = [(503, {}, b"")] * 6
    with pytest.raises(SourceError, match="status 503, 6 times; run the same again later"):
        ids(arxiv, client)


def test_a_service_that_is_not_there_is_given_up(arxiv: Service, client: PoliteClient) -> None:
    with pytest.raises(SourceError, match=r"no answer \(ConnectError\), 6 times"):
        ids(replace(arxiv, url="http://127.0.0.1:1/"), client)


def test_a_request_that_is_wrong_is_not_repeated(
    openalex: Service, client: PoliteClient, server: FakeService
) -> None:
    server.trouble = [(403, {}, b'{"error": "an api_key is needed"}')]
    with pytest.raises(SourceError, match=r"status 403.*an api_key is needed"):
        ids(replace(openalex, parameters={"api_key": "secret"}), client)
    assert len(server.asked) == 1


def test_an_answer_that_unpacks_without_end_is_given_up(
    arxiv: Service, client: PoliteClient, server: FakeService
) -> None:
    bomb = gzip.compress(bytes(LONGEST_ANSWER + 1))
    server.trouble = [(200, {"Content-Encoding": "gzip"}, bomb)]
    with pytest.raises(SourceError, match="an answer of over 67,108,864 bytes"):
        ids(arxiv, client)


def test_what_is_no_paper_is_reported(openalex: Service, client: PoliteClient, server: FakeService) -> None:
    server.answer = lambda _: json.dumps({"meta": {}, "results": [{"display_name": "Only a title"}]}).encode()
    rejected: list[Rejected] = []
    papers = fetch_papers(openalex, "waiting", limit=5, client=client, on_reject=rejected.append)
    assert list(papers) == []
    assert [r.reason for r in rejected] == ["no abstract"]


# --- into a file -------------------------------------------------------------------------------------------


def held(file: Path) -> list[str]:
    return [paper.id for paper in read_papers(file, on_reject=fail)]


@pytest.mark.parametrize("name", SERVICES)
def test_an_interrupted_fetch_goes_on_where_it_stopped(
    name: str, request: pytest.FixtureRequest, client: PoliteClient, tmp_path: Path
) -> None:
    service, file = request.getfixturevalue(name), tmp_path / "papers.jsonl"
    first = fetch_into(file, service, "waiting", limit=100, client=client, on_reject=fail)
    next(first)
    first.close()  # type: ignore[attr-defined]  # a generator
    with file.open("a") as stream:
        stream.write('{"title": "torn by a ki')
    rest = list(fetch_into(file, service, "waiting", limit=100, client=client, on_reject=fail))
    assert len(rest) == 4
    assert held(file) == ids(service, client)


def test_a_fetch_that_is_complete_asks_for_nothing(
    arxiv: Service, client: PoliteClient, server: FakeService, tmp_path: Path
) -> None:
    file = tmp_path / "papers.jsonl"
    for _ in range(2):
        list(fetch_into(file, arxiv, "waiting", limit=100, client=client, on_reject=fail))
    assert len(server.asked) == 3


def test_a_higher_limit_fetches_the_difference(arxiv: Service, client: PoliteClient, tmp_path: Path) -> None:
    file = tmp_path / "papers.jsonl"
    counts = [
        len(list(fetch_into(file, arxiv, "waiting", limit=limit, client=client, on_reject=fail)))
        for limit in (2, 5)
    ]
    assert counts == [2, 3]
    assert held(file) == ids(arxiv, client, limit=5)


def test_a_file_of_another_query_or_of_other_origin_is_left_alone(
    arxiv: Service, client: PoliteClient, tmp_path: Path
) -> None:
    file, other = tmp_path / "papers.jsonl", tmp_path / "mine.jsonl"
    other.write_text("{}\n")
    list(fetch_into(file, arxiv, "waiting", limit=2, client=client, on_reject=fail))
    with pytest.raises(SourceError, match="it holds arxiv papers for 'waiting'; choose another file"):
        next(fetch_into(file, arxiv, "running", limit=2, client=client, on_reject=fail))
    with pytest.raises(SourceError, match="it is there and was not fetched"):
        next(fetch_into(other, arxiv, "waiting", limit=2, client=client, on_reject=fail))


@pytest.mark.parametrize(("damage", "reason"), [("state", "it is damaged"), ("file", "it has lost papers")])
def test_damage_to_what_was_fetched_is_told(
    arxiv: Service, client: PoliteClient, tmp_path: Path, damage: str, reason: str
) -> None:
    file = tmp_path / "papers.jsonl"
    list(fetch_into(file, arxiv, "waiting", limit=2, client=client, on_reject=fail))
    damaged = file if damage == "file" else file.with_name(".papers.jsonl.fetch")
    damaged.write_text("{")
    with pytest.raises(SourceError, match=reason):
        next(fetch_into(file, arxiv, "waiting", limit=4, client=client, on_reject=fail))
