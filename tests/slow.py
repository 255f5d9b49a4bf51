"""A reader that takes its time, for tests of what happens meanwhile. It goes into processes of its own."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from kg.records import Extraction, Paper
from tests.toy import VERSION, read


class SlowReader:
    """Reads the tiny language, some seconds for each paper; leaves a file behind when it begins."""

    version = VERSION
    begun = "begun"

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder, self._seconds = folder, seconds

    def read(self, papers: Iterable[Paper], workers: int) -> Iterator[Extraction]:
        assert workers >= 1
        for paper in papers:
            (self._folder / self.begun).touch()
            time.sleep(self._seconds)
            yield read(paper)
