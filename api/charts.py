"""Small charts: where each bar and point stands; templates write them as SVG, the sheet colours them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from api.boards import Board, Line

WIDTH, HEIGHT = 420.0, 118.0
"""In units that are pixels on a phone."""
_TOP, _FOOT = 18.0, 18.0
_LEFT, _RIGHT = 36.0, 10.0
_RACE_HEIGHT = 210.0
_FEWEST = 3
_MOST_YEARS_LABELLED = 12
_MOST_TICKS = 8
_NAMED = 26
"""How many letters of a name stand beside its point."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar for one year."""

    label: str
    count: int
    x: float
    y: float
    width: float
    height: float
    labelled: bool

    @property
    def middle(self) -> float:
        """Where its labels are centred."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Years:
    """Counts by year; `summary` says the same in words."""

    bars: tuple[Bar, ...]
    summary: str
    width: float = WIDTH
    height: float = HEIGHT
    base: float = HEIGHT - _FOOT


@dataclass(frozen=True, slots=True)
class Level:
    """A place on an axis and what it is called."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A number at its date; `best` when no number before it was better, and only then it bears a name."""

    figure: str
    title: str
    x: float
    y: float
    best: bool
    name: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Race:
    """Comparable numbers over time; `steps` is the line that joins those that were best when they came."""

    points: tuple[Mark, ...]
    levels: tuple[Level, ...]
    years: tuple[Level, ...]
    steps: str
    summary: str
    width: float = WIDTH
    height: float = _RACE_HEIGHT
    left: float = _LEFT


def by_year(dates: Iterable[str | None]) -> Years | None:
    """Return papers by year, None where they lie in one year only or have no dates.

    >>> [bar.count for bar in by_year(["2022-01-05", "2024", None]).bars]
    [1, 0, 1]
    """
    counts = Counter(int(date[:4]) for date in dates if date and date[:4].isdecimal())
    if len(counts) < 2:
        return None
    first, last, most = min(counts), max(counts), max(counts.values())
    pitch = WIDTH / (last - first + 1)
    every = math.ceil((last - first + 1) / _MOST_YEARS_LABELLED)
    bars = (
        _bar(year, counts[year], most, pitch, year - first, (last - year) % every == 0)
        for year in range(first, last + 1)
    )
    peak = max(counts, key=lambda year: (counts[year], year))
    summary = f"{counts.total()} papers from {first} to {last}, most in {peak} ({counts[peak]})"
    return Years(tuple(bars), summary)


def _bar(year: int, count: int, most: int, pitch: float, place: int, labelled: bool) -> Bar:
    room = HEIGHT - _TOP - _FOOT
    height = round(room * count / most, 1)
    width = round(min(pitch * 0.72, 44.0), 1)
    x = round(pitch * place + (pitch - width) / 2, 1)
    return Bar(str(year), count, x, round(HEIGHT - _FOOT - height, 1), width, height, labelled)


def race(board: Board) -> Race | None:
    """Return the numbers of a leaderboard over time, None where too few have a date or none may be ranked."""
    dated = _dated(board)
    values, days = [line.figure.value for _, line in dated], [when for when, _ in dated]
    if not board.ranked or len(set(days)) < _FEWEST or len(set(values)) == 1:
        return None
    across, up = _Axis(days[0], days[-1], _LEFT + 8, WIDTH - _RIGHT), _rounded(min(values), max(values))
    best = _records(dated, board.rising)
    points = tuple(_mark(when, line, line in best, across, up) for when, line in dated)
    return Race(
        points=points,
        levels=tuple(Level(up.at(value), f"{value:g}") for value in up.ticks()),
        years=tuple(_years(across)),
        steps=_steps([point for point in points if point.best]),
        summary=_summary(dated, best),
    )


def _summary(dated: Sequence[tuple[float, Line]], best: Sequence[Line]) -> str:
    first, last = (int(when) for when, _ in (dated[0], dated[-1]))
    begun, now = best[0].figure.value, best[-1].figure.value
    climb = f"{begun:g} to {now:g} ({best[-1].row.subject.name})"
    return f"{len(dated)} results by date of paper, {first} to {last}. The line is the best so far: {climb}."


def _dated(board: Board) -> list[tuple[float, Line]]:
    """Return the numbers that have a date with it, the earliest first, and of one day the best first."""
    dated = [(when, line) for line in board.lines if (when := _when(line)) is not None]
    return sorted(dated, key=lambda pair: pair[0])  # lines come the best first


@dataclass(frozen=True, slots=True)
class _Axis:
    """From what stands first to what stands last, between two places."""

    first: float
    last: float
    begin: float
    end: float
    step: float = 1.0

    def at(self, value: float) -> float:
        """Return where a value stands."""
        return round(
            self.begin + (value - self.first) / (self.last - self.first) * (self.end - self.begin), 1
        )

    def ticks(self) -> list[float]:
        """Return the values that are labelled."""
        count = round((self.last - self.first) / self.step)
        return [self.first + n * self.step for n in range(count + 1)]


def _rounded(low: float, high: float) -> _Axis:
    """Return an upward axis that begins and ends at round values around all numbers."""
    rough = (high - low) / 4
    size = 10 ** math.floor(math.log10(rough))
    step = next(n * size for n in (1, 2, 2.5, 5, 10) if n * size >= rough * 0.999)
    first, last = math.floor(low / step) * step, math.ceil(high / step) * step
    return _Axis(first, last, _RACE_HEIGHT - _FOOT - 8, _TOP, step)


def _when(line: Line) -> float | None:
    """Return the date of the first paper that reports a number, in years, None where none has one.

    A year alone counts as its middle.
    """
    dates = [quote.published for quote in line.row.quotes if quote.published]
    return min((in_years(date) for date in dates), default=None)


def in_years(date: str) -> float:
    """Return a date as a number of years.

    >>> in_years("2024-07"), in_years("2024")
    (2024.5416666666667, 2024.5)
    """
    year, *rest = (int(part) for part in date[:10].split("-"))
    match rest:
        case [month, day]:
            return year + (month - 1) / 12 + (day - 1) / 366
        case [month]:
            return year + (month - 0.5) / 12
    return year + 0.5


def _records(dated: Iterable[tuple[float, Line]], rising: bool) -> list[Line]:
    """Return the numbers that were better than all before them."""
    found: list[Line] = []
    for _, line in dated:
        ahead = line.figure.value - found[-1].figure.value if found else 0.0
        if not found or (ahead > 0 if rising else ahead < 0):
            found.append(line)
    return found


def _mark(when: float, line: Line, best: bool, across: _Axis, up: _Axis) -> Mark:
    figure, name, x = line.figure, line.row.subject.name, across.at(when)
    title = f"{name}: {figure.value:g}, {line.row.quotes[0].title} ({int(when)})"
    shown = name if len(name) <= _NAMED else f"{name[:_NAMED].rstrip()}…"
    anchor = "start" if x < WIDTH / 3 else "end" if x > WIDTH * 2 / 3 else "middle"
    return Mark(figure.id, title, x, up.at(figure.value), best, shown if best else "", anchor)


def _years(across: _Axis) -> Iterator[Level]:
    """Yield the beginnings of years on the axis, not more than fit; of halves of years where it is short."""
    parts = 2 if across.last - across.first < 3 else 1
    ticks = range(math.ceil(across.first * parts), math.floor(across.last * parts) + 1)
    every = math.ceil(len(ticks) / _MOST_TICKS) if ticks else 1
    for tick in ticks:
        if (ticks[-1] - tick) % every == 0:
            year, half = divmod(tick, parts)
            yield Level(across.at(tick / parts), f"{year}-07" if half else str(year))


def _steps(records: list[Mark]) -> str:
    """Return a line that keeps its height until the next record, to the end of the chart."""
    corners: list[str] = []
    for point in records:
        if corners:
            corners.append(f"{point.x},{corners[-1].partition(',')[2]}")
        corners.append(f"{point.x},{point.y}")
    return " ".join((*corners, f"{WIDTH - _RIGHT},{records[-1].y}"))
