"""Names to ids: what a question calls a thing, in the graph and in the ontology."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import islice
from typing import Protocol

from rapidfuzz import fuzz, process

from kg.errors import NotFound
from kg.grounding import name_key
from kg.lookup.answers import Item
from kg.vocabulary import Vocabulary

_NEAR = 70
_MISSPELLED = 80
_NEAREST = 5
SAME, BEGINNING, WORD, PART = 4, 3, 2, 1
LAST = "9999"
"""Later than all dates."""


@dataclass(frozen=True, slots=True)
class Named:
    """An entity or a paper with all that it is called."""

    item: Item
    aliases: tuple[str, ...] = ()
    papers: int = 0
    published: str | None = None
    url: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Its name and its aliases."""
        return (self.item.name, *self.aliases)

    def begins(self, folded: str) -> bool:
        """Say whether one of its names, without case, begins so."""
        return any(name.casefold().startswith(folded) for name in self.names)

    @property
    def rank(self) -> tuple[int, str, str]:
        """Sorts the most named first."""
        return -self.papers, self.item.name.casefold(), self.item.id


class Names(Protocol):
    """All names of a graph."""

    @property
    def things(self) -> Mapping[str, Named]:
        """Every entity and paper by its id."""
        ...

    def item(self, node_id: str) -> Item:
        """Return what a node is called; the ontology's name for what no paper names."""
        ...

    def of(self, name: str) -> tuple[str, ...]:
        """Return the ids that a name or an id may mean, none if it is unknown."""
        ...

    def types_of(self, name: str) -> frozenset[str]:
        """Return the types of what a name may mean, none if it is unknown."""
        ...

    def require(self, name: str) -> tuple[str, ...]:
        """Return the ids that a name may mean; NotFound, with the nearest names, if it means none."""
        ...

    def nearest(self, name: str) -> tuple[str, ...]:
        """Return known names that are spelled much like this one."""
        ...

    def of_type(self, type_name: str) -> Sequence[Named]:
        """Return all things of a type, the most named first."""
        ...

    def newest(self, since: str | None = None, before: str | None = None) -> Sequence[Named]:
        """Return the papers that came out in a time, the newest first; without one, all."""
        ...

    def search(self, text: str, type_name: str | None = None) -> Sequence[Named]:
        """Return what is called so, begins or continues so, or is spelled nearly so, the best first."""
        ...

    def first(self, text: str, most: int) -> Sequence[Named]:
        """Return the first of what `search` finds."""
        ...

    def begun(self, text: str, most: int) -> Sequence[Named]:
        """Return the most named things of which a name begins so."""
        ...

    def with_narrower(self, node_ids: Iterable[str]) -> tuple[str, ...]:
        """Return ids and those of everything that the ontology files under them."""
        ...


@dataclass(frozen=True)
class NamesInMemory:
    """All names, read once; `by_key` leaves case, hyphens, spaces and plural s out of account."""

    things: Mapping[str, Named]
    vocabulary: Vocabulary
    by_key: Mapping[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", _by_key(self.things.values(), self.vocabulary))

    def item(self, node_id: str) -> Item:
        """Return what a node is called; the ontology's name for what no paper names."""
        named = self.things.get(node_id)
        return named.item if named else known_item(node_id, self.vocabulary)

    def of(self, name: str) -> tuple[str, ...]:
        """Return the ids that a name or an id may mean, none if it is unknown."""
        paper = f"{self.vocabulary.paper.slug}/{name}"
        for node_id in (name, paper):
            if node_id in self.things or node_id in self.vocabulary.names:
                return (node_id,)
        key = key_of(name)
        return self.by_key.get(key, ()) if key else ()

    def types_of(self, name: str) -> frozenset[str]:
        """Return the types of what a name may mean, none if it is unknown."""
        return frozenset(self.item(node_id).type for node_id in self.of(name))

    def require(self, name: str) -> tuple[str, ...]:
        """Return the ids that a name may mean; NotFound, with the nearest names, if it means none."""
        found = self.of(name)
        if not found:
            raise NotFound(name, self.nearest(name))
        return found

    def nearest(self, name: str) -> tuple[str, ...]:
        """Return known names that are spelled much like this one."""
        spelled = nearest_spellings(name, self._spelled.keys())
        return tuple(dict.fromkeys(self._spelled[one][0] for one in spelled))

    def of_type(self, type_name: str) -> Sequence[Named]:
        """Return all things of a type, the most named first."""
        return self._by_type.get(type_name, ())

    def newest(self, since: str | None = None, before: str | None = None) -> Sequence[Named]:
        """Return the papers that came out in a time, the newest first; without one, all."""
        papers = self.of_type(self.vocabulary.paper.name)
        if since or before:
            dated = ((paper, paper.published or "") for paper in papers)
            papers = [p for p, date in dated if date and (since or "") <= date < (before or LAST)]
        return sorted(papers, key=lambda paper: paper.published or "", reverse=True)

    def search(self, text: str, type_name: str | None = None) -> Sequence[Named]:
        """Return what is called so, begins or continues so, or is spelled nearly so, the best first."""
        wanted = text.casefold().strip()
        closeness: dict[str, int] = {}
        for node_id in self.of(text):
            closeness[node_id] = SAME
        for spelled, (_, ids) in self._spelled.items():
            if wanted in spelled:
                for node_id in ids:
                    closeness[node_id] = max(closeness.get(node_id, 0), _place(wanted, spelled))
        for node_id in () if closeness else self._begun(text) or self._misspelled(wanted):
            closeness[node_id] = 0
        found = [self.things[node_id] for node_id in closeness if node_id in self.things]
        found.sort(key=lambda thing: (-closeness[thing.item.id], thing.rank))
        return [thing for thing in found if type_name in (None, thing.item.type)]

    def first(self, text: str, most: int) -> Sequence[Named]:
        """Return the first of what `search` finds."""
        return self.search(text)[:most]

    def begun(self, text: str, most: int) -> Sequence[Named]:
        """Return the most named things of which a name begins so."""
        found = (thing for thing in self.search(text) if thing.begins(text.casefold().strip()))
        return list(islice(found, most))

    def _begun(self, text: str) -> list[str]:
        """Return what begins so where case, hyphens and spaces are left out of account: "mtb"."""
        key = key_of(text)
        return [id_ for name, ids in self.by_key.items() if key and name.startswith(key) for id_ in ids]

    def _misspelled(self, wanted: str) -> list[str]:
        near = misspellings(wanted, self._spelled.keys())
        return [node_id for spelled in near for node_id in self._spelled[spelled][1]]

    @cached_property
    def _spelled(self) -> Mapping[str, tuple[str, list[str]]]:
        """Every name without case: as it is written, and the ids of what is called so."""
        found: dict[str, tuple[str, list[str]]] = {}
        for thing in self.things.values():
            for name in thing.names:
                found.setdefault(name.casefold(), (name, []))[1].append(thing.item.id)
        return found

    @cached_property
    def _by_type(self) -> Mapping[str, Sequence[Named]]:
        found: dict[str, list[Named]] = defaultdict(list)
        for thing in sorted(self.things.values(), key=lambda thing: thing.rank):
            found[thing.item.type].append(thing)
        return found

    def with_narrower(self, node_ids: Iterable[str]) -> tuple[str, ...]:
        """Return ids and those of everything that the ontology files under them."""
        return with_narrower(node_ids, self.vocabulary)


# --- what both kinds of names share ---------------------------------------------------------------------


def known_item(node_id: str, vocabulary: Vocabulary) -> Item:
    """Return what the ontology calls a thing; NotFound if it does not know it."""
    known = vocabulary.names.get(node_id)
    if known is None:
        raise NotFound(node_id)
    return Item(known.id, known.name, known.type)


def key_of(name: str) -> str:
    """Return the key of a name, "" where it has no letter and no digit."""
    return name_key(name) if any(map(str.isalnum, name)) else ""


def nearest_spellings(name: str, spelled: Iterable[str]) -> list[str]:
    """Return those of some names without case that are spelled much like one, the nearest first."""
    wanted = name.casefold()
    found = process.extract(wanted, spelled, scorer=fuzz.WRatio, score_cutoff=_NEAR, limit=4 * _NEAREST)
    near = sorted((-fuzz.ratio(wanted, one), one) for one, _, _ in found)
    return [one for _, one in near[:_NEAREST]]


def misspellings(wanted: str, spelled: Iterable[str]) -> list[str]:
    """Return the names of which these words are hardly more than a misspelling, the nearest first."""
    return [
        one for one, _, _ in process.extract(wanted, spelled, scorer=fuzz.ratio, score_cutoff=_MISSPELLED)
    ]


def with_narrower(node_ids: Iterable[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return ids and those of everything that the ontology files under them."""
    narrower = _narrower(vocabulary)
    found: dict[str, None] = {}
    waiting = list(node_ids)
    while waiting:
        node_id = waiting.pop(0)
        if node_id not in found:
            found[node_id] = None
            waiting += narrower.get(node_id, ())
    return tuple(found)


@cache
def _narrower(vocabulary: Vocabulary) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for known in vocabulary.names.values():
        for broader in known.broader:
            found[broader].append(known.id)
    return found


@cache
def known_keys(vocabulary: Vocabulary) -> Mapping[str, str]:
    """Return what the ontology's names mean, by their keys; of several things, the first."""
    found: dict[str, str] = {}
    for known in vocabulary.names.values():
        for name in (known.name, *known.aliases):
            found.setdefault(name_key(name), known.id)
    return found


def _by_key(things: Iterable[Named], vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Return ids by the key of each name, most named first; a thing's name goes before others' aliases."""
    found: dict[str, list[tuple[bool, tuple[int, str, str]]]] = defaultdict(list)
    for thing in things:
        rank = thing.rank
        for place, name in enumerate(thing.names):
            found[name_key(name)].append((place > 0, rank))
    keys = {key: _ordered(ranks) for key, ranks in found.items()}
    for key, known_id in known_keys(vocabulary).items():
        keys.setdefault(key, (known_id,))
    return keys


def _ordered(ranks: list[tuple[bool, tuple[int, str, str]]]) -> tuple[str, ...]:
    if len(ranks) == 1:
        return (ranks[0][1][2],)
    return tuple(dict.fromkeys(rank[2] for _, rank in sorted(ranks)))


def _place(wanted: str, spelled: str) -> int:
    """Return how prominently words stand in a name that holds them."""
    if spelled == wanted:
        return SAME
    if spelled.startswith(wanted):
        return BEGINNING
    return WORD if f" {wanted}" in spelled else PART
