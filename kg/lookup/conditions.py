"""Clauses and filters: what a question says of the things that it wants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kg.lookup import words as w
from kg.lookup.grammar import Clause, Question
from kg.lookup.scanner import Scanner

_YEAR = re.compile(r"(?:19|20)\d\d")

_MOST_STEPS = 500
"""Where readings multiply ("in A in B in C …"), the search ends rather than the patience of others."""

Step = tuple[Question, int]
"""What has been read, and the token that comes next."""


@dataclass
class Conditions(Scanner):
    """Reads conditions, each way of them."""

    def _conditions(self, question: Question, at: int) -> Iterator[Step]:
        """Yield readings of clauses and filters in any order."""
        self.steps += 1
        if self.steps > _MOST_STEPS:
            return
        self._got(at)
        yield question, at
        for asked, end in (*self._filters(question, at), *self._clauses(question, self._after_and(at))):
            yield from self._conditions(asked, end)

    def _in_time(self, question: Question, at: int) -> Iterator[Step]:
        yield question, at
        yield from self._times(question, at)

    def _after_and(self, at: int) -> int:
        return self._skip(at, w.AND) if at else at

    def _clauses(self, question: Question, at: int) -> Iterator[Step]:
        found = (
            *self._asked_of_name(at),
            *(found for verb in self._verb_places(at) for found in self._said_of_wanted(verb)),
            *self._said_of_papers(question, at),
            *self._said_by_anything(question, at),
            *self._said_again(question, at),
            *self._tried_on(question, at),
        )
        for clause, end in found:
            filters = clause.predicate == self.grammar.place and question.wanted not in (None, self.paper)
            fitting = self._turned(clause)
            if fitting and (clause.inverse or not filters):
                yield replace(question, clauses=(*question.clauses, fitting)), end
        if question.clauses and self._is(at, w.OR):
            last = question.clauses[-1]
            for name, end in self._names(at + 1) if last.name else ():
                either = replace(last, others=(*last.others, name))
                yield replace(question, clauses=(*question.clauses[:-1], either)), end

    def _tried_on(self, question: Question, at: int) -> Iterator[tuple[Clause, int]]:
        """Read "on AlpacaEval" behind "methods that beat DPO"."""
        if question.clauses and self._is(at, w.ON):
            for name, end in self._names(at + 1):
                yield Clause(self.grammar.trial, False, name), end

    def _turned(self, clause: Clause) -> Clause | None:
        """Return a clause as its name lets it be: turned round where such things never say its predicate.

        "Used in finance" says nothing that finance uses, and what "evaluated MT-Bench" was tried on it.
        """
        known = self.grammar.vocabulary.predicates[clause.predicate]
        types = self.types_of(clause.name) if clause.name else frozenset()
        if not clause.inverse or not types or types & known.domain or known.domain == {self.paper}:
            return clause
        return replace(clause, inverse=False) if types & known.range else None

    def _verb_places(self, at: int) -> range:
        """Return the tokens at which a verb may begin: links before it may be part of it."""
        return range(at, self._skip(at, w.LINKS | w.BEING | {"for"}) + 1)

    def _said_of_wanted(self, at: int) -> Iterator[tuple[Clause, int]]:
        """Read "that use DPO" and "proposed by KTO"."""
        for (predicate, inverse), after in self._phrases(self.grammar.verbs, at):
            self._got(after)
            for type_name, end in self._types(self._skip(after, w.ARTICLES)):
                yield Clause(predicate, inverse, type=type_name), end
            for name, end in self._names(after):
                yield Clause(predicate, inverse, name), end

    def _said_of_papers(self, question: Question, at: int) -> Iterator[tuple[Clause, int]]:
        """Read "papers on education"."""
        topical = w.ABOUT | w.OF - {"by"} | (frozenset() if question.clauses else w.ON)
        if question.wanted == self.paper and self._is(at, topical):
            for name, end in self._names(at + 1):
                yield Clause(self.grammar.place, False, name), end

    def _said_by_anything(self, question: Question, at: int) -> Iterator[tuple[Clause, int]]:
        """Read "benchmarks proposed", where no one is named who does it."""
        for verb in self._verb_places(at):
            for (predicate, inverse), end in self._phrases(self.grammar.verbs, verb):
                known = self.grammar.vocabulary.predicates[predicate]
                if not inverse and question.wanted in known.range - known.domain:
                    yield Clause(predicate, True), end

    def _said_again(self, question: Question, at: int) -> Iterator[tuple[Clause, int]]:
        """Read the second name of "target helpfulness and harmlessness"."""
        if question.clauses and self._is(at - 1, w.AND):
            for name, end in self._names(at):
                yield replace(question.clauses[-1], name=name, type=None, others=()), end

    def _asked_of_name(self, at: int) -> Iterator[tuple[Clause, int]]:
        """Read "does SimPO outperform", "is DPO evaluated on" and "was SimPO introduced"."""
        if not self._is(at, w.HELPERS):
            return
        for name, after in self._names(at + 1):
            self._got(after)
            for verb in self._verb_places(after):
                passive = verb > after or self._is(at, w.BEING)
                for (predicate, inverse), end in self._phrases(self.grammar.verbs, verb):
                    if end - verb > 1 or not passive:  # "is DPO evaluated" reads another way
                        yield Clause(predicate, not inverse, name), end
                for (predicate, inverse), end in self._participles(verb) if passive else ():
                    yield Clause(predicate, not inverse, name), end

    def _participles(self, at: int) -> Iterator[tuple[tuple[str, bool], int]]:
        return self._phrases(self.grammar.participles, at)

    def _filters(self, question: Question, at: int) -> Iterator[Step]:
        yield from self._times(question, at)
        elsewhere = question.clauses or question.wanted not in (None, self.paper)
        if elsewhere and self._verb_at(at, ("in",)) == self.grammar.place:
            for name, end in self._names(at + 1):
                yield replace(question, inside=(*question.inside, name)), end

    def _times(self, question: Question, at: int) -> Iterator[Step]:
        at = self._skip(at, w.PUBLISHED | w.BEING | {"that"})
        year = self._year(at + 1)
        if self._is(at, w.BETWEEN) and year and self._is(at + 2, w.TO) and self._year(at + 3):
            until = str(int(self.lower[at + 3]) + 1)
            yield replace(question, since=year, before=until), at + 4
        elif year and self._is(at, w.SINCE):
            yield replace(question, since=year), at + 2
        elif year and self._is(at, w.BEFORE):
            yield replace(question, before=year), at + 2
        elif year and self._is(at, w.YEARLY):
            yield in_year(question, year), at + 2
        elif year and self._is(at, w.AFTER):
            yield replace(question, since=str(int(year) + 1)), at + 2

    def _year(self, at: int) -> str | None:
        return self.lower[at] if at < self.last and _YEAR.fullmatch(self.lower[at]) else None


def in_year(question: Question, year: str) -> Question:
    """Return a question about what came out in one year."""
    return replace(question, since=year, before=str(int(year) + 1))
