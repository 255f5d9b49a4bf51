"""Commands about the whole: serve, check, diff, config."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from kg.audit import compare_graphs
from kg.cli import terminal
from kg.cli.push import reached, read_place
from kg.cli.shared import FINDINGS, AsJson, Db, console, opened, require_graph
from kg.settings import Settings, is_secret, read_configuration, variable
from kg.workspace import Workspace, open_workspace

app = typer.Typer()
_SHOWN = 40


@app.command(epilog="Example: kg serve --db my-graph --port 9000")
def serve(
    db: Db = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; loopback unless told.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one.")] = None,
    cypher: Annotated[
        bool, typer.Option("--cypher", help="Also answer Cypher, over Bolt or by the Neo4j of KG_NEO4J_URI.")
    ] = False,
) -> None:
    """Serve pages, look-ups and SPARQL over a graph, to read; who holds a token may correct it as well."""
    from api.server import run  # the service's libraries take a moment to import

    settings = Settings.from_environment()
    settings = settings.but(
        db=db or settings.db,
        host=host or settings.host,
        port=settings.port if port is None else port,
    )
    require_graph(settings.db)
    with open_workspace(settings.db, settings=settings) as graph:
        door = None
        if cypher:
            door = graph.cypher_door(host=settings.cypher_host, port=settings.cypher_port)
            access = door.open()
            said = f"Bolt is at {access.uri}, user {access.user}, password in {door.server.password_in}"
            console().print(escape(said))
        run(graph, settings, door=door)


@app.command(epilog="Example: kg check --store neo4j://neo4j@localhost:7687")
def check(
    db: Db = None,
    store: Annotated[
        str | None, typer.Option("--store", metavar="ADDRESS", help="Compare this server's graph instead.")
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Assemble everything anew from the ledger first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check the ledger, every sentence's offsets, and that the store holds exactly the ledger's graph.

    With --store, compare what kg push brought into a server with the ledger, and name what differs.
    """
    with opened(db) as graph:
        if rebuild:
            graph.rebuild()
        faults = _compare(graph, store) if store else graph.check()
        counts = graph.ledger.counts()
    if as_json:
        terminal.write_json({"faults": faults, "graph": dict(counts)})
    else:
        for fault in faults[:_SHOWN]:
            console().print(f"[red]fault[/red] {escape(fault)}")
        if len(faults) > _SHOWN:
            console().print(f"and {len(faults) - _SHOWN} more; --json lists all of them")
        verdict = f"{len(faults)} faults" if faults else "everything agrees"
        console().print(f"{verdict}: {terminal.counted(counts)}")
    if faults:
        raise typer.Exit(FINDINGS)


def _compare(graph: Workspace, address: str) -> list[str]:
    with reached(read_place(address), graph) as store:
        return graph.check_store(store)


@app.command(epilog="Example: kg diff yesterday today")
def diff(
    before: Annotated[Path, typer.Argument(help="Folder of a graph.", exists=True)],
    after: Annotated[Path, typer.Argument(help="Folder of another graph.", exists=True)],
    as_json: AsJson = False,
) -> None:
    """Say which nodes came, went or changed between two graphs."""
    with opened(before) as old, opened(after) as new:
        changes = compare_graphs(old.graph(), new.graph())
    if as_json:
        terminal.write_json([asdict(change) for change in changes])
    else:
        for change in changes[:_SHOWN]:
            console().print(f"{change.what:8} {escape(change.node)}  {escape(change.said)}")
        if len(changes) > _SHOWN:
            console().print(f"and {len(changes) - _SHOWN} more; --json lists all of them")
        console().print(f"{len(changes)} differences")
    if changes:
        raise typer.Exit(FINDINGS)


@app.command(epilog="Example: KG_PORT=9000 kg config")
def config(as_json: AsJson = False) -> None:
    """Print every setting with its value and where it comes from: a variable, the file, or a default."""
    found = read_configuration()
    values = {name: _shown(name, value) for name, value in found.settings}
    if as_json:
        terminal.write_json(
            {
                name: {"value": value, "from": found.origins[name], "variable": variable(name)}
                for name, value in values.items()
            }
        )
        return
    terminal.print_table(
        ("setting", "value", "from", "variable"),
        [(name, value, found.origins[name], variable(name)) for name, value in values.items()],
    )


def _shown(name: str, value: object) -> object:
    """Return a setting's value; of a secret, only whether there is one."""
    if is_secret(name) and value:
        return "(set)"
    return str(value) if isinstance(value, Path) else value
