"""The command that agents start: mcp."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from kg.cli.shared import Db, console, require_graph
from kg.settings import Settings
from kg.workspace import open_workspace

app = typer.Typer()


@app.command(epilog="Example: kg mcp --db my-graph")
def mcp(
    db: Db = None,
    cypher: Annotated[bool, typer.Option("--cypher", help="Also answer Cypher.")] = False,
) -> None:
    """Answer an agent over stdin and stdout by the Model Context Protocol, read-only.

    A client starts this command itself; kg serve answers agents at /mcp.
    """
    from api.mcp.stdio import run  # the protocol's libraries take a moment to import

    settings = Settings.from_environment()
    settings = settings.but(db=db or settings.db)
    require_graph(settings.db)
    with open_workspace(settings.db, settings=settings) as graph:
        if sys.stdin.isatty():
            console(stderr=True).print("A client speaks to this command over stdin; Ctrl+D ends it.")
        run(graph, settings, graph.cypher_door() if cypher else None)
