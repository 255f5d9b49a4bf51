"""What the commands share: the application, its common options, how a graph is opened, progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from kg.errors import StoreUnavailable
from kg.ledger import LEDGER_FILE
from kg.settings import Settings
from kg.workspace import Workspace, open_workspace

FINDINGS = 3
"""The exit code of a check that found something."""
_SECONDS_BETWEEN_LINES = 10.0

app = typer.Typer(
    name="kg",
    help="Turn titles and abstracts of AI papers into a graph in which every edge opens its sentence.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Db = Annotated[
    Path | None, typer.Option("--db", help="Folder of the graph.", envvar="KG_DB", show_default="var/kg")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="Rows to a page.")]
Cursor = Annotated[str | None, typer.Option("--cursor", help="Go on where the page before ended.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write here, not to stdout.")]


@contextmanager
def opened(db: Path | None, *, new: bool = False) -> Iterator[Workspace]:
    """Open the graph in a folder; only where it may be `new` is it made."""
    settings = Settings.from_environment()
    if db:
        settings = settings.but(db=db)
    if not new:
        require_graph(settings.db)
    with open_workspace(settings.db, settings=settings) as graph:
        yield graph


def folder_of(db: Path | None) -> Path:
    """Return the folder of a graph that is there, without opening it."""
    folder = db or Settings.from_environment().db
    require_graph(folder)
    return folder


def require_graph(folder: Path) -> None:
    """Raise StoreUnavailable if a folder holds no graph: a mistyped name is no empty graph."""
    if not (folder / LEDGER_FILE).is_file():
        raise StoreUnavailable(f"{folder}: there is no graph; kg ingest PAPERS --db {folder} makes one")


def console(*, stderr: bool = False) -> Console:
    """Return the console for results, or for everything else."""
    out = Console(stderr=stderr, highlight=False)
    out.soft_wrap = not out.is_terminal
    return out


@contextmanager
def progress(task: str) -> Iterator[Callable[[str], None]]:
    """Show how far a long task is: a moving line, or a line every ten seconds where stderr is a file."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield _lines(out, task)
        return
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), TimeElapsedColumn()
    with Progress(*columns, console=out, transient=True) as bar:
        line = bar.add_task(escape(task), total=None)
        yield lambda text: bar.update(line, description=escape(f"{task}: {text}"))


def _lines(out: Console, task: str) -> Callable[[str], None]:
    said = time.monotonic()

    def tell(text: str) -> None:
        nonlocal said
        if time.monotonic() - said >= _SECONDS_BETWEEN_LINES:
            said = time.monotonic()
            out.print(escape(f"{task}: {text}"))

    return tell
