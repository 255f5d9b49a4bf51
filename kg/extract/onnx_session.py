"""Opening a model of ONNX Runtime the way that all of ours are run: on one thread, and telling nobody."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import onnxruntime

PROBE = Path(__file__).with_name("weights") / "probe.onnx"
"""Multiplies rows of 64 whole numbers by 64 rows of 127."""
_ROWS = np.full((4, 64), 255, np.uint8)


def open_session(path: Path) -> onnxruntime.InferenceSession:
    """Load a model to run on one thread: papers, not sums, are shared out among processes."""
    options = _on_one_thread()
    if _overflows():
        options.add_session_config_entry("session.x64quantprecision", "1")
    return _session(path, options)


@cache
def _overflows() -> bool:
    """Say whether this processor adds up products of whole numbers in 16 bits, as those without VNNI do.

    ONNX Runtime has a slower way for them; which way a processor needs is for us to find out.
    """
    (sums,) = _session(PROBE, _on_one_thread()).run(None, {"rows": _ROWS})
    return bool(np.any(sums != 64 * 255 * 127))


def _on_one_thread() -> onnxruntime.SessionOptions:
    options = _quiet_runtime().SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return options


def _session(path: Path, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    return _quiet_runtime().InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@cache
def _quiet_runtime() -> Any:  # noqa: ANN401  # the module, which has no types
    """Return ONNX Runtime, which else tells its maker of each use, under a number for this machine.

    It looks at the variable when it is imported; turned off later, it has written the number down already.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime
