"""All look-ups over one graph, whichever source it is read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property

from kg.lookup import tables
from kg.lookup.answers import Answer
from kg.lookup.around import Sieve, Surroundings, around
from kg.lookup.ask import ask
from kg.lookup.comparison import compare
from kg.lookup.disputes import disputed
from kg.lookup.grammar import Grammar
from kg.lookup.paging import PAGE_SIZE, Page
from kg.lookup.reading import Reader, Source
from kg.lookup.suggestions import MOST, Suggestion, suggest
from kg.lookup.tables import Wanted
from kg.vocabulary import Vocabulary, load_vocabulary


class Lookups:
    """The named questions. Things are given by id or by name; NotFound tells the nearest names.

    Each answer is read at one position of the graph, where the source can do that.
    """

    def __init__(self, source: Source, vocabulary: Vocabulary | None = None) -> None:
        self.vocabulary = vocabulary or load_vocabulary()
        self.reader = Reader(source, self.vocabulary)

    def at_once(self) -> AbstractContextManager[object]:
        """Read all within at one position: several answers that belong together."""
        return self.reader.at_once()

    @cached_property
    def _grammar(self) -> Grammar:
        return Grammar(self.vocabulary)

    def ask(self, text: str, *, limit: int = PAGE_SIZE, cursor: str | None = None) -> Answer:
        """Answer a question in words: "methods evaluated on MT-Bench"."""
        with self.at_once():
            return ask(self.reader, self._grammar, text, Page(limit, cursor))

    def things(
        self, type_name: str, words: str | None = None, *, limit: int = PAGE_SIZE, cursor: str | None = None
    ) -> Answer:
        """List the things of a type, the most named first."""
        with self.at_once():
            return tables.things(self.reader, type_name, words, Page(limit, cursor))

    def search(self, text: str, *, limit: int = PAGE_SIZE, cursor: str | None = None) -> Answer:
        """List whatever is called so or nearly so."""
        with self.at_once():
            return tables.search(self.reader, text, Page(limit, cursor))

    def suggest(self, text: str, *, limit: int = MOST) -> list[Suggestion]:
        """List what somebody who has typed this may mean: things, and questions about them."""
        with self.at_once():
            return suggest(self.reader, self._grammar, text, limit)

    def about(self, name: str, *, limit: int = PAGE_SIZE, cursor: str | None = None) -> Answer:
        """List the statements in which a thing stands at either end."""
        with self.at_once():
            return tables.about(self.reader, name, Page(limit, cursor))

    def statements(self, wanted: Wanted, *, limit: int = PAGE_SIZE, cursor: str | None = None) -> Answer:
        """List statements by their parts."""
        with self.at_once():
            return tables.statements(self.reader, wanted, Page(limit, cursor))

    def results(
        self,
        *,
        method: str | None = None,
        benchmark: str | None = None,
        metric: str | None = None,
        limit: int = PAGE_SIZE,
        cursor: str | None = None,
    ) -> Answer:
        """List the numbers reported of a method, on a benchmark, or both; those in a metric, if any are."""
        page = Page(limit, cursor)
        with self.at_once():
            return tables.results(self.reader, method=method, benchmark=benchmark, metric=metric, page=page)

    def leaderboard(self, benchmark: str, *, limit: int = PAGE_SIZE, cursor: str | None = None) -> Answer:
        """List the numbers on a benchmark, the best first among those that can be compared."""
        with self.at_once():
            return tables.leaderboard(self.reader, benchmark, Page(limit, cursor))

    def compare(
        self,
        things: Sequence[str],
        on: Sequence[str] = (),
        *,
        limit: int = PAGE_SIZE,
        cursor: str | None = None,
    ) -> Answer:
        """List what things share and what is said between them, with a table; `on` narrows to some."""
        with self.at_once():
            return compare(self.reader, things, on, Page(limit, cursor))

    def around(
        self, things: Sequence[str], *, depth: int = 1, sieve: Sieve | None = None, limit: int
    ) -> Surroundings:
        """Return what lies within some steps of things, as a graph to draw."""
        with self.at_once():
            return around(self.reader, things, depth, sieve or Sieve(), limit)

    def disputed(self, *, limit: int = PAGE_SIZE, cursor: str | None = None) -> Answer:
        """List what some papers state and others deny, or state the other way round."""
        with self.at_once():
            return disputed(self.reader, Page(limit, cursor))

    def path(self, start: str, end: str) -> Answer:
        """List the statements on a shortest way from one thing to another."""
        with self.at_once():
            return tables.path(self.reader, start, end)

    def counts(self) -> Mapping[str, int]:
        """Return how many there are of each class."""
        return self.reader.source.counts()
