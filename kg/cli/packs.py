"""The command that packs an answer for whoever writes about it: pack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from kg.cli import terminal
from kg.cli.shared import AsJson, Db, console, opened, progress

app = typer.Typer()


@app.command(epilog='Example: kg pack "methods evaluated on MT-Bench" -o mt-bench')
def pack(
    question: Annotated[str, typer.Argument(help="A question in words, as kg find takes it.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A new folder, or a file ending in .zip.")],
    db: Db = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an earlier pack; files of others in its folder stay.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write all that stands behind an answer: tables, BibTeX, sentences, its part of the graph, pictures.

    A notebook opens the pack again; manifest.json says of which graph it is, and what was left out.
    """
    from kg.pack import check_target, write_pack  # drawing takes a moment to import

    check_target(output, force=force)
    with opened(db) as graph, progress(f"packing {output}") as tell:
        made = graph.pack(question, tell=tell)
        write_pack(made, output, force=force)
    if as_json:
        terminal.write_json(made.manifest)
        return
    counts, left_out = made.manifest["counts"], made.manifest["left_out"]
    console().print(
        f"{escape(str(output))}: {len(made.files)} files, {sum(map(len, made.files.values())):,} bytes; "
        f"{counts['rows']} rows, {counts['papers']} papers, {counts['quotes']} sentences"
    )
    for what in left_out:
        console(stderr=True).print(f"left out: {escape(what)}")
