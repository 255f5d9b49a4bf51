"""Statements and numbers that were found → the rows of an answer, with their sentences."""

from __future__ import annotations

from collections.abc import Sequence

from kg.lookup.answers import Answer, AnswerRow, Figure, Item, Quote
from kg.lookup.names import Named
from kg.lookup.paging import Page
from kg.lookup.reading import Hit, Number, Reader


def answer_statements(question: str, reading: str, hits: Sequence[Hit], page: Page, reader: Reader) -> Answer:
    """Return a page of statements in the order given."""
    part, following = page.cut(hits)
    rows = tuple(_statement_row(hit, reader) for hit in part)
    return Answer(question, reading, rows, len(hits), following)


def answer_numbers(
    question: str, reading: str, numbers: Sequence[Number], page: Page, reader: Reader
) -> Answer:
    """Return a page of numbers in the order given."""
    part, following = page.cut(numbers)
    rows = tuple(_number_row(number, reader) for number in part)
    return Answer(question, reading, rows, len(numbers), following)


def answer_things(question: str, reading: str, things: Sequence[Named], page: Page) -> Answer:
    """Return a page of things of which nothing is said but how many papers name them."""
    part, following = page.cut(things)
    rows = tuple(AnswerRow(thing.item, None, None, None, thing.papers, None, (), ()) for thing in part)
    return Answer(question, reading, rows, len(things), following)


def _statement_row(hit: Hit, reader: Reader) -> AnswerRow:
    return AnswerRow(
        subject=reader.item(hit.paper or hit.subject),
        predicate=hit.predicate,
        object=reader.item(hit.object),
        belief=hit.belief,
        papers=hit.papers,
        statement=hit.statement,
        figures=_figures(hit, reader),
        quotes=_quotes(hit, reader),
    )


def _quotes(hit: Hit, reader: Reader) -> tuple[Quote, ...]:
    statements = (hit.statement, *hit.merged)
    return tuple(quote for one in statements for quote in reader.quotes(one, hit.papers_only))


def _figures(hit: Hit, reader: Reader) -> tuple[Figure, ...]:
    """Return the numbers that are about both ends of a statement."""
    about = reader.numbers_between(hit.subject, hit.object)
    return tuple(reader.figure(number) for number in sorted(about, key=lambda n: (-n.belief, n.id)))


def _number_row(number: Number, reader: Reader) -> AnswerRow:
    quotes = reader.quotes(number.id)
    return AnswerRow(
        subject=_reported_of(number, quotes[0].paper if quotes else None, reader),
        predicate=None,
        object=reader.item(number.benchmark) if number.benchmark else None,
        belief=number.belief,
        papers=number.papers,
        statement=None,
        figures=(reader.figure(number),),
        quotes=quotes,
    )


def _reported_of(number: Number, paper: str | None, reader: Reader) -> Item:
    """Return what a number is reported of; where a sentence does not say, the paper that it stands in."""
    if number.method:
        return reader.item(number.method)
    return reader.item(f"{reader.vocabulary.paper.slug}/{paper}")
