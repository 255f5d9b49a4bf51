"""How far a figure would move on other papers: 95 % intervals by drawing the papers again and again.

Papers, not statements, are drawn, for what one paper says hangs together. Every figure is a function of
counts that add up over papers, so a draw is a matrix product and a thousand draws take no time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]
"""A row a paper (or a draw of papers), a column for each number that is counted."""
Figures = Callable[[Counts], Counts]
"""Takes a row of summed counts for each draw and gives a figure for each."""

SAMPLES = 1000
SEED = 20240101
LEVEL = 0.95


class Interval(NamedTuple):
    """The middle 95 % of a figure over the draws."""

    low: float
    high: float


def interval(
    counts: Sequence[Sequence[float]] | Counts, figure: Figures, *, samples: int = SAMPLES
) -> Interval:
    """Return the interval of a figure; `counts` has a row for each paper.

    >>> interval([[1, 1], [1, 1], [1, 1]], lambda c: c[:, 0] / c[:, 1])
    Interval(low=1.0, high=1.0)
    """
    if not len(counts):
        return Interval(0.0, 0.0)
    table = np.asarray(counts, dtype=np.float64)
    figures = figure(_draws(len(table), samples) @ table)
    low, high = np.quantile(figures, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))


@lru_cache(maxsize=4)
def _draws(papers: int, samples: int) -> Counts:
    """Return how often each draw takes each paper."""
    rng = np.random.default_rng(SEED)
    return rng.multinomial(papers, np.full(papers, 1 / papers), size=samples).astype(np.float64)


def share(part: Counts, whole: Counts) -> Counts:
    """Divide, with 0 where there is nothing to divide by, as the scorer does."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def precision(counts: Counts) -> Counts:
    """Return precision from hits, predictions and annotations."""
    return share(counts[:, 0], counts[:, 1])


def recall(counts: Counts) -> Counts:
    """Return recall from hits, predictions and annotations."""
    return share(counts[:, 0], counts[:, 2])


def f1(counts: Counts) -> Counts:
    """Return F1 from hits, predictions and annotations."""
    return share(2 * counts[:, 0], counts[:, 1] + counts[:, 2])
