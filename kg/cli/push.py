"""The command that brings a graph into a server, over Bolt or in SPARQL; and how the others reach one."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from kg.cli import terminal
from kg.cli.shared import AsJson, Db, console, opened, progress
from kg.errors import ConfigError, StoreUnavailable
from kg.settings import variable
from kg.stores.address import Address, Endpoint, is_endpoint, read_address, read_endpoint
from kg.workspace import Workspace

if TYPE_CHECKING:
    from kg.stores.bolt import BoltStore
    from kg.stores.sparql_endpoint import SparqlEndpoint

app = typer.Typer()

Server = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        envvar="KG_NEO4J_URI",
        help="neo4j://user@host:7687/database, also bolt://, neo4j+s:// and bolt+s://; "
        "or sparql+http://user@host:3030/dataset, also sparql+https://.",
    ),
]


@app.command(epilog="Example: kg push neo4j://neo4j@localhost:7687 --db my-graph")
def push(
    address: Server,
    db: Db = None,
    full: Annotated[
        bool, typer.Option("--full", help="Take out all that is there of a graph, and load everything.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a server up to date with the graph: everything the first time, then what has changed.

    The server is a Neo4j, or any that takes SPARQL 1.1 queries and updates: Fuseki at sparql+http://…/dataset,
    Oxigraph at sparql+http://host:7878; others say where below the address, as ?query=sparql&update=sparql.

    The password comes from KG_NEO4J_PASSWORD or KG_SPARQL_PASSWORD, else it is asked for where the address
    names a user. A push that was interrupted goes on where it stopped when it is run again. A database that
    holds anything else is left alone.
    """
    place = read_place(address)
    with opened(db) as graph, reached(place, graph) as store:
        before, began = store.manifest(), time.monotonic()
        if full:
            store.clear()
        with progress(f"pushing to {place.uri}") as tell:
            graph.catch_up_store(store, tell=lambda done, total: tell(f"{done:,} of {total:,} nodes"))
        counts = graph.counts()
        report = {
            "store": place.uri,
            "database": place.database if isinstance(place, Address) else place.graph,
            "from": before.position if before and before.loaded is None and not full else 0,
            "to": store.position(),
            "seconds": round(time.monotonic() - began, 2),
            "graph": dict(counts),
        }
    if as_json:
        terminal.write_json(report)
        return
    said = f"{place.uri} holds {terminal.counted(counts)}"
    console().print(escape(f"{said}: changes {report['from']} to {report['to']}, {report['seconds']} s"))


def read_place(address: str) -> Address | Endpoint:
    """Read the address of a server of either kind."""
    return read_endpoint(address) if is_endpoint(address) else read_address(address)


@contextmanager
def reached(place: Address | Endpoint, graph: Workspace) -> Iterator[BoltStore | SparqlEndpoint]:
    """Open the server's database for a graph."""
    with closing(_endpoint(place, graph) if isinstance(place, Endpoint) else _bolt(place, graph)) as store:
        yield store


def _bolt(place: Address, graph: Workspace) -> BoltStore:
    try:
        from kg.stores.bolt import BoltStore
    except ModuleNotFoundError as error:
        raise StoreUnavailable("Bolt needs the extra: pip install 'alignkg[cypher]'") from error
    password = graph.settings.neo4j_password or _ask_password(place.user, "neo4j_password")
    return BoltStore.connect(place.uri, place.user, password, database=place.database, origin=graph.origin)


def _endpoint(place: Endpoint, graph: Workspace) -> SparqlEndpoint:
    from kg.stores.sparql_endpoint import SparqlEndpoint  # few commands speak to one

    password = graph.settings.sparql_password
    if place.user and not password:
        password = _ask_password(place.user, "sparql_password")
    return SparqlEndpoint.connect(place, password, vocabulary=graph.vocabulary, origin=graph.origin)


def _ask_password(user: str, setting: str) -> str:
    if not sys.stdin.isatty():
        raise ConfigError(variable(setting), f"it has to hold the password of {user}")
    asked: str = typer.prompt(f"password of {user}", hide_input=True, err=True)
    return asked
