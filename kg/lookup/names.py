"""Names to ids: what a question calls a thing, in the graph and in the ontology."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process, utils

from kg.errors import NotFound
from kg.grounding import name_key
from kg.lookup.answers import Item
from kg.vocabulary import Vocabulary

_NEAR = 70
_FOUND = 85
_NEAREST = 5


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

    def require(self, name: str) -> tuple[str, ...]:
        """Return the ids that a name may mean; NotFound, with the nearest names, if it means none."""
        found = self.of(name)
        if not found:
            raise NotFound(name, self.nearest(name))
        return found

    def nearest(self, name: str) -> tuple[str, ...]:
        """Return known names that are spelled much like this one."""
        names = list(dict.fromkeys(name for thing in self.things.values() for name in thing.names))
        found = process.extract(
            name, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=4 * _NEAREST
        )
        near = sorted(
            (-fuzz.ratio(name.casefold(), one.casefold()), one) for one, score, _ in found if score > _NEAR
        )
        return tuple(one for _, one in near[:_NEAREST])

    def of_type(self, type_name: str) -> list[Named]:
        """Return all things of a type, the most named first."""
        return sorted((t for t in self.things.values() if t.item.type == type_name), key=lambda t: t.rank)

    def search(self, text: str) -> list[Named]:
        """Return what is called so or nearly so, the best first."""
        wanted, key = text.casefold().strip(), name_key(text)
        ranked = [(_closeness(thing, wanted, key), thing) for thing in self.things.values()]
        found = [(closeness, thing.rank, thing) for closeness, thing in ranked if closeness]
        return [thing for _, _, thing in sorted(found, key=lambda one: (-one[0], one[1]))]

    def with_narrower(self, node_ids: Iterable[str]) -> tuple[str, ...]:
        """Return ids and those of everything that the ontology files under them."""
        narrower = _narrower(self.vocabulary)
        found: dict[str, None] = {}
        waiting = list(node_ids)
        while waiting:
            node_id = waiting.pop(0)
            if node_id not in found:
                found[node_id] = None
                waiting += narrower.get(node_id, ())
        return tuple(found)


def _by_key(things: Iterable[Named], vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Return ids by the key of each name, most named first; a thing's name goes before others' aliases."""
    found: dict[str, list[tuple[bool, tuple[int, str, str]]]] = defaultdict(list)
    for thing in things:
        for name in thing.names:
            found[name_key(name)].append((name != thing.item.name, thing.rank))
    keys = {key: tuple(dict.fromkeys(rank[2] for _, rank in sorted(ranks))) for key, ranks in found.items()}
    for known in vocabulary.names.values():
        for name in (known.name, *known.aliases):
            keys.setdefault(name_key(name), (known.id,))
    return keys


def _narrower(vocabulary: Vocabulary) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for known in vocabulary.names.values():
        for broader in known.broader:
            found[broader].append(known.id)
    return found


def _closeness(thing: Named, wanted: str, key: str) -> int:
    """Return how well a thing's names fit the words: 100 for the same name, 0 for another one."""
    return max(_one_closeness(name.casefold(), wanted, key) for name in thing.names)


def _one_closeness(name: str, wanted: str, key: str) -> int:
    if name_key(name) == key:
        return 100
    if name.startswith(wanted):
        return 98
    if f" {wanted}" in name:
        return 96
    if wanted in name:
        return 94
    near = fuzz.ratio(name, wanted, score_cutoff=_FOUND)
    return int(near)
