"""Who may do what: names and origins, tokens to read, what a request may weigh, how often, and how slowly."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import anyio
import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from typer.testing import CliRunner

from api import logs
from api.access import is_loopback, reading_is_open
from api.app import create_app
from api.connections import connections
from api.gate import ADDRESS_BYTES, MOST_HEADERS
from api.guard import SAFE_HEADERS
from api.problems import RequestError
from api.rates import Buckets, Rates
from api.server import run
from kg.cli import app as command
from kg.errors import ConfigError
from kg.settings import Settings
from kg.tokens import Tokens
from kg.vocabulary import load_vocabulary
from kg.workspace import Workspace
from tests.served import opened, serving
from tests.toy import ToyReader

BROWSER = {"Accept": "text/html"}
EVERYWHERE = [
    "/",
    "/healthz",
    "/v1/methods",
    "/sparql",
    "/docs",
    "/ontology",
    "/static/style.css",
    "/no-such",
]


@contextmanager
def service(folder: Path, **settings: object) -> Iterator[httpx.Client]:
    """Serve the papers of the examples under these settings."""
    chosen = Settings(query_workers=1, **settings)  # type: ignore[arg-type]  # what a test says
    with (
        opened(folder, chosen) as workspace,
        serving(create_app(workspace, chosen)) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("access")


# --- names and origins ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service with a name of its own, which lets the pages of one other site read."""
    with service(
        tmp_path_factory.mktemp("named"), hosts="graph.example", cors_origins="https://notes.example"
    ) as client:
        yield client


@pytest.mark.parametrize("path", EVERYWHERE)
def test_no_route_answers_to_a_name_that_is_not_its_own(named: httpx.Client, path: str) -> None:
    answer = named.get(path, headers={"Host": "rebound.example"})
    assert answer.status_code == 421
    assert "KG_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:80", "[::1]", "192.0.2.7", "graph.example:8443"])
def test_its_own_names_and_addresses_are_answered(named: httpx.Client, host: str) -> None:
    assert named.get("/v1/methods", headers={"Host": host}).status_code == 200


def test_other_sites_read_nothing_unless_they_are_named(client: httpx.Client) -> None:
    asked = {"Origin": "https://notes.example"}
    answer = client.get("/v1/methods", headers=asked)
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    preflight = client.options("/sparql", headers=asked | {"Access-Control-Request-Method": "POST"})
    assert not [name for name in preflight.headers if name.startswith("access-control-")]
    assert client.post("/sparql", data={"query": "ASK {}"}, headers=asked).status_code == 403


def test_an_origin_that_is_no_address_is_another_one(client: httpx.Client) -> None:
    answer = client.post("/sparql", data={"query": "ASK {}"}, headers={"Origin": "http://["})
    assert answer.status_code == 403


def test_a_site_that_is_named_reads_without_credentials(named: httpx.Client) -> None:
    asked = {"Origin": "https://notes.example"}
    for answer in (
        named.get("/v1/methods", headers=asked),
        named.post("/sparql", data={"query": "ASK {}"}, headers=asked),
        named.get("/v1/entities/nothing", headers=asked),
    ):
        assert answer.headers["access-control-allow-origin"] == "https://notes.example"
        assert answer.headers["vary"].lower().count("origin") == 1
        assert "access-control-allow-credentials" not in answer.headers
    preflight = named.options("/sparql", headers=asked | {"Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 200
    assert "DELETE" not in preflight.headers["access-control-allow-methods"]


def test_another_site_than_the_named_one_reads_nothing(named: httpx.Client) -> None:
    asked = {"Origin": "https://other.example"}
    assert "access-control-allow-origin" not in named.get("/v1/methods", headers=asked).headers
    assert named.post("/sparql", data={"query": "ASK {}"}, headers=asked).status_code == 403


def test_a_site_that_may_read_may_not_write(named: httpx.Client, tmp_path: Path) -> None:
    answer = named.post("/v1/decisions", json={}, headers={"Origin": "https://notes.example"})
    assert answer.status_code == 403
    assert "only pages of this service" in answer.json()["detail"]


# --- reading with a token -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def closed(folder: Path) -> Iterator[tuple[httpx.Client, Tokens]]:
    """A service that nobody reads without a token."""
    with service(folder, read="token") as client:
        yield client, Tokens(folder)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", [path for path in EVERYWHERE if not path.startswith(("/health", "/static"))])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_nothing_of_a_closed_graph_is_read_without_a_token(
    closed: tuple[httpx.Client, Tokens], path: str, method: str
) -> None:
    client, tokens = closed
    if not tokens.any_valid():
        tokens.add("somebody", ["watch"])
    answer = client.request(method, path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("path", ["/healthz", "/static/style.css"])
def test_health_and_looks_stay_open(closed: tuple[httpx.Client, Tokens], path: str) -> None:
    assert closed[0].get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/static/../v1/methods", "/static/%2e%2e/v1/methods", "//healthz", "/healthz/", "/v1/../healthz"]
)
def test_no_open_address_leads_to_a_closed_one(closed: tuple[httpx.Client, Tokens], path: str) -> None:
    asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = converse(str(closed[0].base_url), asked.encode())
    assert int(answer.split()[1]) in (401, 403, 404)


@pytest.mark.parametrize("scope", ["read", "curate", "ingest", "watch"])
def test_every_token_reads(closed: tuple[httpx.Client, Tokens], scope: str) -> None:
    client, tokens = closed
    token = tokens.add(f"reader for {scope}", [scope])
    assert client.get("/v1/methods", headers=bearer(token)).status_code == 200
    tokens.revoke(f"reader for {scope}")
    assert client.get("/v1/methods", headers=bearer(token)).status_code == 401


def test_a_reader_cannot_write(closed: tuple[httpx.Client, Tokens]) -> None:
    client, tokens = closed
    token = tokens.add("a mere reader", ["read"])
    assert client.post("/v1/decisions", json={}, headers=bearer(token)).status_code == 403


def test_a_browser_is_asked_for_the_token_as_a_password(closed: tuple[httpx.Client, Tokens]) -> None:
    client, tokens = closed
    token = tokens.add("a browser", ["read"])
    answer = client.get("/v1/methods", headers=BROWSER)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert "password" in answer.text
    assert client.get("/", headers=BROWSER, auth=("anybody", token)).status_code == 200
    assert client.get("/", headers=BROWSER, auth=(token, "")).status_code == 401


def test_a_password_does_not_write(closed: tuple[httpx.Client, Tokens]) -> None:
    client, tokens = closed
    token = tokens.add("a curating browser", ["curate"])
    assert client.post("/v1/decisions", json={}, auth=("anybody", token)).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Basic",
        "Basic !!",
        "Basic \xe9",
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        "Digest x",
    ],
)
def test_a_header_that_is_no_token_is_none(closed: tuple[httpx.Client, Tokens], header: str) -> None:
    headers = {b"Authorization": header.encode("latin-1")}
    # 403 is what is said while nobody holds a token at all.
    assert closed[0].get("/v1/methods", headers=headers).status_code in (401, 403, 429)


# --- outside of this machine ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("", False), ("0", False), ("192.168.1.2", False),
        ("graph.example", False), ("127.0.0.1.graph.example", False),
    ],
)  # fmt: skip
def test_only_addresses_of_this_machine_alone_are_loopback(host: str, own: bool) -> None:
    assert is_loopback(host) == own


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_a_service_does_not_open_to_others_while_nobody_holds_a_token(tmp_path: Path, host: str) -> None:
    with (
        opened(tmp_path, Settings()) as workspace,
        pytest.raises(ConfigError, match="kg token add NAME") as told,
    ):
        run(workspace, Settings(host=host, port=0))
    assert "KG_READ=open" in str(told.value)


def test_the_command_says_how_to_let_others_in(tmp_path: Path) -> None:
    with Workspace(tmp_path, Settings(), load_vocabulary(), ToyReader()):
        pass
    result = CliRunner().invoke(command, ["serve", "--host", "0.0.0.0", "--port", "0", "--db", str(tmp_path)])
    assert isinstance(result.exception, ConfigError)
    assert "kg token add" in str(result.exception)


@pytest.mark.parametrize(
    ("host", "read", "open_"),
    [
        ("127.0.0.1", "auto", True),
        ("0.0.0.0", "auto", False),
        ("0.0.0.0", "open", True),
        ("127.0.0.1", "token", False),
        ("0.0.0.0", "token", False),
    ],
)
def test_outside_of_loopback_reading_takes_a_token_unless_it_is_opened(
    host: str, read: Literal["auto", "open", "token"], open_: bool
) -> None:
    assert reading_is_open(Settings(host=host, read=read)) == open_


def test_a_service_for_others_lets_nobody_read_without_a_token(tmp_path: Path) -> None:
    with service(tmp_path, host="0.0.0.0") as client:
        answer = client.get("/v1/methods")
    assert answer.status_code == 403
    assert "kg token add NAME --scope read" in answer.json()["detail"]


# --- what every answer bears ----------------------------------------------------------------------------

OWN_POLICY = ("/docs", "/sparql")
"""Pages whose policy lets them set a style, for libraries that they show."""
ANSWERS = [
    ("GET", "/", 200), ("HEAD", "/", 200), ("OPTIONS", "/", 405), ("GET", "/docs", 200),
    ("GET", "/sparql", 200), ("GET", "/sparql?query=ASK%7B%7D", 200), ("GET", "/sparql?query=x", 400),
    ("POST", "/sparql", 415), ("GET", "/no-such", 404), ("GET", "/id/method/no-such", 404),
    ("GET", "/v1/methods", 200), ("GET", "/v1/methods?limit=x", 422),
    ("GET", "/v1/export?format=svg", 200), ("GET", "/v1/watch/9.atom", 404),
    ("GET", "/v1/pack?q=what+outperforms+AT", 200), ("POST", "/v1/papers", 403),
    ("DELETE", "/v1/papers/x", 403), ("GET", "/mcp", 405), ("POST", "/mcp", 400),
    ("GET", "/static/style.css", 200), ("GET", "/static/none", 404),
    ("GET", "/static/docs/swagger-ui.css", 200), ("GET", "/openapi.json", 200), ("GET", "/healthz", 200),
    ("GET", "/broken", 500), ("GET", "/curate", 200), ("TRACE", "/", 405), ("GET", "/healthz/", 307),
    ("GET", f"/{'a' * ADDRESS_BYTES}", 414), ("GET", "/static/types.css", 200),
    ("PUT", "/v1/decisions", 405),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS, ids=lambda value: str(value)[:40])
def test_every_answer_bears_the_safe_headers_once(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    accept = "*/*" if method == "POST" or path.startswith("/v1") else "text/html"
    answer = client.request(method, path, headers={"Accept": accept})
    assert answer.status_code == status
    for name, value in SAFE_HEADERS.items():
        (given,) = answer.headers.get_list(name)
        of_its_own = name == "Content-Security-Policy" and path.startswith(OWN_POLICY)
        assert given == value or (
            of_its_own and "script-src 'self'; " in given and "frame-ancestors 'none'" in given
        )
    assert "server" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert (
        answer.headers.get("content-type", "-") != "text/html" or "charset" in answer.headers["content-type"]
    )


def test_no_policy_lets_a_page_run_or_load_what_is_not_ours(client: httpx.Client) -> None:
    for path in (*OWN_POLICY, "/", "/graph", "/curate"):
        policy = client.get(path, headers=BROWSER).headers["content-security-policy"]
        directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert directives["default-src"] == "'none'"
        assert directives["script-src"] == "'self'"
        assert directives["base-uri"] == directives["frame-ancestors"] == "'none'"
        assert "*" not in policy
        assert "unsafe-eval" not in policy


def test_what_somebody_asks_for_is_one_line_of_the_log(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        client.get("/no-such%0aERROR%20forged%1b%5b2J%e2%80%a8", headers={"X-Request-Id": "a\x1b[2Jb"})
        client.get("/v1/entities/x%0aERROR%20forged")
    text = [logs.TextFormatter().format(record) for record in caplog.records] if caplog.records else []
    assert text
    for line in text:
        assert "\n" not in line
        assert "\x1b" not in line
        assert "\u2028" not in line


# --- how much, how often, how slowly --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (f"/v1/methods?q={'a' * ADDRESS_BYTES}", {}, 414),
        (f"/{'a' * ADDRESS_BYTES}", {}, 414),
        (f"/v1/methods?{'a=1&' * 300}", {}, 400),
        ("/v1/methods", {"X-Long": "a" * 33_000}, 431),
        ("/v1/methods", {f"X-{n}": "1" for n in range(MOST_HEADERS)}, 431),
    ],
    ids=["long query", "long path", "many parameters", "long header", "many headers"],
)
def test_a_head_has_its_bounds(client: httpx.Client, path: str, headers: dict[str, str], status: int) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-security-policy"] == SAFE_HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "HEAD"])
def test_what_has_no_body_is_not_read_as_if_it_had(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/v1/methods", content=b"x").status_code == 400


def test_a_body_that_announces_too_much_is_not_waited_for(service_address: str) -> None:
    head = b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"
    assert converse(service_address, head).startswith(b"HTTP/1.1 413 ")


def test_no_route_lets_the_framework_read_a_body(tmp_path: Path) -> None:
    """The framework reads a body whole, however long it is; ours are read by `read_limited`."""
    with opened(tmp_path, Settings()) as workspace:
        routes = [route for route in create_app(workspace, Settings()).routes if isinstance(route, APIRoute)]
    assert [route.path for route in routes if route.body_field is not None] == []


def test_a_bucket_empties_and_fills_again() -> None:
    now = 0.0
    buckets = Buckets(rate=2, burst=3, clock=lambda: now)
    assert [buckets.take("ada") for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("ben") == 0
    now = 0.5
    assert [buckets.take("ada") for _ in range(2)] == [0, 0.5]
    now = 100.0
    assert [buckets.take("ada") for _ in range(4)] == [0, 0, 0, 0.5]


def test_buckets_forget_the_longest_gone() -> None:
    buckets = Buckets(rate=1, burst=1, most=100)
    for number in range(1_000):
        buckets.take(str(number))
    assert len(buckets) == 100
    assert buckets.take("999") > 0
    assert buckets.take("0") == 0


def test_who_asks_too_often_is_told_when_to_ask_again(tmp_path: Path) -> None:
    """Who asks through a proxy on this machine is known by what the proxy says; who asks from it is free."""
    with service(tmp_path, rate=0.1, rate_burst=20, costly_rate=0.1, costly_burst=2) as client:
        away = {"X-Forwarded-For": "192.0.2.7"}
        question = {"q": "what outperforms AT"}
        costly = [client.get("/v1/ask", params=question, headers=away) for _ in range(3)]
        assert [answer.status_code for answer in costly] == [200, 200, 429]
        assert 1 <= int(costly[-1].headers["retry-after"]) <= 10
        assert costly[-1].headers["content-type"] == "application/problem+json"
        assert client.get("/v1/methods", headers=away).status_code == 200
        assert 429 in [client.get("/v1/methods", headers=away).status_code for _ in range(20)]
        assert {client.get("/v1/ask", params=question).status_code for _ in range(5)} == {200}


async def ask(rates: Rates, host: str) -> None:
    scope = {"type": "http", "method": "GET", "path": "/v1/methods", "query_string": b"", "headers": []}
    await rates(Request({**scope, "client": (host, 1), "scheme": "http", "server": ("localhost", 80)}))


@pytest.mark.parametrize(
    ("host", "again", "held"),
    [
        ("127.0.0.1", "127.0.0.1", False),
        ("::1", "::1", False),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_each_sender_has_a_bucket_of_its_own(host: str, again: str, held: bool) -> None:
    rates = Rates(Settings(rate=0.01, rate_burst=1))
    anyio.run(ask, rates, host)
    if held:
        with pytest.raises(RequestError, match="such a pace"):
            anyio.run(ask, rates, again)
    else:
        anyio.run(ask, rates, again)


@pytest.mark.parametrize("name", ["10.0.0.0/99", "loopback"])
def test_a_network_that_is_none_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match="rate_free"):
        Rates(Settings(rate_free=name))


def converse(address: str, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Send pieces with pauses between them, and return all that comes back until the other side closes."""
    host, port = httpx.URL(address).host, httpx.URL(address).port or 80
    with socket.create_connection((host, port), timeout=10) as line:
        for piece in pieces:
            try:
                line.sendall(piece)
            except OSError:
                break
            time.sleep(pause)
        return b"".join(iter(lambda: _received(line), b""))


def _received(line: socket.socket) -> bytes:
    try:
        return line.recv(65_536)
    except ConnectionResetError:
        return b""


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service that waits a tenth of a second."""
    settings = Settings(query_workers=1)
    folder = tmp_path_factory.mktemp("impatient")
    with (
        opened(folder, settings) as workspace,
        serving(create_app(workspace, settings), http=connections(0.1)) as address,
    ):
        yield address


POST = (
    b"POST /sparql HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/sparql-query\r\nContent-Length: 5000\r\n\r\n"
)


@pytest.mark.parametrize(
    "pieces",
    [(), (b"GET / HT",), (b"G", b"E", b"T", b" ", b"/", b" ", b"H") * 3, (POST,), (POST, *[b"x"] * 20)],
    ids=["silence", "half a head", "a head in drops", "no body", "a body in drops"],
)
def test_a_client_that_dawdles_is_cut_off(impatient: str, pieces: tuple[bytes, ...]) -> None:
    began = time.monotonic()
    assert converse(impatient, *pieces, pause=0.05) == b""
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("path", ["/sparql", "/cypher", "/mcp"])
def test_who_leaves_in_the_midst_of_a_body_is_no_fault_of_ours(
    client: httpx.Client, service_address: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = httpx.URL(service_address)
    with caplog.at_level("INFO"):
        with socket.create_connection((url.host, url.port or 80)) as line:
            line.sendall(POST.replace(b"/sparql", path.encode()) + b"abc")
        until = time.monotonic() + 10
        while f"POST {path} 499" not in caplog.text:
            assert time.monotonic() < until, caplog.text
            assert client.get("/healthz").status_code == 200
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_who_fetches_no_answer_is_cut_off() -> None:
    gone = threading.Event()

    async def pour(_scope: Scope, receive: Receive, send: Send) -> None:
        async def endlessly() -> None:
            while True:
                await send({"type": "http.response.body", "body": bytes(100_000), "more_body": True})
                await anyio.sleep(0)  # a client that is gone takes nothing, at once

        await send({"type": "http.response.start", "status": 200, "headers": []})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(endlessly)
            while (await receive())["type"] != "http.disconnect":
                pass
            tasks.cancel_scope.cancel()
        gone.set()

    app = FastAPI()
    app.add_api_route("/healthz", lambda: "well")
    app.mount("/endless", pour)
    with serving(app, http=connections(0.1)) as address:
        url = httpx.URL(address)
        with socket.create_connection((url.host, url.port or 80)) as line:
            line.sendall(b"GET /endless/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert gone.wait(20)


def test_who_is_only_waiting_is_not_cut_off(impatient: str) -> None:
    with httpx.Client(base_url=impatient, timeout=30) as client:
        for _ in range(3):
            assert client.get("/v1/methods").status_code == 200
            time.sleep(0.35)
