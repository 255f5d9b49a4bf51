"""What lies around things, as a graph to draw: statements within some steps, filtered, within limits.

A picture in which two things stand unjoined says that nothing joins them. So statements between the things
that it shows are looked for, too, and what its limits left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kg.errors import NotFound
from kg.lookup.reading import Hit, Reader
from kg.vocabulary import Vocabulary

_MOST_FOLLOWED = 400
"""How many things' statements are looked up for one answer."""


@dataclass(frozen=True, slots=True)
class Link:
    """A statement as an edge; `years` are those of the papers that state it, as far as they are known."""

    statement: str
    subject: str
    predicate: str
    object: str
    belief: float
    papers: int
    years: tuple[int, ...]

    @classmethod
    def of(cls, hit: Hit, dates: Iterable[str | None]) -> Link:
        """Take a statement that was found, with the dates of the papers that state it."""
        ends = (hit.subject, hit.predicate, hit.object)
        years = {int(date[:4]) for date in dates if date and date[:4].isdecimal()}
        return cls(hit.statement, *ends, hit.belief, hit.papers, tuple(sorted(years)))

    @property
    def ends(self) -> tuple[str, str]:
        """What it joins."""
        return (self.subject, self.object)

    @property
    def rank(self) -> tuple[float, int, str]:
        """Sorts the most believed first."""
        return (-self.belief, -self.papers, self.statement)


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which statements are wanted; what is empty or None lets everything through.

    `types` are those of what is joined to what was asked for; `since` and `until` are years, in one of which
    a paper must state it.
    """

    types: frozenset[str] = frozenset()
    predicates: frozenset[str] = frozenset()
    least_belief: float = 0.0
    since: int | None = None
    until: int | None = None

    def check(self, vocabulary: Vocabulary) -> None:
        """Raise NotFound for a type or a predicate that the ontology does not have."""
        types = {each.name for each in vocabulary.types_by_slug.values()}
        for names, known in ((self.types, types), (self.predicates, set(vocabulary.predicates))):
            if unknown := sorted(names - known):
                raise NotFound(unknown[0], sorted(known))

    def passes(self, link: Link) -> bool:
        """Say whether a statement is wanted, whatever it joins."""
        if link.belief < self.least_belief or (self.predicates and link.predicate not in self.predicates):
            return False
        if self.since is None and self.until is None:
            return True
        return any((self.since or year) <= year <= (self.until or year) for year in link.years)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was found around the things asked for, the nearest and most believed first.

    `total` counts what was found before the limit. `unfollowed` counts the things shown whose own statements
    were not looked up, so that more may join them.
    """

    asked: tuple[str, ...]
    links: tuple[Link, ...] = ()
    total: int = 0
    unfollowed: int = 0

    @property
    def nodes(self) -> tuple[str, ...]:
        """Whatever is asked for or joined, each once."""
        return tuple(dict.fromkeys((*self.asked, *(end for link in self.links for end in link.ends))))


def around(reader: Reader, things: Sequence[str], depth: int, sieve: Sieve, limit: int) -> Surroundings:
    """Return what lies within some steps of things, given by ids or names, and what joins what is there."""
    sieve.check(reader.vocabulary)
    names = reader.refresh()
    asked = tuple(dict.fromkeys(node_id for thing in things for node_id in names.require(thing)))
    walk = _Walk(reader, frozenset(asked), sieve)
    found, frontier = list[Link](), asked
    for _ in range(depth):
        fresh = walk.beyond(frontier)
        found += fresh
        if len(found) >= limit:
            break
        frontier = Surroundings((), tuple(fresh)).nodes
    shown = Surroundings(asked, tuple(found[:limit])).nodes
    if len(found) < limit:
        found += walk.between(shown)
    return Surroundings(asked, tuple(found[:limit]), len(found), walk.unfollowed(shown))


@dataclass
class _Walk:
    """Statements looked up thing by thing, no thing twice and not more things than an answer may take."""

    reader: Reader
    asked: frozenset[str]
    sieve: Sieve
    followed: dict[str, list[Link]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def beyond(self, frontier: Iterable[str]) -> list[Link]:
        """Return what is said of things and was not taken before, the most believed first."""
        return self._take(link for node in frontier for link in self._of(node))

    def between(self, nodes: Sequence[str]) -> list[Link]:
        """Return what is said of two of these things and was not taken before."""
        there = frozenset(nodes)
        return self._take(link for node in nodes for link in self._of(node) if there.issuperset(link.ends))

    def unfollowed(self, nodes: Iterable[str]) -> int:
        """Return how many of these things were not looked up."""
        return sum(node not in self.followed for node in nodes)

    def _take(self, links: Iterable[Link]) -> list[Link]:
        fresh = {link.statement: link for link in links if link.statement not in self.taken}
        self.taken.update(fresh)
        return sorted(fresh.values(), key=lambda link: link.rank)

    def _of(self, node: str) -> Sequence[Link]:
        if node not in self.followed and len(self.followed) < _MOST_FOLLOWED:
            self.followed[node] = [link for link in self._links(node) if self._wanted(link)]
        return self.followed.get(node, ())

    def _links(self, node: str) -> Iterator[Link]:
        for hit, dates in self.reader.hits_around(node).items():
            yield Link.of(hit, dates)

    def _wanted(self, link: Link) -> bool:
        return self.sieve.passes(link) and all(self._type_fits(end) for end in link.ends)

    def _type_fits(self, node: str) -> bool:
        types = self.sieve.types
        return not types or node in self.asked or self.reader.vocabulary.type_of(node).name in types
