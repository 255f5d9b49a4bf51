"""What the tools answer, as text: short lines that a model reads and a person can check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from pydantic import BaseModel

from api.facts import PaperShare
from api.marking import Piece, mark_quote
from api.mcp.shapes import Board, Compared, Found, PaperFacts, Row, Schema, Shown, Square, Table, Thing
from api.pages import web_address
from api.v1.shapes import EntityShape
from kg.lookup.answers import Figure, Quote
from kg.records import JSON
from kg.vocabulary import PREFIXES, Vocabulary, node_of

OPEN, CLOSE = "⟦", "⟧"
"""What marks subject and object in a sentence."""


def in_words(answer: BaseModel, vocabulary: Vocabulary) -> str:
    """Return an answer as text."""
    return "\n".join(_LINES[type(answer)](answer, vocabulary))


# --- rows -----------------------------------------------------------------------------------------------


def _found(found: Found, vocabulary: Vocabulary) -> Iterator[str]:
    yield found.reading
    if not found.rows:
        yield "Nothing in the graph says so."
    if found.hint:
        yield found.hint
    if isinstance(found, Compared):
        yield from _board(found.table, vocabulary)
    yield from _rows(found.rows, vocabulary)
    yield _footer(len(found.rows), found.total, found.next, "rows")


def _rows(rows: Iterable[Row], vocabulary: Vocabulary) -> Iterator[str]:
    group = None
    for row in rows:
        if row.predicate is None and row.figures and group != (group := _comparable(row.figures[0])):
            yield f"\n{group}:"
        yield from _row(row, vocabulary)


def _comparable(figure: Figure) -> str:
    """Return what numbers have in common that can be ranked."""
    on = figure.benchmark.name if figure.benchmark else "no benchmark"
    metric = figure.metric.name if figure.metric else "a metric that is not named"
    return f"{on}, {metric}, {figure.unit or 'no unit'}, {figure.kind}"


def _row(row: Row, vocabulary: Vocabulary) -> Iterator[str]:
    belief = "" if row.belief is None else f" · belief {row.belief:.2f}"
    yield f"- {_said(row, vocabulary)}{belief} · {_counted(row.papers, 'paper')} · {row.link}"
    if row.predicate:
        yield from (f"  {figure.in_words()}" for figure in row.figures)
    for quote in row.quotes:
        yield f"  {_quote(quote)}"
    if row.sentences > len(row.quotes):
        yield f"  {row.sentences - len(row.quotes)} more: show {row.about}"


def _said(row: Row, vocabulary: Vocabulary) -> str:
    """Return a statement, a thing with its number, whose benchmark stands above, or a thing alone."""
    if row.predicate and row.object:
        label = vocabulary.predicates[row.predicate].label
        return f"{_thing(row.subject)} — {label} — {_thing(row.object)}"
    numbers = [replace(figure, benchmark=None).in_words() for figure in row.figures]
    return ": ".join([_thing(row.subject), *numbers])


def _thing(thing: Thing) -> str:
    return f"{_line(thing.name)} ({thing.type.lower()})"


def _quote(quote: Quote) -> str:
    marks = ("negated", quote.negated), ("hedged", quote.hedged)
    flags = "".join(f", {flag}" for flag, on in marks if on)
    year = f", {quote.published[:4]}" if quote.published else ""
    url = f", {web}" if (web := web_address(quote.url)) else ""
    words = _line("".join(map(_marked, mark_quote(quote))))
    return f"“{words}” ({_line(quote.title)}, {quote.paper}{year}{url}{flags})"


def _marked(piece: Piece) -> str:
    return f"{OPEN}{piece.text}{CLOSE}" if piece.role else piece.text


def _line(text: str) -> str:
    """Return a text of strangers on one line, so that it cannot pass for lines of ours."""
    return " ".join(text.split())


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _footer(shown: int, total: int, following: str | None, what: str) -> str:
    more = f"; the page that follows has cursor {following}" if following else ""
    return f"\n{shown} of {total} {what}{more}"


# --- a comparison ---------------------------------------------------------------------------------------


def _board(board: Board, vocabulary: Vocabulary) -> Iterator[str]:
    if not board.columns:
        return
    yield _line_of(["", *(thing.name for thing in board.columns)])
    yield _line_of(["---"] * (len(board.columns) + 1))
    for thing, cells in zip(board.things, board.cells, strict=True):
        yield _line_of([thing.name, *(_square(cell, vocabulary) for cell in cells)])
    hidden = (board.all_things - len(board.things), board.all_columns - len(board.columns))
    if any(hidden):
        yield f"{hidden[0]} more things and {hidden[1]} more columns: name those that are wanted"


def _square(cell: Square | None, vocabulary: Vocabulary) -> str:
    if cell is None:
        return ""
    if cell.figures:
        return "; ".join(replace(figure, benchmark=None).in_words() for figure in cell.figures)
    return ", ".join(vocabulary.predicates[predicate].label for predicate in cell.predicates)


def _line_of(cells: Iterable[str]) -> str:
    return f"| {' | '.join(_line(cell).replace('|', '¦') for cell in cells)} |"


# --- one thing ------------------------------------------------------------------------------------------


def _shown(shown: Shown, vocabulary: Vocabulary) -> Iterator[str]:
    if shown.entity:
        yield from _entity(shown.entity, vocabulary)
    if shown.paper:
        yield from _paper(shown.paper)
    if shown.statement:
        one = shown.statement
        label = vocabulary.predicates[one.predicate].label
        yield f"{one.subject.name} — {label} — {one.object.name}: {one.id}"
        yield from _claim(one.belief, one.papers, one.working, one.quotes)
    if shown.result:
        yield f"{shown.result.figure.in_words()}: {shown.result.id}"
        if shown.result.method:
            yield f"reported of {shown.result.method.name}"
        yield from _claim(
            shown.result.figure.belief, shown.result.papers, shown.result.working, shown.result.quotes
        )
    yield shown.link
    if shown.hint:
        yield shown.hint
    yield from _rows(shown.rows, vocabulary)
    claim = shown.statement or shown.result
    count = len(claim.quotes) if claim else len(shown.rows)
    yield _footer(count, shown.total, shown.next, "sentences" if claim else "rows")


def _entity(entity: EntityShape, vocabulary: Vocabulary) -> Iterator[str]:
    label = vocabulary.types[entity.type].label
    yield f"{_line(entity.name)} ({label}): {entity.id}, named by {_counted(entity.papers, 'paper')}"
    if entity.aliases:
        yield f"also {', '.join(map(_line, entity.aliases))}"
    known = entity.known
    if known:
        facts = {
            "measures": known.measures,
            "usual metric": known.metric,
            "better is": known.direction,
            "scale": known.scale and f"{known.scale[0]:g} to {known.scale[1]:g}",
            "a version of": known.version_of,
            "a kind of": ", ".join(known.broader),
        }
        yield from (f"{what} {fact}" for what, fact in facts.items() if fact)


def _paper(paper: PaperFacts) -> Iterator[str]:
    url = web_address(paper.url)
    facts = (paper.id, ", ".join(paper.authors), paper.venue, paper.published, url)
    yield _line(paper.title)
    yield _line(" · ".join(fact for fact in facts if fact))
    yield f"“{_line(paper.abstract)}”"
    yield f"names {', '.join(map(_thing, paper.names))}" if paper.names else "names nothing that is known"


def _claim(
    belief: float, papers: int, working: Iterable[PaperShare], quotes: Iterable[Quote]
) -> Iterator[str]:
    yield f"belief {belief:.3f}; {_counted(papers, 'paper')} for it"
    for share in working:
        yield f"  {share.paper}: for it {share.states:.2f}, against it {share.denies:.2f}"
    for quote in quotes:
        yield f"- {_quote(quote)}"
        yield f"  found by {quote.component}, right with probability {quote.probability:.2f}"


# --- queries --------------------------------------------------------------------------------------------


def _table(table: Table, _: Vocabulary) -> Iterator[str]:
    yield _line_of(table.columns)
    yield _line_of(["---"] * len(table.columns))
    yield from (_line_of(map(_cell, row)) for row in table.rows)
    yield _footer(len(table.rows), table.total, table.next, "rows")


def _cell(value: JSON) -> str:
    """Return a value as people read it: our IRIs by their id, others by their prefix."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return str(value.get("elementId", value))
    if not isinstance(value, str):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if node := node_of(value):
        return node
    prefix = next((p for p, space in PREFIXES.items() if value.startswith(space)), None)
    return f"{prefix}:{value.removeprefix(PREFIXES[prefix])}" if prefix else value


def _schema(schema: Schema, _: Vocabulary) -> Iterator[str]:
    yield f"Ontology {schema.ontology}, version {schema.version}"
    yield f"The IRI of a thing is {schema.ids} and its id"
    yield "\nTypes (how many): what they are"
    yield from (f"- {each.name} ({each.count}): {each.means}" for each in schema.types)
    yield "\nPredicates: from → to; in Cypher"
    for each in schema.predicates:
        ends = f"{', '.join(each.subjects)} → {', '.join(each.objects)}"
        yield f"- {each.name} “{each.label}”: {ends}; {each.relationship}. {each.means}"
    yield f"\nQuestions for find: {'; '.join(schema.questions)}"
    yield f"\nPrefixes for sparql, declared already: {', '.join(schema.prefixes)}"
    for title, examples in (("sparql", schema.sparql), ("cypher", schema.cypher)):
        for example in examples:
            yield f"\n{example.title} ({title}):\n{example.text.strip()}"


_LINES: Mapping[type[BaseModel], Callable[..., Iterator[str]]] = {
    Found: _found,
    Compared: _found,
    Shown: _shown,
    Table: _table,
    Schema: _schema,
}
