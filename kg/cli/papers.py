"""Commands that bring papers in and take them out: ingest, fetch, extract, remove."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, NamedTuple, TextIO

import typer
from rich.markup import escape

from kg.cli import terminal
from kg.cli.shared import AsJson, Db, Output, console, opened, progress
from kg.errors import SourceError
from kg.files import replacing
from kg.records import Extraction, Paper
from kg.sources import AUTO, IMPORTERS, Rejected, read_papers
from kg.sources.fetch import SERVICES, PoliteClient, fetch_into, fetch_papers
from kg.workspace import IngestReport, Pipeline, Workspace

app = typer.Typer()
_REJECTS_SHOWN = 20
_FORMATS = f"{AUTO}, or one of {', '.join(IMPORTERS)}."

Format = Annotated[str, typer.Option("--format", help=_FORMATS)]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1, help="Processes that read papers; for each core one, but eight at most, unless given."
    ),
]
_MOST_WORKERS = 8
"""Each takes 400 MB, and the one that takes in what they have read keeps no more of them busy."""
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first bad record.")]


@app.command(epilog="Example: kg ingest papers.jsonl references.bib --db my-graph")
def ingest(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, or - for standard input.")],
    db: Db = None,
    source_format: Format = AUTO,
    workers: Workers = None,
    dask: Annotated[
        str | None, typer.Option("--dask", metavar="ADDRESS", help="Let a Dask cluster read them instead.")
    ] = None,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Take in papers; those that are there already change nothing.

    Bad records are reported with file, line and reason, counted, and passed over. ADDRESS is that of a Dask
    scheduler, tcp://host:8786, whose workers have AlignKG installed.
    """
    readers = _Readers(processes(workers), dask)
    with opened(db, new=True) as graph:
        reports = [_ingest_one(graph, path, source_format, readers, strict=strict) for path in paths]
        counts, unseen = graph.counts(), graph.standing.unseen()
    total = _added_up(reports)
    print_rejected(total.rejected)
    if as_json:
        terminal.write_json({**asdict(total), "graph": dict(counts)})
        return
    pace = f", {total.papers / total.seconds:.1f} papers/s" if total.seconds >= 1 else ""
    out = console()
    out.print(
        f"{terminal.counted({'paper': total.papers})}: {total.added} new, {total.changed} changed, "
        f"{total.unchanged} unchanged; {terminal.counted({'record': len(total.rejected)})} skipped; "
        f"{total.seconds:.1f} s{pace}"
    )
    out.print(f"The graph holds {terminal.counted(counts)}.")
    if unseen:
        out.print(f"There is news in {terminal.counted({'standing question': unseen})}: kg watch")


def processes(asked: int | None) -> int:
    """Return how many processes read papers."""
    return asked or min(os.cpu_count() or 1, _MOST_WORKERS)


class _Readers(NamedTuple):
    """Who reads the papers: processes here, or a Dask cluster at an address."""

    workers: int
    dask: str | None


def _ingest_one(
    graph: Workspace, path: str, source_format: str, readers: _Readers, *, strict: bool
) -> IngestReport:
    with progress(f"reading {path}") as tell:

        def told(report: IngestReport) -> None:
            pace = report.papers / report.seconds if report.seconds else 0.0
            tell(
                f"{report.papers} papers · {pace:.1f}/s · "
                f"{report.unchanged} unchanged · {len(report.rejected)} records skipped"
            )

        try:
            return graph.ingest(
                path,
                format=source_format,
                workers=readers.workers,
                dask=readers.dask,
                strict=strict,
                progress=told,
            )
        except KeyboardInterrupt:
            console(stderr=True).print("interrupted; what was taken in is kept, run it again to go on")
            raise


def _added_up(reports: Iterable[IngestReport]) -> IngestReport:
    total = IngestReport()
    for report in reports:
        total = IngestReport(
            total.added + report.added,
            total.changed + report.changed,
            total.unchanged + report.unchanged,
            total.rejected + report.rejected,
            total.seconds + report.seconds,
        )
    return total


def print_rejected(rejected: tuple[Rejected, ...]) -> None:
    """Print the records that could not be read, the first of many."""
    out = console(stderr=True)
    for record in rejected[:_REJECTS_SHOWN]:
        out.print(f"[yellow]skipped[/yellow] {escape(str(record))}")
    if len(rejected) > _REJECTS_SHOWN:
        out.print(f"[yellow]skipped[/yellow] {len(rejected) - _REJECTS_SHOWN} more; --json lists all of them")


@app.command(epilog='Example: kg fetch arxiv "preference optimization" --limit 200 --output papers.jsonl')
def fetch(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}.")],
    query: Annotated[str, typer.Argument(help="What to look for, in the service's own syntax.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Papers at most.")] = 100,
    output: Output = None,
    contact: Annotated[
        str | None, typer.Option(envvar="KG_CONTACT", help="mailto: address told to the service.")
    ] = None,
    api_key: Annotated[
        str | None, typer.Option(envvar="KG_OPENALEX_KEY", help="Key, where the service wants one.")
    ] = None,
) -> None:
    """Bring papers from a live service as JSONL, slowly enough to be welcome.

    With --output an interrupted fetch goes on where it stopped when it is run again.
    """
    if service not in SERVICES:
        raise typer.BadParameter(f"{service!r} is none of {', '.join(SERVICES)}", param_hint="SERVICE")
    chosen = SERVICES[service]
    if api_key:
        chosen = replace(chosen, parameters={**chosen.parameters, "api_key": api_key})
    rejected: list[Rejected] = []
    count = 0
    with PoliteClient(contact=contact) as client, progress(f"fetching from {service}") as tell:
        if output:
            papers = fetch_into(output, chosen, query, limit=limit, client=client, on_reject=rejected.append)
        else:
            papers = fetch_papers(chosen, query, limit=limit, client=client, on_reject=rejected.append)
        for count, paper in enumerate(papers, 1):
            if output is None:
                sys.stdout.write(paper.to_json() + "\n")
            tell(f"{count} of {limit} papers")
    print_rejected(tuple(rejected))
    console(stderr=True).print(f"{count} papers fetched; {len(rejected)} records skipped")


@app.command(epilog="Example: kg extract papers.jsonl --format gold > read.jsonl")
def extract(
    path: Annotated[str, typer.Argument(help="File, folder, or - for standard input.")],
    form: Annotated[
        str, typer.Option("--format", help="gold (the annotation guidelines' form) or jsonl (all records).")
    ] = "jsonl",
    source_format: Annotated[str, typer.Option("--from", help=_FORMATS)] = AUTO,
    workers: Workers = None,
    strict: Strict = False,
    output: Output = None,
) -> None:
    """Read papers without a database and print what each says, a JSON object a line."""
    from kg.extract import to_gold  # spaCy takes a second to import

    shapes: dict[str, Callable[[Extraction], str]] = {
        "gold": lambda e: json.dumps(to_gold(e), ensure_ascii=False),
        "jsonl": Extraction.to_json,
    }
    if form not in shapes:
        raise typer.BadParameter(f"{form!r} is none of {', '.join(shapes)}", param_hint="--format")
    rejected: list[Rejected] = []
    run = _Kept(read_papers(path, format=source_format, strict=strict, on_reject=rejected.append))
    with _written(output) as stream, progress(f"reading {path}") as tell:
        for count, extraction in enumerate(Pipeline().read(run, processes(workers)), 1):
            stream.write(shapes[form](extraction) + "\n")
            tell(f"{count} papers · {len(rejected)} records skipped")
    print_rejected(tuple(rejected))
    if run.failure:
        raise run.failure


class _Kept:
    """Papers up to the first failure, which waits until what came before it has been read."""

    def __init__(self, papers: Iterator[Paper]) -> None:
        self.papers = papers
        self.failure: SourceError | None = None

    def __iter__(self) -> Iterator[Paper]:
        try:
            yield from self.papers
        except SourceError as error:
            self.failure = error


@contextmanager
def _written(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    with replacing(output) as stream:
        text = TextIOWrapper(stream, encoding="utf-8", write_through=True)
        yield text
        text.detach()  # whoever opened the stream closes it


@app.command(epilog="Example: kg remove arXiv:2305.18290")
def remove(
    paper: Annotated[str, typer.Argument(help="The paper's id.")],
    db: Db = None,
) -> None:
    """Take a paper out, with its evidence and whatever only it held up."""
    with opened(db) as graph:
        graph.remove(paper)
    console().print(f"{escape(paper)} is removed; ingest it again to have it back")
