"""Addresses of servers as people write them, and what a driver takes.

`neo4j://user@host:7687/database` speaks Bolt, `sparql+http://user@host:3030/dataset` SPARQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from kg.errors import ConfigError

SCHEMES = frozenset(f"{name}{security}" for name in ("neo4j", "bolt") for security in ("", "+s", "+ssc"))
ENDPOINT_SCHEMES = frozenset({"sparql+http", "sparql+https"})
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


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server takes queries and updates in SPARQL, and as whom to speak to it, None for nobody."""

    uri: str
    query: str
    update: str
    user: str | None = None
    graph: str | None = None
    """The named graph that holds ours; None for the default one."""


def is_endpoint(text: str) -> bool:
    """Say whether an address is one of SPARQL.

    >>> is_endpoint("sparql+https://graphs.example/ds"), is_endpoint("bolt://localhost")
    (True, False)
    """
    return text.partition(":")[0].lower() in ENDPOINT_SCHEMES


def read_endpoint(text: str) -> Endpoint:
    """Read an address of SPARQL; ConfigError says what is wrong with it.

    Queries go to `query` below it and updates to `update`, as Fuseki and Oxigraph have it. Other servers call
    these places otherwise, which `?query=` and `&update=` say; an empty one is the address itself. `&graph=`
    names a graph for servers without a default graph of its own.

    >>> read_endpoint("sparql+http://localhost:3030/ds").update
    'http://localhost:3030/ds/update'
    >>> place = read_endpoint("sparql+http://ada@localhost:7200/repositories/kg?query=&update=statements")
    >>> place.user, place.query, place.update.rpartition("/")[2]
    ('ada', 'http://localhost:7200/repositories/kg', 'statements')
    """
    parts = _parts(text)
    if parts is not None:
        _refuse_password(parts, "KG_SPARQL_PASSWORD")
    places = {"query": "query", "update": "update", "graph": ""}
    named = dict(parse_qsl(parts.query, keep_blank_values=True)) if parts else {}
    if parts is None or not is_endpoint(text) or not parts.hostname or named.keys() - places.keys():
        raise ConfigError(
            "the store's address", f"{text!r} is not like sparql+http://user@host:3030/ds?query=sparql"
        )
    places |= named
    uri = f"{parts.scheme.removeprefix('sparql+')}://{_host(parts)}{parts.path.rstrip('/')}"
    return Endpoint(
        uri,
        query=f"{uri}/{places['query']}".rstrip("/"),
        update=f"{uri}/{places['update']}".rstrip("/"),
        user=unquote(parts.username) if parts.username else None,
        graph=places["graph"] or None,
    )


def read_address(text: str) -> Address:
    """Read an address; ConfigError says what is wrong with it.

    >>> read_address("neo4j+s://ada@graphs.example:7687/papers")
    Address(uri='neo4j+s://graphs.example:7687', user='ada', database='papers')
    """
    parts = _parts(text)
    if parts is None or parts.scheme not in SCHEMES or not parts.hostname:
        raise ConfigError("the store's address", f"{text!r} is not like neo4j://user@host:7687/database")
    _refuse_password(parts, "KG_NEO4J_PASSWORD")
    user = unquote(parts.username) if parts.username else USER
    return Address(f"{parts.scheme}://{_host(parts)}", user, unquote(parts.path.strip("/")) or None)


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _refuse_password(parts: SplitResult, variable: str) -> None:
    if parts.password is not None:
        raise ConfigError(
            "the store's address", f"a password on the command line is for all to read; set {variable}"
        )


def _parts(text: str) -> SplitResult | None:
    """Return the parts of an address, None where its host or its port is none."""
    try:
        parts = urlsplit(text)
        return parts if parts.port != 0 else None
    except ValueError:
        return None
