"""A linear model over named features, read from a file of weights: all that inference needs of training."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
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
        rows = sorted({self.index[f] for f in features if f in self.index})
        total: Scores = self.weights[rows].sum(axis=0) + self.bias
        return total

    def shares(self, features: Iterable[str]) -> Scores:
        """Return probabilities of labels that exclude each other."""
        scores = self.score(features)
        powers = np.exp(scores - scores.max())
        shares: Scores = powers / powers.sum()
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
