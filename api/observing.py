"""Every request gets an id, a line in the log and a place in the metrics; outermost, so that none is missed.

Labels of metrics are bounded: a route's template, never an address that somebody asked for.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import FACTS, request_id

logger = logging.getLogger(__name__)

REQUEST_ID = "X-Request-Id"
_SANE_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SEEN = "alignkg.seen"
NO_ROUTE = "(none)"
"""What is said of a request that never came to a route: refused before, or at no address of ours."""
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LINE = "%(method)s %(path)s %(status)s %(milliseconds)s ms %(bytes)s bytes"
_NO_STATUS = 499
"""Nobody waited for an answer, as nginx has it."""


class HttpMetrics:
    """Counts of one application's requests, in a registry of its own: several may live in one process."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "alignkg_http_requests", "Requests answered.", ("method", "route", "status"), registry=registry
        )
        self.seconds = Histogram(
            "alignkg_http_request_seconds",
            "Time from a request's head to the end of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.running = Gauge(
            "alignkg_http_requests_running", "Requests that are being answered.", registry=registry
        )

    def count(self, seen: _Seen, seconds: float) -> None:
        """Count a request that is over."""
        method = seen.method if seen.method in _METHODS else "other"
        self.requests.labels(method, seen.route, str(seen.status)).inc()
        self.seconds.labels(seen.route).observe(seconds)


@dataclass
class _Seen:
    """What is known of a request by its end."""

    method: str
    path: str
    route: str = NO_ROUTE
    status: int = _NO_STATUS
    bytes: int = 0


class Observed:
    """Gives a request its id, and says and counts what came of it."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics, stopped: Callable[[Request], Response]) -> None:
        self.app, self.metrics, self.stopped = app, metrics, stopped

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen = scope[_SEEN] = _Seen(scope["method"], _path(scope))
        id_ = _id_of(scope)

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID] = id_
                seen.status = message["status"]
            if seen.method != "HEAD":  # the server drops the body
                seen.bytes += len(message.get("body", b""))
            await send(message)

        began, token = time.perf_counter(), request_id.set(id_)
        self.metrics.running.inc()
        try:
            await self.app(scope, receive, watch)
        except asyncio.CancelledError:  # the service stops, and this took too long to wait for
            if seen.status != _NO_STATUS:
                raise
            await self.stopped(Request(scope))(scope, receive, watch)
        finally:
            seconds = time.perf_counter() - began
            self.metrics.running.dec()
            self.metrics.count(seen, seconds)
            _log(seen, seconds)
            request_id.reset(token)


class Routed:
    """Notes, innermost, which route a request came to: who stands outside may hold a copy of its scope."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        try:
            await self.app(scope, receive, send)
        finally:
            seen, route = scope.get(_SEEN), scope.get("route")
            if isinstance(seen, _Seen):  # a mounted folder of files is no route, and leaves its root
                seen.route = (route.path if route else scope.get("root_path")) or NO_ROUTE


def _path(scope: Scope) -> str:
    """Return the path as it was sent, without the query: what was asked for is nobody's business."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("ascii", "backslashreplace")


def _id_of(scope: Scope) -> str:
    """Return the id that a proxy gave a request, if it is one, or a new one."""
    given = Headers(scope=scope).get(REQUEST_ID, "")
    return given if _SANE_ID.fullmatch(given) else uuid4().hex


def _log(seen: _Seen, seconds: float) -> None:
    said = {
        "method": seen.method,
        "path": seen.path,
        "status": seen.status,
        "milliseconds": round(seconds * 1000, 1),
        "bytes": seen.bytes,
    }
    logger.info(_LINE, said, extra={FACTS: said})
