"""The command that measures this machine: bench."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from kg.bench import Bench, draw_times, measure
from kg.cli import terminal
from kg.cli.papers import Workers, processes
from kg.cli.shared import AsJson, console, progress, require_graph
from kg.files import replacing

app = typer.Typer()


@app.command(epilog="Example: kg bench corpus/papers.jsonl --picture times.svg")
def bench(
    papers: Annotated[
        Path | None, typer.Argument(help="A file of papers: reading and taking them in is measured, too.")
    ] = None,
    db: Annotated[
        Path | None, typer.Option("--db", help="Ask this graph; else the one that the papers make.")
    ] = None,
    workers: Workers = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Draw what was asked as an .svg or a .png.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure extraction, ingest, start-up, look-ups, SPARQL and export on this machine.

    Papers are taken into a graph of their own, which goes when all is measured.
    """
    if papers is None and db is None:
        raise typer.BadParameter("give a file of papers, or --db with the folder of a graph")
    if db is not None:
        require_graph(db)
    with progress("measuring"):
        measured = measure(papers, db, workers=processes(workers))
    if picture:
        with replacing(picture) as stream:
            draw_times(measured).save(stream, picture.suffix.removeprefix("."))
    if as_json:
        terminal.write_json(measured)
    else:
        _print(measured)


def _print(measured: Bench) -> None:
    rows = [
        (one.part, one.what, f"{one.value:,.4g}", "" if one.slow is None else f"{one.slow:,.4g}", one.unit)
        for one in measured.figures
    ]
    terminal.print_table(("part", "what", "value", "p95", "unit"), rows)
    for said in (measured.machine, measured.versions, measured.graph):
        console().print(escape(said))
