"""Commands that record decisions of people: merge, split, retype, accept, reject, undo, history."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from kg.cli import terminal
from kg.cli.shared import AsJson, Db, console, opened
from kg.curation import Decision

app = typer.Typer()
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the history.")]
EntityId = Annotated[
    str, typer.Argument(help="An entity's id, such as method/direct-preference-optimization.")
]
NodeId = Annotated[str, typer.Argument(help="The id of a statement or result, as kg show prints it.")]


@app.command(
    epilog='Example: kg merge method/dpo method/direct-preference-optimization --reason "one method"'
)
def merge(entity: EntityId, into: EntityId, db: Db = None, reason: Reason = "") -> None:
    """Decide that one entity is another."""
    with opened(db) as graph:
        _print(graph.merge(entity, into, reason=reason))


@app.command(epilog='Example: kg split method/moe --paper arXiv:2401.00001 --name "Mixture of Editors"')
def split(
    entity: EntityId,
    papers: Annotated[list[str], typer.Option("--paper", help="A paper in which it is another thing.")],
    name: Annotated[str, typer.Option("--name", help="What that other thing is called.")],
    db: Db = None,
    reason: Reason = "",
) -> None:
    """Decide that in some papers an entity is another thing."""
    with opened(db) as graph:
        _print(graph.split(entity, papers, name, reason=reason))


@app.command(epilog="Example: kg retype method/llama-guard Model")
def retype(
    entity: EntityId,
    type_name: Annotated[str, typer.Argument(metavar="TYPE", help="A class of the ontology.")],
    db: Db = None,
    reason: Reason = "",
) -> None:
    """Decide that an entity is of another type."""
    with opened(db) as graph:
        _print(graph.retype(entity, type_name, reason=reason))


@app.command(epilog="Example: kg accept statement/0123456789abcdef")
def accept(node: NodeId, db: Db = None, reason: Reason = "") -> None:
    """Decide that a statement or result is right."""
    with opened(db) as graph:
        _print(graph.accept(node, reason=reason))


@app.command(
    epilog='Example: kg reject statement/0123456789abcdef --reason "the sentence is about a baseline"'
)
def reject(node: NodeId, db: Db = None, reason: Reason = "") -> None:
    """Decide that a statement or result is wrong: it leaves the graph, its sentence stays in the ledger."""
    with opened(db) as graph:
        _print(graph.reject(node, reason=reason))


@app.command(epilog="Example: kg undo 3")
def undo(
    number: Annotated[int, typer.Argument(help="The decision's number in kg history.")],
    db: Db = None,
    reason: Reason = "",
) -> None:
    """Take a decision back, exactly as if it had never been taken; an undo can be undone."""
    with opened(db) as graph:
        _print(graph.undo(number, reason=reason))


@app.command(epilog="Example: kg history --json")
def history(db: Db = None, as_json: AsJson = False) -> None:
    """List all decisions, oldest first."""
    with opened(db) as graph:
        decisions = graph.history()
    if as_json:
        terminal.write_json(decisions)
        return
    rows = [(d.number, d.at, d.by, d.action, _about(d), d.reason) for d in decisions]
    terminal.print_table(("number", "when (UTC)", "by", "decision", "about", "reason"), rows)


def _about(decision: Decision) -> str:
    if decision.undoes is not None:
        return f"decision {decision.undoes}"
    into = f" → {decision.into}" if decision.into else ""
    papers = f" in {', '.join(decision.papers)}" if decision.papers else ""
    return f"{decision.node}{into}{papers}"


def _print(decision: Decision) -> None:
    console().print(
        f"decision {decision.number}: {decision.action} {escape(_about(decision))}; "
        f"take it back with kg undo {decision.number}"
    )
