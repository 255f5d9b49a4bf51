"""Whether the library of the protocol is there: it comes with an extra."""

from __future__ import annotations

from importlib.util import find_spec

from kg.errors import StoreUnavailable


def require_library() -> None:
    """Raise StoreUnavailable where FastMCP is not installed."""
    if find_spec("fastmcp") is None:
        raise StoreUnavailable("MCP needs fastmcp: pip install 'alignkg[mcp]'")
