"""Answers, evidence and reports as people read them in a terminal: results to stdout, the rest to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass, replace

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kg.assemble import is_accepted, weigh
from kg.cli.shared import console
from kg.lookup.answers import Answer, AnswerRow, Cell, Comparison, Quote
from kg.records import JSON, Entity, GroundedPaper, Node, Result, Span, Statement
from kg.vocabulary import PREFIXES, load_vocabulary
from kg.workspace import Workspace

SUBJECT_STYLE, OBJECT_STYLE = "bold cyan", "bold magenta"
_QUOTES_SHOWN = 3
_STATEMENTS_SHOWN = 20


def write_json(value: object) -> None:
    """Write a record, or a list of them, to stdout as JSON."""
    sys.stdout.write(json.dumps(_plain(value), ensure_ascii=False, indent=1) + "\n")


def _plain(value: object) -> JSON:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def marked(quote: Quote) -> Text:
    """Return a sentence with the words of subject and object marked."""
    return mark(quote.text, quote.subject, quote.object, quote.words)


def mark(text: str, subject: Span | None, object_: Span | None, words: Span | None) -> Text:
    """Return text with the words of a statement's ends in colour, and what states it underlined."""
    out = Text(text.replace("\n", " "))
    if words and (words.start, words.end) != (0, len(text)):
        out.stylize("underline", words.start, words.end)
    if subject:
        out.stylize(SUBJECT_STYLE, subject.start, subject.end)
    if object_:
        out.stylize(OBJECT_STYLE, object_.start, object_.end)
    return out


def print_answer(answer: Answer) -> None:
    """Print an answer: each row with its belief, its numbers and the sentences behind it."""
    out = console()
    out.print(f"[dim]{escape(answer.reading)}[/dim]")
    if not answer.rows:
        out.print("Nothing in the graph says so. Widen the question, or ingest more papers.")
    if answer.hint:
        out.print(f"[yellow]{escape(answer.hint)}[/yellow]")
    if answer.table and answer.table.columns:
        _print_comparison(answer.table)
    if not answer.rows:
        return
    for row in answer.rows:
        out.print()
        _print_row(out, row)
    shown = len(answer.rows)
    more = f"  ·  go on with --cursor {answer.next}" if answer.next else ""
    out.print(f"\n[dim]{shown} of {answer.total}{more}[/dim]")


def _print_comparison(table: Comparison) -> None:
    """Print a table with the longer side downwards."""
    across, down = table.things, table.columns
    cells = [list(column) for column in zip(*table.cells, strict=True)]
    if len(across) > len(down):
        across, down, cells = down, across, [list(row) for row in table.cells]
    rows = [[item.name, *map(_compared, row)] for item, row in zip(down, cells, strict=True)]
    print_table(["", *(item.name for item in across)], rows)


def _compared(cell: Cell | None) -> str | None:
    if cell is None:
        return None
    if cell.figures:
        return "; ".join(replace(number, benchmark=None).in_words() for number in cell.figures)
    return ", ".join(_label(predicate) for predicate in cell.predicates)


def _print_row(out: Console, row: AnswerRow) -> None:
    head = Text(row.subject.name, style="bold")
    head.append(f"  {row.subject.type.lower()}", style="dim")
    if row.object:
        head.append(f"  {_label(row.predicate)} ", style="dim").append(row.object.name)
    if row.belief is not None:
        papers = f"{row.papers} paper{'s' if row.papers != 1 else ''}"
        head.append(f"  belief {row.belief:.2f} · {papers}", style="dim")
    out.print(head)
    for number in row.figures:
        out.print(f"  [green]{escape(number.in_words())}[/green]")
    print_quotes(out, row.quotes[:_QUOTES_SHOWN])
    if len(row.quotes) > _QUOTES_SHOWN:
        rest = len(row.quotes) - _QUOTES_SHOWN
        out.print(f"  [dim]and {rest} more: kg show {row.statement or row.subject.id}[/dim]")


def _label(predicate: str | None) -> str:
    return load_vocabulary().predicates[predicate].label if predicate else "on"


def print_quotes(out: Console, quotes: Iterable[Quote]) -> None:
    """Print sentences with their marks, their paper and how sure the reading is."""
    for quote in quotes:
        flags = "".join(f" · {flag}" for flag, on in _flags(quote) if on)
        _print_indented(out, Text("“").append_text(marked(quote)).append("”"), 2)
        year = f", {quote.published[:4]}" if quote.published else ""
        where = f"{quote.title} ({quote.paper}{year}) · {quote.component} {quote.probability:.2f}{flags}"
        _print_indented(out, Text(where, style="dim"), 4)


def _print_indented(out: Console, text: Text, by: int) -> None:
    """Print text with its wrapped lines indented; where nothing wraps, in files, as one line."""
    out.print(Padding(text, (0, 0, 0, by)) if out.is_terminal else Text(" " * by).append_text(text))


def _flags(quote: Quote) -> Sequence[tuple[str, bool]]:
    return ("negated", quote.negated), ("hedged", quote.hedged)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None
) -> None:
    """Print rows as a table; None is an empty cell."""
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else escape(_cell(cell)) for cell in row))
    console().print(table)


def _cell(value: object) -> str:
    """Return a value as people read it: few digits, and IRIs by their prefix, as queries may write them."""
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    prefix = next((p for p, address in PREFIXES.items() if text.startswith(address)), None)
    return f"{prefix}:{text.removeprefix(PREFIXES[prefix])}" if prefix else text


def counted(counts: Mapping[str, int]) -> str:
    """Return counts in words: "2 papers, 1 method"."""
    return ", ".join(f"{n:,} {_plural(kind, n)}" for kind, n in counts.items()) or "nothing"


def _plural(kind: str, number: int) -> str:
    return kind if number == 1 else f"{kind}s"


def print_node(node: Node, graph: Workspace) -> None:
    """Print a paper, an entity, a statement or a result with all that stands behind it."""
    match node:
        case GroundedPaper():
            _print_paper(node, graph)
        case Entity():
            _print_entity(node, graph)
        case _:
            _print_claim(node, graph)


def _print_paper(paper: GroundedPaper, graph: Workspace) -> None:
    out, facts = console(), paper.paper
    out.print(f"[bold]{escape(facts.title)}[/bold]")
    said = [facts.id, ", ".join(facts.authors), facts.venue, facts.published, facts.url]
    out.print(f"[dim]{escape(' · '.join(part for part in said if part))}[/dim]\n")
    text = Text(facts.text)
    for mention in paper.mentions:
        text.stylize(graph.vocabulary.type_of(mention.entity).colour, mention.start, mention.end)
    out.print(text[len(facts.title) + 1 :])
    named = sorted({mention.entity for mention in paper.mentions})
    out.print(f"\n[dim]names[/dim] {escape(', '.join(named))}")


def _print_entity(entity: Entity, graph: Workspace) -> None:
    out = console()
    kind = graph.vocabulary.types[entity.type]
    out.print(f"[bold {kind.colour}]{escape(entity.name)}[/]  [dim]{kind.label} · {entity.id}[/dim]")
    if entity.aliases:
        out.print(f"[dim]also[/dim] {escape(' · '.join(entity.aliases))}")
    print_answer(graph.lookups.about(entity.id, limit=_STATEMENTS_SHOWN))


def _print_claim(claim: Statement | Result, graph: Workspace) -> None:
    out = console()
    out.print(f"[bold]{escape(_said(claim, graph))}[/bold]  [dim]{claim.id}[/dim]")
    print_quotes(out, graph.lookups.reader.quotes(claim.id))
    out.print(f"\n{escape(belief_working(claim))}")


def _said(claim: Statement | Result, graph: Workspace) -> str:
    names = graph.lookups.reader.refresh()
    if isinstance(claim, Statement):
        label = graph.vocabulary.predicates[claim.predicate].label
        return f"{names.item(claim.subject).name} {label} {names.item(claim.object).name}"
    ends = [names.item(end).name for end in (claim.method, claim.metric, claim.benchmark) if end]
    return f"{claim.value:g} {claim.unit}: {', '.join(ends)}"


def belief_working(claim: Statement | Result) -> str:
    """Return how a belief comes about, in words and numbers."""
    if is_accepted(claim):
        return f"belief {claim.belief:g}: a person accepted it"
    weights = weigh(claim.evidence)
    stated = [weight.states for weight in weights if weight.states]
    denied = [weight.denies for weight in weights if weight.denies]
    working = "1 − " + " × ".join(f"(1 − {p:.2f})" for p in stated)
    if denied:
        working = f"({working}) × " + " × ".join(f"(1 − {p:.2f})" for p in denied)
    papers = f"{len(stated)} {_plural('paper', len(stated))} for it, {len(denied)} against"
    return f"belief {claim.belief:.3f} = {working}: {papers}; the surest sentence of each paper counts"
