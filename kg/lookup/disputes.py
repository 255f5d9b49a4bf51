"""Where papers disagree: what some state and others deny, and statements that cannot both hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kg.lookup.answers import Answer
from kg.lookup.paging import FIRST, Page
from kg.lookup.reading import Hit, Reader
from kg.lookup.rows import answer_statements

Dispute = tuple[Hit, ...]
"""A statement that is denied as well, or two that say the opposite of each other."""


def disputed(reader: Reader, page: Page = FIRST) -> Answer:
    """List disputed statements, those of most papers first; two that oppose each other stand together.

    The total counts disputes, and a page holds as many of them as it is to hold rows.
    """
    reader.refresh()
    found = reader.kept("disputed", lambda: _all(reader))
    part, following = page.cut(found)
    hits = [hit for dispute in part for hit in dispute]
    reading = "what some papers state and others deny, or state the other way round"
    answer = answer_statements("disputed", reading, hits, Page(len(hits) or 1), reader)
    return replace(answer, total=len(found), next=following)


def _all(reader: Reader) -> list[Dispute]:
    return sorted([*_denied(reader), *_opposed(reader)], key=lambda dispute: _weight(dispute, reader))


def _denied(reader: Reader) -> Iterator[Dispute]:
    for hit in reader.denied():
        yield (hit,)


def _opposed(reader: Reader) -> Iterator[Dispute]:
    """Yield pairs of statements of predicates that take sides: those that stand above a mere comparison."""
    for predicate in reader.vocabulary.predicates.values():
        if predicate.suppresses:
            stated = {(hit.subject, hit.object): hit for hit in reader.opposed(predicate.name)}
            for (subject, object_), hit in stated.items():
                if subject < object_:
                    pair = hit, stated[object_, subject]
                    yield tuple(sorted(pair, key=lambda one: (-one.belief, one.statement)))


def _read_both_ways(dispute: Dispute, reader: Reader) -> bool:
    """Say whether two statements that oppose each other have a sentence in common: it was read both ways."""
    if len(dispute) == 1:
        return False
    places = ({(quote.paper, quote.start) for quote in reader.quotes(hit.statement)} for hit in dispute)
    return bool(set.intersection(*places))


def _weight(dispute: Dispute, reader: Reader) -> tuple[bool, int, float, str, str]:
    """Return what sorts disputes: those that rest on different sentences first, then by papers and belief."""
    first = dispute[0]
    name = reader.item(first.subject).name.casefold()
    return (
        _read_both_ways(dispute, reader),
        -sum(hit.papers for hit in dispute),
        -dispute[-1].belief,
        name,
        first.statement,
    )
