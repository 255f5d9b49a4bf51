"""Gradient-boosted trees (Friedman 2001), fitted by scikit-learn and run by ONNX Runtime."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kg.extract.onnx_session import open_session

if TYPE_CHECKING:
    import onnxruntime

Floats = npt.NDArray[np.float32]


class Trees:
    """Trees over numbered features, whose names the file keeps beside them."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self.session = session
        self.features = tuple(json.loads(session.get_modelmeta().custom_metadata_map["features"]))

    def chances(self, rows: Floats) -> list[float]:
        """Return a probability for each row of features."""
        if not len(rows):
            return []
        (chances,) = self.session.run(["probabilities"], {"features": rows})
        return [float(chance) for chance in chances[:, 1]]


@lru_cache(maxsize=8)
def load_trees(name: str, features: tuple[str, ...]) -> Trees:
    """Read the trees of that name in the package, or at that path; the same object every time.

    Raises ValueError where they were fitted to other features than these.
    """
    path = Path(__file__).parent / f"{name}.onnx"
    trees = Trees(open_session(path))
    if trees.features != features:
        raise ValueError(f"{path} was fitted to other features; run scripts/train_extractor.py again")
    return trees
