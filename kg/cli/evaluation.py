"""The command that measures the extraction: eval."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from kg.cli import terminal
from kg.cli.papers import Workers, print_rejected, processes
from kg.cli.shared import AsJson, console, progress
from kg.records import Extraction, Paper
from kg.sources import Rejected, read_papers
from kg.workspace import Pipeline

if TYPE_CHECKING:
    from kg.evaluate.tables import Table  # brings spaCy with it

app = typer.Typer()


@app.command("eval", epilog="Example: kg eval annotated.jsonl --papers papers.jsonl --report evaluation")
def evaluate(
    gold: Annotated[Path, typer.Argument(help="Annotated papers, as JSONL in the guidelines' form.")],
    papers: Annotated[list[Path], typer.Option("--papers", help="Files with their titles and abstracts.")],
    report: Annotated[
        Path | None, typer.Option("--report", help="Folder for a page of tables and pictures.")
    ] = None,
    intervals: Annotated[bool, typer.Option("--intervals", help="With 95 % intervals over papers.")] = False,
    ablation: Annotated[
        bool, typer.Option("--ablation", help="Read again without each component in turn.")
    ] = False,
    baselines: Annotated[bool, typer.Option("--baselines", help="Beside two simple readers.")] = False,
    worst: Annotated[int, typer.Option("--worst", min=0, help="Papers to show with their faults.")] = 0,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Score the extraction against annotated papers: entities, statements by predicate, results.

    Says, too, how right the surest statements are and how far their probabilities are off.
    """
    from kg.evaluate import Scope, measure, read_gold, tables  # spaCy takes a second to import
    from kg.evaluate.page import write_page

    wanted = read_gold(gold)
    texts = _papers(papers, wanted)
    extractions = _read(texts, processes(workers))
    with progress("measuring"):
        measured = measure(wanted, texts, extractions, Scope(intervals, ablation, baselines, worst))
    if report:
        page = write_page(measured, report)
        console(stderr=True).print(f"{escape(str(page))} is written")
    if as_json:
        terminal.write_json(tables.to_json(measured))
        return
    for table in (*tables.tables(measured), *map(tables.worst_table, measured.worst)):
        _print(table)


def _papers(files: Iterable[Path], wanted: Iterable[str]) -> list[Paper]:
    """Return each annotated paper once, as the last file that has it gives it."""
    rejected: list[Rejected] = []
    ids = set(wanted)
    found = {p.id: p for file in files for p in read_papers(file, on_reject=rejected.append) if p.id in ids}
    print_rejected(tuple(rejected))
    return list(found.values())


def _read(papers: list[Paper], workers: int) -> list[Extraction]:
    with progress("reading") as tell:
        extractions = []
        for extraction in Pipeline().read(papers, workers):
            extractions.append(extraction)
            tell(f"{len(extractions)} of {len(papers)} papers")
    return extractions


def _print(table: Table) -> None:
    terminal.print_table(table.columns, table.rows, title=f"\n{table.title}")
    if table.note:
        console().print(escape(table.note))
