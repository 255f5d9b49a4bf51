"""Requests made at random, by what the service says of itself and against it: none is a fault of ours.

`KG_FUZZ=300` tries that many cases of each operation with each kind of holder.
"""

from __future__ import annotations

import random
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.connections import connections
from kg.settings import Settings
from kg.tokens import SCOPES, Tokens
from tests.fuzzing import CASES, tries
from tests.served import opened, serving
from tests.test_access import converse

Operation: TypeAlias = "APIOperation[Any, Any, Any, Any]"

BUSY = (503, 504)
"""What a service says that is well, and cannot do it now, or not in the time that it gives."""
LOOK_UPS = "/v1/"
"""Where the document says in full what is sent; pages and RDF beside it are as the client likes them."""
INTAKE = "POST /v1/papers"
"""Each of its cases starts a process."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzzed")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A service over a graph that may be spoilt: whoever holds the token does so."""
    settings = Settings(query_workers=1, query_seconds=1.0, ingest_seconds=20.0, lock_seconds=5.0)
    with (
        opened(folder, settings) as workspace,
        serving(create_app(workspace, settings), connections(0.3)) as address,
    ):
        yield address


@pytest.fixture(scope="module")
def token(address: str, folder: Path) -> str:
    return Tokens(folder).add("fuzz", SCOPES)


def tell(text: str) -> None:
    """Say what a long run has tried."""
    if CASES:
        sys.stderr.write(f"{text}\n")


def operations(address: str) -> list[Operation]:
    schema = schemathesis.openapi.from_dict(httpx.get(f"{address}/openapi.json").json())
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


@pytest.mark.parametrize(
    ("holder", "mode"),
    [
        ("nobody", GenerationMode.POSITIVE),
        ("somebody", GenerationMode.POSITIVE),
        ("somebody", GenerationMode.NEGATIVE),
    ],
    ids=["nobody", "somebody", "somebody-wrongly"],
)
def test_every_operation_answers_as_the_document_says(
    address: str, token: str, mode: GenerationMode, holder: str
) -> None:
    headers = {"Authorization": f"Bearer {token}"} if holder == "somebody" else {}
    told: Counter[int] = Counter()
    for operation in operations(address):
        few = CASES or (1 if operation.label == INTAKE else 2)
        try_one(address, headers, operation, mode, few if operation.label != INTAKE else min(few, 30), told)
    tell(f"{holder}, {mode.value}: {told.total():,} cases, by status {dict(sorted(told.items()))}")
    assert told.total() > len(SCOPES)


def try_one(
    address: str,
    headers: dict[str, str],
    operation: Operation,
    mode: GenerationMode,
    few: int,
    told: Counter[int],
) -> None:
    @given(operation.as_strategy(generation_mode=mode))
    @tries(few)
    def run(case: schemathesis.Case[Any]) -> None:
        response = case.call(base_url=address, headers=headers, timeout=60)
        told[response.status_code] += 1
        if response.status_code in BUSY:
            return
        checks = [not_a_server_error, status_code_conformance]
        if mode is GenerationMode.POSITIVE and operation.path.startswith(LOOK_UPS):
            checks += [content_type_conformance, response_schema_conformance]
        case.validate_response(response, checks=checks)

    with warnings.catch_warnings(), suppress(Unsatisfiable):  # nothing about it can be wrong
        warnings.simplefilter("ignore")  # the generator's own
        run()


# --- words in addresses and headers ---------------------------------------------------------------------

PATHS = (
    "/", "/id/method/", "/id/", "/v1/entities/", "/v1/papers/", "/v1/statements/", "/v1/completions/",
    "/v1/watch/",
    "/v1/decisions/", "/browse/", "/ontology/", "/static/", "/docs/", "/compare/", "/curate/",
)  # fmt: skip
ASKED = ("/", "/v1/ask", "/v1/search", "/v1/suggest", "/v1/graph", "/v1/path", "/v1/compare",
"/v1/leaderboard",
         "/v1/export", "/v1/statements", "/sparql", "/cypher", "/compare", "/graph", "/feed",
         "/browse/methods")  # fmt: skip
NAMES = ("q", "query", "subject", "predicate", "object", "format", "limit", "cursor", "type", "ids", "id",
"from",
         "to", "names", "year", "min", "node", "sort", "order", "timeout", "default-graph-uri",
         "depth")  # fmt: skip
words = st.text(max_size=30) | st.sampled_from(
    ["method/", "statement/", "result/" + "f" * 16, "paper/", "/", "..", "\0", "%", "1e400", "-1",
    "9" * 400, "NaN",
     "method/alpha-tuning", "\u202e", "\U0001f600", "a" * 3000, "[", "http://[", "AT on",
     "what outperforms AT"]
)  # fmt: skip
quoted = words.map(lambda text: "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "replace")))
octets = st.binary(max_size=12).map(lambda raw: "".join(f"%{byte:02X}" for byte in raw))
headers = st.dictionaries(
    st.sampled_from(["Accept", "Origin", "Authorization", "Cookie", "Range", "If-None-Match", "Content-Type",
                     "If-Modified-Since", "X-Request-Id", "Forwarded", "traceparent", "Accept-Language"]),
    st.binary(max_size=30).map(lambda raw: raw.translate(None, b"\0\r\n").strip())
    | st.sampled_from([b"http://[", b"Basic \xe9", b"Basic ====", b"Bearer \xff", b"bytes=9-1", b"*/*;q=-",
    b"text/html"]),
    max_size=3,
)  # fmt: skip


@given(
    st.sampled_from(["GET", "GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE"]),
    st.sampled_from(PATHS).flatmap(lambda path: (quoted | octets).map(path.__add__)) | st.sampled_from(ASKED),
    st.lists(st.tuples(st.sampled_from(NAMES), quoted | octets), max_size=3),
    headers,
)
@tries(120)
def test_no_words_are_a_fault_of_the_service(
    address: str, method: str, path: str, pairs: list[tuple[str, str]], headers: dict[str, bytes]
) -> None:
    query = "&".join(f"{name}={value}" for name, value in pairs)
    lines = [f"{method} {path}?{query} HTTP/1.1".encode(), b"Host: localhost", b"Connection: close"]
    lines += [name.encode() + b": " + value for name, value in headers.items()]
    answer = converse(address, b"\r\n".join(lines) + b"\r\n\r\n")
    assert status_of(answer) in (*range(200, 500), *BUSY), (lines, answer[:300])


def status_of(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1.1 "), answer[:100]
    return int(answer.split()[1])


# --- what is no request ---------------------------------------------------------------------------------

GOOD = (
    b"GET /v1/ask?q=what%20outperforms%20AT HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    b"Content-Type: application/sparql-query\r\n"
    b"Content-Length: 6\r\n\r\nASK {}",
    b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    b"Content-Type: application/sparql-query\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n3\r\nASK\r\n3\r\n {}\r\n0\r\n\r\n",
    b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
    b"Accept: application/json, text/event-stream\r\nContent-Length: 46\r\n\r\n"
    b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n',
)
JUNK = (
    b"\r\n", b"\n", b"\0", b"\xff", b" ", b":", b"Content-Length: 6\r\n", b"Content-Length: -1\r\n",
    b"Host: [\r\n",
    b"Content-Length: 99999999999999999999\r\n", b"Transfer-Encoding: gzip\r\n",
    b"Expect: 100-continue\r\n", b"%zz",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n", b"HTTP/1.1", b"HTTP/9.9", b"fffffffffffff\r\n", b"?",
    b"#", b"//",
    b"X: " + b"a" * 70_000 + b"\r\n", b"X: a\r\n" * 200, b"a" * 40_000, b"%", b"%00", b"\t",
    b"\x16\x03\x01", b"&a=" * 300,
)  # fmt: skip


@pytest.mark.parametrize("good", GOOD, ids=["question", "query", "chunks", "agent"])
@given(st.randoms(use_true_random=True))
@tries(6)
def test_what_is_no_request_is_refused_or_hung_up_on(
    address: str, good: bytes, chance: random.Random
) -> None:
    sent = good
    for _ in range(chance.choice((1, 1, 2, 3))):
        start, end = sorted(chance.randrange(len(sent) + 1) for _ in "ab")
        sent = chance.choice((
            sent[:start] + chance.choice(JUNK) + sent[start:],
            sent[:start] + sent[end:],
            sent[:start] + bytes([chance.randrange(256)]) + sent[start + 1 :],
        ))  # fmt: skip
    answer = converse(address, sent)
    for part in answer.split(b"HTTP/1.1 ")[1:]:
        status = int(part.split()[0]) if part[:3].isdigit() else 0
        assert status < 500 or status in (501, 505, *BUSY), (sent, answer[:300])
    assert httpx.get(f"{address}/healthz").status_code == 200
