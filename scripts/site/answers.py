"""Commands of a page and what they print: each is run where the page is read, in a folder of its own."""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from html import escape
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.style import Style
from rich.text import Text
from typer.testing import CliRunner

from kg.cli import app

WIDTH = 86
TERMINAL = {"COLUMNS": str(WIDTH), "FORCE_COLOR": "1", "TERM": "xterm-256color", "KG_DB": None}
READABLE = 'class="terminal" tabindex="0" role="region" aria-label="What it prints"'
COLOURS = {1: "red", 2: "green", 3: "yellow", 5: "magenta", 6: "cyan"}
FENCE = re.compile(
    r'^```(?P<kind>\w+)(?: title="(?P<file>[^"]+)")?\n(?P<body>.*?)^```\n', re.MULTILINE | re.DOTALL
)


class CommandFailed(Exception):
    """A command of a page did not succeed."""

    def __init__(self, page: str, command: str, said: str) -> None:
        super().__init__(f"{page}: {command}: {said.strip()}")


@contextlib.contextmanager
def desk(graph: Path, corpus: Path) -> Iterator[Path]:
    """Make a folder to follow a page in: the bundled corpus, and its graph where the command looks for it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "corpus").symlink_to(corpus)
        shutil.copytree(graph, place / "var" / "kg")
        with contextlib.chdir(place):
            yield place


def followed(page: str, markdown: str, graph: Path, corpus: Path) -> str:
    """Return a page with what its commands print, in the order of the page.

    A block of `console` has commands; a block with a title is a file that the reader writes.
    """
    if "```console\nkg " not in markdown:
        return markdown
    with desk(graph, corpus):
        return FENCE.sub(lambda block: _followed(page, block), markdown)


def _followed(page: str, block: re.Match[str]) -> str:
    if block["file"]:
        Path(block["file"]).write_text(block["body"], encoding="utf-8")
    if block["kind"] != "console":
        return block[0]
    commands = [line for line in block["body"].splitlines() if line.startswith("kg ")]
    if not commands:
        return block[0]
    return "\n".join(f"```sh\n{command}\n```\n{shown(run(page, command))}" for command in commands)


def run(page: str, command: str) -> str:
    """Return what a command prints to a terminal."""
    done = CliRunner(env=TERMINAL).invoke(app, shlex.split(command)[1:])
    if done.exit_code != 0:
        raise CommandFailed(page, command, done.output or repr(done.exception))
    return done.stdout


def shown(printed: str) -> str:
    """Return what a terminal shows as HTML whose colours the page's sheet gives."""
    text = Text.from_ansi(printed.strip("\n"))
    segments = text.render(Console(file=StringIO(), width=WIDTH))
    inside = "".join(_span(segment.text, segment.style) for segment in segments)
    return f"<pre {READABLE}>{inside.rstrip()}</pre>\n" if inside.strip() else ""


def _span(text: str, style: Style | None) -> str:
    names = _names(style) if style else []
    words = escape(text, quote=False)
    return f'<span class="{" ".join(names)}">{words}</span>' if names else words


def _names(style: Style) -> list[str]:
    ways = {"bold": style.bold, "dim": style.dim, "underline": style.underline}
    colour = COLOURS.get(style.color.number or 0) if style.color else None
    return [*(name for name, on in ways.items() if on), *filter(None, (colour,))]
