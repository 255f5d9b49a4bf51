"""Waiting for a query's answer: no longer than wished, and while its client is there."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import TypeVar

from anyio import to_thread
from starlette.requests import Request

from api.problems import RequestError
from api.service import Service
from kg.stores import Limits
from kg.stores.caller import Caller

Answer = TypeVar("Answer")


async def while_there(request: Request, ask: Callable[[Caller], Awaitable[Answer]]) -> Answer:
    """Return what is asked for; a client that leaves takes its query along.

    The body of the request must have been read.
    """
    caller = Caller()
    watching = asyncio.create_task(_watch(request, caller))
    try:
        return await ask(caller)
    finally:
        watching.cancel()
        caller.leave()  # where the service itself goes, too


async def _watch(request: Request, caller: Caller) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    caller.leave()


async def in_thread(ask: Callable[[], Answer], here: Service) -> Answer:
    """Return what takes a while to be had, from a thread.

    Queries have threads of their own: those of the look-ups stay free, however many queries there are.
    """
    return await to_thread.run_sync(ask, limiter=here.query_threads, abandon_on_cancel=True)


def limits_of(wished: str | float | None, here: Service) -> Limits:
    """Return the limits of a query whose client may wish for less time than the service gives, never more."""
    if wished is None:
        return here.limits
    try:
        seconds = float(wished)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        detail = f"a timeout is a number of seconds above 0, not {wished!r}"
        raise RequestError(HTTPStatus.BAD_REQUEST, detail)
    return replace(here.limits, seconds=min(seconds, here.limits.seconds))
