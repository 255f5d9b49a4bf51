"""Commands about standing questions: watch, watch add, watch list, watch remove."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from kg.cli import terminal
from kg.cli.shared import AsJson, Db, console, opened
from kg.lookup import Quote
from kg.records import JSON
from kg.watch import Changes, Event, Told, Watch
from kg.workspace import Workspace

app = typer.Typer()
watch = typer.Typer(
    help="Say what came, went or changed in the answers to standing questions, with the sentences.",
    epilog="Example: kg watch --json",
)
app.add_typer(watch, name="watch")
_QUOTES_SHOWN = 3
_STYLES = {"new": "green", "gone": "red", "changed": "yellow"}


@watch.callback(invoke_without_command=True)
def news(
    context: typer.Context,
    db: Db = None,
    every: Annotated[bool, typer.Option("--all", help="Also what was shown before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what came, went or changed in the answers to standing questions since you last looked.

    What is shown once counts as seen. Questions are asked again here and at every ingest and decision.
    """
    if context.invoked_subcommand:
        _refuse_misplaced(context)
        return
    with opened(db) as graph:
        troubles = graph.standing.look()
        found = _all(graph) if every else graph.standing.news()
        if as_json:
            terminal.write_json([_plain(watched, events) for watched, events in found])
        else:
            _print(graph, found)
        for watched, events in found:
            graph.standing.book.mark_seen(watched, events[-1].number)
    for trouble in troubles:
        console(stderr=True).print(f"[red]kg:[/red] {escape(str(trouble))}")
    if troubles:
        raise typer.Exit(1)


def _refuse_misplaced(context: typer.Context) -> None:
    """Refuse an option that stands before a subcommand, which would never see it."""
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(f"give {parameter.opts[0]} behind {context.invoked_subcommand}")


def _all(graph: Workspace) -> list[tuple[Watch, list[Event]]]:
    book = graph.standing.book
    found = [(watched, book.events(watched)) for watched in book.watches()]
    return [(watched, events) for watched, events in found if events]


@watch.command(epilog='Example: kg watch add "methods evaluated on MT-Bench"')
def add(
    question: Annotated[str, typer.Argument(help="A question in words, as kg find takes it.")],
    db: Db = None,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Even if it has a name that no paper says yet.")
    ] = False,
) -> None:
    """Let a question stand: from now on its answers are compared after every change."""
    with opened(db) as graph:
        added = graph.standing.add(question, unknown=unknown)
    console().print(
        f"standing question {added.number}: {escape(added.question)}; {_counted(added.answers)} now; "
        "kg watch says what changes"
    )


@watch.command("list", epilog="Example: kg watch list --json")
def list_(db: Db = None, as_json: AsJson = False) -> None:
    """List the standing questions."""
    with opened(db) as graph:
        watches = graph.standing.book.watches()
    if as_json:
        terminal.write_json(watches)
        return
    rows = [(w.number, w.question, w.answers, w.added, w.changed, w.events - w.seen) for w in watches]
    terminal.print_table(("number", "question", "answers", "since (UTC)", "last news (UTC)", "unseen"), rows)


@watch.command(epilog="Example: kg watch remove 2")
def remove(
    number: Annotated[int, typer.Argument(help="The question's number in kg watch list.")], db: Db = None
) -> None:
    """Take a standing question back."""
    with opened(db) as graph:
        removed = graph.standing.remove(number)
    console().print(f"no longer a standing question: {escape(removed.question)}")


def _plain(watched: Watch, events: list[Event]) -> JSON:
    return {"number": watched.number, "question": watched.question, "events": [asdict(e) for e in events]}


def _counted(answers: int) -> str:
    return terminal.counted({"answer": answers})


def _print(graph: Workspace, found: list[tuple[Watch, list[Event]]]) -> None:
    out = console()
    if not found:
        standing = len(graph.standing.book.watches())
        out.print(f"nothing new in {terminal.counted({'standing question': standing})}")
    for watched, events in found:
        for event in events:
            out.print(f"[bold]{watched.number}. {escape(watched.question)}[/bold]")
            out.print(f"[dim]{event.at} · {event.changes.summary()}[/dim]")
            _print_changes(out, event.changes)
            out.print()


def _print_changes(out: Console, changes: Changes) -> None:
    for answer in changes.came:
        _print_answer(out, "new", answer, "", answer.quotes)
    for answer in changes.went:
        _print_answer(out, "gone", answer, "", answer.quotes)
    for change in changes.changed:
        _print_answer(out, "changed", change.now, change.in_words(), change.fresh)


def _print_answer(out: Console, what: str, answer: Told, change: str, quotes: tuple[Quote, ...]) -> None:
    line = Text(f"{what:8}", style=_STYLES[what]).append(answer.in_words(), style="bold")
    out.print(line.append(f"  {change}" if change else "", style="not bold"))
    terminal.print_quotes(out, quotes[:_QUOTES_SHOWN])
    if len(quotes) > _QUOTES_SHOWN:
        out.print(f"  [dim]and {len(quotes) - _QUOTES_SHOWN} more sentences; --json has all of them[/dim]")
