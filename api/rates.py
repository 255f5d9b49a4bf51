"""How often one sender may ask: a bucket of requests for each address, which fills up again with time."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import Request

from api.gate import words
from api.problems import RequestError
from kg.errors import ConfigError
from kg.settings import Settings

COSTLY = ("/sparql", "/cypher", "/db/", "/mcp", "/v1/ask", "/v1/export", "/v1/pack", "/v1/path", "/v1/graph")
"""Addresses that may keep the machine busy; a question on the first page is one of them."""
MOST_SENDERS = 10_000
_HOME = 64
"""Bits that name a network of IPv6: who has one address in it has all of them."""


class Buckets:
    """So many requests at once, so many a second from then on, by sender; the least recent are forgotten.

    The most that it ever holds is `most` senders, a few hundred bytes each.
    """

    def __init__(
        self,
        rate: float,
        burst: int,
        *,
        most: int = MOST_SENDERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate, self._burst, self._most, self._clock = rate, float(burst), most, clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def take(self, sender: str) -> float:
        """Take one request out; return 0, or after how many seconds there is one again."""
        now = self._clock()
        left, then = self._held.pop(sender, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._rate)
        wait = 0.0 if left >= 1 else (1 - left) / self._rate
        self._held[sender] = (left if wait else left - 1, now)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
        return wait


class Rates:
    """Holds back who asks too often; networks of `rate_free`, this machine at first, ask as they like."""

    def __init__(self, settings: Settings) -> None:
        self._free = [_network(name) for name in words(settings.rate_free)]
        self._all = _buckets(settings.rate, settings.rate_burst)
        self._costly = _buckets(settings.costly_rate, settings.costly_burst)

    async def __call__(self, request: Request) -> None:
        """Raise RequestError 429 for a request too many."""
        sender = _sender(request)
        if isinstance(sender, IPv4Address | IPv6Address) and any(sender in network for network in self._free):
            return
        buckets = [self._all, self._costly if _is_costly(request) else None]
        wait = max((each.take(_home(sender)) for each in buckets if each is not None), default=0.0)
        if wait:
            seconds = math.ceil(wait)
            detail = f"that is more than this service answers at such a pace; ask again in {seconds} s"
            raise RequestError(HTTPStatus.TOO_MANY_REQUESTS, detail, headers={"Retry-After": str(seconds)})


def _buckets(rate: float, burst: int) -> Buckets | None:
    return Buckets(rate, max(1, burst)) if rate > 0 else None


def _network(name: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(name, strict=False)
    except ValueError as error:
        raise ConfigError("rate_free", f"{name!r} is no network such as 10.0.0.0/8") from error


def _is_costly(request: Request) -> bool:
    path = request.url.path
    takes_papers = path.startswith("/v1/papers") and request.method not in ("GET", "HEAD")
    return takes_papers or path.startswith(COSTLY) or (path == "/" and "q" in request.query_params)


def _sender(request: Request) -> IPv4Address | IPv6Address | str:
    """Return who asks; a proxy that uvicorn trusts has said it for them."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return getattr(address, "ipv4_mapped", None) or address


def _home(sender: IPv4Address | IPv6Address | str) -> str:
    if isinstance(sender, IPv6Address):
        return str(ip_network((sender.packed, _HOME), strict=False))
    return str(sender)
