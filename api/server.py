"""Running the service: a socket, a line that says where it is, and uvicorn until somebody stops it."""

from __future__ import annotations

import math
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from api import logs
from api.access import require_somebody
from api.app import create_app
from api.connections import connections
from api.gate import ADDRESS_BYTES, HEAD_BYTES
from kg.errors import ConfigError
from kg.settings import Settings
from kg.tokens import Tokens
from kg.workspace import Workspace

if TYPE_CHECKING:  # the driver under it comes with an extra
    from kg.stores.door import CypherDoor


_HEAD_ROOM = 4 * (ADDRESS_BYTES + HEAD_BYTES)
"""What arrives of a head before it is whole; a head within this and over its bounds is told which one."""


def say(address: str) -> None:
    """Tell people where the service is."""
    sys.stdout.write(f"AlignKG is at {address} (Ctrl+C stops it)\n")
    sys.stdout.flush()


def run(
    workspace: Workspace,
    settings: Settings,
    announce: Callable[[str], None] = say,
    door: CypherDoor | None = None,
) -> None:
    """Serve a workspace until SIGINT or SIGTERM; ConfigError if the address cannot be listened on.

    That is so, too, where only holders of a token could read, and nobody holds one. Once told to stop, it
    takes no more requests, and gives those that it has `stop_seconds` to end.
    """
    require_somebody(settings, Tokens(workspace.directory))
    config = uvicorn.Config(
        create_app(workspace, settings, door),
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        http=connections(settings.slow_seconds),
        h11_max_incomplete_event_size=_HEAD_ROOM,
        ws="none",
        limit_concurrency=settings.connections,
        timeout_graceful_shutdown=math.ceil(settings.stop_seconds),
    )
    with listen(settings.host, settings.port) as listener:
        port = listener.getsockname()[1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        logs.configure(settings)
        server = uvicorn.Server(config)
        with _stopping(server):
            announce(f"http://{host}:{port}/")
            server.run(sockets=[listener])


@contextmanager
def _stopping(server: uvicorn.Server) -> Iterator[None]:
    """End well when told to: uvicorn raises a signal once more after heeding it, which would kill us."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio turns off Nagle's algorithm, which would hold answers back for 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise ConfigError(
            "port", f"{host}:{port} cannot be listened on ({reason}); choose another"
        ) from error
    return listener
