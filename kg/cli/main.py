"""The application with all its commands, and what runs it."""

from __future__ import annotations

import logging
import sys
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer
from rich.markup import escape

from kg.cli import (
    agents,
    backups,
    benching,
    decisions,
    evaluation,
    exporting,
    packs,
    papers,
    push,
    questions,
    service,
    tokens,
    watching,
)
from kg.cli.shared import app, console
from kg.errors import KGError

GROUPS = (
    papers,
    evaluation,
    questions,
    exporting,
    packs,
    watching,
    decisions,
    service,
    backups,
    benching,
    tokens,
    agents,
    push,
)
"""The modules of commands, in the order of the help."""

for group in GROUPS:
    app.add_typer(group.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        console().print(f"AlignKG {version('alignkg')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turn titles and abstracts of AI papers into a graph in which every edge opens its sentence."""


def main() -> None:
    """Run the command; an error of ours, or of a file or disk, becomes one line on stderr and exit code 1."""
    logging.basicConfig(format="kg: %(message)s", level=logging.WARNING)
    try:
        app()
    except KGError as error:
        _fail(str(error))
    except UnicodeEncodeError as error:  # the bytes of an argument that were no UTF-8
        _fail(f"{error.object[:60]!r} holds characters that no text has; write it in UTF-8")
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error))


def _fail(message: str) -> NoReturn:
    console(stderr=True).print(f"[red]kg:[/red] {escape(message)}")
    sys.exit(1)


__all__ = ["GROUPS", "app", "main"]
