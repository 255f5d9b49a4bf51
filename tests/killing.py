"""Processes that are killed at an instant drawn by chance, the same at every run.

One of each kind is tried always; `KG_KILLS=100` tries a hundred of each kind, and `KG_KILLS_SEED` others.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.toy_kg import BEGUN

KILLS = int(os.environ.get("KG_KILLS", "1"))
SEED = os.environ.get("KG_KILLS_SEED", "1")
ROOT = Path(__file__).parent.parent


class Ran(NamedTuple):
    """What a command said, and how long it took from the moment that its modules were imported."""

    code: int
    out: str
    err: str
    seconds: float


def instant(what: str, number: int, within: float) -> float:
    """Draw the instant of a kill."""
    return Random(f"{SEED} {what} {number}").uniform(0, within)


def start(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    """Start the `kg` command on the tiny language, and return when it begins."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.toy_kg", *map(str, arguments)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "COLUMNS": "500", **environment},
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline().strip() == BEGUN
    return process


def run(*arguments: object, **environment: str) -> Ran:
    """Run the command to its end."""
    return run_and_kill(float("inf"), *arguments, **environment)


def run_and_kill(seconds: float, *arguments: object, **environment: str) -> Ran:
    """Run the command, and kill it after so many seconds if it has not ended by then."""
    process = start(*arguments, **environment)
    began = time.monotonic()
    try:
        out, err = process.communicate(timeout=None if seconds == float("inf") else seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate()
    return Ran(process.returncode, out, err, time.monotonic() - began)
