"""The tokens of a question, and the phrases and names that begin at each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from kg.lookup import words as w
from kg.lookup.grammar import Grammar, Words

_TOKEN = re.compile(r"[^\s?!,;“”\"]+(?:,(?=\d))?|,")
_POSSESSIVE = re.compile(r"['’]s$")

T = TypeVar("T")
TypesOf = Callable[[str], frozenset[str]]
"""The types of what a name may mean, none if it is unknown."""


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


def tokens_of(text: str) -> Words:
    """Return the words of a question, without the marks around them."""
    tokens = [_POSSESSIVE.sub("", token) for token in _TOKEN.findall(text)]
    if tokens and len(tokens[-1]) > 1:
        tokens[-1] = tokens[-1].rstrip(".")
    return tuple(token for token in tokens if token)


@dataclass
class Scanner:
    """What stands where; its methods yield every way to read on from a token."""

    grammar: Grammar
    tokens: Words
    types_of: TypesOf
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

    def what_was_misread(self) -> Misread:
        """Return where reading failed, with what had been read until then."""
        return replace(
            self.misread, understood=self.tokens[: self.furthest], rest=self.tokens[self.furthest :]
        )

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
            self.names_known[start, end] = bool(self.types_of(" ".join(self.tokens[start:end])))
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


def _longest(phrases: Iterable[Words]) -> int:
    return max(map(len, phrases), default=0)
