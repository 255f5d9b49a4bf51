"""What each component of the pipeline earns: the figures that are lost when it alone is switched off."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from kg.evaluate.spread import Scored
from kg.extract import extract, load_pipeline, to_gold
from kg.records import JSON, Paper


@dataclass(frozen=True, slots=True)
class Ablation:
    """The pipeline without one component; no scores where `needed_by` cannot run without it."""

    component: str
    scored: Scored | None
    needed_by: str | None = None


class _CannotRun(Exception):
    """A component failed because another is switched off."""

    def __init__(self, component: str) -> None:
        super().__init__(component)
        self.component = component


def ablate(gold: Mapping[str, JSON], papers: Sequence[Paper]) -> Iterator[Ablation]:
    """Read the papers once without each component, in the order of the pipeline."""
    for component in load_pipeline().pipe_names:
        yield without(component, gold, papers)


def without(component: str, gold: Mapping[str, JSON], papers: Sequence[Paper]) -> Ablation:
    """Read and score the papers without a component."""
    nlp = load_pipeline(disable=[component])
    nlp.default_error_handler = _give_up  # that of components which, as ours, have none of their own
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # spaCy warns that a component lacks its input: that is the point
        try:
            read = {e.paper: to_gold(e) for e in extract(papers, nlp=nlp)}
        except _CannotRun as stopped:
            return Ablation(component, None, stopped.component)
    return Ablation(component, Scored.of(gold, read))


def _give_up(component: str, _process: object, _docs: object, error: Exception) -> NoReturn:
    raise _CannotRun(component) from error
