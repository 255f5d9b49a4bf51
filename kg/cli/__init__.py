"""The `kg` command: what it prints goes to stdout, progress and complaints to stderr.

Exit codes: 0 done, 1 an error that the message explains, 2 a wrong option, 3 done, but with findings
(`kg check` found faults, `kg diff` found differences).
"""

from __future__ import annotations

import sys

from rich.markup import escape

from kg.cli import decisions, papers, questions, service
from kg.cli.shared import app, console
from kg.errors import KGError

GROUPS = (papers, questions, decisions, service)
"""The modules that add commands to the application."""


def main() -> None:
    """Run the command; an error of ours becomes one line on stderr and exit code 1."""
    try:
        app()
    except KGError as error:
        console(stderr=True).print(f"[red]kg:[/red] {escape(str(error))}")
        sys.exit(1)


__all__ = ["GROUPS", "app", "main"]
