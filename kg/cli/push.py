"""The command that brings a graph into a server that speaks Bolt: push; and how the others reach one."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from kg.cli import terminal
from kg.cli.shared import AsJson, Db, console, opened, progress
from kg.errors import ConfigError, StoreUnavailable
from kg.stores.address import Address, read_address
from kg.workspace import Workspace

if TYPE_CHECKING:
    from kg.stores.bolt import BoltStore

app = typer.Typer()

Server = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        envvar="KG_NEO4J_URI",
        help="neo4j://user@host:7687/database; also bolt://, neo4j+s:// and bolt+s://.",
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
    """Bring a Neo4j database up to date with the graph: everything the first time, then what has changed.

    The password comes from KG_NEO4J_PASSWORD, else it is asked for. A push that was interrupted goes on
    where it stopped when it is run again. A database that holds anything else is left alone.
    """
    place = read_address(address)
    with opened(db) as graph, reached(place, graph) as store:
        before, began = store.manifest(), time.monotonic()
        if full:
            store.clear()
        with progress(f"pushing to {place.uri}") as tell:
            graph.catch_up_store(store, tell=lambda done, total: tell(f"{done:,} of {total:,} nodes"))
        report = {
            "store": place.uri,
            "database": place.database,
            "from": before.position if before and before.loaded is None and not full else 0,
            "to": store.position(),
            "seconds": round(time.monotonic() - began, 2),
            "graph": dict(graph.ledger.counts()),
        }
        counts = terminal.counted(graph.ledger.counts())
    if as_json:
        terminal.write_json(report)
        return
    said = f"{place.uri} holds {counts}"
    console().print(escape(f"{said}: changes {report['from']} to {report['to']}, {report['seconds']} s"))


@contextmanager
def reached(place: Address, graph: Workspace) -> Iterator[BoltStore]:
    """Open the server's database for a graph."""
    try:
        from kg.stores.bolt import BoltStore
    except ModuleNotFoundError as error:
        raise StoreUnavailable("Bolt needs the extra: pip install 'alignkg[cypher]'") from error
    store = BoltStore.connect(
        place.uri,
        place.user,
        graph.settings.neo4j_password or _ask_password(place),
        database=place.database,
        origin=graph.origin,
    )
    try:
        yield store
    finally:
        store.close()


def _ask_password(place: Address) -> str:
    if not sys.stdin.isatty():
        raise ConfigError("KG_NEO4J_PASSWORD", f"it has to hold the password of {place.user}")
    asked: str = typer.prompt(f"password of {place.user}", hide_input=True, err=True)
    return asked
