"""The scorer's figures with their intervals over papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kg.evaluate import bootstrap
from kg.evaluate.bootstrap import Interval, interval
from kg.evaluate.scoring import ENTITIES, Report, score_objects
from kg.records import JSON


@dataclass(frozen=True, slots=True)
class Spread:
    """The intervals of one row of the scorer's table."""

    precision: Interval
    recall: Interval
    f1: Interval


def by_paper(gold: Mapping[str, JSON], predicted: Mapping[str, JSON]) -> dict[str, Report]:
    """Score each annotated paper by itself."""
    return {paper: score_objects({paper: annotation}, predicted) for paper, annotation in gold.items()}


def spreads(reports: Mapping[str, Report]) -> dict[str, Spread]:
    """Return the intervals of every row of the table that these papers add up to."""
    names = sorted({name for report in reports.values() for name in report.scores})
    return {name: _spread(reports, name) for name in names}


def _spread(reports: Mapping[str, Report], name: str) -> Spread:
    scores = [report[name] for report in reports.values()]
    counts = [(s.hit, s.predicted, s.gold) for s in scores]
    return Spread(*(interval(counts, f) for f in (bootstrap.precision, bootstrap.recall, bootstrap.f1)))


def strict_type_interval(reports: Mapping[str, Report]) -> Interval:
    """Return the interval of the share of matched entities with exactly the annotated type."""
    hits = [(r.strict_type * r[ENTITIES].hit, r[ENTITIES].hit) for r in reports.values()]
    return interval(hits, bootstrap.precision)
