"""A question in words → what it asks: a small grammar whose nouns and verbs come from the ontology.

    question := things | [which] TYPE [that] clause* filter* | what clause* filter*
              | TYPE of NAME | results [of NAME] [on NAME] | leaderboard of NAME | NAME
    clause   := VERB object | is INVERSE-VERB object | does NAME VERB | VERBED       joined by "and"
    object   := NAME | a TYPE
    filter   := in NAME | since YEAR | before YEAR

Where a name ends is not written in a question; the longest known name that lets the rest be read is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeVar

from kg.vocabulary import EntityType, Predicate, Vocabulary

_TOKEN = re.compile(r"[^\s?!,;]+(?:,(?=\d))?|,")
_YEAR = re.compile(r"(?:19|20)\d\d")
_FILLERS = frozenset({"which", "list", "show", "me", "all", "the", "find", "give", "are", "there", "any"})
_ANYTHING = frozenset({"what", "who", "whatever", "anything", "everything"})
_LINKS = frozenset({"that", "which", "who", "are", "is", "were", "was", "be", "been", "have", "has"})
_HELPERS = frozenset({"does", "do", "did", "is", "are", "was", "were", "has", "have"})
_OF, _ON = frozenset({"of", "for", "from", "by"}), frozenset({"on"})
_AND = frozenset({"and", ","})
_ARTICLES = frozenset({"a", "an", "any", "some"})
_SINCE, _BEFORE, _YEARLY = frozenset({"since", "from"}), frozenset({"before", "until"}), frozenset({"in"})
_BOUNDARIES = _AND | _ON | _YEARLY | _SINCE | _BEFORE
_RESULTS = frozenset({"results", "result", "numbers", "figures", "scores"})
_BOARDS = frozenset({"leaderboard", "leaderboards", "ranking"})

_MOST_STEPS = 500
"""Where readings multiply ("in A in B in C …"), the search ends rather than the patience of others."""

Words = tuple[str, ...]
T = TypeVar("T")


class Kind(Enum):
    """What sort of answer a question wants."""

    STATEMENTS = "statements"
    THINGS = "things"
    CONNECTED = "connected"
    RESULTS = "results"
    LEADERBOARD = "leaderboard"
    ABOUT = "about"


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition: the wanted thing is the subject of `predicate`, or its object where `inverse`.

    The other end is a name or, with `type`, anything of that type; with neither, anything.
    """

    predicate: str
    inverse: bool
    name: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `wanted` is a type or None for anything; `inside` are names of domains and the like."""

    kind: Kind
    wanted: str | None = None
    clauses: tuple[Clause, ...] = ()
    name: str | None = None
    on: str | None = None
    inside: tuple[str, ...] = ()
    since: str | None = None
    before: str | None = None


@dataclass
class Misread:
    """The furthest place where a name was expected and none was known."""

    place: int = -1
    words: str = ""

    def note(self, place: int, words: Words) -> None:
        """Remember words that are no name, if they lie further than those before."""
        if place > self.place and words:
            self.place, self.words = place, " ".join(words)


@dataclass(frozen=True)
class Grammar:
    """The words of the ontology as phrases, longest first."""

    vocabulary: Vocabulary
    types: Mapping[Words, str] = field(init=False)
    verbs: Mapping[Words, tuple[str, bool]] = field(init=False)
    place: str = field(init=False)
    """The predicate that "in" stands for."""

    def __post_init__(self) -> None:
        kinds = (self.vocabulary.paper, *self.vocabulary.types.values())
        predicates = self.vocabulary.predicates.values()
        set_ = object.__setattr__
        set_(self, "types", {phrase: kind.name for kind in kinds for phrase in _nouns(kind)})
        set_(self, "verbs", dict(pair for predicate in predicates for pair in _verbs(predicate)))
        set_(self, "place", next(p.name for p in predicates if "in" in p.words))

    def read(self, text: str, is_name: Callable[[str], bool]) -> tuple[Question | None, Misread]:
        """Return what a question asks, None if it cannot be read, and where a name was not known."""
        reading = _Reading(self, tuple(_TOKEN.findall(text)), is_name)
        question = next(reading.questions(), None)
        return question, reading.misread


def _nouns(kind: EntityType) -> Iterator[Words]:
    for phrase in (kind.label, kind.plural, *kind.words):
        yield tuple(phrase.lower().split())


def _verbs(predicate: Predicate) -> Iterator[tuple[Words, tuple[str, bool]]]:
    """Yield phrases with the predicate and whether they read it from its object."""
    for inverse, label, words in (
        (True, predicate.inverse_label, predicate.inverse_words),
        (False, predicate.label, predicate.words),
    ):
        for phrase in (label, *words):
            for form in _forms(tuple(phrase.lower().split())):
                yield form, (predicate.name, inverse)


def _forms(phrase: Words) -> Iterator[Words]:
    """Yield a phrase without its leading "is", and its verb in the other persons and the past.

    >>> list(_forms(("uses",)))
    [('uses',), ('use',), ('used',), ('using',)]
    """
    head, *rest = phrase[1:] if phrase[0] in _LINKS and len(phrase) > 1 else phrase
    yield (head, *rest)
    base = base_form(head)
    if base != head:
        stem = base.removesuffix("e")
        for form in (base, f"{stem}ed", f"{stem}ing"):
            yield (form, *rest)


def base_form(verb: str) -> str:
    """Return a verb as it stands behind "papers": "is" becomes "are", "uses" becomes "use".

    >>> base_form("addresses"), base_form("improves"), base_form("is"), base_form("evaluated")
    ('address', 'improve', 'are', 'evaluated')
    """
    if verb == "is":
        return "are"
    return verb.removesuffix("es") if verb.endswith("sses") else verb.removesuffix("s")


Step = tuple[Question, int]
"""What has been read, and the token that comes next."""


class _Reading:
    """One attempt at one question; each method yields every way to read on from a token."""

    def __init__(self, grammar: Grammar, tokens: Words, is_name: Callable[[str], bool]) -> None:
        self.grammar = grammar
        self.tokens = tokens
        self.lower = tuple(token.lower() for token in tokens)
        self.is_name = is_name
        self.misread = Misread()
        self.steps = 0

    def questions(self) -> Iterator[Question]:
        """Yield readings of the whole question."""
        start = self._skip(0, _FILLERS)
        for read in (self._leaderboards, self._results, self._wanted, self._bare_names):
            yield from (question for question, end in read(start) if end == len(self.tokens))

    # --- kinds of question ---

    def _leaderboards(self, at: int) -> Iterator[Step]:
        if self._is(at, _BOARDS) and self._is(at + 1, _OF | _ON):
            for name, end in self._names(self._skip(at + 2, _FILLERS)):
                yield Question(Kind.LEADERBOARD, name=name), end

    def _results(self, at: int) -> Iterator[Step]:
        if not self._is(at, _RESULTS):
            return
        if self._is(at + 1, _ON):
            for name, end in self._names(at + 2):
                yield Question(Kind.RESULTS, on=name), end
        if self._is(at + 1, _OF):
            for name, end in self._names(at + 2):
                yield Question(Kind.RESULTS, name=name), end
                if self._is(end, _ON):
                    for on, last in self._names(end + 1):
                        yield Question(Kind.RESULTS, name=name, on=on), last

    def _wanted(self, at: int) -> Iterator[Step]:
        for wanted, after in self._wanted_types(at):
            question = Question(Kind.STATEMENTS, wanted)
            for asked, end in self._conditions(question, after):
                if asked.clauses:
                    yield asked, end
                elif wanted is not None:
                    yield replace(asked, kind=Kind.THINGS), end
            if wanted is not None and self._is(after, _OF):
                for name, end in self._names(after + 1):
                    yield Question(Kind.CONNECTED, wanted, name=name), end

    def _bare_names(self, at: int) -> Iterator[Step]:
        before = replace(self.misread)
        for name, end in self._names(at):
            yield Question(Kind.ABOUT, name=name), end
        if any(self._wanted_types(at)):  # then it began as a question, and its words were no name
            self.misread = before

    # --- parts of a question ---

    def _wanted_types(self, at: int) -> Iterator[tuple[str | None, int]]:
        after = self._skip(at, _ANYTHING)
        if after > at:
            yield None, after
        yield from self._types(after)

    def _conditions(self, question: Question, at: int) -> Iterator[Step]:
        """Yield readings of clauses and filters in any order."""
        self.steps += 1
        if self.steps > _MOST_STEPS:
            return
        yield question, at
        for asked, end in (*self._filters(question, at), *self._clauses(question, self._after_and(at))):
            yield from self._conditions(asked, end)

    def _after_and(self, at: int) -> int:
        return self._skip(at, _AND) if at else at

    def _clauses(self, question: Question, at: int) -> Iterator[Step]:
        verb = self._skip(at, _LINKS)
        found = (
            *self._asked_of_name(at),
            *self._said_of_wanted(verb),
            *self._said_of_papers(question, at),
            *self._said_by_anything(question, verb),
            *self._said_again(question, at),
        )
        for clause, end in found:
            yield replace(question, clauses=(*question.clauses, clause)), end

    def _said_of_wanted(self, at: int) -> Iterator[tuple[Clause, int]]:
        """Read "that use DPO" and "proposed by KTO"."""
        for (predicate, inverse), after in self._verbs(at):
            for type_name, end in self._types(self._skip(after, _ARTICLES)):
                yield Clause(predicate, inverse, type=type_name), end
            for name, end in self._names(self._skip(after, frozenset({"the"}))):
                yield Clause(predicate, inverse, name), end

    def _said_of_papers(self, question: Question, at: int) -> Iterator[tuple[Clause, int]]:
        """Read "papers on education"."""
        if question.wanted == self.grammar.vocabulary.paper.name and self._is(at, _ON):
            for name, end in self._names(at + 1):
                yield Clause(self.grammar.place, False, name), end

    def _said_by_anything(self, question: Question, at: int) -> Iterator[tuple[Clause, int]]:
        """Read "benchmarks proposed", where no one is named who does it."""
        for (predicate, inverse), end in self._verbs(at):
            known = self.grammar.vocabulary.predicates[predicate]
            if not inverse and question.wanted in known.range - known.domain:
                yield Clause(predicate, True), end

    def _said_again(self, question: Question, at: int) -> Iterator[tuple[Clause, int]]:
        """Read the second name of "target helpfulness and harmlessness"."""
        if question.clauses and self._is(at - 1, _AND):
            for name, end in self._names(at):
                yield replace(question.clauses[-1], name=name, type=None), end

    def _asked_of_name(self, at: int) -> Iterator[tuple[Clause, int]]:
        """Read "does SimPO outperform" and "is DPO evaluated on"."""
        if self._is(at, _HELPERS):
            for name, after in self._names(at + 1):
                for (predicate, inverse), end in self._verbs(self._skip(after, _LINKS)):
                    yield Clause(predicate, not inverse, name), end

    def _filters(self, question: Question, at: int) -> Iterator[Step]:
        if at + 1 < len(self.tokens) and _YEAR.fullmatch(self.tokens[at + 1]):
            year, end = self.tokens[at + 1], at + 2
            if self._is(at, _SINCE):
                yield replace(question, since=year), end
            elif self._is(at, _BEFORE):
                yield replace(question, before=year), end
            elif self._is(at, _YEARLY):
                yield replace(question, since=year, before=str(int(year) + 1)), end
            elif self._is(at, frozenset({"after"})):
                yield replace(question, since=str(int(year) + 1)), end
        if question.clauses and self._verb_at(at, ("in",)) == self.grammar.place:
            for name, end in self._names(at + 1):
                yield replace(question, inside=(*question.inside, name)), end

    # --- words ---

    def _types(self, at: int) -> Iterator[tuple[str, int]]:
        return self._phrases(self.grammar.types, at)

    def _verbs(self, at: int) -> Iterator[tuple[tuple[str, bool], int]]:
        return self._phrases(self.grammar.verbs, at)

    def _verb_at(self, at: int, phrase: Words) -> str | None:
        return self.grammar.verbs[phrase][0] if self.lower[at : at + len(phrase)] == phrase else None

    def _phrases(self, phrases: Mapping[Words, T], at: int) -> Iterator[tuple[T, int]]:
        for length in range(_longest(phrases), 0, -1):
            found = phrases.get(self.lower[at : at + length])
            if found is not None and at + length <= len(self.tokens):
                yield found, at + length

    def _names(self, at: int) -> Iterator[tuple[str, int]]:
        """Yield known names that begin at a token, the longest first."""
        none = True
        for end in range(len(self.tokens), at, -1):
            name = " ".join(self.tokens[at:end])
            if self.is_name(name):
                none = False
                yield name, end
        if none:
            self.misread.note(at, self._until_a_boundary(at))

    def _until_a_boundary(self, at: int) -> Words:
        """Return the words that look like one name: up to the next connective."""
        end = at
        while end < len(self.tokens) and self.lower[end] not in _BOUNDARIES:
            end += 1
        return self.tokens[at:end]

    def _is(self, at: int, words: Iterable[str]) -> bool:
        return 0 <= at < len(self.tokens) and self.lower[at] in words

    def _skip(self, at: int, words: frozenset[str]) -> int:
        while self._is(at, words):
            at += 1
        return at


def _longest(phrases: Iterable[Words]) -> int:
    return max(map(len, phrases), default=0)
