"""Who may write, and, where that is closed, who may read: the token of a request, held against the graph's.

Reading needs none on loopback unless a setting says so. A token travels in the `Authorization` header only
and never as a cookie, so that no other site can make a browser send it; a page of another origin is refused
besides. A browser, which sends no header of its own accord, may read with the token as its password.
"""

from __future__ import annotations

import base64
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from ipaddress import ip_address

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.gate import site_of
from api.negotiation import choose
from api.problems import MEDIA_TYPE, RequestError
from kg.errors import ConfigError
from kg.settings import Settings
from kg.tokens import READ, Holder, Tokens

REALM = 'Bearer realm="AlignKG"'
LOGIN = 'Basic realm="AlignKG: any name, and a token as the password", charset="UTF-8"'
ALWAYS_OPEN, OPEN_FOLDER = frozenset({"/healthz", "/readyz"}), "/static/"
"""What shows nothing of the graph: whether the service is well, and what its pages are drawn with."""
MOST_FAILURES, WITHIN_SECONDS = 10, 60.0
"""So many wrong tokens a machine may send in so much time before it is told to wait."""
_MOST_HOSTS = 1_000
_CLOSED = {READ: "nobody can read here"}
_ENTERED = {READ: ", or enter it as the password, with any name", "curate": ", or enter it at /curate"}


class Attempts:
    """Wrong tokens of late, by the machine that sent them. A right one is never held up by them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def failed(self, host: str) -> float:
        """Note a failure; return how many seconds the machine must wait, 0 while it need not."""
        now = self._clock()
        with self._lock:
            times = self._failures.setdefault(host, deque(maxlen=MOST_FAILURES))
            self._failures.move_to_end(host)
            if len(self._failures) > _MOST_HOSTS:
                self._failures.popitem(last=False)
            full = len(times) == MOST_FAILURES
            wait = times[0] + WITHIN_SECONDS - now if full else 0.0
            if wait > 0:
                return wait
            times.append(now)
            return 0.0


class Access:
    """Decides on requests that would write."""

    def __init__(self, tokens: Tokens, attempts: Attempts | None = None) -> None:
        self.tokens, self.attempts = tokens, attempts or Attempts()

    def require(self, request: Request, scope: str) -> Holder:
        """Return whose token a request bears; RequestError where there is none, or not for this."""
        _refuse_other_origins(request)
        holder = self._holder(request, _token(request), scope)
        if scope not in holder.scopes:
            detail = f"the token of {holder.name} is for {', '.join(holder.scopes)}, not for {scope}"
            challenge = f'{REALM}, error="insufficient_scope", scope="{scope}"'
            raise RequestError(HTTPStatus.FORBIDDEN, detail, headers={"WWW-Authenticate": challenge})
        return holder

    def require_reader(self, request: Request) -> Holder:
        """Return whose token a request bears; a token for anything is one to read with, too."""
        try:
            return self._holder(request, _token(request) or _password(request), READ)
        except RequestError as error:
            if error.status is HTTPStatus.UNAUTHORIZED and _is_of_browser(request):
                raise RequestError(error.status, error.detail, headers={"WWW-Authenticate": LOGIN}) from error
            raise

    def _holder(self, request: Request, token: str, scope: str) -> Holder:
        holder = self.tokens.holder(token) if token else None
        if holder is None:
            raise self._unknown(request, token, scope)
        state = holder.state(datetime.now(UTC))
        if state != "valid":
            detail = f"the token of {holder.name} is {state}; ask for another: kg token add makes one"
            raise _unauthorized(detail, "invalid_token", scope)
        return holder

    def _unknown(self, request: Request, token: str, scope: str) -> RequestError:
        if not self.tokens.any_valid():
            detail = (
                f"{_CLOSED.get(scope, 'this service is read-only')}, since nobody holds a token; "
                f"whoever runs it makes one with: kg token add NAME --scope {scope}"
            )
            return RequestError(HTTPStatus.FORBIDDEN, detail)
        if not token:
            detail = (
                f"this needs a token for {scope}: send it as Authorization: Bearer …{_ENTERED.get(scope, '')}"
            )
            return _unauthorized(detail, None, scope)
        wait = self.attempts.failed(request.client.host if request.client else "")
        if wait:
            detail = f"too many wrong tokens came from there; try again in {wait:.0f} s"
            return RequestError(
                HTTPStatus.TOO_MANY_REQUESTS, detail, headers={"Retry-After": str(int(wait) + 1)}
            )
        detail = "nobody holds that token; is it whole, and of this graph?"
        return _unauthorized(detail, "invalid_token", scope)


class Readers:
    """A check of every request, where reading is not for everybody."""

    async def __call__(self, request: Request) -> None:
        """Raise RequestError for who bears no token, at any address that shows something of the graph."""
        path = request.scope["path"]
        if path not in ALWAYS_OPEN and not path.startswith(OPEN_FOLDER):
            access: Access = request.app.state.service.access
            await run_in_threadpool(access.require_reader, request)


def reading_is_open(settings: Settings) -> bool:
    """Say whether everybody who reaches the service may read: on loopback, or where a setting says so."""
    return settings.read == "open" or (settings.read == "auto" and is_loopback(settings.host))


def is_loopback(host: str) -> bool:
    """Say whether an address is of this machine alone; a name that may be anything is not.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0"), is_loopback("graph.example")
    (True, False, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def require_somebody(settings: Settings, tokens: Tokens) -> None:
    """Raise ConfigError where only holders of a token could read, and nobody holds one."""
    if reading_is_open(settings) or tokens.any_valid():
        return
    where = "read" if settings.read == "token" else "host"
    why = "reading takes a token" if settings.read == "token" else f"{settings.host or '*'} lets others in"
    raise ConfigError(
        where,
        f"{why}, and nobody holds a token; make one with kg token add NAME --scope {READ}, "
        "or set KG_READ=open to let everybody read who reaches it",
    )


def _is_of_browser(request: Request) -> bool:
    return choose(request.headers.get("accept"), (MEDIA_TYPE, "text/html")) == "text/html"


def _password(request: Request) -> str:
    """Return the password of Basic authentication; its name may be anything."""
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(coded.strip(), validate=True).decode().partition(":")[2]
    except ValueError:  # no base64, or no UTF-8
        return coded.strip()


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _refuse_other_origins(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is not None and site_of(origin) != request.headers.get("host", "").lower():
        detail = f"a page of {origin} wants to write here; only pages of this service may"
        raise RequestError(HTTPStatus.FORBIDDEN, detail)


def _unauthorized(detail: str, error: str | None, scope: str) -> RequestError:
    challenge = f'{REALM}, scope="{scope}"' + (f', error="{error}"' if error else "")
    return RequestError(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": challenge})
