"""Measures the extraction on annotated papers: what it finds, how sure it may be, and what each part earns.

`scoring` counts hits; `bootstrap` says how far the figures would move on other papers; `calibration` asks
whether probabilities keep their word; `ablation` and `baselines` say what the figures are worth; `worst`
shows where it fails; `evaluation` runs all of it, `tables` and `page` write it down.
"""

from __future__ import annotations

from kg.evaluate.evaluation import Evaluation, Scope, measure
from kg.evaluate.scoring import (
    Alignment,
    Report,
    Score,
    align,
    offsets_exact,
    read_gold,
    score,
    score_objects,
)

__all__ = [
    "Alignment",
    "Evaluation",
    "Report",
    "Scope",
    "Score",
    "align",
    "measure",
    "offsets_exact",
    "read_gold",
    "score",
    "score_objects",
]
