"""Commands about tokens, with which a running service lets people write: add, list, revoke."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from kg.cli import terminal
from kg.cli.shared import AsJson, Db, console, folder_of
from kg.tokens import SCOPES, Tokens

app = typer.Typer()
token = typer.Typer(no_args_is_help=True)
app.add_typer(token, name="token", help="Make, list and revoke tokens: with one, people write over HTTP.")

Name = Annotated[str, typer.Argument(help="Whose it is; the history of decisions says so.")]


@token.command(epilog="Example: kg token add ada --scope curate --days 90")
def add(
    name: Name,
    scopes: Annotated[list[str], typer.Option("--scope", help=f"What it is for: {', '.join(SCOPES)}.")],
    db: Db = None,
    days: Annotated[float | None, typer.Option(min=0.001, help="It ends after so many days.")] = None,
) -> None:
    """Make a token and print it, this once: only its hash is kept."""
    made = Tokens(folder_of(db)).add(name, scopes, days)
    console().print(made, markup=False)
    console(stderr=True).print(
        f"This is shown once. Send it as `Authorization: Bearer …`, or enter it at /curate. "
        f"kg token revoke {name} ends it.",
        markup=False,
    )


@token.command("list", epilog="Example: kg token list --json")
def list_tokens(db: Db = None, as_json: AsJson = False) -> None:
    """List all tokens that were ever made, without the tokens themselves."""
    now = datetime.now(UTC)
    holders = Tokens(folder_of(db)).holders()
    if as_json:
        terminal.write_json([asdict(holder) | {"state": holder.state(now)} for holder in holders])
        return
    rows = [(h.name, " ".join(h.scopes), h.state(now), h.made, h.expires or "never") for h in holders]
    terminal.print_table(("name", "for", "state", "made (UTC)", "ends (UTC)"), rows)


@token.command(epilog="Example: kg token revoke ada")
def revoke(name: Name, db: Db = None) -> None:
    """End a token at once; a service that runs takes it no more."""
    Tokens(folder_of(db)).revoke(name)
    console().print(f"the token of {name} is revoked", markup=False)
