"""`/mcp`: the Model Context Protocol over streamable HTTP, without sessions.

Its libraries take a moment to import; so the first request starts it, and who never asks pays nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio
from anyio.abc import TaskGroup, TaskStatus
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from api.asking import while_there
from api.mcp.opening import require_library
from api.protocol import read_limited
from api.service import Service
from kg.settings import Settings
from kg.stores.caller import Caller

PATH = "/mcp"
_CALLER = "alignkg.caller"
"""Under this name a request carries who waits for its answer."""
_ROOM = 2
"""A message is so many times longer than the longest query: JSON escapes it, and says more than it."""


class Endpoint:
    """Answers at `/mcp` while the application runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = anyio.Lock()
        self._tasks: TaskGroup | None = None
        self._service: Service | None = None
        self._app: Starlette | None = None

    @asynccontextmanager
    async def running(self, service: Service) -> AsyncIterator[None]:
        """Answer from a service; what the first request starts ends here."""
        async with anyio.create_task_group() as tasks:
            self._tasks, self._service, self._app = tasks, service, None
            yield
            tasks.cancel_scope.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one message; RequestError for too long a body."""
        request = Request(scope, receive)
        body = await read_limited(request, _ROOM * self._settings.query_bytes)
        app = await self._ready()

        async def answer(caller: Caller) -> None:
            await app({**scope, _CALLER: caller}, _again(body, caller), send)

        await while_there(request, answer)

    async def _ready(self) -> Starlette:
        assert self._tasks is not None
        async with self._lock:
            if self._app is None:
                self._app = await self._tasks.start(self._run)
            return self._app

    async def _run(self, *, task_status: TaskStatus[Starlette]) -> None:
        """Hold the application of the protocol open: it begins and ends in this task."""
        assert self._service is not None
        app = await run_sync(partial(_make_app, self._service))
        async with app.router.lifespan_context(app):
            task_status.started(app)
            await anyio.sleep_forever()


def _make_app(service: Service) -> Starlette:
    require_library()
    from fastmcp.server.dependencies import get_http_request

    from api.mcp.server import make_server
    from api.mcp.shapes import Links

    def links() -> Links:
        url = get_http_request().url
        return Links(f"{url.scheme}://{url.netloc}")

    def caller() -> Caller:
        found: Caller = get_http_request().scope[_CALLER]
        return found

    return make_server(service, links, caller).http_app(
        PATH,
        json_response=True,
        stateless_http=True,
        host_origin_protection=False,  # `api.gate.Names` has looked, and says what to do
    )


def _again(body: bytes, caller: Caller) -> Receive:
    """Return what hands out a body that was read already, and then that its client has gone, once it has."""
    handed_out = False

    async def again() -> Message:
        nonlocal handed_out
        if handed_out:
            gone = anyio.Event()
            with caller.when_gone(gone.set):
                await gone.wait()
            return {"type": "http.disconnect"}
        handed_out = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
