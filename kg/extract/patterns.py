"""The wording of what papers say, from `patterns.toml`, checked against the ontology."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kg.errors import OntologyError
from kg.records import JSON
from kg.vocabulary import Vocabulary, load_vocabulary

_WE = r"«self»"
_GAP = r"(?:[^\s«.;]+ ){0,6}?"
OPENING = 5
_LETTERS = re.compile(rf"[a-z]{{1,{OPENING}}}(?![?*{{])", re.IGNORECASE)
_STARTS = re.compile(rf"(?<![\w-])\w{{1,{OPENING}}}")
FILE = Path(__file__).with_name("patterns.toml")


@dataclass(frozen=True, slots=True)
class Facet:
    """A field or goal and the words that speak of it; a text without any of `openings` has none of them."""

    type: str
    name: str
    cues: re.Pattern[str]
    openings: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A wording of a predicate, with sentences that it must and must not match; `alone` it makes a claim.

    `objects` are the types of what it finds.
    """

    name: str
    predicate: str
    objects: frozenset[str]
    expression: re.Pattern[str]
    matches: tuple[str, ...]
    misses: tuple[str, ...]
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Roles:
    """Which predicate or types of the ontology play which part in the components."""

    proposing: str
    proposable: tuple[str, ...]
    yardstick: str
    test: tuple[str, ...]
    contender: tuple[str, ...]


@dataclass(frozen=True)
class Patterns:
    """Everything in the file."""

    words: Mapping[str, frozenset[str]]
    facet_types: frozenset[str]
    facets: tuple[Facet, ...]
    roles: Roles
    wording: tuple[Pattern, ...]
    units: Mapping[str, str]
    unit_words: Mapping[str, frozenset[str]]


@lru_cache(maxsize=1)
def load_patterns() -> Patterns:
    """Read the patterns that ship with AlignKG; the same object every time."""
    return read_patterns(FILE, load_vocabulary())


def read_patterns(file: Path, vocabulary: Vocabulary) -> Patterns:
    """Read a file of patterns; OntologyError names what the ontology does not know."""
    with file.open("rb") as stream:
        data = tomllib.load(stream)
    given = data["roles"]
    roles = Roles(
        proposing=given["proposing"],
        proposable=tuple(given["proposable"]),
        yardstick=given["yardstick"],
        test=tuple(given["test"]),
        contender=tuple(given["contender"]),
    )
    patterns = Patterns(
        words={name: frozenset(words) for name, words in data["words"].items()},
        facet_types=frozenset(data["facet_types"]),
        facets=_facets(file, data["facet"], data["facet_types"], vocabulary),
        roles=roles,
        wording=tuple(_wording(file, row, vocabulary) for row in data["pattern"]),
        units={k: v for k, v in data["units"].items() if isinstance(v, str)},
        unit_words={k: frozenset(v) for k, v in data["units"].items() if isinstance(v, list)},
    )
    _check(file, patterns, vocabulary)
    return patterns


def _facets(
    file: Path, rows: list[Mapping[str, JSON]], types: list[str], vocabulary: Vocabulary
) -> tuple[Facet, ...]:
    """Join the names that the ontology gives to facets with the further words of the file."""
    cues = {
        (known.type, known.name): [re.escape(name) + "s?" for name in (known.name, *known.aliases)]
        for known in vocabulary.names.values()
        if known.type in types
    }
    for row in rows:
        if (row["type"], row["name"]) not in cues:
            raise OntologyError(file.name, row["name"], f"the ontology names no such {row['type']}")
        cues[row["type"], row["name"]] += row["cues"]
    return tuple(
        Facet(*facet, _cues(words), frozenset(map(_opening, words))) for facet, words in sorted(cues.items())
    )


def _cues(words: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)


def _opening(cue: str) -> str:
    """Return the letters, at most OPENING, that all words of a cue begin with; none where it is not plain."""
    letters = _LETTERS.match(cue)
    return "" if letters is None or "|" in cue else letters.group().casefold()


def openings(text: str) -> set[str]:
    """Return how the words of a text begin, in small letters: with each number of letters up to OPENING."""
    starts = set(_STARTS.findall(text.casefold()))
    return {start[:size] for start in starts for size in range(OPENING + 1)}


def _wording(file: Path, row: Mapping[str, JSON], vocabulary: Vocabulary) -> Pattern:
    predicate = vocabulary.predicates.get(row["predicate"])
    if predicate is None:
        raise OntologyError(
            file.name, row["predicate"], "the ontology has no such predicate; correct the name"
        )
    objects = frozenset(predicate.range)
    types = "|".join(sorted(objects))
    text = row["expression"]
    text = text.replace("{object}", rf"(?P<object>«(?:{types})»)").replace("{we}", _WE).replace("{gap}", _GAP)
    expression = re.compile(rf"(?<![\w-]){text}", re.IGNORECASE)
    examples = (tuple(row["matches"]), tuple(row["misses"]))
    return Pattern(row["name"], predicate.name, objects, expression, *examples, alone=row.get("alone", False))


def _check(file: Path, patterns: Patterns, vocabulary: Vocabulary) -> None:
    roles = patterns.roles
    types = [*patterns.facet_types, *roles.proposable, roles.yardstick, *roles.test, *roles.contender]
    for name in types:
        if name not in vocabulary.types:
            raise OntologyError(file.name, name, "the ontology has no such class; correct the name")
    if roles.proposing not in vocabulary.predicates:
        reason = "the ontology has no such predicate; correct the name"
        raise OntologyError(file.name, roles.proposing, reason)
