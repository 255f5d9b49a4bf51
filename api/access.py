"""Who may write: the token that a request bears, held against those of the graph.

Reading needs none. A token travels in the `Authorization` header only and never as a cookie, so that no other
site can make a browser send it; a page of another origin is refused besides.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request

from api.problems import RequestError
from kg.tokens import Holder, Tokens

REALM = 'Bearer realm="AlignKG"'
MOST_FAILURES, WITHIN_SECONDS = 10, 60.0
"""So many wrong tokens a machine may send in so much time before it is told to wait."""
_MOST_HOSTS = 1_000


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
        token = _token(request)
        holder = self.tokens.holder(token) if token else None
        if holder is None:
            raise self._unknown(request, token, scope)
        state = holder.state(datetime.now(UTC))
        if state != "valid":
            detail = f"the token of {holder.name} is {state}; ask for another: kg token add makes one"
            raise _unauthorized(detail, "invalid_token", scope)
        if scope not in holder.scopes:
            detail = f"the token of {holder.name} is for {', '.join(holder.scopes)}, not for {scope}"
            challenge = f'{REALM}, error="insufficient_scope", scope="{scope}"'
            raise RequestError(HTTPStatus.FORBIDDEN, detail, headers={"WWW-Authenticate": challenge})
        return holder

    def _unknown(self, request: Request, token: str, scope: str) -> RequestError:
        if not self.tokens.any_valid():
            detail = (
                f"this service is read-only, since nobody holds a token; "
                f"whoever runs it makes one with: kg token add NAME --scope {scope}"
            )
            return RequestError(HTTPStatus.FORBIDDEN, detail)
        if not token:
            detail = (
                f"this needs a token for {scope}: send it as Authorization: Bearer …, or enter it at /curate"
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


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _refuse_other_origins(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        detail = f"a page of {origin} wants to write here; only pages of this service may"
        raise RequestError(HTTPStatus.FORBIDDEN, detail)


def _unauthorized(detail: str, error: str | None, scope: str) -> RequestError:
    challenge = f'{REALM}, scope="{scope}"' + (f', error="{error}"' if error else "")
    return RequestError(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": challenge})
