"""The application with all its commands, and what runs it."""

from __future__ import annotations

import logging
import sys

from rich.markup import escape

from kg.cli import decisions, evaluation, papers, questions, service
from kg.cli.shared import app, console
from kg.errors import KGError

GROUPS = (papers, evaluation, questions, decisions, service)
"""The modules of commands, in the order of the help."""

for group in GROUPS:
    app.add_typer(group.app)


def main() -> None:
    """Run the command; an error of ours becomes one line on stderr and exit code 1."""
    logging.basicConfig(format="kg: %(message)s", level=logging.WARNING)
    try:
        app()
    except KGError as error:
        console(stderr=True).print(f"[red]kg:[/red] {escape(str(error))}")
        sys.exit(1)


__all__ = ["GROUPS", "app", "main"]
