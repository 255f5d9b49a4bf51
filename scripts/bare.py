"""A server that answers at once with as many bytes as its address says: what HTTP costs by itself.

python -m uvicorn scripts.bare:app
"""

from __future__ import annotations

from starlette.types import Receive, Scope, Send


async def app(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer `/1000` with a thousand bytes."""
    size = int(scope["path"].lstrip("/") or 0)
    headers = [(b"content-length", str(size).encode()), (b"content-type", b"application/octet-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": bytes(size)})
