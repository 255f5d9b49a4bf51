"""Whether probabilities keep their word: of the statements believed at .8, four out of five are right.

A statement of a paper is judged once, with the belief that its evidence gives, against the annotation. Of two
predictions of one annotated statement only the surer is right, as the scorer counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np

from kg.assemble import believe
from kg.evaluate.bootstrap import Counts, Interval, interval, precision, recall, share
from kg.evaluate.scoring import ENTITIES, STATEMENTS, Score, align
from kg.extract.gold import to_gold
from kg.records import JSON, Claim, Extraction
from kg.vocabulary import load_vocabulary

BINS = 10
SURE = 0.8


class Judged(NamedTuple):
    """A predicted statement: its paper, how likely it is said to be, and whether the annotation has it."""

    paper: str
    probability: float
    right: bool


class Point(NamedTuple):
    """Precision and recall of all statements that are at least so likely."""

    probability: float
    precision: float
    recall: float


class Step(NamedTuple):
    """All statements that are at least so likely, against all that are annotated."""

    probability: float
    score: Score
    precision: Interval
    recall: Interval


class Bin(NamedTuple):
    """Statements of like probability: how many, how likely on average, how many of them right."""

    low: float
    size: int
    said: float
    right: float
    interval: Interval


@dataclass(frozen=True)
class Calibration:
    """All that follows from judged statements, with intervals over papers."""

    curve: tuple[Point, ...]
    steps: tuple[Step, ...]
    bins: tuple[Bin, ...]
    error: float
    error_interval: Interval

    @property
    def sure(self) -> Step:
        """The statements at probability .8 or more."""
        return next(step for step in self.steps if step.probability == SURE)


def judge(gold: Mapping[str, JSON], extractions: Iterable[Extraction]) -> list[Judged]:
    """Say of each statement of annotated papers how likely it is said to be and whether it is annotated."""
    known = (e for e in extractions if e.paper in gold)
    return [judged for extraction in known for judged in _judge(gold[extraction.paper], extraction)]


def _judge(annotation: JSON, extraction: Extraction) -> Iterator[Judged]:
    mapping = align(annotation[ENTITIES], to_gold(extraction)[ENTITIES], load_vocabulary()).mapping
    left = {(s["subject"], s["predicate"], s["object"]) for s in annotation[STATEMENTS]}
    stated = [c for c in extraction.claims if not all(e.negated for e in c.evidence)]
    for claim in sorted(stated, key=lambda c: (-_belief(c), c.subject, c.predicate, c.object)):
        said = (mapping.get(claim.subject, ""), claim.predicate, mapping.get(claim.object, ""))
        yield Judged(extraction.paper, _belief(claim), said in left)
        left.discard(said)


def _belief(claim: Claim) -> float:
    return believe(claim.evidence)[0]


def calibrate(judged: Sequence[Judged], gold: Mapping[str, JSON]) -> Calibration:
    """Return the curves and figures of judged statements; `gold` says what was to be found."""
    annotated = {paper: len(annotation[STATEMENTS]) for paper, annotation in gold.items()}
    return Calibration(
        curve=precision_recall(judged, sum(annotated.values())),
        steps=tuple(_step(judged, annotated, n / BINS) for n in range(BINS)),
        bins=bins(judged),
        error=calibration_error(judged),
        error_interval=interval(_bin_sums(judged, annotated), _error_of_sums),
    )


def precision_recall(judged: Iterable[Judged], annotated: int) -> tuple[Point, ...]:
    """Return a point for each probability that occurs, the highest first: all or none of equals are taken."""
    points, hits, taken = [], 0, 0
    ranked = sorted(judged, key=lambda j: -j.probability)
    for probability, group in groupby(ranked, key=lambda j: j.probability):
        equals = [j.right for j in group]
        hits, taken = hits + sum(equals), taken + len(equals)
        points.append(Point(probability, hits / taken, hits / annotated if annotated else 0.0))
    return tuple(points)


def bins(judged: Iterable[Judged]) -> tuple[Bin, ...]:
    """Return the bins of equal width that hold any statement, the least likely first."""
    found: dict[int, list[Judged]] = defaultdict(list)
    for j in judged:
        found[_bin(j.probability)].append(j)
    return tuple(_filled(n / BINS, held) for n, held in sorted(found.items()))


def _filled(low: float, held: Sequence[Judged]) -> Bin:
    said = sum(j.probability for j in held) / len(held)
    counts = _counts(held, dict.fromkeys((j.paper for j in held), 0))
    hits = sum(j.right for j in held)
    return Bin(low, len(held), said, hits / len(held), interval(counts, precision))


def _bin(probability: float) -> int:
    # 0.7 * 10 is a hair under 7 in some roundings; a probability stands in the bin that starts at it.
    return min(int(probability * BINS + 1e-9), BINS - 1)


def calibration_error(judged: Sequence[Judged]) -> float:
    """Return the expected calibration error: how far bins are off on average, weighted by their size."""
    off = sum(b.size * abs(b.said - b.right) for b in bins(judged))
    return off / len(judged) if judged else 0.0


def _step(judged: Iterable[Judged], annotated: Mapping[str, int], lowest: float) -> Step:
    counts = _counts((j for j in judged if j.probability >= lowest), annotated)
    score = sum((Score(*row) for row in counts), Score())
    return Step(lowest, score, interval(counts, precision), interval(counts, recall))


def _counts(judged: Iterable[Judged], annotated: Mapping[str, int]) -> list[tuple[int, int, int]]:
    """Return for each paper how many statements are right, how many there are and how many are annotated."""
    rights: dict[str, list[bool]] = defaultdict(list)
    for j in judged:
        rights[j.paper].append(j.right)
    return [(sum(rights[paper]), len(rights[paper]), n) for paper, n in annotated.items()]


def _bin_sums(judged: Iterable[Judged], papers: Iterable[str]) -> Counts:
    """Return for each paper and bin how much more is said than right, and how many statements in all."""
    rows = {paper: n for n, paper in enumerate(papers)}
    sums = np.zeros((len(rows), BINS + 1))
    for j in judged:
        sums[rows[j.paper], _bin(j.probability)] += j.probability - j.right
        sums[rows[j.paper], BINS] += 1
    return sums


def _error_of_sums(sums: Counts) -> Counts:
    return share(np.abs(sums[:, :BINS]).sum(axis=1), sums[:, BINS])
