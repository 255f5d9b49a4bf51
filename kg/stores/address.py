"""Addresses of servers as people write them, `neo4j://user@host:7687/database`, and what a driver takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from kg.errors import ConfigError

SCHEMES = frozenset(f"{name}{security}" for name in ("neo4j", "bolt") for security in ("", "+s", "+ssc"))
USER = "neo4j"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, as whom to speak to it, and which of its databases, None for the usual one."""

    uri: str
    user: str = USER
    database: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Where a server is, and as whom to ask it."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str | None = None


def read_address(text: str) -> Address:
    """Read an address; ConfigError says what is wrong with it.

    >>> read_address("neo4j+s://ada@graphs.example:7687/papers")
    Address(uri='neo4j+s://graphs.example:7687', user='ada', database='papers')
    """
    parts = _parts(text)
    if parts is None or parts.scheme not in SCHEMES or not parts.hostname:
        raise ConfigError("the store's address", f"{text!r} is not like neo4j://user@host:7687/database")
    if parts.password is not None:
        raise ConfigError(
            "the store's address", "a password on the command line is for all to read; set KG_NEO4J_PASSWORD"
        )
    host = parts.netloc.rpartition("@")[2]
    user = unquote(parts.username) if parts.username else USER
    return Address(f"{parts.scheme}://{host}", user, unquote(parts.path.strip("/")) or None)


def _parts(text: str) -> SplitResult | None:
    """Return the parts of an address, None where its host or its port is none."""
    try:
        parts = urlsplit(text)
        return parts if parts.port != 0 else None
    except ValueError:
        return None
