"""What all look-ups read: a source of statements, numbers and sentences, and of names for what is in them.

A source is the index of the graph (`kg.lookup.indexed`), or any store, asked in SPARQL (`kg.lookup.stored`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from kg.errors import NotFound
from kg.lookup.answers import Figure, Item, Quote
from kg.lookup.names import Named, Names
from kg.vocabulary import Vocabulary

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hit:
    """A statement that was found.

    With `papers_only`, only what these papers say of it counts. With `paper`, its row is about that paper,
    and `merged` are further statements whose sentences in it stand in the row.
    """

    statement: str
    subject: str
    predicate: str
    object: str
    belief: float
    papers: int
    papers_only: frozenset[str] | None = None
    paper: str | None = None
    merged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    """A result that was found, in ids."""

    id: str
    method: str | None
    benchmark: str | None
    metric: str | None
    baseline: str | None
    value: float
    unit: str
    kind: str
    belief: float
    papers: int


@dataclass(frozen=True, slots=True)
class Parts:
    """Which statements are wanted: each part is one of some, or anything; `types` are the subject's."""

    subjects: tuple[str, ...] = ()
    predicates: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    least_belief: float = 0.0


def ranked(hits: Iterable[Hit], names: Names) -> list[Hit]:
    """Return hits without repeats: the most believed first, then those of most papers, then by name."""
    return sorted(
        dict.fromkeys(hits),
        key=lambda hit: (
            -hit.belief,
            -hit.papers,
            names.item(hit.paper or hit.subject).name.casefold(),
            hit.statement,
            hit.paper or "",
        ),
    )


class Source(Protocol):
    """Where look-ups read the graph."""

    def at_once(self) -> AbstractContextManager[object]:
        """Read all within at one position, where the source can."""
        ...

    def position(self) -> int:
        """Return the number of the ledger's last change that is read."""
        ...

    def kept(self, key: object, read: Callable[[], list[T]], /) -> list[T]:
        """Return a list that took long to read, as it was read at this very position; else read it."""
        ...

    def names(self) -> Names:
        """Return the names of the graph, perhaps as they were at an earlier position."""
        ...

    def refresh(self) -> Names:
        """Return the names in the graph as it is now."""
        ...

    def hits(
        self, *, subject: str | None = None, predicate: str | None = None, object_: str | None = None
    ) -> list[Hit]:
        """Return statements by their parts."""
        ...

    def ranked(self, wanted: Parts) -> Sequence[Hit]:
        """Return statements without repeats: the most believed first, then by papers and by name."""
        ...

    def predicates(self, wanted: Parts) -> Sequence[str]:
        """Return the predicates of the statements that are wanted."""
        ...

    def ranked_about(self, nodes: Sequence[str]) -> Sequence[Hit]:
        """Return the statements in which one of these stands at either end, in the same order."""
        ...

    def hits_around(self, node_id: str) -> Mapping[Hit, Collection[str]]:
        """Return the statements in which a node stands at either end, with when papers state them."""
        ...

    def denied(self) -> list[Hit]:
        """Return the statements that some sentences deny."""
        ...

    def opposed(self, predicate: str) -> list[Hit]:
        """Return the statements with a predicate that are stated the other way round, too."""
        ...

    def numbers_of(self, method: str) -> list[Number]:
        """Return what is reported of a method, a model or, where nothing is named, of a paper."""
        ...

    def numbers_on(self, benchmark: str) -> list[Number]:
        """Return what is reported on a benchmark."""
        ...

    def numbers_between(self, method: str, other: str) -> list[Number]:
        """Return what is reported of a method on a benchmark, in a metric or over a baseline."""
        ...

    def results_about(self, node_id: str) -> list[str]:
        """Return the ids of the results that a node is a part of."""
        ...

    def quotes(self, about: str) -> Sequence[Quote]:
        """Return the sentences behind a statement or result, in any order."""
        ...

    def stating(self, predicate: str, object_: str) -> dict[str, set[str]]:
        """Return, by statement, the papers that say this of anything."""
        ...

    def naming(self, entity: str) -> list[str]:
        """Return the papers that name an entity."""
        ...

    def papers_naming(self, entity: str) -> Sequence[Named]:
        """Return the papers that name an entity, the newest first."""
        ...

    def dates_naming(self, entity: str) -> Sequence[str]:
        """Return when the papers came out that name an entity, as far as they say it."""
        ...

    def written_by(self, author: str) -> list[str]:
        """Return the papers with an author of whose name these words are a part."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Return how many nodes there are of each class that has any."""
        ...


class Reader:
    """Reads a source in the words of the ontology."""

    def __init__(self, source: Source, vocabulary: Vocabulary) -> None:
        self.source, self.vocabulary = source, vocabulary
        self.hits, self.denied, self.opposed = source.hits, source.denied, source.opposed
        self.hits_around, self.stating, self.naming = source.hits_around, source.stating, source.naming
        self.numbers_of, self.numbers_on = source.numbers_of, source.numbers_on
        self.numbers_between, self.results_about = source.numbers_between, source.results_about
        self.papers_naming, self.dates_naming = source.papers_naming, source.dates_naming
        self.predicates, self.kept = source.predicates, source.kept
        self.ranked, self.ranked_about, self.at_once = source.ranked, source.ranked_about, source.at_once
        self.written_by, self.position = source.written_by, source.position

    def refresh(self) -> Names:
        """Return the names in the graph as it is now."""
        return self.source.refresh()

    @property
    def names(self) -> Names:
        """The names as they were last read."""
        return self.source.names()

    def item(self, node_id: str) -> Item:
        """Return what a node is called, though it came into the graph after the names were read."""
        try:
            return self.names.item(node_id)
        except NotFound:
            return self.refresh().item(node_id)

    def called(self, name: str) -> str:
        """Return what a name stands for; where it means several things, all of them with their types."""
        items = [self.item(node_id) for node_id in self.names.require(name)]
        if len(items) == 1:
            return items[0].name
        labels = self.vocabulary.types_by_slug
        return " or ".join(f"{item.name} ({labels[item.id.partition('/')[0]].label})" for item in items)

    def hits_about(self, node_id: str) -> list[Hit]:
        """Return the statements in which a node stands at either end."""
        return [*self.hits(subject=node_id), *self.hits(object_=node_id)]

    def quotes(self, about: str, papers_only: frozenset[str] | None = None) -> tuple[Quote, ...]:
        """Return the sentences behind a statement or result, the surest first."""
        slug = self.vocabulary.paper.slug
        found = [
            quote
            for quote in self.source.quotes(about)
            if papers_only is None or f"{slug}/{quote.paper}" in papers_only
        ]
        return tuple(sorted(found, key=lambda q: (q.negated, -q.probability, q.paper, q.start, q.words)))

    def figure(self, number: Number) -> Figure:
        """Return a number with the names of what it is about."""
        ends = (number.benchmark, number.metric, number.baseline)
        benchmark, metric, baseline = (self.item(end) if end else None for end in ends)
        return Figure(
            number.id, number.value, number.unit, number.kind, benchmark, metric, baseline, number.belief
        )
