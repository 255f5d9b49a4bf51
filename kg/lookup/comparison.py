"""Things side by side: what they share, what is said between them, and their numbers in a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from kg.errors import UnknownQuery
from kg.lookup.answers import Answer, Cell, Comparison, Item
from kg.lookup.paging import FIRST, Page
from kg.lookup.reading import Hit, Number, Reader
from kg.lookup.rows import answer_statements

_FEWEST = 2

Pair = tuple[str, str]
"""A thing and another of which something is said."""


def compare(reader: Reader, things: Sequence[str], on: Sequence[str] = (), page: Page = FIRST) -> Answer:
    """List what things share and what is said between them, and set their numbers in a table.

    With `on`, only what is said of these counts; then without things, all that are on each of them.
    """
    if not on and len(things) < _FEWEST:
        raise UnknownQuery(" · ".join(things), "a comparison needs two things, or something that they are on")
    names = reader.refresh()
    columns = list(dict.fromkeys(id_ for name in on for id_ in names.require(name)))
    ids = list(dict.fromkeys(id_ for name in things for id_ in names.require(name)))
    ids = ids or _on_each(reader, [names.require(name) for name in on])
    hits = [hit for node_id in ids for hit in reader.hits(subject=node_id)]
    kept = _shared(hits, ids, columns)
    kept.sort(key=_beside(kept, ids, reader))
    called = ", ".join(reader.called(name) for name in things) or f"all that are on {' and '.join(on)}"
    reading = f"{called} on {', '.join(on)}" if things and on else f"what {called} share"
    answer = answer_statements(" · ".join(things or on), reading, kept, page, reader)
    table = _table(reader, ids, columns, hits)
    count = len(ids)
    hint = (
        None if kept else f"nothing is shared by all or said between them; {len(hits)} statements of {count}"
    )
    return replace(answer, table=table, hint=hint)


def side_by_side(reader: Reader, ids: Sequence[str]) -> Comparison:
    """Set what several of these things share, and their numbers, in a table."""
    return _table(reader, ids, (), [hit for node_id in ids for hit in reader.hits(subject=node_id)])


def _on_each(reader: Reader, on: Sequence[Sequence[str]]) -> list[str]:
    """Return the things of which something is said on each of some others."""
    found = [{hit.subject for id_ in ids for hit in reader.hits(object_=id_)} for ids in on]
    return sorted(set.intersection(*found)) if found else []


def _shared(hits: Iterable[Hit], ids: Sequence[str], columns: Sequence[str]) -> list[Hit]:
    """Return statements between the things, and those whose predicate and object several have."""
    hits, things = list(dict.fromkeys(hits)), frozenset(ids)
    if columns:
        return [hit for hit in hits if hit.object in columns]
    sharing: dict[Pair, set[str]] = defaultdict(set)
    for hit in hits:
        sharing[hit.predicate, hit.object].add(hit.subject)
    return [hit for hit in hits if hit.object in things or len(sharing[hit.predicate, hit.object]) > 1]


Beside = tuple[bool, int, str, str, str, int]


def _beside(hits: Iterable[Hit], ids: Sequence[str], reader: Reader) -> Callable[[Hit], Beside]:
    """Return what sorts statements: those between the things, then what most share, side by side."""
    places = {node_id: place for place, node_id in enumerate(ids)}
    sharing: dict[Pair, set[str]] = defaultdict(set)
    for hit in hits:
        sharing[hit.predicate, hit.object].add(hit.subject)

    def key(hit: Hit) -> Beside:
        shared = len(sharing[hit.predicate, hit.object])
        name = reader.item(hit.object).name.casefold()
        return hit.object not in places, -shared, hit.predicate, name, hit.object, places[hit.subject]

    return key


def _table(reader: Reader, ids: Sequence[str], columns: Sequence[str], hits: Iterable[Hit]) -> Comparison:
    """Return the things with what several of them share and with what any has numbers on."""
    numbers: dict[Pair, list[Number]] = defaultdict(list)
    for node_id in ids:
        for number in reader.numbers_of(node_id):
            if number.benchmark:
                numbers[node_id, number.benchmark].append(number)
    said: dict[Pair, list[Hit]] = defaultdict(list)
    for hit in dict.fromkeys(hits):
        said[hit.subject, hit.object].append(hit)
    shown = columns or _columns(reader, said, numbers)
    cells = tuple(
        tuple(_cell(reader, said[id_, other], numbers[id_, other]) for other in shown) for id_ in ids
    )
    return Comparison(_items(reader, ids), _items(reader, shown), cells)


def _columns(
    reader: Reader, said: Mapping[Pair, Sequence[Hit]], numbers: Mapping[Pair, Sequence[Number]]
) -> list[str]:
    """Return what most things share first."""
    having: dict[str, set[str]] = defaultdict(set)
    for thing, other in (*said, *numbers):
        having[other].add(thing)
    measured = {other for _, other in numbers}
    shown = [other for other, things in having.items() if len(things) > 1 or other in measured]
    return sorted(shown, key=lambda other: (-len(having[other]), reader.item(other).name.casefold(), other))


def _cell(reader: Reader, hits: Sequence[Hit], numbers: Sequence[Number]) -> Cell | None:
    if not (hits or numbers):
        return None
    about = [*(hit.statement for hit in hits), *(number.id for number in numbers)]
    return Cell(
        predicates=tuple(dict.fromkeys(hit.predicate for hit in hits)),
        statements=tuple(hit.statement for hit in hits),
        figures=tuple(reader.figure(number) for number in numbers),
        quotes=tuple(quote for one in about for quote in reader.quotes(one)),
    )


def _items(reader: Reader, ids: Iterable[str]) -> tuple[Item, ...]:
    return tuple(reader.item(node_id) for node_id in ids)
