"""Bring papers from arXiv and OpenAlex: politely, and so that what was interrupted goes on where it stopped.

`fetch_papers` yields papers; `fetch_into` also writes them to a file of JSON lines, and keeps beside it how
far it has come. Both wait between requests, try again when a service is busy, and say who is asking.
"""

from __future__ import annotations

import io
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path

import httpx

from kg.errors import SourceError
from kg.records import Paper
from kg.sources.atom import read_atom
from kg.sources.json_records import read_openalex
from kg.sources.streams import Rejected, Source

LONGEST_ANSWER = 64 * 2**20
"""Bytes of an answer, unpacked; a page of a thousand abstracts has a thirtieth of it."""
_OF_THE_WIRE = {"content-encoding", "content-length", "transfer-encoding"}
_BUSY = {408, 425, 429, 500, 502, 503, 504}
_TOTAL = re.compile(rb"<opensearch:totalResults[^>]*>\s*(\d+)")
_ARXIV_FIELD = re.compile(r"\b(?:all|ti|au|abs|co|jr|cat|rn|id):")
_OPENALEX_FIELDS = (
    "id,doi,display_name,publication_date,publication_year,authorships,primary_location,locations,"
    "abstract_inverted_index"
)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a service: its papers, what was no paper, and the next one's cursor, None at the end."""

    papers: tuple[Paper, ...]
    rejected: tuple[Rejected, ...]
    following: str | None


@dataclass(frozen=True, slots=True)
class Service:
    """How to ask a service for a page of papers, and how to read its answer.

    `interval` is the least time between requests, in seconds. `parameters` go with every request: OpenAlex
    gives more than a try-out to whoever sends an `api_key`, which is free. `is_whole` tells an answer from a
    hiccup.
    """

    name: str
    url: str
    interval: float
    page_size: int
    first: str
    ask: Callable[[str, str, int], Mapping[str, str]]
    read: Callable[[bytes, str], Page]
    is_whole: Callable[[bytes, str], bool]
    parameters: Mapping[str, str] = field(default_factory=dict)


class PoliteClient:
    """Asks a service one thing at a time, waits as it wishes, and gives up after some attempts.

    `contact` is an address or a page at which the service's keepers can reach whoever asks.
    """

    def __init__(
        self,
        *,
        contact: str | None = None,
        attempts: int = 6,
        timeout: float = 60,
        longest_wait: float = 600,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        about = "; ".join(filter(None, ("knowledge graph of AI papers", contact)))
        agent = f"AlignKG/{version('alignkg')} ({about})"
        self._http = httpx.Client(headers={"User-Agent": agent}, timeout=timeout, follow_redirects=True)
        self._attempts, self._longest_wait = attempts, longest_wait
        self._sleep, self._clock = sleep, clock
        self._free_at = clock()

    def __enter__(self) -> PoliteClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, service: Service, cursor: str, parameters: Mapping[str, str]) -> bytes:
        """Return a whole answer, after as many attempts as it takes; raise `SourceError` after the last."""
        trouble = "no attempt was allowed"
        for attempt in range(self._attempts):
            self._wait()
            wait = max(service.interval, 1.0) * 2**attempt
            try:
                answer = self._asked(service, parameters)
            except httpx.RequestError as error:
                trouble = f"no answer ({type(error).__name__})"
            else:
                if answer.is_success and service.is_whole(answer.content, cursor):
                    self._free_at = self._clock() + service.interval
                    return answer.content
                trouble = self._trouble(service, answer)
                wait = _retry_after(answer) or wait
            if wait > self._longest_wait:
                raise SourceError(service.url, f"{trouble}; it asks to come back in {wait:,.0f} s")
            self._free_at = self._clock() + max(wait, service.interval)
        raise SourceError(
            service.url, f"{trouble}, {self._attempts} times; run the same again later to go on"
        )

    def _asked(self, service: Service, parameters: Mapping[str, str]) -> httpx.Response:
        """Return an answer of bounded length, unpacked; SourceError for one that does not end."""
        with self._http.stream("GET", service.url, params={**parameters, **service.parameters}) as answer:
            body = bytearray()
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LONGEST_ANSWER:
                    raise SourceError(service.url, f"an answer of over {LONGEST_ANSWER:,} bytes")
            headers = {n: v for n, v in answer.headers.items() if n not in _OF_THE_WIRE}
            return httpx.Response(answer.status_code, headers=headers, content=bytes(body))

    def _wait(self) -> None:
        if (wait := self._free_at - self._clock()) > 0:
            self._sleep(wait)

    def _trouble(self, service: Service, answer: httpx.Response) -> str:
        if answer.is_success:
            return "an answer without the papers that it counts"
        trouble = f"status {answer.status_code}"
        if answer.status_code in _BUSY:
            return trouble
        said = " ".join(answer.text.split())[:200]
        raise SourceError(service.url, f"{trouble}: {said or 'without a reason'}")


def _retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds that the service asks to wait, given as such or as a date."""
    value = answer.headers.get("Retry-After", "")
    if value.isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until.tzinfo else None


# --- fetching ----------------------------------------------------------------------------------------------


def fetch_papers(
    service: Service,
    query: str,
    *,
    limit: int,
    client: PoliteClient,
    on_reject: Callable[[Rejected], None],
) -> Iterator[Paper]:
    """Yield up to `limit` papers that a service finds for the query."""
    for page in _pages(service, query, service.first, limit, client):
        for rejected in page.rejected:
            on_reject(rejected)
        yield from page.papers


def fetch_into(
    file: Path,
    service: Service,
    query: str,
    *,
    limit: int,
    client: PoliteClient,
    on_reject: Callable[[Rejected], None],
) -> Iterator[Paper]:
    """Yield papers once they are safe in `file`, which holds up to `limit` at the end.

    Run again after an interruption, or with a higher limit, it goes on where it stopped. Where the file is
    there and was not written by the same query, raise `SourceError`.
    """
    state = _resume(file, _State(service.name, query, service.first))
    if state.cursor is None:
        return
    with file.open("ab") as stream:
        for page in _pages(service, query, state.cursor, limit - state.papers, client):
            for rejected in page.rejected:
                on_reject(rejected)
            stream.write("".join(f"{paper.to_json()}\n" for paper in page.papers).encode())
            stream.flush()
            os.fsync(stream.fileno())
            state = _State(
                service.name, query, page.following, state.papers + len(page.papers), stream.tell()
            )
            _save(file, state)
            yield from page.papers


def _pages(service: Service, query: str, start: str, limit: int, client: PoliteClient) -> Iterator[Page]:
    cursor: str | None = start
    while cursor is not None and limit > 0:
        asked = service.ask(query, cursor, min(limit, service.page_size))
        page = service.read(client.get(service, cursor, asked), cursor)
        limit -= len(page.papers)
        cursor = page.following
        yield page


@dataclass(frozen=True, slots=True)
class _State:
    """How far a fetch has come: the next cursor (None at the end), papers and bytes that are written."""

    service: str
    query: str
    cursor: str | None
    papers: int = 0
    bytes: int = 0


def _state_file(file: Path) -> Path:
    return file.with_name(f".{file.name}.fetch")


def _save(file: Path, state: _State) -> None:
    """Replace the state in one step, so that a kill leaves the old or the new one."""
    fresh = _state_file(file).with_suffix(".new")
    fresh.write_text(json.dumps(asdict(state)), encoding="utf-8")
    fresh.replace(_state_file(file))


def _resume(file: Path, start: _State) -> _State:
    """Return the state to go on from; what a kill left half-written behind it is cut off the file."""
    if not _state_file(file).exists():
        if file.exists() and file.stat().st_size:
            raise SourceError(str(file), "it is there and was not fetched; choose another file")
        return start
    try:
        state = _State(**json.loads(_state_file(file).read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise SourceError(
            str(_state_file(file)), "it is damaged; delete it and its file to begin anew"
        ) from error
    if (state.service, state.query) != (start.service, start.query):
        held = f"it holds {state.service} papers for {state.query!r}"
        raise SourceError(str(file), f"{held}; choose another file for another query")
    if not file.exists() or file.stat().st_size < state.bytes:
        raise SourceError(str(file), f"it has lost papers; delete {_state_file(file).name} to begin anew")
    os.truncate(file, state.bytes)
    return state


# --- arXiv -------------------------------------------------------------------------------------------------


def _ask_arxiv(query: str, cursor: str, size: int) -> Mapping[str, str]:
    """Ask for the newest first: papers that appear meanwhile make some come twice, and none is missed."""
    words = [f"all:{word}" for word in re.findall(r"[\w-]+", query)]
    return {
        "search_query": query if _ARXIV_FIELD.search(query) else " AND ".join(words),
        "start": cursor,
        "max_results": str(size),
        "sortBy": "submittedDate",
        "sortOrder": "descending",
    }


def _read_arxiv(body: bytes, cursor: str) -> Page:
    if b"arxiv.org/api/errors" in body:
        raise SourceError("arXiv", "the query is not understood; see its user manual for the query language")
    papers, rejected = _parted(read_atom(Source("arXiv", io.BytesIO(body))))
    seen = int(cursor) + len(papers) + len(rejected)
    return Page(papers, rejected, str(seen) if seen < _arxiv_total(body) else None)


def _arxiv_is_whole(body: bytes, cursor: str) -> bool:
    """ArXiv now and then answers with an empty page in the middle of a result."""
    return b"<entry" in body or int(cursor) >= _arxiv_total(body)


def _arxiv_total(body: bytes) -> int:
    found = _TOTAL.search(body)
    return int(found[1]) if found else 0


# --- OpenAlex ----------------------------------------------------------------------------------------------


def _ask_openalex(query: str, cursor: str, size: int) -> Mapping[str, str]:
    return {
        "search": query,
        "filter": "has_abstract:true",
        "select": _OPENALEX_FIELDS,
        "per_page": str(size),
        "cursor": cursor,
    }


def _read_openalex(body: bytes, cursor: str) -> Page:
    papers, rejected = _parted(read_openalex(Source("OpenAlex", io.BytesIO(body))))
    following = json.loads(body)["meta"].get("next_cursor")
    return Page(papers, rejected, following if (papers or rejected) and following != cursor else None)


def _openalex_is_whole(body: bytes, _: str) -> bool:
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return isinstance(answer, dict) and isinstance(answer.get("meta"), dict) and "results" in answer


def _parted(records: Iterator[Paper | Rejected]) -> tuple[tuple[Paper, ...], tuple[Rejected, ...]]:
    papers: list[Paper] = []
    rejected: list[Rejected] = []
    for record in records:
        if isinstance(record, Paper):
            papers.append(record)
        else:
            rejected.append(record)
    return tuple(papers), tuple(rejected)


SERVICES: dict[str, Service] = {
    "arxiv": Service(
        name="arxiv",
        url="https://export.arxiv.org/api/query",
        interval=3.0,  # what its terms of use ask for
        page_size=100,
        first="0",
        ask=_ask_arxiv,
        read=_read_arxiv,
        is_whole=_arxiv_is_whole,
    ),
    "openalex": Service(
        name="openalex",
        url="https://api.openalex.org/works",
        interval=0.2,
        page_size=100,
        first="*",
        ask=_ask_openalex,
        read=_read_openalex,
        is_whole=_openalex_is_whole,
    ),
}
