"""All look-ups over one graph, through whichever store or pool holds it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial

from kg.ledger import Ledger
from kg.lookup import tables
from kg.lookup.answers import Answer
from kg.lookup.around import Sieve, Surroundings, around
from kg.lookup.ask import ask
from kg.lookup.comparison import compare
from kg.lookup.disputes import disputed
from kg.lookup.grammar import Grammar
from kg.lookup.ledger_names import names_in
from kg.lookup.paging import PAGE_SIZE, Page
from kg.lookup.reading import QueryFunction, Reader
from kg.lookup.suggestions import MOST, Suggestion, suggest
from kg.lookup.tables import Wanted
from kg.stores import Limits
from kg.vocabulary import AKG, Vocabulary, load_vocabulary


class Lookups:
    """The named questions. Things are given by id or by name; NotFound tells the nearest names.

    With the `ledger` of the graph, names come from there, which takes a fraction of the time.
    """

    def __init__(
        self,
        query: QueryFunction,
        vocabulary: Vocabulary | None = None,
        limits: Limits | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.vocabulary = words = vocabulary or load_vocabulary()
        named = partial(names_in, ledger, words) if ledger else None
        self.reader = Reader(query, words, limits or Limits(), named)

    @cached_property
    def _grammar(self) -> Grammar:
        return Grammar(self.vocabulary)

    def prepare(self) -> None:
        """Read now what the first question would have to wait for."""
        self.reader.refresh().prepare()

    def ask(self, text: str, *, limit: int = PAGE_SIZE, cursor: str | None = None) -> Answer:
        """Answer a question in words: "methods evaluated on MT-Bench"."""
        return ask(self.reader, self._grammar, text, Page(limit, cursor))

    def things(
        self, type_name: str, words: str | None = None, *, limit: int = PAGE_SIZE, cursor: str | None = None
    ) -> Answer:
        """List the things of a type, the most named first."""
        return tables.things(self.reader, type_name, words, Page(limit, cursor))

    def search(self, text: str, *, limit: int = PAGE_SIZE, cursor: str | None = None) -> Answer:
        """List whatever is called so or nearly so."""
        return tables.search(self.reader, text, Page(limit, cursor))

    def suggest(self, text: str, *, limit: int = MOST) -> list[Suggestion]:
        """List what somebody who has typed this may mean: things, and questions about them."""
        return suggest(self.reader, self._grammar, text, limit)

    def about(self, name: str, *, limit: int = PAGE_SIZE, cursor: str | None = None) -> Answer:
        """List the statements in which a thing stands at either end."""
        return tables.about(self.reader, name, Page(limit, cursor))

    def statements(self, wanted: Wanted, *, limit: int = PAGE_SIZE, cursor: str | None = None) -> Answer:
        """List statements by their parts."""
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
        return tables.results(self.reader, method=method, benchmark=benchmark, metric=metric, page=page)

    def leaderboard(self, benchmark: str, *, limit: int = PAGE_SIZE, cursor: str | None = None) -> Answer:
        """List the numbers on a benchmark, the best first among those that can be compared."""
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
        return compare(self.reader, things, on, Page(limit, cursor))

    def around(
        self, things: Sequence[str], *, depth: int = 1, sieve: Sieve | None = None, limit: int
    ) -> Surroundings:
        """Return what lies within some steps of things, as a graph to draw."""
        return around(self.reader, things, depth, sieve or Sieve(), limit)

    def disputed(self, *, limit: int = PAGE_SIZE, cursor: str | None = None) -> Answer:
        """List what some papers state and others deny, or state the other way round."""
        return disputed(self.reader, Page(limit, cursor))

    def path(self, start: str, end: str) -> Answer:
        """List the statements on a shortest way from one thing to another."""
        return tables.path(self.reader, start, end)

    def counts(self) -> dict[str, int]:
        """Return how many there are of each class."""
        rows = self.reader.rows("counts")
        return {row.text("class").removeprefix(AKG): int(row.number("count")) for row in rows}
