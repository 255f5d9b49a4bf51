"""A linear model over named features, read from a file of weights: all that inference needs of training."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

_UNITS = 100.0
"""Weights are kept in hundredths: a third of the size, and no difference that could be measured."""

Scores = npt.NDArray[np.float64]


class LinearModel:
    """Weights by feature and label. Features that training never saw count nothing."""

    def __init__(self, labels: Iterable[str], features: Iterable[str], weights: Scores, bias: Scores) -> None:
        self.labels = tuple(labels)
        self.index = {feature: i for i, feature in enumerate(features)}
        self.weights = weights
        self.bias = bias

    def score(self, features: Iterable[str]) -> Scores:
        """Return one sum a label."""
        total: Scores = self.weights[self._rows(features)].sum(axis=0) + self.bias
        return total

    def _rows(self, features: Iterable[str]) -> list[int]:
        rows = set(map(self.index.get, features))
        return sorted(row for row in rows if row is not None)

    def likeliest(self, items: Iterable[Iterable[str]], nothing: str) -> list[tuple[str, float]]:
        """Return for each item the label that fits best, `nothing` aside, and how likely any of them does."""
        shares, none = self._shares(items), self.labels.index(nothing)
        some = 1.0 - shares[:, none]
        shares[:, none] = 0.0
        best = shares.argmax(axis=1)
        return [(self.labels[b], chance) for b, chance in zip(best, some.tolist(), strict=True)]

    def _shares(self, items: Iterable[Iterable[str]]) -> Scores:
        """Return for each item (row) probabilities of labels that exclude each other."""
        rows = [self._rows(features) for features in items]
        scores = np.tile(self.bias, (len(rows), 1))
        some = [n for n, found in enumerate(rows) if found]
        if some:
            starts = np.cumsum([0, *(len(rows[n]) for n in some[:-1])])
            scores[some] += np.add.reduceat(self.weights[list(chain.from_iterable(rows))], starts, axis=0)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Scores = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def chances(self, features: Iterable[str]) -> Scores:
        """Return a probability for each label by itself."""
        chances: Scores = 1.0 / (1.0 + np.exp(-self.score(features)))
        return chances

    def save(self, path: Path) -> None:
        """Write the weights, compressed."""
        np.savez_compressed(
            path,
            labels=np.array("\n".join(self.labels)),
            features=np.array("\n".join(self.index)),
            weights=np.rint(self.weights * _UNITS).astype(np.int16),
            bias=self.bias.astype(np.float32),
        )


@lru_cache(maxsize=8)
def load_model(name: str) -> LinearModel:
    """Read the weights of that name in the package, or at that path; the same object every time."""
    with np.load(Path(__file__).parent / f"{name}.npz") as data:
        return LinearModel(
            labels=str(data["labels"]).split("\n"),
            features=str(data["features"]).split("\n"),
            weights=data["weights"].astype(np.float64) / _UNITS,
            bias=data["bias"].astype(np.float64),
        )
