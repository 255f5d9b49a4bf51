"""Leaderboards as pages show them: only numbers that can be compared stand in one list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from kg.export.select import ABSOLUTE
from kg.lookup.answers import AnswerRow, Figure, Item
from kg.lookup.tables import DOWN, direction
from kg.vocabulary import Vocabulary

PERCENT = (0.0, 100.0)
Scale = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """One number: its rank, None where it has none, and how far up the scale it stands, from 0 to 1."""

    row: AnswerRow
    figure: Figure
    rank: int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Board:
    """Numbers in one metric and unit and of one kind; `order` says in words how they stand."""

    anchor: str
    title: str
    order: str
    rising: bool
    ranked: bool
    scaled: bool
    lines: tuple[Line, ...]


def boards(rows: Iterable[AnswerRow], vocabulary: Vocabulary) -> list[Board]:
    """Return the rows of a leaderboard, which come in order, list by list."""
    groups = groupby(
        ((row, figure) for row in rows for figure in row.figures), key=lambda pair: _same(pair[1])
    )
    return [_board(number, list(group), vocabulary) for number, (_, group) in enumerate(groups, 1)]


def _same(figure: Figure) -> tuple[Item | None, Item | None, str, str]:
    return figure.benchmark, figure.metric, figure.unit, figure.kind


def _board(number: int, pairs: list[tuple[AnswerRow, Figure]], vocabulary: Vocabulary) -> Board:
    first = pairs[0][1]
    way = direction(vocabulary, *(end.id for end in (first.metric, first.benchmark) if end))
    ranked = first.kind == ABSOLUTE
    scale = _scale(first, [figure.value for _, figure in pairs], vocabulary)
    values = [figure.value for _, figure in pairs]
    lines = (
        Line(row, figure, 1 + values.index(figure.value) if ranked else None, _share(figure.value, scale))
        for row, figure in pairs
    )
    return Board(
        anchor=f"board-{number}",
        title=_title(first),
        order=_order(way, ranked, scale),
        rising=way != DOWN,
        ranked=ranked,
        scaled=scale is not None,
        lines=tuple(lines),
    )


def _title(figure: Figure) -> str:
    """Return what numbers measure: "Win rate, in %", "Gain in points, metric not named"."""
    named = figure.metric.name if figure.metric else ""
    unit = "" if figure.unit in ("", "x") or figure.unit == named.casefold() else figure.unit
    if figure.kind != ABSOLUTE:
        words = "Gain" if figure.kind == "gain" else "Times as much"
        parts = [words + (f" in {unit}" if unit else ""), named or "metric not named"]
    elif named:
        parts = [named, *([f"in {unit}"] if unit else [])]
    else:
        parts = [unit if unit.isalpha() else f"In {unit}" if unit else "Number", "metric not named"]
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def _order(way: str | None, ranked: bool, scale: Scale | None) -> str:
    if not ranked:
        return "each over its own baseline, so not ranked"
    words = {None: "highest first; which way is better is not known", DOWN: "lower is better"}
    span = f"scale {scale[0]:g} to {scale[1]:g}" if scale else ""
    return ", ".join(filter(None, (words.get(way, "higher is better"), span)))


def _scale(figure: Figure, values: list[float], vocabulary: Vocabulary) -> Scale | None:
    """Return the lowest and highest value that can be, None where that is not known or some lie outside."""
    known = vocabulary.names.get(figure.benchmark.id) if figure.benchmark else None
    spans = _spans(figure, known.scale if known else None) if figure.kind == ABSOLUTE else ()
    return next((span for span in spans if all(span[0] <= value <= span[1] for value in values)), None)


def _spans(figure: Figure, known: Scale | None) -> Iterator[Scale]:
    if figure.unit == "%":
        yield PERCENT
    elif known:
        yield known


def _share(value: float, scale: Scale | None) -> float | None:
    return None if scale is None else (value - scale[0]) / (scale[1] - scale[0])
