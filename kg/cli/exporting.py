"""The command that writes files and pictures for other programs and for people: export."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.markup import escape

from kg.bulk import BULK_FORMATS, PART_BYTES, Exported, write_bulk
from kg.cli import terminal
from kg.cli.shared import Db, Output, console, opened, progress
from kg.export import EXPORTERS
from kg.export.select import Heading, neighbourhood, subgraph
from kg.files import replacing
from kg.lookup.paging import ALL_ROWS
from kg.records import Graph
from kg.vocabulary import load_vocabulary
from kg.workspace import Workspace

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which part of the graph is wanted; at most one of the first three is given."""

    node: str | None
    question: str | None
    benchmark: str | None
    depth: int
    limit: int


@app.command(epilog="Example: kg export --format html --node MT-Bench -o mt-bench.html")
def export(
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(EXPORTERS)}.")],
    db: Db = None,
    node: Annotated[str | None, typer.Option(help="Only the neighbourhood of this name or id.")] = None,
    depth: Annotated[int, typer.Option(min=1, max=4, help="Steps from --node.")] = 1,
    question: Annotated[str | None, typer.Option("--find", help="Only the answer to this question.")] = None,
    benchmark: Annotated[
        str | None, typer.Option("--leaderboard", help="Only the numbers on this benchmark.")
    ] = None,
    timeline: Annotated[
        bool, typer.Option("--timeline", help="The papers of it by their dates, as svg, png or html.")
    ] = False,
    ontology: Annotated[
        bool, typer.Option("--ontology", help="Its types and predicates instead, as svg, png, html or ttl.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="Statements and results of a part.")
    ] = 60,
    partitioned: Annotated[
        bool,
        typer.Option("--partitioned", help="A folder of parts for bulk loaders, as neo4j-csv or nq."),
    ] = False,
    part_size: Annotated[
        int, typer.Option("--part-size", min=1, help="MiB of a part before it is packed.")
    ] = PART_BYTES // 1024**2,
    output: Output = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what --partitioned wrote as JSON.")] = False,
) -> None:
    """Write the graph, a part of it or the ontology, in a format that other programs read, or as a picture.

    Pictures suit what they show: what is said of a thing, numbers on a benchmark, papers over time.

    With --partitioned a graph of any size goes into files for neo4j-admin database import or oxigraph load.
    """
    parts_of_it = sum(map(bool, (node, question, benchmark, ontology)))
    if parts_of_it > 1:
        raise typer.BadParameter("give one of --node, --find, --leaderboard and --ontology")
    if partitioned:
        if parts_of_it or timeline:
            raise typer.BadParameter("goes with the whole graph only", param_hint="--partitioned")
        _write_parts(form, db, output, part_size * 1024**2, as_json=as_json)
        return
    if as_json:
        raise typer.BadParameter("goes with --partitioned; --format jsonld writes JSON", param_hint="--json")
    # These draw, and to import what draws takes half a second that no other command should wait.
    from kg.export.ontology import ONTOLOGY_WRITERS
    from kg.export.timeline import TIMELINE_WRITERS

    if ontology:
        _check(form, ONTOLOGY_WRITERS)
        _write(output, lambda stream: ONTOLOGY_WRITERS[form](load_vocabulary(), stream))
        return
    writers = TIMELINE_WRITERS if timeline else EXPORTERS
    _check(form, writers)
    with opened(db) as graph:
        part, heading = _part(graph, _Asked(node, question, benchmark, depth, limit))
        _write(output, lambda stream: writers[form](part, graph.vocabulary, stream, heading), heading.note)


def _write_parts(form: str, db: Path | None, output: Path | None, part_bytes: int, *, as_json: bool) -> None:
    _check(form, BULK_FORMATS)
    if output is None:
        raise typer.BadParameter("--partitioned writes a folder: name it", param_hint="--output")
    with opened(db) as graph, progress(f"exporting {output}") as tell:
        ledger = graph.ledger
        # The position first: what changes meanwhile is brought again by the next push, and not passed over.
        whole = Exported(graph.origin, ledger.position(), ledger.counts(), ledger.nodes())
        written = write_bulk(
            form,
            whole,
            graph.vocabulary,
            output,
            part_bytes=part_bytes,
            tell=lambda done, total: tell(f"{done:,} of {total:,} nodes"),
        )
    if as_json:
        terminal.write_json(asdict(written))
        return
    size, rows = (sum(getattr(file, name) for file in written.files) for name in ("bytes", "rows"))
    said = f"{output}: {len(written.files)} parts, {rows:,} rows, {size:,} bytes"
    console(stderr=True).print(escape(f"{said}: {terminal.counted(written.graph)}"))


def _check(form: str, allowed: Iterable[str]) -> None:
    if form not in allowed:
        raise typer.BadParameter(f"{form!r} is none of {', '.join(allowed)}", param_hint="--format")


def _write(output: Path | None, write: Callable[[BinaryIO], None], note: str = "") -> None:
    if output is None:
        write(sys.stdout.buffer)
        return
    with replacing(output) as stream:
        write(stream)
    said = f" ({note})" if note else ""
    console(stderr=True).print(f"{escape(str(output))}: {output.stat().st_size:,} bytes{escape(said)}")


def _part(graph: Workspace, asked: _Asked) -> tuple[Graph, Heading]:
    whole = graph.graph()
    if asked.node:
        centre = graph.lookups.reader.refresh().require(asked.node)[0]
        selection = neighbourhood(whole, centre, depth=asked.depth, limit=asked.limit)
        return selection.graph, selection.heading
    if asked.question:
        return _answered(graph, whole, asked.question, asked.limit)
    if asked.benchmark:
        return _reported(graph, whole, asked.benchmark)
    return whole, Heading("AlignKG")


def _answered(graph: Workspace, whole: Graph, question: str, limit: int) -> tuple[Graph, Heading]:
    answer = graph.find(question, limit=limit)
    ids = [id_ for row in answer.rows for id_ in (row.statement, *(f.id for f in row.figures)) if id_]
    # Rows that list things say nothing, and are their things alone.
    ids += [row.subject.id for row in answer.rows if not (row.statement or row.figures)]
    left = answer.total - len(answer.rows)
    return subgraph(whole, ids), Heading(question, f"{left} more rows are left out" if left else "")


def _reported(graph: Workspace, whole: Graph, benchmark: str) -> tuple[Graph, Heading]:
    answer = graph.lookups.leaderboard(benchmark, limit=ALL_ROWS)
    ids = [figure.id for row in answer.rows for figure in row.figures]
    return subgraph(whole, ids), Heading(f"Results on {graph.lookups.reader.called(benchmark)}")
