"""An evaluation as tables, the same on a page and in a terminal, and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import zip_longest

from kg.evaluate.ablation import Ablation
from kg.evaluate.bootstrap import Interval
from kg.evaluate.calibration import SURE, Calibration, Step
from kg.evaluate.evaluation import Evaluation
from kg.evaluate.scoring import ENTITIES, RESULTS, STATEMENTS, Score
from kg.evaluate.spread import Scored
from kg.evaluate.worst import Faults
from kg.records import JSON

ALL = (ENTITIES, STATEMENTS, RESULTS)


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of text, with what the figures are."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def tables(evaluation: Evaluation) -> Iterator[Table]:
    """Yield the tables of all that was measured, but the worst papers."""
    yield score_table(evaluation)
    yield sure_table(evaluation)
    yield step_table(evaluation)
    yield bin_table(evaluation)
    if evaluation.baselines:
        yield baseline_table(evaluation)
    if evaluation.ablations:
        yield ablation_table(evaluation)


def score_table(evaluation: Evaluation) -> Table:
    """Return the scorer's table."""
    report, scored = evaluation.report, evaluation.scored
    rows = [
        (name, *_three(score, scored, name, evaluation.intervals), *_counts(score))
        for name, score in report.scores.items()
    ]
    exact = report.evidence - report.wrong_offsets
    strict = _figure(report.strict_type, scored.strict_type, evaluation.intervals)
    note = (
        f"{len(evaluation.texts)} of {evaluation.annotated} annotated papers read; "
        f"strict type among matched entities {strict}; "
        f"offsets exact in {exact} of {report.evidence} pieces of evidence"
    )
    return Table("Scores", ("", "P", "R", "F1", "hit", "predicted", "gold"), tuple(rows), note)


def _three(score: Score, scored: Scored, name: str, intervals: bool) -> tuple[str, str, str]:
    spread = scored.spread(name)
    return (
        _figure(score.precision, spread.precision, intervals),
        _figure(score.recall, spread.recall, intervals),
        _figure(score.f1, spread.f1, intervals),
    )


def _counts(score: Score) -> tuple[str, str, str]:
    return str(score.hit), str(score.predicted), str(score.gold)


def _figure(value: float, interval: Interval, shown: bool) -> str:
    """Return a figure, with its interval where that is to be shown."""
    within = f" [{_short(interval.low)}, {_short(interval.high)}]" if shown else ""
    return f"{value:.3f}{within}"


def _short(value: float) -> str:
    """Return a bound in as little room as a terminal has: ".43"."""
    return f"{value:.2f}".replace("0.", ".")


def sure_table(evaluation: Evaluation) -> Table:
    """Return how right the surest statements are, and how far probabilities are off."""
    calibration, shown = evaluation.calibration, evaluation.intervals
    sure, error = calibration.sure, calibration.error
    rows = (
        (f"precision at probability {SURE:g}", _figure(sure.score.precision, sure.precision, shown)),
        (f"recall at probability {SURE:g}", _figure(sure.score.recall, sure.recall, shown)),
        ("expected calibration error", _figure(error, calibration.error_interval, shown)),
    )
    score = sure.score
    note = f"{score.hit} of {score.predicted} statements at probability {SURE:g} or more are right"
    return Table("Sure statements", ("", "figure"), rows, note)


def step_table(evaluation: Evaluation) -> Table:
    """Return precision and recall of the statements from each tenth of probability on."""
    shown = evaluation.intervals
    rows = tuple(
        (
            f"{step.probability:.1f}",
            _figure(step.score.precision, step.precision, shown),
            _figure(step.score.recall, step.recall, shown),
        )
        for step in evaluation.calibration.steps
    )
    return Table("Precision and recall by probability", ("at least", "P", "R"), rows)


def bin_table(evaluation: Evaluation) -> Table:
    """Return what was said and what was right in each bin of probability."""
    shown = evaluation.intervals
    rows = tuple(
        (f"{b.low:.1f}", str(b.size), f"{b.said:.3f}", _figure(b.right, b.interval, shown))
        for b in evaluation.calibration.bins
    )
    columns = ("from", "statements", "probability said", "share right")
    return Table("Reliability by probability", columns, rows)


def baseline_table(evaluation: Evaluation) -> Table:
    """Return F1 by predicate of the pipeline and of the baselines."""
    readers = {"pipeline": evaluation.scored, **evaluation.baselines}
    names = [name for name in evaluation.report.scores if name.startswith(STATEMENTS)]
    rows = [
        (name, *(_f1(scored, name, evaluation.intervals) for scored in readers.values())) for name in names
    ]
    note = "F1 over the same mentions; co-occurrence knows which predicate is commonest in these annotations"
    return Table("Baselines", ("", *readers), tuple(rows), note)


def _f1(scored: Scored, name: str, intervals: bool) -> str:
    return _figure(scored.report[name].f1, scored.spread(name).f1, intervals)


def ablation_table(evaluation: Evaluation) -> Table:
    """Return what each component earns in F1."""
    rows = [
        (a.component, *(_loss(a, evaluation, name) for name in ALL), _remark(a)) for a in evaluation.ablations
    ]
    note = "F1 lost when one component is switched off; below 0 the pipeline does better without it"
    return Table("Ablation", ("without", *ALL, ""), tuple(rows), note)


def _loss(ablation: Ablation, evaluation: Evaluation, name: str) -> str:
    if ablation.scored is None:
        return "all"
    loss = evaluation.scored.report[name].f1 - ablation.scored.report[name].f1
    within = evaluation.scored.less(ablation.scored, name)
    return "+" * (loss > 0) + _figure(loss, within, evaluation.intervals)


def _remark(ablation: Ablation) -> str:
    return f"{ablation.needed_by} cannot run" if ablation.needed_by else ""


def worst_table(faults: Faults) -> Table:
    """Return the misses of a paper beside its extras."""
    rows = tuple(zip_longest(faults.missed, faults.extra, fillvalue=""))
    return Table(f"{faults.paper}: statements F1 {faults.f1:.3f}", ("missed", "extra"), rows)


def to_json(evaluation: Evaluation) -> dict[str, JSON]:
    """Return all figures as JSON values."""
    report = evaluation.report
    figures: dict[str, JSON] = {
        "papers": len(evaluation.texts),
        "scores": {name: _row(s, evaluation, name) for name, s in report.scores.items()},
        "strict_type": report.strict_type,
        "evidence": report.evidence,
        "wrong_offsets": report.wrong_offsets,
        "calibration": _calibration(evaluation.calibration),
    }
    if evaluation.baselines:
        figures["baselines"] = {n: _scores(scored) for n, scored in evaluation.baselines.items()}
    if evaluation.ablations:
        figures["ablation"] = [
            {"without": a.component, "needed_by": a.needed_by, "scores": a.scored and _scores(a.scored)}
            for a in evaluation.ablations
        ]
    if evaluation.worst:
        figures["worst"] = [asdict(faults) for faults in evaluation.worst]
    return figures


def _calibration(calibration: Calibration) -> dict[str, JSON]:
    return {
        "error": calibration.error,
        "error_interval": calibration.error_interval,
        "sure": _step(calibration.sure),
        "steps": [_step(step) for step in calibration.steps],
        "bins": [b._asdict() for b in calibration.bins],
        "curve": [point._asdict() for point in calibration.curve],
    }


def _step(step: Step) -> dict[str, JSON]:
    within = {"precision": step.precision, "recall": step.recall}
    return {"probability": step.probability, **_score(step.score), "intervals": within}


def _scores(scored: Scored) -> dict[str, JSON]:
    return {name: _score(s) for name, s in scored.report.scores.items()}


def _score(score: Score) -> dict[str, JSON]:
    return {"precision": score.precision, "recall": score.recall, "f1": score.f1, **asdict(score)}


def _row(score: Score, evaluation: Evaluation, name: str) -> dict[str, JSON]:
    within = {"intervals": asdict(evaluation.scored.spread(name))} if evaluation.intervals else {}
    return {**_score(score), **within}
