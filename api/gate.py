"""What a request passes before any route: the name that it calls, its head, how often its sender asks.

Each check is small and looks at the head alone; what it refuses is answered like every other failure.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import RequestError
from api.protocol import MOST_PARAMETERS
from kg.settings import Settings

Check = Callable[[Request], Awaitable[None]]
"""Raises RequestError for a request that goes no further."""

ADDRESS_BYTES, HEAD_BYTES, MOST_HEADERS = 32_000, 32_000, 100
_WITH_BODY = ("POST", "PUT", "PATCH")
_READING = ("GET", "HEAD", "OPTIONS")
ANYBODY = "*"


class Gate:
    """Asks each check about a request, and sends the first refusal."""

    def __init__(
        self,
        app: ASGIApp,
        checks: Sequence[Check],
        answer: Callable[[Request, RequestError], Awaitable[Response]],
    ) -> None:
        self.app, self.checks, self.answer = app, checks, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] == "http":
            request = Request(scope)
            try:
                for check in self.checks:
                    await check(request)
            except RequestError as error:
                refusal = await self.answer(request, error)
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)


class Sizes:
    """Bounds what a request's head says, and what it says is to come."""

    def __init__(self, settings: Settings) -> None:
        self._most = max(settings.query_bytes * 2, settings.ingest_bytes)
        """No route reads more; each has a limit of its own below."""

    async def __call__(self, request: Request) -> None:
        """Raise RequestError for an address, headers, parameters or a body beyond all bounds."""
        _check_address(request)
        _check_headers(request)
        announced = request.headers.get("content-length", "0")
        brings_one = announced != "0" or "transfer-encoding" in request.headers
        if brings_one and request.method not in _WITH_BODY:
            raise RequestError(HTTPStatus.BAD_REQUEST, f"a request to {request.method} has no body here")
        if int(announced) > self._most:
            detail = f"a request has {self._most} bytes at most"
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, headers={"Connection": "close"})


def _check_address(request: Request) -> None:
    query = request.scope["query_string"]
    if len(request.scope["raw_path"]) + len(query) > ADDRESS_BYTES:
        detail = f"an address has {ADDRESS_BYTES} bytes at most; a longer query goes into the body of a POST"
        raise RequestError(HTTPStatus.REQUEST_URI_TOO_LONG, detail)
    if query.count(b"&") >= MOST_PARAMETERS:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"a request has {MOST_PARAMETERS} parameters at most")


def _check_headers(request: Request) -> None:
    headers = request.scope["headers"]
    size = sum(len(name) + len(value) for name, value in headers)
    if size > HEAD_BYTES or len(headers) > MOST_HEADERS:
        detail = f"a request has {MOST_HEADERS} headers of {HEAD_BYTES} bytes in all at most"
        raise RequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail)


class Names:
    """Keeps pages of other sites out, which a browser would let in by DNS rebinding or by a form.

    Rebinding takes a name that its site can point anywhere. So a name must be known; an address always is.
    """

    def __init__(self, settings: Settings) -> None:
        self._known = {name.lower() for name in ("localhost", settings.host, *words(settings.hosts))}
        self._origins = frozenset(words(settings.cors_origins))

    async def __call__(self, request: Request) -> None:
        """Raise RequestError for a name that is not ours, and for what another site's page would send."""
        host = request.headers.get("host", "")
        if not _is_known(_name(host), self._known):
            detail = (
                f"this service is not known to be called {host!r}; start it with KG_HOSTS set to its name"
            )
            raise RequestError(HTTPStatus.MISDIRECTED_REQUEST, detail)
        origin = request.headers.get("origin")
        if origin is None or request.method in _READING or self._origins & {origin, ANYBODY}:
            return
        if site_of(origin) != host.lower():
            detail = f"pages of {origin!r} may not ask here; KG_CORS_ORIGINS lets those of a site"
            raise RequestError(HTTPStatus.FORBIDDEN, detail)


def words(setting: str) -> tuple[str, ...]:
    """Return the parts of a setting that holds several, with commas or spaces between them.

    >>> words("graph.example, graph.example:8443")
    ('graph.example', 'graph.example:8443')
    """
    return tuple(setting.replace(",", " ").split())


def site_of(origin: str) -> str:
    """Return the host and port of an Origin header, in lower case, "" where it names none.

    >>> site_of("https://Graph.example:8443"), site_of("null"), site_of("http://[")
    ('graph.example:8443', '', '')
    """
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_known(name: str, known: set[str]) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return name in known
    return True
