"""Waiting for a query's answer: off the event loop, no longer than wished, and while its client is there."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TypeVar

from anyio import to_thread
from starlette.requests import Request

from api.problems import RequestError
from api.service import Service
from kg.stores import Limits
from kg.stores.caller import Caller

Answer = TypeVar("Answer")


async def while_there(request: Request, here: Service, ask: Callable[[Caller], Answer]) -> Answer:
    """Return what is asked for; a client that leaves takes its query along.

    The body of the request must have been read. Queries wait in threads of their own: those of the look-ups
    stay free, however many queries there are.
    """
    caller = Caller()
    watching = asyncio.create_task(_watch(request, caller))
    try:
        return await to_thread.run_sync(
            partial(ask, caller), limiter=here.query_threads, abandon_on_cancel=True
        )
    finally:
        watching.cancel()
        caller.leave()  # where the service itself goes, too


async def _watch(request: Request, caller: Caller) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    # Its lock may be held for a moment by whoever starts a process.
    await asyncio.to_thread(caller.leave)


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
