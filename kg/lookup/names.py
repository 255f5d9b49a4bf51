"""Names to ids: what a question calls a thing, in the graph and in the ontology."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from rapidfuzz import fuzz, process

from kg.errors import NotFound
from kg.grounding import name_key
from kg.lookup.answers import Item
from kg.vocabulary import Vocabulary

_NEAR = 70
_MISSPELLED = 80
_NEAREST = 5
_SAME, _BEGINNING, _WORD, _PART = 4, 3, 2, 1


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

    @property
    def rank(self) -> tuple[int, str, str]:
        """Sorts the most named first."""
        return -self.papers, self.item.name.casefold(), self.item.id


@dataclass(frozen=True)
class Names:
    """All names of a graph; `by_key` leaves case, hyphens, spaces and plural s out of account."""

    things: Mapping[str, Named]
    vocabulary: Vocabulary
    by_key: Mapping[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", _by_key(self.things.values(), self.vocabulary))

    def prepare(self) -> None:
        """Sort the names now as look-ups need them."""
        _ = self._spelled, self._by_type

    def item(self, node_id: str) -> Item:
        """Return what a node is called; the ontology's name for what no paper names."""
        named = self.things.get(node_id)
        if named:
            return named.item
        known = self.vocabulary.names.get(node_id)
        if known:
            return Item(known.id, known.name, known.type)
        raise NotFound(node_id)

    def of(self, name: str) -> tuple[str, ...]:
        """Return the ids that a name or an id may mean, none if it is unknown."""
        paper = f"{self.vocabulary.paper.slug}/{name}"
        for node_id in (name, paper):
            if node_id in self.things or node_id in self.vocabulary.names:
                return (node_id,)
        key = name_key(name) if any(map(str.isalnum, name)) else ""
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
        wanted = name.casefold()
        found = process.extract(
            wanted, self._spelled.keys(), scorer=fuzz.WRatio, score_cutoff=_NEAR, limit=4 * _NEAREST
        )
        near = sorted((-fuzz.ratio(wanted, spelled), spelled) for spelled, _, _ in found)
        return tuple(dict.fromkeys(self._spelled[spelled][0] for _, spelled in near[:_NEAREST]))

    def of_type(self, type_name: str) -> Sequence[Named]:
        """Return all things of a type, the most named first."""
        return self._by_type.get(type_name, ())

    def search(self, text: str) -> list[Named]:
        """Return what is called so, begins or continues so, or is spelled nearly so, the best first."""
        wanted = text.casefold().strip()
        closeness: dict[str, int] = {}
        for node_id in self.of(text):
            closeness[node_id] = _SAME
        for spelled, (_, ids) in self._spelled.items():
            if wanted in spelled:
                for node_id in ids:
                    closeness[node_id] = max(closeness.get(node_id, 0), _place(wanted, spelled))
        for node_id in () if closeness else self._begun(text) or self._misspelled(wanted):
            closeness[node_id] = 0
        found = [node_id for node_id in closeness if node_id in self.things]
        found.sort(key=lambda node_id: (-closeness[node_id], self.things[node_id].rank))
        return [self.things[node_id] for node_id in found]

    def _begun(self, text: str) -> list[str]:
        """Return what begins so where case, hyphens and spaces are left out of account: "mtb"."""
        key = name_key(text) if any(map(str.isalnum, text)) else ""
        return [id_ for name, ids in self.by_key.items() if key and name.startswith(key) for id_ in ids]

    def _misspelled(self, wanted: str) -> list[str]:
        near = process.extract(wanted, self._spelled.keys(), scorer=fuzz.ratio, score_cutoff=_MISSPELLED)
        return [node_id for spelled, _, _ in near for node_id in self._spelled[spelled][1]]

    @cached_property
    def _spelled(self) -> Mapping[str, tuple[str, list[str]]]:
        """Every name without case: as it is written, and the ids of what is called so."""
        found: dict[str, tuple[str, list[str]]] = {}
        for thing in self.things.values():
            for name in thing.names:
                found.setdefault(name.casefold(), (name, []))[1].append(thing.item.id)
        return found

    @cached_property
    def _narrower(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for known in self.vocabulary.names.values():
            for broader in known.broader:
                found[broader].append(known.id)
        return found

    @cached_property
    def _by_type(self) -> Mapping[str, Sequence[Named]]:
        found: dict[str, list[Named]] = defaultdict(list)
        for thing in sorted(self.things.values(), key=lambda thing: thing.rank):
            found[thing.item.type].append(thing)
        return found

    def with_narrower(self, node_ids: Iterable[str]) -> tuple[str, ...]:
        """Return ids and those of everything that the ontology files under them."""
        found: dict[str, None] = {}
        waiting = list(node_ids)
        while waiting:
            node_id = waiting.pop(0)
            if node_id not in found:
                found[node_id] = None
                waiting += self._narrower.get(node_id, ())
        return tuple(found)


def _by_key(things: Iterable[Named], vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Return ids by the key of each name, most named first; a thing's name goes before others' aliases."""
    found: dict[str, list[tuple[bool, tuple[int, str, str]]]] = defaultdict(list)
    for thing in things:
        rank = thing.rank
        for place, name in enumerate(thing.names):
            found[name_key(name)].append((place > 0, rank))
    keys = {key: _ordered(ranks) for key, ranks in found.items()}
    for key, known_id in _known_keys(vocabulary):
        keys.setdefault(key, (known_id,))
    return keys


def _ordered(ranks: list[tuple[bool, tuple[int, str, str]]]) -> tuple[str, ...]:
    if len(ranks) == 1:
        return (ranks[0][1][2],)
    return tuple(dict.fromkeys(rank[2] for _, rank in sorted(ranks)))


@cache
def _known_keys(vocabulary: Vocabulary) -> Sequence[tuple[str, str]]:
    """Return the keys of the ontology's names, which no change of the graph changes."""
    known = vocabulary.names.values()
    return [(name_key(name), one.id) for one in known for name in (one.name, *one.aliases)]


def _place(wanted: str, spelled: str) -> int:
    """Return how prominently words stand in a name that holds them."""
    if spelled == wanted:
        return _SAME
    if spelled.startswith(wanted):
        return _BEGINNING
    return _WORD if f" {wanted}" in spelled else _PART
