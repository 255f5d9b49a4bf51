"""The scorer's figures with their intervals over papers, and those of the difference of two readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kg.evaluate import bootstrap
from kg.evaluate.bootstrap import Counts, Interval, interval
from kg.evaluate.scoring import ENTITIES, Report, score_objects
from kg.records import JSON


@dataclass(frozen=True, slots=True)
class Spread:
    """The intervals of one row of the scorer's table."""

    precision: Interval
    recall: Interval
    f1: Interval


@dataclass(frozen=True)
class Scored:
    """What one reader scores over all papers and in each of them."""

    report: Report
    papers: Mapping[str, Report]

    @classmethod
    def of(cls, gold: Mapping[str, JSON], predicted: Mapping[str, JSON]) -> Scored:
        """Score annotation objects by paper; papers that are not predicted count as empty."""
        papers = {paper: score_objects({paper: wanted}, predicted) for paper, wanted in gold.items()}
        return cls(score_objects(gold, predicted), papers)

    def counts(self, name: str) -> list[tuple[int, int, int]]:
        """Return hits, predictions and annotations of one row of the table, for each paper."""
        scores = [report[name] for report in self.papers.values()]
        return [(s.hit, s.predicted, s.gold) for s in scores]

    def spread(self, name: str) -> Spread:
        """Return the intervals of one row of the table."""
        figures = (bootstrap.precision, bootstrap.recall, bootstrap.f1)
        return Spread(*(interval(self.counts(name), figure) for figure in figures))

    @property
    def strict_type(self) -> Interval:
        """The interval of the share of matched entities with exactly the annotated type."""
        hits = [(r.strict_type * r[ENTITIES].hit, r[ENTITIES].hit) for r in self.papers.values()]
        return interval(hits, bootstrap.precision)

    def less(self, other: Scored, name: str) -> Interval:
        """Return the interval of how much more F1 this reader has than another, on the same draws."""
        pairs: Sequence[Sequence[float]] = [
            (*a, *b) for a, b in zip(self.counts(name), other.counts(name), strict=True)
        ]
        return interval(pairs, _difference)


def _difference(counts: Counts) -> Counts:
    return bootstrap.f1(counts[:, :3]) - bootstrap.f1(counts[:, 3:])
