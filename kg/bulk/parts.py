"""Rows in numbered gzip files, each of a bounded size before packing; the same rows are the same bytes."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg.files import flush, flush_folder

PART_BYTES = 256 * 1024**2
_BUFFER = 256 * 1024
_PACKING = 3
"""Level of gzip: the default takes twice the time for a tenth less."""


@dataclass(frozen=True, slots=True)
class PartFile:
    """One file: its path in the folder, its rows, and its bytes as packed."""

    name: str
    rows: int
    bytes: int


class Series:
    """Files `STEM-00001SUFFIX.gz` and so on; the next one begins when one has `part_bytes` before packing."""

    def __init__(self, folder: Path, stem: str, suffix: str, part_bytes: int) -> None:
        self._folder, self._stem, self._suffix, self._part_bytes = folder, stem, suffix, part_bytes
        self._part: _Part | None = None
        self.files: list[PartFile] = []
        """Those that are finished."""

    def write(self, rows: Iterable[bytes]) -> None:
        """Append rows, each with its line break."""
        for row in rows:
            if self._part is None or self._part.size >= self._part_bytes:
                self.close()
                name = f"{self._stem}-{len(self.files) + 1:05}{self._suffix}.gz"
                self._part = _Part(self._folder, name)
            self._part.write(row)

    def close(self) -> None:
        """Finish the last file."""
        if self._part is not None:
            self.files.append(self._part.close())
            self._part = None


class _Part:
    """A file that is being written."""

    def __init__(self, folder: Path, name: str) -> None:
        self.size = self._rows = 0
        self._path, self._name = folder / name, name
        self._path.parent.mkdir(exist_ok=True)
        self._file = self._path.open("xb")
        packed = gzip.GzipFile("", "wb", _PACKING, self._file, mtime=0)
        self._packed = packed
        self._buffer = io.BufferedWriter(packed, _BUFFER)

    def write(self, row: bytes) -> None:
        self._buffer.write(row)
        self.size += len(row)
        self._rows += 1

    def close(self) -> PartFile:
        self._buffer.close()
        flush(self._file)
        self._file.close()
        return PartFile(self._name, self._rows, self._path.stat().st_size)


class Folder:
    """The files of one export."""

    def __init__(self, path: Path, part_bytes: int = PART_BYTES) -> None:
        self._path, self._part_bytes = path, part_bytes
        self._series: list[Series] = []

    def series(self, stem: str, suffix: str, part_bytes: int | None = None) -> Series:
        """Begin a series of files, of the size that was asked for unless they are to be of another."""
        made = Series(self._path, stem, suffix, part_bytes or self._part_bytes)
        self._series.append(made)
        return made

    def write_text(self, name: str, text: str) -> None:
        """Write a small file."""
        path = self._path / name
        path.parent.mkdir(exist_ok=True)
        with path.open("xb") as stream:
            stream.write(text.encode())
            flush(stream)

    def finish(self) -> Sequence[PartFile]:
        """Close all files and see them to the disk; return them in the order of their names."""
        self.close()
        for folder in {self._path, *(path for path in self._path.iterdir() if path.is_dir())}:
            flush_folder(folder)
        return sorted((file for series in self._series for file in series.files), key=lambda file: file.name)

    def close(self) -> None:
        """Close all files."""
        for series in self._series:
            series.close()
