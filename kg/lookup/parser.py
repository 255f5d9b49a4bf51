"""Reading a question: tokens → `Question`, by trying every way that the grammar allows.

Where a name ends is not written in a question; the longest known name that lets the rest be read is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeVar

from kg.lookup import words as w
from kg.lookup.grammar import Clause, Grammar, Kind, Question, Words

_TOKEN = re.compile(r"[^\s?!,;“”\"]+(?:,(?=\d))?|,")
_YEAR = re.compile(r"(?:19|20)\d\d")
_POSSESSIVE = re.compile(r"['’]s$")

_MOST_STEPS = 500
"""Where readings multiply ("in A in B in C …"), the search ends rather than the patience of others."""
_MOST_WORDS = 60
_MOST_READINGS = 4

T = TypeVar("T")
Step = tuple[Question, int]
"""What has been read, and the token that comes next."""
IsName = Callable[[str], bool]


@dataclass
class Misread:
    """Why a question could not be read.

    `words` are where a name was expected and none was known, furthest on; `understood` is what was read
    before nothing fitted, and `rest` what follows it.
    """

    place: int = -1
    words: str = ""
    understood: Words = ()
    rest: Words = ()

    def note(self, place: int, words: Words) -> None:
        """Remember words that are no name, if they lie further than those before."""
        if place > self.place and words:
            self.place, self.words = place, " ".join(words)


def read(grammar: Grammar, text: str, is_name: IsName) -> tuple[list[Question], Misread]:
    """Return what a question may ask, the likeliest first, and where it could not be read."""
    reading = _Reading(grammar, _tokens(text), is_name)
    ways = reading.questions() if len(reading.tokens) <= _MOST_WORDS else iter(())
    questions = list(islice(ways, _MOST_READINGS))
    return questions, reading.what_was_misread()


def _tokens(text: str) -> Words:
    tokens = [_POSSESSIVE.sub("", token) for token in _TOKEN.findall(text)]
    if tokens and len(tokens[-1]) > 1:
        tokens[-1] = tokens[-1].rstrip(".")
    return tuple(token for token in tokens if token)


@dataclass
class _Reading:
    """One attempt at one question; each method yields every way to read on from a token."""

    grammar: Grammar
    tokens: Words
    known: IsName
    misread: Misread = field(default_factory=Misread)
    steps: int = 0
    furthest: int = 0
    names_known: dict[tuple[int, int], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lower = tuple(token.lower() for token in self.tokens)
        self.last = len(self.tokens)
        aside = next(
            (at for at in range(1, self.last) if self._is(at, w.AND) and self._is(at + 1, w.ASIDE)), 0
        )
        self.last = aside or self.last
        while self.last > 1 and self._is(self.last - 1, w.TAIL) and not self._ends_on_use():
            self.last -= 1
        self.paper = self.grammar.vocabulary.paper.name

    def _ends_on_use(self) -> bool:
        """Say whether a name is before "used": "where is DPO used", not "which metrics are used"."""
        return self.lower[self.last - 1] == "used" and not self._is(self.last - 2, w.BEING)

    def questions(self) -> Iterator[Question]:
        """Yield readings of the whole question."""
        counted = len(w.HOW_MANY) if self.lower[:2] == w.HOW_MANY else 0
        start = self._skip(counted, w.FILLERS)
        if self._known(0, len(self.tokens)) and not any(end == self.last for _, end in self._types(start)):
            yield Question(Kind.ABOUT, name=" ".join(self.tokens))
        for ways in (
            self._leaderboards(0),
            self._results(start),
            self._wanted(start),
            self._whether(0),
            self._quietly(self._comparisons(0)),
            self._quietly(self._numbers(0)),
            self._about(0),
            self._elided(start),
        ):
            yield from (question for question, end in ways if end == self.last)

    def what_was_misread(self) -> Misread:
        """Return where reading failed, with what had been read until then."""
        return replace(
            self.misread, understood=self.tokens[: self.furthest], rest=self.tokens[self.furthest :]
        )

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
        question = Question(Kind.RESULTS)
        for start in dict.fromkeys((self._skip(at, w.HOW_WELL), self._skip(at, w.FILLERS | w.ANYTHING))):
            if start and self._is(start, w.REACHING):  # what is reported on MT-Bench
                yield from self._measured(question, self._skip(start, w.REACHING | w.RESULTS))
            for name, after in self._names(start):
                metric = replace(question, metric=name)
                if self._is(after, w.OF):
                    yield from self._measured(metric, after)
                end = self._skip(after, w.REACHING | w.RESULTS)
                numbers = end > after or start == at
                for on, last in self._names(after) if start == at else ():  # DPO MT-Bench
                    yield replace(question, name=name, on=on), last
                for asked, last in self._perhaps_on(replace(question, name=name), end):
                    if (asked.on and (numbers or start > at)) or end > after:
                        yield asked, last
                if self._is(after, w.HELPERS):  # which win rate does X get on Y
                    for of, verb in self._names(after + 1):
                        reached = self._skip(verb, w.REACHING)
                        yield from self._perhaps_on(replace(metric, name=of), reached)

    # --- several things ---

    def _comparisons(self, at: int) -> Iterator[Step]:
        start = self._skip(at, w.FILLERS | w.COMPARING | w.ANYTHING | w.HELPERS | {","})
        asked = bool((w.COMPARING | {"how", "what"}).intersection(self.lower[at:start]))
        start = self._skip(start, frozenset({"between", "of"}))
        yield from self._compared((), start, asked=asked)

    def _compared(self, names: Words, at: int, *, asked: bool) -> Iterator[Step]:
        for name, end in self._names(at):
            named = (*names, name)
            if len(named) > 1 and asked:
                comparison = Question(Kind.COMPARISON, names=named)
                yield from self._perhaps_on(comparison, self._skip(end, w.COMPARED))
            verb = self._skip(end, w.BEING | w.COMPARED)
            beside = self._skip(verb, w.BESIDE)
            if beside > verb:
                versus = asked or verb > end or bool(w.VERSUS.intersection(self.lower[verb:beside]))
                yield from self._compared(named, beside, asked=versus)

    def _whether(self, at: int) -> Iterator[Step]:
        """Read "does SimPO outperform DPO" and "has KTO been evaluated on MT-Bench"."""
        if not self._is(at, w.HELPERS):
            return
        for name, after in self._names(at + 1):
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
                yield _in_year(Question(Kind.STATEMENTS, wanted), year), after

    def _wanted_types(self, at: int) -> Iterator[tuple[str | None, int]]:
        after = self._skip(at, w.ANYTHING)
        if after > at:
            yield None, after
        yield from self._types(self._skip(self._skip(after, w.BEING | w.FILLERS), w.ADJECTIVES | {"the"}))

    def _connected(self, question: Question, at: int) -> Iterator[Step]:
        """Read "benchmarks for DPO" and "metrics used on TruthfulQA"."""
        start = self._skip(at, w.EXISTING)
        if self._is(start, w.CONNECTING):
            for name, end in self._names(start + 1):
                yield from self._in_time(replace(question, kind=Kind.CONNECTED, name=name), end)

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

    # --- conditions ---

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
            if clause.inverse or not filters:
                yield replace(question, clauses=(*question.clauses, clause)), end
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

    def _verb_places(self, at: int) -> range:
        """Return the tokens at which a verb may begin: links before it may be part of it."""
        return range(at, self._skip(at, w.LINKS | w.BEING) + 1)

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
        if question.wanted == self.paper and self._is(at, w.ON | w.ABOUT | w.OF - {"by"}):
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
            yield _in_year(question, year), at + 2
        elif year and self._is(at, w.AFTER):
            yield replace(question, since=str(int(year) + 1)), at + 2

    def _year(self, at: int) -> str | None:
        return self.lower[at] if at < self.last and _YEAR.fullmatch(self.lower[at]) else None

    # --- words ---

    def _types(self, at: int) -> Iterator[tuple[str, int]]:
        return self._phrases(self.grammar.types, at)

    def _verb_at(self, at: int, phrase: Words) -> str | None:
        return self.grammar.verbs[phrase][0] if self.lower[at : at + len(phrase)] == phrase else None

    def _phrases(self, phrases: Mapping[Words, T], at: int) -> Iterator[tuple[T, int]]:
        for length in range(_longest(phrases), 0, -1):
            found = phrases.get(self.lower[at : at + length])
            if found is not None and at + length <= self.last:
                yield found, at + length

    def _names(self, at: int) -> Iterator[tuple[str, int]]:
        """Yield known names that begin at a token, the longest first; perhaps with their type behind."""
        none = True
        for start in dict.fromkeys((at, self._skip(at, w.BOTH))):
            for end in range(self.last, start, -1):
                if self._known(start, end):
                    none = False
                    self._got(end)
                    name = " ".join(self.tokens[start:end])
                    yield name, end
                    yield from ((name, after) for _, after in self._types(end))
        if none:
            start = self._skip(at, w.BOTH)
            self.misread.note(start, self._until_a_boundary(start))

    def _known(self, start: int, end: int) -> bool:
        if (start, end) not in self.names_known:
            self.names_known[start, end] = self.known(" ".join(self.tokens[start:end]))
        return self.names_known[start, end]

    def _until_a_boundary(self, at: int) -> Words:
        """Return the words that look like one name: up to the next connective."""
        end = at
        while end < self.last and self.lower[end] not in w.BOUNDARIES:
            end += 1
        return self.tokens[at:end]

    def _got(self, at: int) -> None:
        self.furthest = max(self.furthest, at)

    def _is(self, at: int, words: Iterable[str]) -> bool:
        return 0 <= at < self.last and self.lower[at] in words

    def _says(self, phrase: Words, start: int, end: int) -> bool:
        return any(self.lower[at : at + len(phrase)] == phrase for at in range(start, end))

    def _skip(self, at: int, words: frozenset[str]) -> int:
        while self._is(at, words):
            at += 1
        return at


def _in_year(question: Question, year: str) -> Question:
    return replace(question, since=year, before=str(int(year) + 1))


def _longest(phrases: Iterable[Words]) -> int:
    return max(map(len, phrases), default=0)
