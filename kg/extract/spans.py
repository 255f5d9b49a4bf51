"""What the components pass on: typed spans, abbreviations and the Doc attributes that hold them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from spacy.tokens import Doc, Span

from kg.records import Paper
from kg.records import Span as Offsets

ATTRIBUTES = {
    "kg_paper": None,
    "kg_words": None,
    "kg_sentences": None,
    "kg_abbreviations": (),
    "kg_names": (),
    "kg_view": None,
    "kg_mentions": (),
    "kg_facets": (),
    "kg_clusters": (),
    "kg_references": (),
    "kg_negated": (),
    "kg_hedged": (),
    "kg_scores": None,
    "kg_proposals": (),
    "kg_main": None,
    "kg_leads": (),
    "kg_relations": (),
    "kg_outcomes": (),
    "kg_entities": (),
    "kg_claims": (),
    "kg_results": (),
}
"""Attributes of a Doc, in the order in which the components fill them."""

for _name, _default in ATTRIBUTES.items():
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=_default)


@dataclass(frozen=True, slots=True)
class TypedSpan:
    """Tokens that name a thing. `name` is the list name of a facet, `entity` the id of a known name."""

    start: int
    end: int
    type: str
    probability: float
    component: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A short form and the long form that the text gives it, as token bounds."""

    short: tuple[int, int]
    long: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cluster:
    """All mentions of one thing in one text, in order, with the type that most of them have."""

    type: str
    name: str
    aliases: tuple[str, ...]
    mentions: tuple[TypedSpan, ...]
    probability: float

    @property
    def component(self) -> str:
        """The component that found its surest mention."""
        return max(self.mentions, key=lambda m: (m.probability, -m.start)).component


class Sentences:
    """The bounds of all sentences, in tokens, and which of them a token is in."""

    def __init__(self, bounds: list[tuple[int, int]]) -> None:
        self.bounds = bounds
        self.number = [n for n, (start, end) in enumerate(bounds) for _ in range(start, end)]

    def of(self, token: int) -> tuple[int, int]:
        """Return the bounds of the sentence of a token."""
        return self.bounds[self.number[token]]

    @property
    def last(self) -> int:
        """The number of the last sentence."""
        return len(self.bounds) - 1


def offsets(span: Span) -> Offsets:
    """Return the code points of a span without the white space around it."""
    text = span.text
    start = span.start_char + len(text) - len(text.lstrip())
    return Offsets(start, start + len(text.strip()))


def text_of(doc: Doc, start: int, end: int) -> str:
    """Return the words between two tokens as they stand in the text."""
    return str(doc[start:end].text)


def title_end(doc: Doc) -> int:
    """Return where the title ends, in code points; -1 where a bare text is one line."""
    paper: Paper | None = doc._.kg_paper
    return doc.text.find("\n") if paper is None else len(paper.title)


_BRACKETED = re.compile(r"\([^()]*\)")
_SEPARATORS = re.compile(r"[-–—_/\s]+")
_WORD = re.compile(r"[\w.+*^'%@$]+")
_ARTICLES = frozenset({"the", "a", "an", "of"})


def name_words(name: str, generic: frozenset[str]) -> tuple[str, ...]:
    """Return the words that make a name the same: no case, hyphens, articles, plural or generic last word.

    >>> name_words("the GAIA benchmarks", frozenset({"benchmarks"}))
    ('gaia',)
    """
    text = name if name.startswith("(") else _BRACKETED.sub(" ", name)
    text = _SEPARATORS.sub(" ", text.casefold()).replace("’", "'")
    words = [w.strip(".'") for w in _WORD.findall(text) if w not in _ARTICLES]
    words = [w for w in words if w]
    while len(words) > 1 and words[-1] in generic:
        words.pop()
    if words and len(words[-1]) > 3 and words[-1].endswith("s") and not words[-1].endswith("ss"):
        words[-1] = words[-1][:-1]
    return tuple(words)


def name_key(name: str, generic: frozenset[str]) -> str:
    """Return the key under which two surface forms are one name; empty where nothing is left."""
    return "".join(name_words(name, generic))
