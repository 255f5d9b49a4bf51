"""Curation over HTTP: only with a token, and an undo restores the graph exactly."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.access import MOST_FAILURES, WITHIN_SECONDS, Attempts
from api.app import create_app
from kg.records import JSON, statement_id
from kg.settings import Settings
from kg.stores.oxigraph import OxigraphStore
from kg.tokens import Tokens
from tests.served import opened, serving
from tests.toy import SCRATCH

ALPHA, MARGIN, ZETA = "method/alpha-tuning", "method/margin-tuning", "model/zeta"
STATEMENT = statement_id(ALPHA, "outperforms", "method/beta-search")
PAPER = "arXiv:2401.00001"
DECISIONS: dict[str, dict[str, JSON]] = {
    "merge": {"action": "merge", "node": MARGIN, "into": ALPHA},
    "split": {"action": "split", "node": ALPHA, "papers": [PAPER], "name": "Alpha of another kind"},
    "retype": {"action": "retype", "node": ZETA, "type": "Method"},
    "accept": {"action": "accept", "node": STATEMENT},
    "reject": {"action": "reject", "node": STATEMENT},
}
patient = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Served:
    """A running service, its folder, and a client with a token for curation."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self.folder = address, folder
        self.reader = httpx.Client(base_url=address, timeout=30)
        token = Tokens(folder).add("ada", ["curate"])
        self.curator = httpx.Client(base_url=address, timeout=30, headers=bearer(token))

    def lines(self) -> list[str]:
        """Return the graph as the service sends it, sorted."""
        return sorted(self.reader.get("/v1/export", params={"format": "nq"}).text.splitlines())

    def stored(self) -> bytes:
        """Return the graph as the readers' store has it."""
        store = OxigraphStore.read_only(self.folder / "graph")
        try:
            return store.dump_sorted_nquads()
        finally:
            store.close()

    def take(self, **wanted: JSON) -> JSON:
        return self.curator.post("/v1/decisions", json=wanted).raise_for_status().json()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def curating() -> Iterator[Served]:
    """Serve the papers of the examples from memory, where the system has such a place: much is written."""
    wanted = Settings(lock_seconds=0.3)
    with (
        TemporaryDirectory(dir=SCRATCH) as folder,
        opened(Path(folder), wanted) as workspace,
        serving(create_app(workspace, wanted)) as address,
    ):
        service = Served(address, Path(folder))
        with service.reader, service.curator:
            yield service


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A service that tests share; each leaves the graph as it found it."""
    with curating() as service:
        yield service


@pytest.fixture
def untouched(served: Served) -> Iterator[Served]:
    """The shared service, whose graph must be the same after the test."""
    before, stored = served.lines(), served.stored()
    yield served
    assert (served.lines(), served.stored()) == (before, stored)


@pytest.mark.parametrize("action", DECISIONS)
def test_a_decision_shows_at_once_and_its_undo_restores_the_graph_exactly(
    untouched: Served, action: str
) -> None:
    before, stored = untouched.lines(), untouched.stored()
    sent = untouched.curator.post("/v1/decisions", json={**DECISIONS[action], "reason": "as a test"})
    assert sent.status_code == 201
    taken = sent.json()
    number = taken["decision"]["number"]
    assert sent.headers["location"] == f"/v1/decisions/{number}"
    assert taken["shown"]
    assert untouched.lines() != before
    assert untouched.stored() != stored
    told = untouched.reader.get(f"/v1/decisions/{number}").json()
    assert (told["action"], told["by"], told["reason"]) == (action, "ada", "as a test")
    undone = untouched.curator.post(f"/v1/decisions/{number}/undo", json={"reason": "enough"}).json()
    assert (untouched.lines(), untouched.stored()) == (before, stored)
    assert undone["position"] > taken["position"]
    assert untouched.reader.get(f"/v1/decisions/{number}").json()["undone_by"] == undone["decision"]["number"]


def test_look_ups_and_sparql_see_a_decision_at_once(untouched: Served) -> None:
    asked = {"query": "ASK { ?s akg:outperforms id:method\\/alpha-tuning }"}
    found = "/v1/entities/Margin%20Tuning"
    assert untouched.reader.get("/sparql", params=asked).json()["boolean"]
    taken = untouched.take(**DECISIONS["merge"])
    assert untouched.reader.get(found).json()["id"] == ALPHA
    assert not untouched.reader.get("/sparql", params=asked).json()["boolean"]
    untouched.curator.post(f"/v1/decisions/{taken['decision']['number']}/undo")
    assert untouched.reader.get(found).json()["id"] == MARGIN


@pytest.mark.parametrize("action", DECISIONS)
def test_a_preview_counts_what_the_decision_changes_and_changes_nothing(
    untouched: Served, action: str
) -> None:
    history = untouched.reader.get("/v1/decisions").json()["total"]
    effect = untouched.curator.post("/v1/decisions/preview", json=DECISIONS[action]).json()
    assert sum(sum(effect[part].values()) for part in ("came", "went", "changed")) > 0
    assert untouched.reader.get("/v1/decisions").json()["total"] == history


def test_a_preview_says_what_a_merge_joins(untouched: Served) -> None:
    effect = untouched.curator.post("/v1/decisions/preview", json=DECISIONS["merge"]).json()
    assert (effect["into"], effect["joins"]) == (ALPHA, True)
    assert effect["went"]["method"] == 1


def test_the_history_is_open_comes_in_pages_and_tells_of_one_thing(untouched: Served) -> None:
    for action in ("accept", "merge"):
        number = untouched.take(**DECISIONS[action])["decision"]["number"]
        untouched.curator.post(f"/v1/decisions/{number}/undo")
    page = untouched.reader.get("/v1/decisions", params={"limit": 3})
    assert len(page.json()["decisions"]) == 3
    following = untouched.reader.get(page.links["next"]["url"]).json()["decisions"]
    numbers = [each["number"] for each in (*page.json()["decisions"], *following)]
    assert numbers == sorted(numbers, reverse=True)
    about = untouched.reader.get("/v1/decisions", params={"node": MARGIN}).json()["decisions"]
    assert {each["action"] for each in about} == {"merge", "undo"}
    words = untouched.reader.get("/v1/decisions", params={"node": STATEMENT}).json()["decisions"][-1]["about"]
    assert words == "Alpha Tuning outperforms Beta Search"


def test_an_address_leads_to_what_takes_the_things_place(untouched: Served) -> None:
    number = untouched.take(**DECISIONS["merge"])["decision"]["number"]
    for suffix in ("", ".ttl"):
        sent = untouched.reader.get(f"/id/{MARGIN}{suffix}", headers={"Accept": "text/html"})
        assert (sent.status_code, sent.headers["location"]) == (303, f"/id/{ALPHA}{suffix}")
    untouched.curator.post(f"/v1/decisions/{number}/undo")
    assert untouched.reader.get(f"/id/{MARGIN}").status_code == 200


PAGES = ["/curate", "/decisions", f"/decisions?node={ALPHA}", f"/id/{ALPHA}", f"/id/{STATEMENT}"]


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_of_curation_are_open_and_hold_no_script_of_their_own(untouched: Served, page: str) -> None:
    number = untouched.take(**DECISIONS["accept"], reason="<script>alert`1`</script>")["decision"]["number"]
    sent = untouched.reader.get(page, headers={"Accept": "text/html"})
    untouched.curator.post(f"/v1/decisions/{number}/undo")
    assert sent.status_code == 200
    assert "<script>" not in sent.text
    assert "curation" in sent.text or "decision" in sent.text


@pytest.mark.parametrize("then", ["//evil.example", "https://evil.example", "javascript:alert(1)", "/\\evil"])
def test_the_token_page_leads_back_to_this_service_only(untouched: Served, then: str) -> None:
    assert "evil" not in untouched.reader.get("/curate", params={"then": then}).text


def test_the_papers_that_name_a_thing_come_in_pages(untouched: Served) -> None:
    sent = untouched.reader.get(f"/v1/entities/{ALPHA}/papers", params={"limit": 2})
    assert sent.json()["total"] == 3
    rest = untouched.reader.get(sent.links["next"]["url"]).json()
    assert {each["id"] for each in (*sent.json()["papers"], *rest["papers"])} >= {PAPER}


def test_what_was_rejected_is_still_told_in_words(untouched: Served) -> None:
    taken = untouched.take(**DECISIONS["reject"], reason="a trial")["decision"]
    assert taken["about"] == "Alpha Tuning outperforms Beta Search"
    browser = {"Accept": "text/html"}
    page = untouched.reader.get(f"/id/{STATEMENT}", headers=browser, follow_redirects=True)
    assert page.url.path == "/decisions"
    assert "Alpha Tuning outperforms Beta Search is wrong" in page.text
    assert untouched.reader.get(f"/id/{STATEMENT}.ttl").status_code == 404
    untouched.curator.post(f"/v1/decisions/{taken['number']}/undo")


CONFLICTS: list[tuple[int, dict[str, JSON]]] = [
    (404, {"action": "merge", "node": "method/nobody", "into": ALPHA}),
    (409, {"action": "merge", "node": ALPHA, "into": ALPHA}),
    (409, {"action": "merge", "node": ALPHA, "into": "benchmark/mt-bench"}),
    (409, {"action": "split", "node": ALPHA, "papers": ["doi:10.1/none"], "name": "Other"}),
    (409, {"action": "split", "node": ALPHA, "papers": [PAPER], "name": "alpha tuning"}),
    (409, {"action": "retype", "node": ALPHA, "type": "Nothing"}),
    (409, {"action": "retype", "node": ALPHA, "type": "Method"}),
    (404, {"action": "accept", "node": ALPHA}),
    (404, {"action": "reject", "node": "statement/0000000000000000"}),
]


@pytest.mark.parametrize(("status", "wanted"), CONFLICTS)
def test_what_does_not_fit_the_graph_is_refused_and_not_recorded(
    untouched: Served, status: int, wanted: dict[str, JSON]
) -> None:
    history = untouched.reader.get("/v1/decisions").json()["total"]
    for path in ("/v1/decisions", "/v1/decisions/preview"):
        answer = untouched.curator.post(path, json=wanted)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert untouched.reader.get("/v1/decisions").json()["total"] == history


def test_a_decision_is_not_undone_twice(untouched: Served) -> None:
    number = untouched.take(**DECISIONS["accept"])["decision"]["number"]
    undo = f"/v1/decisions/{number}/undo"
    assert untouched.curator.post(undo).status_code == 201
    again = untouched.curator.post(undo)
    assert again.status_code == 409
    assert "taken back already" in again.json()["detail"]
    assert untouched.curator.post("/v1/decisions/999999/undo").status_code == 409


WRITES = ["/v1/decisions", "/v1/decisions/preview", "/v1/decisions/1/undo"]


def ask(served: Served, path: str, **headers: str) -> httpx.Response:
    return served.reader.post(path, json=DECISIONS["merge"], headers=headers)


@pytest.mark.parametrize("path", WRITES)
def test_without_a_token_nothing_is_written(untouched: Served, path: str) -> None:
    answer = ask(untouched, path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="AlignKG", scope="curate"'
    assert "/curate" in answer.json()["detail"]


@pytest.mark.parametrize("path", WRITES)
def test_a_token_for_something_else_is_not_enough(untouched: Served, path: str) -> None:
    tokens = Tokens(untouched.folder)
    answer = ask(untouched, path, **bearer(tokens.add("watcher", ["watch"])))
    tokens.revoke("watcher")
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(("days", "state"), [(None, "revoked"), (-1.0, "expired")])
def test_a_running_service_takes_no_token_that_has_ended(
    untouched: Served, days: float | None, state: str
) -> None:
    tokens = Tokens(untouched.folder)
    token = tokens.add("ben", ["curate"], days)
    if days is None:
        assert untouched.reader.get("/v1/token", headers=bearer(token)).json()["name"] == "ben"
    tokens.revoke("ben") if state == "revoked" else None
    answer = ask(untouched, "/v1/decisions", **bearer(token))
    if state == "expired":
        tokens.revoke("ben")
    assert answer.status_code == 401
    assert state in answer.json()["detail"]
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_graph_without_tokens_is_read_only_and_says_how_to_change_that() -> None:
    with curating() as service:
        Tokens(service.folder).revoke("ada")
        for headers in ({}, bearer("kg_" + "A" * 43)):
            answer = ask(service, "/v1/decisions", **headers)
            assert answer.status_code == 403
            assert "kg token add NAME --scope curate" in answer.json()["detail"]
        assert service.reader.get("/v1/decisions").json()["total"] == 0


def test_wrong_tokens_are_slowed_down_and_a_right_one_is_not() -> None:
    with curating() as service:
        wrong = [ask(service, "/v1/decisions", **bearer(f"kg_{n}")) for n in range(MOST_FAILURES + 1)]
        assert [answer.status_code for answer in wrong] == [401] * MOST_FAILURES + [429]
        assert 0 < int(wrong[-1].headers["retry-after"]) <= WITHIN_SECONDS + 1
        assert service.curator.get("/v1/token").status_code == 200


def test_failures_are_forgotten_after_their_time_and_counted_by_machine() -> None:
    now = 0.0
    attempts = Attempts(lambda: now)
    assert not any(attempts.failed("a") for _ in range(MOST_FAILURES))
    assert attempts.failed("a") == WITHIN_SECONDS
    assert attempts.failed("b") == 0
    now = WITHIN_SECONDS + 1
    assert attempts.failed("a") == 0


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_origin_cannot_write(untouched: Served, origin: str) -> None:
    answer = untouched.curator.post("/v1/decisions", json=DECISIONS["merge"], headers={"Origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_of_the_service_can(untouched: Served) -> None:
    own = {"Origin": untouched.address}
    answer = untouched.curator.post("/v1/decisions/preview", json=DECISIONS["merge"], headers=own)
    assert answer.status_code == 200


def test_no_answer_sets_a_cookie_and_a_form_cannot_decide(untouched: Served) -> None:
    answer = untouched.curator.post("/v1/decisions", data={"action": "merge"})
    assert answer.status_code == 415
    assert "set-cookie" not in answer.headers


def test_a_long_body_is_refused_before_it_is_read(untouched: Served) -> None:
    wanted = {**DECISIONS["merge"], "reason": "x" * 1_000_000}
    assert untouched.curator.post("/v1/decisions", json=wanted).status_code == 413
    assert untouched.reader.post("/v1/decisions", json=wanted).status_code == 401


TERMINAL = "\x1b[2J"
BAD_BODIES: list[JSON] = [
    None,
    [],
    {},
    {"action": "drop"},
    {"action": "merge", "node": ALPHA},
    {"action": "merge", "node": ALPHA, "into": 3},
    {"action": "merge", "node": ALPHA, "into": MARGIN, "number": 1},
    {"action": "merge", "node": "x" * 301, "into": MARGIN},
    {"action": "split", "node": ALPHA, "papers": [], "name": "Other"},
    {"action": "split", "node": ALPHA, "papers": [PAPER] * 1_001, "name": "Other"},
    {"action": "accept", "node": STATEMENT, "reason": TERMINAL},
    {"action": "accept", "node": STATEMENT, "reason": "x" * 2_001},
    {"action": "undo", "node": STATEMENT},
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: json.dumps(body)[:60])
def test_a_body_that_does_not_fit_is_refused(untouched: Served, body: JSON) -> None:
    answer = untouched.curator.post("/v1/decisions", json=body)
    assert answer.status_code == 422, answer.text


texts = st.text(max_size=40)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
fields = st.fixed_dictionaries(
    {"action": st.sampled_from([*DECISIONS, "undo", ""])},
    optional=dict.fromkeys(
        ("node", "into", "type", "name", "reason", "papers", "undoes", "by"), anything | texts
    ),
)


@given(anything | fields)
@patient
def test_no_body_breaks_the_service_or_changes_the_graph(served: Served, body: JSON) -> None:
    answer = served.curator.post("/v1/decisions", json=body)
    assert answer.status_code in (404, 409, 422), answer.text
    assert "detail" in answer.json()


@given(st.binary(max_size=200))
@patient
def test_no_bytes_break_the_service(served: Served, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert served.curator.post("/v1/decisions", content=body, headers=headers).status_code == 422


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), max_size=60))
@settings(patient, max_examples=20)
def test_no_header_lets_anybody_in(served: Served, header: str) -> None:
    answer = ask(served, "/v1/decisions", Authorization=header)
    assert answer.status_code in (401, 429)


def test_a_busy_graph_says_so_and_records_nothing(untouched: Served) -> None:
    history = untouched.reader.get("/v1/decisions").json()["total"]
    with opened(untouched.folder, Settings()) as other, other.ledger.locked():
        answer = untouched.curator.post("/v1/decisions", json=DECISIONS["merge"])
    assert answer.status_code == 503
    assert "try again" in answer.json()["detail"]
    assert untouched.reader.get("/v1/decisions").json()["total"] == history


def test_a_decision_that_shows_later_is_accepted_and_then_shows(untouched: Served) -> None:
    writer = OxigraphStore.open(untouched.folder / "graph")
    try:
        answer = untouched.curator.post("/v1/decisions", json=DECISIONS["accept"])
    finally:
        writer.close()
    assert answer.status_code == 202
    assert not answer.json()["shown"]
    number = answer.json()["decision"]["number"]
    undone = untouched.curator.post(f"/v1/decisions/{number}/undo")
    assert undone.status_code == 201


def at_once(count: int, work: Callable[[], httpx.Response]) -> list[httpx.Response]:
    answers: list[httpx.Response] = []
    threads = [threading.Thread(target=lambda: answers.append(work())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_decisions_that_come_at_once_one_is_taken() -> None:
    with curating() as service:
        answers = at_once(4, lambda: service.curator.post("/v1/decisions", json=DECISIONS["merge"]))
        codes = sorted(answer.status_code for answer in answers)
        assert sum(code in (201, 202) for code in codes) == 1
        assert set(codes) <= {201, 202, 404, 503}
        assert service.reader.get("/v1/decisions").json()["total"] == 1


def test_no_log_holds_a_token(untouched: Served, caplog: pytest.LogCaptureFixture) -> None:
    token = untouched.curator.headers["authorization"].removeprefix("Bearer ")
    with caplog.at_level(logging.DEBUG):
        untouched.curator.post("/v1/decisions", json={"action": "accept", "node": "statement/none"})
        untouched.curator.post("/v1/decisions/preview", json=DECISIONS["merge"])
        answer = untouched.curator.get("/v1/token")
    assert token not in caplog.text
    assert token not in answer.text
