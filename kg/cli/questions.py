"""Commands that ask: find, query, show, search, leaderboard, compare, path, stats."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from kg.cli import terminal
from kg.cli.shared import AsJson, Cursor, Db, Limit, console, opened
from kg.errors import NotFound
from kg.lookup import Answer
from kg.records import JSON, Node
from kg.stores import Rows
from kg.vocabulary import load_vocabulary
from kg.workspace import Workspace

app = typer.Typer()
_PAGE = 20
_MEDIA_TYPES = {"csv": "text/csv", "json": "application/sparql-results+json", "ttl": "text/turtle"}


@app.command(epilog='Example: kg find "methods evaluated on MT-Bench"')
def find(
    question: Annotated[str, typer.Argument(help="A question in words.")],
    db: Db = None,
    limit: Limit = _PAGE,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question in words, each row with the sentences that say so."""
    with opened(db) as graph:
        _show(graph.find(question, limit=limit, cursor=cursor), as_json=as_json)


@app.command(epilog=r'Example: kg query "SELECT ?m WHERE { ?m akg:evaluatedOn id:benchmark\/mt-bench }"')
def query(
    query_: Annotated[str, typer.Argument(metavar="QUERY", help="The query, or a file that holds it.")],
    db: Db = None,
    form: Annotated[str, typer.Option("--format", help="table, csv, json, or ttl for graphs.")] = "table",
    cypher: Annotated[bool, typer.Option("--cypher", help="The query is Cypher, not SPARQL.")] = False,
    parameters: Annotated[
        list[str] | None, typer.Option("--param", help="NAME=VALUE of a parameter of Cypher; again for more.")
    ] = None,
) -> None:
    """Answer a SPARQL or Cypher query over the graph."""
    text = _text_of(query_)
    if parameters and not cypher:
        raise typer.BadParameter("only Cypher has parameters", param_hint="--param")
    with opened(db) as graph:
        if cypher:
            _write_rows(graph.cypher(text, dict(map(_parameter, parameters or ()))), form)
        elif form == "table":
            _print_rows(graph.query(text))
        elif form in _MEDIA_TYPES:
            sys.stdout.buffer.write(graph.serialize(text, _MEDIA_TYPES[form]) + b"\n")
        else:
            allowed = ", ".join(["table", *_MEDIA_TYPES])
            raise typer.BadParameter(f"{form!r} is none of {allowed}", param_hint="--format")


def _parameter(text: str) -> tuple[str, JSON]:
    """Read NAME=VALUE; the value is JSON where it reads as such, else the words themselves."""
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--param")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _write_rows(rows: Rows, form: str) -> None:
    match form:
        case "table":
            _print_rows(rows)
        case "csv":
            csv.writer(sys.stdout, lineterminator="\n").writerows((rows.columns, *rows.rows))
        case "json":
            terminal.write_json([dict(zip(rows.columns, row, strict=True)) for row in rows.rows])
        case _:
            raise typer.BadParameter(f"{form!r} is none of table, csv, json", param_hint="--format")


def _text_of(query: str) -> str:
    if query == "-":
        return sys.stdin.read()
    # Longer words than a file's name can be are a query.
    if len(query) < 1000 and "\n" not in query and Path(query).is_file():
        return Path(query).read_text(encoding="utf-8")
    if query.endswith((".rq", ".sparql", ".cypher")):
        raise typer.BadParameter(f"there is no file {query}", param_hint="QUERY")
    return query


def _print_rows(rows: Rows) -> None:
    terminal.print_table(rows.columns, rows.rows)
    console(stderr=True).print(f"{len(rows.rows)} rows")


@app.command(epilog="Example: kg show method/direct-preference-optimization")
def show(
    node: Annotated[str, typer.Argument(help="Name or id of an entity; id of a paper, statement or result.")],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Show what a thing is and what is said of it, with the words marked and how belief comes about."""
    with opened(db) as graph:
        found = _node(graph, node)
        if as_json:
            terminal.write_json(found)
        else:
            terminal.print_node(found, graph)


def _node(graph: Workspace, name: str) -> Node:
    """Return the node of an id, or the most named thing of that name."""
    try:
        return graph.node(name)
    except NotFound:
        return graph.node(_id_of(graph, name))


@app.command(epilog="Example: kg search alpaca")
def search(
    text: Annotated[str, typer.Argument(help="Part of a name or title.")],
    db: Db = None,
    limit: Limit = _PAGE,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """List what is called so or nearly so."""
    with opened(db) as graph:
        _show(graph.lookups.search(text, limit=limit, cursor=cursor), as_json=as_json)


@app.command(epilog="Example: kg leaderboard MT-Bench")
def leaderboard(
    benchmark: Annotated[str, typer.Argument(help="Name or id of a benchmark.")],
    db: Db = None,
    limit: Limit = _PAGE,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """List reported numbers, the best first among those that can be compared."""
    with opened(db) as graph:
        _show(graph.lookups.leaderboard(benchmark, limit=limit, cursor=cursor), as_json=as_json)


@app.command(epilog="Example: kg compare DPO SimPO ORPO --on AlpacaEval")
def compare(
    things: Annotated[
        list[str] | None, typer.Argument(help="Names or ids; none: all that are on each --on.")
    ] = None,
    on: Annotated[
        list[str] | None, typer.Option(help="Compare only on this; give it again for more.")
    ] = None,
    db: Db = None,
    limit: Limit = _PAGE,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """Set what things share in a table, and list what is said between them."""
    if not (things or on):
        raise typer.BadParameter("name what to compare, or --on what", param_hint="THINGS")
    with opened(db) as graph:
        answer = graph.lookups.compare(things or (), on or (), limit=limit, cursor=cursor)
        _show(answer, as_json=as_json)


@app.command(epilog="Example: kg path SimPO Zephyr-7B")
def path(
    start: Annotated[str, typer.Argument(help="Name or id.")],
    end: Annotated[str, typer.Argument(help="Name or id.")],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Show a shortest way between two things, statement by statement."""
    with opened(db) as graph:
        _show(graph.lookups.path(start, end), as_json=as_json)


@app.command(epilog="Example: kg stats --json")
def stats(db: Db = None, as_json: AsJson = False) -> None:
    """Count what the graph holds, and say which state of which graph it is."""
    with opened(db) as graph:
        counts = graph.counts()
        state = f"graph {graph.ledger.identity()}, change {graph.ledger.position()}"
    if as_json:
        terminal.write_json(dict(counts))
    else:
        terminal.print_table(("kind", "count"), counts.items())
        console().print(f"[dim]{state}, ontology {load_vocabulary().version}[/dim]")


def _show(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        terminal.write_json(answer)
    else:
        terminal.print_answer(answer)


def _id_of(graph: Workspace, name: str) -> str:
    return graph.lookups.reader.refresh().require(name)[0]
