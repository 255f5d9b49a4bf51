"""Annotated papers against extractions: how much is found and how much of what is found is right.

The matching is that of the annotation guidelines. Names match without case, hyphens, articles, plural,
bracketed abbreviations and a generic last word; tasks also when half of their words are shared; types that
texts confuse (`Vocabulary.loosely`) match. A statement needs its predicate and both ends, a result its value
and the annotated benchmark.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kg.errors import SourceError
from kg.extract.gold import to_gold
from kg.extract.spans import name_words
from kg.records import JSON, PAPER, Claim, Evidence, Extraction, LocalResult
from kg.vocabulary import Vocabulary, load_vocabulary

ENTITIES, STATEMENTS, RESULTS = "entities", "statements", "results"

_GENERIC = """
framework method methods model models benchmark benchmarks dataset datasets algorithm algorithms approach
paradigm methodology system architecture technique score scores metric leaderboard task tasks
"""
GENERIC = frozenset(_GENERIC.split())
_BRACKETS = re.compile(r"\(([^)]+)\)")
_SAME, _SHARED, _ALIKE = 3.0, 2.0, 1.0
_EXACT_TYPE = 0.25
_OVERLAP = 0.5
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Score:
    """Counts and what follows from them."""

    hit: int = 0
    predicted: int = 0
    gold: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.hit + other.hit, self.predicted + other.predicted, self.gold + other.gold)

    @property
    def precision(self) -> float:
        """The share of what is predicted that is right."""
        return self.hit / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The share of what is annotated that is found."""
        return self.hit / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True)
class Report:
    """Scores by name (`entities`, `entities/Method`, `statements/uses`, `results`) and faults of offsets.

    `strict_type` is the share of matched entities with exactly the annotated type; `wrong_offsets` counts
    evidence whose offsets do not reproduce its words.
    """

    scores: Mapping[str, Score]
    strict_type: float
    evidence: int = 0
    wrong_offsets: int = 0

    def __getitem__(self, name: str) -> Score:
        return self.scores.get(name, Score())


@dataclass(frozen=True, slots=True)
class Alignment:
    """Predicted entity ids with the annotated ones that they are, the annotated ones found, exact types."""

    mapping: Mapping[str, str]
    found: frozenset[str]
    exact: int


@dataclass
class _Tally:
    scores: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    exact: int = 0

    def add(self, name: str, *, hit: int = 0, predicted: int = 0, gold: int = 0) -> None:
        self.scores[name] += Score(hit, predicted, gold)


def score(
    gold_path: Path, extractions: Iterable[Extraction], texts: Mapping[str, str] | None = None
) -> Report:
    """Score extractions against a file of annotated papers; `texts` by paper check the offsets too."""
    return score_extractions(read_gold(gold_path), extractions, texts)


def score_extractions(
    gold: Mapping[str, JSON], extractions: Iterable[Extraction], texts: Mapping[str, str] | None = None
) -> Report:
    """Score extractions against annotation objects by paper; `texts` check the offsets too."""
    predicted, checks = {}, Counter[bool]()
    for extraction in extractions:
        predicted[extraction.paper] = to_gold(extraction)
        if texts is not None and extraction.paper in texts:
            checks.update(offsets_exact(extraction, texts[extraction.paper]))
    report = score_objects(gold, predicted)
    return Report(report.scores, report.strict_type, checks.total(), checks[False])


def read_gold(path: Path) -> dict[str, JSON]:
    """Read annotation objects by paper; SourceError names the line that is none."""
    found = {}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    annotation = json.loads(line)
                    found[annotation["paper"]] = annotation
                except (ValueError, KeyError, TypeError) as error:
                    raise SourceError(str(path), f"no annotation object: {error}", line=number) from error
    return found


def score_objects(gold: Mapping[str, JSON], predicted: Mapping[str, JSON]) -> Report:
    """Score annotation objects by paper; papers that are not predicted count as empty."""
    tally, vocabulary = _Tally(), load_vocabulary()
    empty: JSON = {ENTITIES: [], STATEMENTS: [], RESULTS: []}
    for paper, annotation in gold.items():
        guess = predicted.get(paper, empty)
        alignment = align(annotation[ENTITIES], guess[ENTITIES], vocabulary)
        _tally_entities(tally, annotation, guess, alignment, vocabulary)
        _tally_statements(tally, annotation, guess, alignment.mapping)
        _tally_results(tally, annotation, guess, alignment.mapping)
    hits = tally.scores[ENTITIES].hit
    return Report(dict(sorted(tally.scores.items())), tally.exact / hits if hits else 0.0)


def offsets_exact(extraction: Extraction, text: str) -> Iterator[bool]:
    """Say of each evidence whether its offsets reproduce its words and its spans lie in its sentence."""
    findings: tuple[Claim | LocalResult, ...] = (*extraction.claims, *extraction.results)
    for found in findings:
        for e in found.evidence:
            yield _is_exact(e, text)


def _is_exact(evidence: Evidence, text: str) -> bool:
    start, end = evidence.sentence
    spans = [s for s in (evidence.words, evidence.subject, evidence.object) if s]
    return text[start:end] == evidence.text and all(start <= s.start < s.end <= end for s in spans)


def _tally_entities(
    tally: _Tally, gold: JSON, guess: JSON, alignment: Alignment, vocabulary: Vocabulary
) -> None:
    tally.exact += alignment.exact
    for entity in gold[ENTITIES]:
        hit = int(entity["id"] in alignment.found)
        tally.add(ENTITIES, hit=hit, gold=1)
        tally.add(f"{ENTITIES}/{vocabulary.loosely(entity['type'])}", hit=hit, gold=1)
    for entity in guess[ENTITIES]:
        tally.add(ENTITIES, predicted=1)
        tally.add(f"{ENTITIES}/{vocabulary.loosely(entity['type'])}", predicted=1)


def _tally_statements(tally: _Tally, gold: JSON, guess: JSON, mapping: Mapping[str, str]) -> None:
    stated, found = _triples(gold), set()
    for subject, predicate, object_ in _triples(guess):
        triple = (mapping.get(subject, ""), predicate, mapping.get(object_, ""))
        hit = triple in stated and triple not in found
        found |= {triple} if hit else set()
        for name in (STATEMENTS, f"{STATEMENTS}/{predicate}"):
            tally.add(name, hit=int(hit), predicted=1)
    for _, predicate, _ in stated:
        for name in (STATEMENTS, f"{STATEMENTS}/{predicate}"):
            tally.add(name, gold=1)


def _triples(annotation: JSON) -> set[tuple[str, str, str]]:
    return {(s["subject"], s["predicate"], s["object"]) for s in annotation[STATEMENTS]}


def _tally_results(tally: _Tally, gold: JSON, guess: JSON, mapping: Mapping[str, str]) -> None:
    left = list(gold.get(RESULTS, []))
    tally.add(RESULTS, gold=len(left), predicted=len(guess.get(RESULTS, [])))
    for result in guess.get(RESULTS, []):
        match = next((g for g in left if _same_result(g, result, mapping)), None)
        if match is not None:
            left.remove(match)
            tally.add(RESULTS, hit=1)


def _same_result(gold: JSON, guess: JSON, mapping: Mapping[str, str]) -> bool:
    benchmark = gold.get("benchmark")
    same_value = abs(float(gold["value"]) - float(guess["value"])) < _CLOSE
    return same_value and (benchmark is None or mapping.get(guess.get("benchmark")) == benchmark)


def align(gold: Sequence[JSON], predicted: Sequence[JSON], vocabulary: Vocabulary) -> Alignment:
    """Match entities one to one, the likest first; a second prediction of a matched one maps to it too."""
    pairs = [
        (like, -i, -j)
        for i, guess in enumerate(predicted)
        for j, entity in enumerate(gold)
        if (like := _likeness(entity, guess, vocabulary))
    ]
    pairs.sort(reverse=True)
    mapping, found, exact = {PAPER: PAPER}, set(), 0
    for _, i, j in pairs:
        guess, entity = predicted[-i], gold[-j]
        if guess["id"] not in mapping and entity["id"] not in found:
            mapping[guess["id"]] = entity["id"]
            found.add(entity["id"])
            exact += entity["type"] == guess["type"]
    for _, i, j in pairs:
        mapping.setdefault(predicted[-i]["id"], gold[-j]["id"])
    return Alignment(mapping, frozenset(found), exact)


def _likeness(gold: JSON, guess: JSON, vocabulary: Vocabulary) -> float:
    if vocabulary.loosely(gold["type"]) != vocabulary.loosely(guess["type"]):
        return 0.0
    bonus = _EXACT_TYPE if gold["type"] == guess["type"] else 0.0
    if name_words(gold["name"], GENERIC) == name_words(guess["name"], GENERIC):
        return _SAME + bonus
    if _keys(gold) & _keys(guess):
        return _SHARED + bonus
    if gold["type"] in _matched_by_words(vocabulary):
        best = max((_overlap(g, p) for g in _names(gold) for p in _names(guess)), default=0.0)
        return _ALIKE + best if best >= _OVERLAP else 0.0
    return 0.0


def _matched_by_words(vocabulary: Vocabulary) -> frozenset[str]:
    """Return the types whose names are phrases that papers word differently: what a paper addresses."""
    return frozenset(
        name
        for predicate in vocabulary.predicates.values()
        if predicate.domain == {vocabulary.paper.name} and len(predicate.range) == 1
        for name in predicate.range
        if any(name in other.range for other in vocabulary.predicates.values() if other != predicate)
    )


def _names(entity: JSON) -> list[str]:
    return [entity["name"], *entity.get("aliases", [])]


def _keys(entity: JSON) -> set[str]:
    names = _names(entity)
    names += [inner for name in names for inner in _BRACKETS.findall(name)]
    return {"".join(name_words(name, GENERIC)) for name in names} - {""}


def _overlap(gold: str, guess: str) -> float:
    ours, theirs = set(name_words(gold, GENERIC)), set(name_words(guess, GENERIC))
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0
