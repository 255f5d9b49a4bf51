"""The whole evaluation of one pipeline on annotated papers, as far as it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kg.evaluate.ablation import Ablation, ablate
from kg.evaluate.baselines import baselines
from kg.evaluate.calibration import Calibration, calibrate, judge
from kg.evaluate.scoring import Report, score_extractions
from kg.evaluate.spread import Scored
from kg.evaluate.worst import Faults, worst
from kg.extract.gold import to_gold
from kg.records import JSON, Extraction, Paper


@dataclass(frozen=True, slots=True)
class Scope:
    """What is measured beside the scorer's table and the reliability: each costs time or room."""

    intervals: bool = False
    ablation: bool = False
    baselines: bool = False
    worst: int = 0


@dataclass(frozen=True)
class Evaluation:
    """All that was measured; `texts` are the titles and abstracts of the papers that were read, by id."""

    annotated: int
    texts: Mapping[str, str]
    report: Report
    scored: Scored
    calibration: Calibration
    baselines: Mapping[str, Scored]
    ablations: tuple[Ablation, ...]
    worst: tuple[Faults, ...]
    intervals: bool


def measure(
    gold: Mapping[str, JSON], papers: Sequence[Paper], extractions: Sequence[Extraction], scope: Scope
) -> Evaluation:
    """Measure extractions of annotated papers; annotated papers without one count as read empty."""
    texts = {paper.id: paper.text for paper in papers}
    predicted = {e.paper: to_gold(e) for e in extractions}
    scored = Scored.of(gold, predicted)
    by_id = {paper.id: paper for paper in papers}
    return Evaluation(
        annotated=len(gold),
        texts=texts,
        report=score_extractions(gold, extractions, texts),
        scored=scored,
        calibration=calibrate(judge(gold, extractions), gold),
        baselines=baselines(gold, by_id, extractions) if scope.baselines else {},
        ablations=tuple(ablate(gold, papers)) if scope.ablation else (),
        worst=worst(gold, predicted, scored, scope.worst),
        intervals=scope.intervals,
    )
