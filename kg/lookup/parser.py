"""Reading a question: tokens → `Question`, by trying every way that the grammar allows.

Where a name ends is not written in a question; the longest known name that lets the rest be read is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from kg.lookup import words as w
from kg.lookup.conditions import Conditions, Step, in_year
from kg.lookup.grammar import Clause, Grammar, Kind, Question, Words
from kg.lookup.scanner import Misread, TypesOf, tokens_of

_MOST_WORDS = 60
_MOST_READINGS = 4


def read(grammar: Grammar, text: str, types_of: TypesOf) -> tuple[list[Question], Misread]:
    """Return what a question may ask, the likeliest first, and where it could not be read."""
    reading = _Reading(grammar, tokens_of(text), types_of)
    ways = reading.questions() if len(reading.tokens) <= _MOST_WORDS else iter(())
    questions = list(islice(ways, _MOST_READINGS))
    return questions, reading.what_was_misread()


@dataclass
class _Reading(Conditions):
    """One attempt at one question; each method yields every way to read on from a token."""

    def questions(self) -> Iterator[Question]:
        """Yield readings of the whole question."""
        counted = len(w.HOW_MANY) if self.lower[:2] == w.HOW_MANY else 0
        fronted = self._is(0, w.CONNECTING | w.PREPOSITIONS) and self._is(1, {"which", "what"})
        start = self._skip(1 if fronted else counted, w.FILLERS)
        if self._known(0, len(self.tokens)) and not any(end == self.last for _, end in self._types(start)):
            yield Question(Kind.ABOUT, name=" ".join(self.tokens))
        for ways in (
            self._leaderboards(0),
            self._results(start),
            self._wanted(start),
            self._whether(0),
            self._quietly(self._comparisons(0)),
            self._quietly(self._numbers(0)),
            self._quietly(self._claims(0)),
            self._about(0),
            self._elided(start),
        ):
            yield from (question for question, end in ways if end == self.last)

    def _quietly(self, ways: Iterator[Step]) -> Iterator[Step]:
        """Yield ways of reading whose failures say nothing: they expect names everywhere."""
        before = replace(self.misread)
        yield from ways
        self.misread = before

    # --- numbers ---

    def _leaderboards(self, at: int) -> Iterator[Step]:
        start = self._skip(at, w.FILLERS)
        if self._is(start, w.BOARDS) and self._is(start + 1, w.OF | w.ON):
            yield from self._board(start + 2)
        for name, end in self._names(start) if self._is(self.last - 1, w.BOARDS) else ():
            if self._is(end, w.BOARDS):
                yield Question(Kind.LEADERBOARD, name=name), end + 1
        end = self._skip(at, w.BEST | w.BEST_OF)
        superlative = w.BEST.intersection(self.lower[at:end]) or self._says(w.BEST_PHRASE, at, end)
        if superlative:
            yield from self._board(end + 1 if self._is(end, w.CONNECTING) else end)

    def _board(self, at: int) -> Iterator[Step]:
        for name, end in self._names(at):
            yield Question(Kind.LEADERBOARD, name=name), end

    def _results(self, at: int) -> Iterator[Step]:
        start = self._skip(at, w.ANYTHING | w.FILLERS)
        if self._is(start, w.RESULTS):
            yield from self._measured(Question(Kind.RESULTS), self._skip(start + 1, w.EXISTING))
        for name, end in self._names(start) if self._is(self.last - 1, w.RESULTS) else ():
            if self._is(end, w.RESULTS):
                yield Question(Kind.RESULTS, name=name), end + 1

    def _measured(self, question: Question, at: int) -> Iterator[Step]:
        """Read "of SimPO on Arena-Hard", or either half of it."""
        if self._is(at, w.CONNECTING):
            for on, end in self._names(at + 1) if not self._is(at, w.OF) else ():
                yield replace(question, on=on), end
            for name, end in self._names(at + 1) if self._is(at, w.OF) else ():
                yield from self._perhaps_on(replace(question, name=name), end)

    def _perhaps_on(self, question: Question, at: int) -> Iterator[Step]:
        yield question, at
        if self._is(at, w.CONNECTING):
            for on, end in self._names(at + 1):
                yield replace(question, on=on), end

    def _numbers(self, at: int) -> Iterator[Step]:
        """Read "how well does X do on Y", "win rate of X on Y", "X results on Y", and "X on Y"."""
        for start in dict.fromkeys((self._skip(at, w.HOW_WELL), self._skip(at, w.FILLERS | w.ANYTHING))):
            if start and self._is(start, w.REACHING):  # what is reported on MT-Bench
                reached = self._skip(start, w.REACHING | w.RESULTS)
                yield from self._measured(Question(Kind.RESULTS), reached)
            for name, after in self._names(start):
                yield from self._in_metric(name, after)
                yield from self._of_name(name, after, alone=start == at)

    def _in_metric(self, metric: str, at: int) -> Iterator[Step]:
        """Read on after a metric: "of X on Y", or "does X get on Y"."""
        question = Question(Kind.RESULTS, metric=metric)
        if self._is(at, w.OF):
            yield from self._measured(question, at)
        if self._is(at, w.HELPERS):
            for name, verb in self._names(at + 1):
                yield from self._perhaps_on(replace(question, name=name), self._skip(verb, w.REACHING))

    def _of_name(self, name: str, at: int, *, alone: bool) -> Iterator[Step]:
        """Read on after what has numbers: "results on Y", "on Y", or, where nothing is before it, "Y"."""
        question = Question(Kind.RESULTS, name=name)
        end = self._skip(at, w.REACHING | w.RESULTS | {"are", "is"})
        if end > at and self._is(end, {"of"}):  # MT-Bench score of GPT-4
            for method, last in self._names(end + 1):
                yield replace(question, name=method, on=name), last
        if alone:  # DPO MT-Bench
            for on, last in self._names(at):
                yield replace(question, on=on), last
        for asked, last in self._perhaps_on(question, end):
            if asked.on or end > at:
                yield asked, last

    # --- several things ---

    def _comparisons(self, at: int) -> Iterator[Step]:
        """Read "compare DPO and PPO", "how does KTO compare to DPO", and "DPO vs PPO"."""
        start = self._skip(at, w.FILLERS | w.COMPARING | w.ANYTHING | w.HELPERS | {","})
        yield from self._compared((), self._skip(start, frozenset({"between", "of"})))

    def _compared(self, names: Words, at: int) -> Iterator[Step]:
        for name, end in self._names(at):
            named = (*names, name)
            if len(named) > 1:
                comparison = Question(Kind.COMPARISON, names=named)
                yield from self._perhaps_on(comparison, self._skip(end, w.COMPARED))
            verb = self._skip(end, w.BEING | w.COMPARED)
            beside = self._skip(verb, w.BESIDE)
            if beside > verb:
                yield from self._compared(named, beside)

    def _whether(self, at: int) -> Iterator[Step]:
        """Read "does SimPO outperform DPO" and "has KTO been evaluated on MT-Bench"."""
        if self._is(at, w.HELPERS):
            yield from self._claims(at + 1)

    def _claims(self, at: int) -> Iterator[Step]:
        """Read "evidence that SimPO outperforms DPO", and the claim by itself."""
        for name, after in self._names(self._skip(at, w.CLAIMING | w.FILLERS)):
            for clause, end in self._said_of_wanted(self._skip(after, w.BEING | w.LINKS)):
                yield Question(Kind.WHETHER, name=name, clauses=(clause,)), end

    def _about(self, at: int) -> Iterator[Step]:
        start = self._skip(at, w.TELLING)
        begins_as_question = any(self._wanted_types(self._skip(at, w.FILLERS))) and start == at
        names = self._names(start)
        for name, end in self._quiet_names(names) if begins_as_question else names:
            yield Question(Kind.ABOUT, name=name), end

    def _quiet_names(self, names: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
        before = replace(self.misread)
        yield from names
        self.misread = before

    # --- what fulfils conditions ---

    def _wanted(self, at: int) -> Iterator[Step]:
        for question, after in self._beginnings(at):
            wanted = question.wanted
            self._got(after)
            if wanted not in (None, self.paper):
                yield from self._quietly(self._concerned(question, after))
            for asked, end in self._conditions(question, after):
                if asked.clauses:
                    yield asked, end
                elif wanted is not None or asked.since or asked.before:
                    yield replace(asked, kind=Kind.THINGS, wanted=wanted or self.paper), end
            if wanted is not None:
                yield from self._connected(question, after)
                yield from self._naming(question, after)
                yield from self._written(question, after)
        yield from self._quietly(self._modified(at))

    def _elided(self, at: int) -> Iterator[Step]:
        """Read "variants of DPO", which does not say of what."""
        question = Question(Kind.STATEMENTS)
        yield from (step for step in self._conditions(question, at) if step[0].clauses)

    def _beginnings(self, at: int) -> Iterator[Step]:
        """Read "which methods", "what", and "2024 papers"."""
        for wanted, after in self._wanted_types(at):
            yield Question(Kind.STATEMENTS, wanted), after
        year = self._year(at)
        if year:
            for wanted, after in self._types(at + 1):
                yield in_year(Question(Kind.STATEMENTS, wanted), year), after

    def _wanted_types(self, at: int) -> Iterator[tuple[str | None, int]]:
        after = self._skip(at, w.ANYTHING)
        if after > at:
            yield None, after
        yield from self._types(self._skip(self._skip(after, w.BEING | w.FILLERS), w.ADJECTIVES | {"the"}))

    def _connected(self, question: Question, at: int) -> Iterator[Step]:
        """Read "benchmarks for DPO" and "metrics used on TruthfulQA"."""
        start = self._skip(at, w.EXISTING | w.BEING | w.LINKS)
        said = [end for _, end in self._participles(start)] if start < self.last else []
        for place in (start, *said):
            like = self._skip(place, w.LIKE)
            if like == place and not self._is(place, w.CONNECTING):
                continue
            for name, end in self._names(like if like > place else place + 1):
                if self._is(place, {"on"}) and self._is_tried(question.wanted, name):
                    tried = replace(question, clauses=(Clause(self.grammar.trial, False, name),))
                    yield from self._in_time(tried, end)
                yield from self._in_time(replace(question, kind=Kind.CONNECTED, name=name), end)

    def _is_tried(self, wanted: str | None, name: str) -> bool:
        """Say whether things of a type, papers apart, are tried on what is called so."""
        trial = self.grammar.vocabulary.predicates[self.grammar.trial]
        paper = self.grammar.vocabulary.paper.name
        return wanted in trial.domain - {paper} and bool(self.types_of(name) & trial.range)

    def _concerned(self, question: Question, at: int) -> Iterator[Step]:
        """Read "benchmarks that test safety"."""
        start = self._skip(at, w.LINKS)
        if self._is(start, w.CONCERNING):
            for name, end in self._names(start + 1):
                yield from self._in_time(replace(question, kind=Kind.CONNECTED, name=name), end)

    def _modified(self, at: int) -> Iterator[Step]:
        """Read "medical benchmarks" and "MT-Bench results"."""
        start = self._skip(at, w.ADJECTIVES | w.BEING | w.ANYTHING | w.FILLERS)
        for name, after in self._names(start):
            for wanted, end in self._types(after):
                question = Question(Kind.STATEMENTS, wanted)
                yield from self._in_time(replace(question, kind=Kind.CONNECTED, name=name), end)
                inside = replace(question, inside=(name,))
                yield from (step for step in self._conditions(inside, end) if step[0].clauses)

    def _naming(self, question: Question, at: int) -> Iterator[Step]:
        """Read "papers that mention DPO"."""
        verb = self._skip(at, w.LINKS)
        if question.wanted == self.paper and self._is(verb, w.MENTIONING):
            for name, end in self._names(verb + 1):
                yield from self._in_time(replace(question, kind=Kind.NAMING, name=name), end)

    def _written(self, question: Question, at: int) -> Iterator[Step]:
        """Read "papers by Rafailov", where any words may be a name."""
        start = self._skip(self._skip(at, w.LINKS | w.BEING), w.WRITING)
        if question.wanted == self.paper and self._is(start - 1, w.WRITING):
            for end in range(start + 1, self.last + 1):
                author = " ".join(self.tokens[start:end])
                yield from self._in_time(replace(question, kind=Kind.WRITTEN, author=author), end)
