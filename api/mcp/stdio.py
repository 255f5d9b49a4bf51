"""The protocol over stdin and stdout, for a client that starts `kg mcp` itself."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from api.mcp.opening import require_library
from api.mcp.shapes import Links
from api.service import service_over
from kg.settings import Settings
from kg.stores.caller import Caller
from kg.workspace import Workspace

if TYPE_CHECKING:  # the driver under it comes with an extra
    from kg.stores.door import CypherDoor


def run(workspace: Workspace, settings: Settings, door: CypherDoor | None = None) -> None:
    """Answer until the client closes stdin; StoreUnavailable where the library is missing."""
    require_library()
    # What waits for stdin cannot be interrupted otherwise; the workers end when this process is gone.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(_answer(workspace, settings, door))


async def _answer(workspace: Workspace, settings: Settings, door: CypherDoor | None) -> None:
    from api.mcp.server import make_server  # its libraries come with an extra

    # One client asks here, mostly one thing at a time.
    async with service_over(workspace, settings.but(query_workers=1), door) as service:
        await make_server(service, Links, Caller).run_stdio_async(show_banner=False)
