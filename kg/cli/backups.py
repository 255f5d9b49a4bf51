"""Commands that keep a graph safe: backup, restore."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from kg.backup import Manifest, back_up, restore
from kg.cli import terminal
from kg.cli.shared import AsJson, Db, console, folder_of, opened, progress
from kg.errors import BackupError
from kg.ledger import LEDGER_FILE
from kg.settings import Settings
from kg.tokens import TOKENS_FILE

app = typer.Typer()


@app.command(epilog="Example: kg backup graph.zip --db my-graph")
def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The zip that is written.")],
    db: Db = None,
    tokens: Annotated[
        bool, typer.Option("--tokens", help="With the tokens, as the hashes that are kept of them.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write all that cannot be made again into one file, as it is at one instant, while others go on working.

    In it are papers, what was read in them, decisions and standing questions. kg restore puts it in place.
    """
    if target.exists() and not force:
        raise BackupError(f"{target}: is there already; name another file, or replace it with --force")
    names = (LEDGER_FILE, TOKENS_FILE) if tokens else (LEDGER_FILE,)
    with progress(f"backing up to {target}") as tell:
        made = back_up(folder_of(db), target, names, tell=tell)
    _print(made, f"{target}: {target.stat().st_size:,} bytes", as_json=as_json)


@app.command("restore", epilog="Example: kg restore graph.zip --db my-graph")
def restore_(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="What kg backup wrote.")],
    db: Db = None,
    force: Annotated[
        bool, typer.Option("--force", help="In place of a graph that is there; its ledger is kept beside.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in place, once all of it was read and is sound, and make the store from it.

    Nobody may have the graph open meanwhile. A server that kg push filled then needs kg push --full.
    """
    folder = db or Settings.from_environment().db
    with progress(f"restoring {archive}") as tell:
        manifest = restore(archive, folder, force=force, tell=tell)
        tell("making the store")
        with opened(folder):
            pass
    _print(manifest, str(folder), as_json=as_json)


def _print(manifest: Manifest, where: str, *, as_json: bool) -> None:
    if as_json:
        terminal.write_json(asdict(manifest))
        return
    said = f"{where}: change {manifest.position}, {terminal.counted(manifest.graph)}"
    console().print(escape(f"{said}, {terminal.counted({'decision': manifest.appended['decisions']})}"))
