"""What a question can ask, and the phrases that ask it: nouns and verbs come from the ontology.

question := [how many] TYPE [that] clause* filter* | what clause* filter* | does NAME VERB object
| TYPE for NAME | NAME TYPE | NAME on NAME | results [of NAME] [on NAME] | best on NAME
| compare NAME and NAME | papers that mention NAME | papers by AUTHOR | [what is] NAME
clause   := VERB object | is INVERSE-VERB object | does NAME VERB | VERBED       joined by "and"
object   := NAME | a TYPE
filter   := in NAME | since YEAR | before YEAR | in YEAR | between YEAR and YEAR
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from kg.lookup.words import BEING, PREPOSITIONS
from kg.vocabulary import EntityType, Predicate, Vocabulary

Words = tuple[str, ...]
Verb = tuple[str, bool]
"""A predicate, and whether its phrase reads it from its object."""

_BEFORE_VERBS = BEING | {"that", "has"}


class Kind(Enum):
    """What sort of answer a question wants."""

    STATEMENTS = "statements"
    WHETHER = "whether"
    THINGS = "things"
    CONNECTED = "connected"
    NAMING = "naming"
    WRITTEN = "written"
    RESULTS = "results"
    LEADERBOARD = "leaderboard"
    COMPARISON = "comparison"
    ABOUT = "about"


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition: the wanted thing is the subject of `predicate`, or its object where `inverse`.

    The other end is a name, or one of `others`; with `type`, anything of that type; with neither, anything.
    """

    predicate: str
    inverse: bool
    name: str | None = None
    type: str | None = None
    others: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names of which one is enough."""
        return (self.name, *self.others) if self.name else ()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `wanted` is a type or None for anything; `inside` are names of domains and the like.

    `name` is what a question is about, `on` the benchmark and `metric` the metric of wanted numbers, and
    `names` are the things that are to be compared.
    """

    kind: Kind
    wanted: str | None = None
    clauses: tuple[Clause, ...] = ()
    name: str | None = None
    on: str | None = None
    author: str | None = None
    metric: str | None = None
    names: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    since: str | None = None
    before: str | None = None


@dataclass(frozen=True)
class Grammar:
    """The words of the ontology as phrases."""

    vocabulary: Vocabulary
    types: Mapping[Words, str] = field(init=False)
    verbs: Mapping[Words, Verb] = field(init=False)
    participles: Mapping[Words, Verb] = field(init=False)
    """Inverse phrases without their preposition: "proposed", where it is not said by whom."""
    place: str = field(init=False)
    """The predicate that "in" stands for."""
    trial: str = field(init=False)
    """The predicate that "on" stands for behind another clause."""
    symmetric: frozenset[str] = field(init=False)
    """Predicates that some phrase reads from either end."""

    def __post_init__(self) -> None:
        kinds = (self.vocabulary.paper, *self.vocabulary.types.values())
        predicates = self.vocabulary.predicates.values()
        set_ = object.__setattr__
        set_(self, "types", {phrase: kind.name for kind in kinds for phrase in _nouns(kind)})
        set_(self, "verbs", dict(pair for predicate in predicates for pair in _verbs(predicate)))
        set_(self, "participles", _participles(self.verbs))
        set_(self, "place", next(p.name for p in predicates if "in" in p.words))
        set_(self, "trial", next(p.name for p in predicates if "tested on" in p.words))
        both = frozenset(p.name for p in predicates if set(p.words) & set(p.inverse_words))
        set_(self, "symmetric", both)


def _nouns(kind: EntityType) -> Iterator[Words]:
    for phrase in (kind.label, kind.plural, *kind.words):
        yield tuple(phrase.lower().split())


def _verbs(predicate: Predicate) -> Iterator[tuple[Words, Verb]]:
    for inverse, label, words in (
        (True, predicate.inverse_label, predicate.inverse_words),
        (False, predicate.label, predicate.words),
    ):
        for phrase in (label, *words):
            for form in _forms(tuple(phrase.lower().split())):
                yield form, (predicate.name, inverse)


def _participles(verbs: Mapping[Words, Verb]) -> dict[Words, Verb]:
    """Return two-word phrases without their preposition; of like ones a passive, or the first."""
    found: dict[Words, Verb] = {}
    for phrase, verb in sorted(verbs.items(), key=lambda pair: not pair[1][1]):
        if len(phrase) == 2 and phrase[1] in PREPOSITIONS:
            found.setdefault(phrase[:1], verb)
    return found


def _forms(phrase: Words) -> Iterator[Words]:
    """Yield a phrase without its leading "is", and its verb in the other persons and the past.

    >>> list(_forms(("uses",)))
    [('uses',), ('use',), ('used',), ('using',)]
    """
    head, *rest = phrase[1:] if phrase[0] in _BEFORE_VERBS and len(phrase) > 1 else phrase
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
    >>> base_form("studies")
    'study'
    """
    if verb.endswith("ies"):
        return f"{verb.removesuffix('ies')}y"
    if verb == "is":
        return "are"
    return verb.removesuffix("es") if verb.endswith("sses") else verb.removesuffix("s")
