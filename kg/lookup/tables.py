"""The named look-ups: what is there, what is said of it, who leads, what is shared, how things connect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kg.errors import NotFound, UnknownQuery
from kg.lookup.answers import Answer
from kg.lookup.paging import FIRST, Page
from kg.lookup.reading import Hit, Number, Parts, Reader
from kg.lookup.rows import answer_numbers, answer_statements, answer_things
from kg.vocabulary import Vocabulary

_LONGEST_PATH = 6
_MOST_EXPANDED = 300
_ALIKE = 5
DOWN = "down"
"""The direction of numbers of which less is better."""


def things(reader: Reader, type_name: str, words: str | None = None, page: Page = FIRST) -> Answer:
    """List the things of a type, the most named first; with words, those whose names hold them."""
    kinds = {t.name: t for t in reader.vocabulary.types_by_slug.values()}
    if type_name not in kinds:
        raise NotFound(type_name, kinds)
    names = reader.refresh()
    listed = names.search(words, type_name) if words else names.of_type(type_name)
    reading = kinds[type_name].plural + (f" called {words}" if words else "")
    return answer_things(words or reading, reading, listed, page)


def search(reader: Reader, text: str, page: Page = FIRST) -> Answer:
    """List whatever is called so or nearly so, the best match first."""
    return answer_things(text, f"names like {text}", reader.refresh().search(text), page)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which statements are wanted: ends are ids or names, `type` is the subject's; None is any."""

    subject: str | None = None
    predicate: str | None = None
    object: str | None = None
    type: str | None = None
    least_belief: float = 0.0


def statements(reader: Reader, wanted: Wanted, page: Page = FIRST) -> Answer:
    """List statements by their parts, the most believed first."""
    names = reader.refresh()
    if wanted.predicate is not None and wanted.predicate not in reader.vocabulary.predicates:
        raise NotFound(wanted.predicate, reader.vocabulary.predicates)
    subjects, objects = (names.require(name) if name else () for name in (wanted.subject, wanted.object))
    predicates, types = ((part,) if part else () for part in (wanted.predicate, wanted.type))
    found = reader.ranked(Parts(subjects, predicates, objects, types, wanted.least_belief))
    parts = (wanted.subject or "anything", wanted.predicate or "any predicate", wanted.object or "anything")
    reading = " ".join(parts)
    return answer_statements(reading, reading, found, page, reader)


def about(reader: Reader, name: str, page: Page = FIRST) -> Answer:
    """List the statements in which a thing stands at either end."""
    found = reader.ranked_about(reader.refresh().require(name))
    reading = f"what is said of {reader.called(name)}"
    answer = answer_statements(name, reading, found, page, reader)
    return answer if answer.total else replace(answer, hint=_named_only(reader, name))


def _named_only(reader: Reader, name: str) -> str:
    """Return how many papers name a thing of which nothing is said, and what is called much like it."""
    ids = reader.names.require(name)
    papers = len({paper for node_id in ids for paper in reader.naming(node_id)})
    alike = [thing.item.name for thing in reader.names.search(name) if thing.item.id not in ids]
    parts = [f"no statement is about it; {papers} {'paper names' if papers == 1 else 'papers name'} it"]
    parts += [f"alike in name: {', '.join(alike[:_ALIKE])}"] if alike else []
    return "; ".join(parts)


# --- numbers -------------------------------------------------------------------------------------------


def results(
    reader: Reader,
    *,
    method: str | None = None,
    benchmark: str | None = None,
    metric: str | None = None,
    page: Page = FIRST,
) -> Answer:
    """List the numbers reported of a method, on a benchmark, in a metric, comparable ones side by side."""
    names = reader.refresh()
    if method is None and benchmark is None:
        raise UnknownQuery("results", "say of what, or on what")
    of, on, within = (names.require(name) if name else () for name in (method, benchmark, metric))
    found = _reported(reader, of, on)
    fitting = [number for number in found if not within or number.metric in within]
    parts = [f"of {reader.called(method)}"] if method else []
    parts += [f"on {reader.called(benchmark)}"] if benchmark else []
    reading = " ".join([reader.called(metric) if metric else "results", *parts])
    answer = answer_numbers(reading, reading, in_order(fitting or found, reader), page, reader)
    if metric and found and not fitting:
        return replace(
            answer, hint=f"none is called {reader.called(metric)}; these are the numbers there are"
        )
    return answer if found else replace(answer, hint=_other_numbers(reader, of, on))


def _reported(reader: Reader, of: Sequence[str], on: Sequence[str]) -> list[Number]:
    """Return the numbers of some things on others; with nothing to be on, a benchmark's own."""
    if on:
        found = [number for node_id in on for number in reader.numbers_on(node_id)]
        return [n for n in found if not of or {n.method, n.metric}.intersection(of)]
    of_method = [number for node_id in of for number in reader.numbers_of(node_id)]
    return of_method or [number for node_id in of for number in reader.numbers_on(node_id)]


def _other_numbers(reader: Reader, of: Iterable[str], on: Iterable[str]) -> str:
    """Return where else there are numbers when none fits."""
    others = sum(len(reader.numbers_on(node_id)) for node_id in on)
    elsewhere = {n.benchmark for node_id in of for n in reader.numbers_of(node_id) if n.benchmark}
    parts = [f"{others} of other things are"] if others else []
    if elsewhere:
        parts.append(f"there are on {', '.join(sorted(reader.item(e).name for e in elsewhere))}")
    return "; ".join(["no such number is reported", *parts])


def leaderboard(reader: Reader, benchmark: str, page: Page = FIRST) -> Answer:
    """List the numbers on a benchmark, the best first among those that can be compared.

    Numbers compare where metric, unit and kind are the same; the largest such group stands first.
    """
    found = [
        number for node_id in reader.refresh().require(benchmark) for number in reader.numbers_on(node_id)
    ]
    reading = f"results on {reader.called(benchmark)}, best first within each metric, unit and kind"
    return answer_numbers(benchmark, reading, in_order(found, reader), page, reader)


Comparable = tuple[str, str, str, str]
"""Benchmark, metric, unit and kind: numbers with the same four can be ranked."""


def in_order(numbers: Iterable[Number], reader: Reader) -> list[Number]:
    """Return numbers by groups that can be compared, the largest first, and the best first in each."""
    numbers = list(dict.fromkeys(numbers))
    sizes = Counter(map(_comparable, numbers))
    return sorted(
        numbers,
        key=lambda n: (
            -sizes[_comparable(n)],
            _comparable(n),
            n.value if _falling(n, reader) else -n.value,
            -n.belief,
            n.id,
        ),
    )


def _comparable(number: Number) -> Comparable:
    return number.benchmark or "", number.metric or "", number.unit, number.kind


def _falling(number: Number, reader: Reader) -> bool:
    """Say whether less is better, by the metric or else by the benchmark."""
    return direction(reader.vocabulary, number.metric, number.benchmark) == DOWN


def direction(vocabulary: Vocabulary, *ids: str | None) -> str | None:
    """Return where numbers get better, "up" or "down", by the first of these that is known for it."""
    known = (vocabulary.names.get(node_id or "") for node_id in ids)
    return next((one.direction for one in known if one and one.direction), None)


# --- ways --------------------------------------------------------------------------------------------


def path(reader: Reader, start: str, end: str) -> Answer:
    """List the statements on a shortest way from one thing to another."""
    names = reader.refresh()
    sources, goals = names.require(start), names.require(end)
    way = _Search(reader).between(sources, goals)
    question = f"{start} → {end}"
    said = f"from {reader.called(start)} to {reader.called(end)}"
    if way is None:
        return Answer(question, f"no way of {_LONGEST_PATH} statements or fewer {said}", (), 0)
    reading = f"the shortest way {said}: {len(way)} {'statement' if len(way) == 1 else 'statements'}"
    return answer_statements(question, reading, way, Page(_LONGEST_PATH), reader)


Came = dict[str, tuple[str, Hit] | None]
"""What was reached, each with what it was reached from and by which statement; None where a search began."""


class _Search:
    """A breadth-first search over statements from both ends at once; the surest edge to a node is taken."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._expanded = 0

    def between(self, sources: Iterable[str], goals: Iterable[str]) -> list[Hit] | None:
        """Return the statements from one of the sources to one of the goals, None if there is no such way."""
        sides: tuple[Came, Came] = dict.fromkeys(sources), dict.fromkeys(goals)
        frontiers = [sorted(side) for side in sides]
        for _ in range(_LONGEST_PATH):
            if sides[0].keys() & sides[1].keys():
                break
            at = min((0, 1), key=lambda side: len(frontiers[side]))
            frontiers[at] = [other for node_id in frontiers[at] for other in self._beyond(node_id, sides[at])]
        met = sides[0].keys() & sides[1].keys()
        ways = ([*_way_to(node_id, sides[0])[::-1], *_way_to(node_id, sides[1])] for node_id in sorted(met))
        return min(ways, key=_length, default=None)

    def _beyond(self, node_id: str, came: Came) -> list[str]:
        """Return what one more statement leads to for the first time."""
        self._expanded += 1
        if self._expanded > _MOST_EXPANDED:
            raise UnknownQuery("path", f"there is no way among the nearest {_MOST_EXPANDED} things")
        fresh = []
        for hit in self._reader.ranked_about((node_id,)):
            other = hit.object if hit.subject == node_id else hit.subject
            if other not in came:
                came[other] = (node_id, hit)
                fresh.append(other)
        return fresh


def _way_to(node_id: str, came: Came) -> list[Hit]:
    """Return the statements from a node back to where the search began."""
    way: list[Hit] = []
    step = came[node_id]
    while step:
        before, hit = step
        way.append(hit)
        step = came[before]
    return way


def _length(way: Sequence[Hit]) -> tuple[int, float]:
    """Return what is least for the best way: of the fewest statements, and the weakest of them the surest."""
    return len(way), -min((hit.belief for hit in way), default=1.0)
