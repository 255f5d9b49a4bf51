"""A client of the SPARQL 1.1 Protocol: queries and updates over HTTP, its failures in our words.

Answers are read as they come, in JSON: its last bracket tells a whole answer from one that was cut short,
which some servers send with a status that says all is well.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

import httpx
import pyoxigraph as ox

from kg.errors import QueryError, QueryTimeout, StoreError, StoreUnavailable
from kg.stores.address import Endpoint
from kg.stores.sparql import Dataset

CONNECT_SECONDS = 15.0
UPDATE_SECONDS = 600.0
"""How long a server may take for one request that writes."""
_EVERYTHING = Dataset()
_CONNECT_AGAIN = 3
_SHOWN = 200
_NOT_ALLOWED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_NO_SUCH_PLACE = {
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.NOT_IMPLEMENTED,
}
_OUT_OF_TIME = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}


class SparqlClient:
    """Speaks to one server, by one request after another."""

    def __init__(self, endpoint: Endpoint, password: str | None = None) -> None:
        self.endpoint = endpoint
        auth = (endpoint.user, password or "") if endpoint.user else None
        # No redirects: the password would go along, and an update need not arrive as one.
        self._http = httpx.Client(
            auth=auth, transport=httpx.HTTPTransport(retries=_CONNECT_AGAIN), follow_redirects=False
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def update(self, text: str) -> None:
        """Change what the server holds; one request is one transaction on most servers."""
        headers = {"Content-Type": "application/sparql-update"}
        timeout = httpx.Timeout(UPDATE_SECONDS, connect=CONNECT_SECONDS)
        with self._translated():
            request = self._http.build_request(
                "POST", self.endpoint.update, content=text.encode(), headers=headers, timeout=timeout
            )
            with self._sent(request, "update"):
                pass

    @contextmanager
    def answer(
        self, text: str, seconds: float, dataset: Dataset = _EVERYTHING
    ) -> Iterator[ox.QuerySolutions | ox.QueryBoolean]:
        """Ask for rows or a yes or no, which come while they are read."""
        with self._asked(text, "application/sparql-results+json", seconds, dataset) as body:
            yield ox.parse_query_results(body, ox.QueryResultsFormat.JSON)

    @contextmanager
    def triples(
        self, text: str, seconds: float, dataset: Dataset = _EVERYTHING
    ) -> Iterator[Iterable[ox.Triple]]:
        """Ask for a graph, whose triples come while they are read."""
        with self._asked(text, "application/n-triples", seconds, dataset) as body:
            yield (quad.triple for quad in ox.parse(body, ox.RdfFormat.N_TRIPLES))

    @contextmanager
    def _asked(
        self, text: str, media_type: str, seconds: float, dataset: Dataset
    ) -> Iterator[io.BufferedReader]:
        headers = {"Content-Type": "application/sparql-query", "Accept": media_type}
        graphs = {"default-graph-uri": dataset.default, "named-graph-uri": dataset.named}
        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        with self._translated(), self._in_time(seconds):
            request = self._http.build_request(
                "POST", self.endpoint.query, params=graphs, content=text.encode(), headers=headers,
                timeout=timeout,
            )  # fmt: skip
            with self._sent(request, "query") as response:
                yield io.BufferedReader(_Body(response.iter_bytes()))

    @contextmanager
    def _sent(self, request: httpx.Request, what: str) -> Iterator[httpx.Response]:
        response = self._http.send(request, stream=True)
        try:
            if not response.is_success:
                raise self._refused(response, what)
            yield response
        finally:
            response.close()

    def _refused(self, response: httpx.Response, what: str) -> StoreError:
        said = f"{response.status_code} {_first_words(response)}".strip()
        where, status = response.url.copy_with(query=None), response.status_code
        if status in _NOT_ALLOWED:
            named = self.endpoint.user
            asked = "this user and password" if named else "whoever gives no name, as sparql+http://USER@…"
            return StoreUnavailable(f"{where} refuses {asked} ({said})")
        if status in _NO_SUCH_PLACE or response.is_redirect:
            return StoreError(
                f"{where} takes no {what} ({said}); see that the server allows it, and name the place "
                f"where it does: {self.endpoint.uri}?query=…&update=…"
            )
        if status in _OUT_OF_TIME and what == "query":
            raise httpx.ReadTimeout(said)
        if status == HTTPStatus.BAD_REQUEST:
            return QueryError(f"{where} does not understand the {what}: {said}")
        return StoreUnavailable(f"{where} cannot do the {what}: {said}; run it again when the server can")

    @contextmanager
    def _in_time(self, seconds: float) -> Iterator[None]:
        """Say that a query ran out of time, here or there."""
        try:
            yield
        except httpx.ReadTimeout as error:
            raise QueryTimeout(seconds) from error

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what goes wrong on the way, and answers that are none, into our errors."""
        where = self.endpoint.uri
        try:
            yield
        except httpx.TimeoutException as error:
            raise StoreUnavailable(f"{where} did not answer in time; run it again when it can") from error
        except httpx.HTTPError as error:
            raise StoreUnavailable(f"{where} does not answer: {error}") from error
        except (SyntaxError, ValueError, OSError) as error:
            raise StoreUnavailable(f"{where} sent an answer that is none, or not whole: {error}") from error


class _Body(io.RawIOBase):
    """The body of a response as a file."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._left = parts, b""

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # called by BufferedReader only
        """Fill a part of the buffer; 0 at the end."""
        if not self._left:
            self._left = next(self._parts, b"")
        taken, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _first_words(response: httpx.Response) -> str:
    """Return the beginning of a response's body, in one line."""
    body = next(response.iter_bytes(), b"").decode(errors="replace")
    return " ".join(body.split())[:_SHOWN]
