"""Open what papers are read from: files, gzip files, standard input; memory is bounded, lines counted."""

from __future__ import annotations

import codecs
import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from kg.errors import SourceError

STANDARD_INPUT = "-"
MAX_RECORD = 16 * 2**20
"""The most bytes that one line or one record may take; more is refused before it fills the memory."""

_HEAD = 2**16
_GZIP_MAGIC = b"\x1f\x8b"
_BOMB_SIZE, _BOMB_RATIO = 64 * 2**20, 100
"""Abstracts shrink by 3 to 10 times; what unpacks to more than both of these is no file of papers."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that is no paper: where it stands, why it was refused, and its beginning.

    `line` is where it begins, or ends in formats that are read as a stream; None where it is a whole file.
    """

    path: str
    line: int | None
    reason: str
    record_excerpt: str = ""

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.reason}" + (f" [{self.record_excerpt}]" if self.record_excerpt else "")


class Line(NamedTuple):
    """A line of text with its number, counted from 1, without its line end."""

    number: int
    text: str


class Source:
    """The unpacked bytes of one file; `line` counts the lines read so far, `head` is its beginning."""

    def __init__(self, path: str, stream: BinaryIO) -> None:
        self.path, self.line = path, 0
        self.head = stream.read(_HEAD).removeprefix(codecs.BOM_UTF8)
        if self.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise SourceError(path, "it is UTF-16; convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)")
        self._stream = io.BufferedReader(_Joined(self.head, stream), _HEAD)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._since_record = 0

    def lines(self) -> Iterator[Line | Rejected]:
        """Yield decoded lines, U+FFFD for bytes that are not UTF-8; lines over the limit come as rejected."""
        while raw := self._stream.readline(MAX_RECORD + 1):
            self.line += 1
            if len(raw) > MAX_RECORD:
                start = raw[:100].decode("utf-8", "replace")
                while raw and not raw.endswith(b"\n"):
                    raw = self._stream.readline(MAX_RECORD)
                yield Rejected(self.path, self.line, f"a line of over {MAX_RECORD:,} bytes", start)
            else:
                yield Line(self.line, raw.decode("utf-8", "replace").rstrip("\r\n"))

    def read(self, size: int = _HEAD) -> bytes:
        """Return the next piece, at most up to a line's end, as UTF-8; what parsers of streams pull from.

        Bytes that are not UTF-8 become U+FFFD, so that one of them costs its record and not the whole file.
        """
        if size == 0:
            return b""
        raw = self._stream.readline(size if size > 0 else _HEAD)
        self.line += raw.endswith(b"\n")
        self._since_record += len(raw)
        if self._since_record > MAX_RECORD:
            raise SourceError(self.path, f"a record is larger than {MAX_RECORD:,} bytes", line=self.line + 1)
        piece = self._decoder.decode(raw, final=not raw).encode()
        return piece or (self.read(size) if raw else b"")

    def record_read(self) -> None:
        """Note that a record is complete: the limit counts anew."""
        self._since_record = 0


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Open a file, or standard input for `-`, unpacking it where it is gzip."""
    if path == STANDARD_INPUT:
        yield Source("standard input", _unpacked("standard input", sys.stdin.buffer))
        return
    try:
        stream = Path(path).open("rb")  # noqa: SIM115  # closed below; the message wants its own try
    except OSError as error:
        raise SourceError(path, f"it cannot be opened: {error.strerror}") from error
    with stream:
        yield Source(path, _unpacked(path, stream))


def _unpacked(path: str, stream: BinaryIO) -> BinaryIO:
    start = stream.read(len(_GZIP_MAGIC))
    whole = io.BufferedReader(_Joined(start, stream), _HEAD)
    return io.BufferedReader(_Unpacked(path, whole), _HEAD) if start == _GZIP_MAGIC else whole


class _Joined(io.RawIOBase):
    """Bytes that were read ahead, then the rest of their stream, which may not be able to seek."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._parts, self._rest = io.BytesIO(head), rest
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # called by BufferedReader only
        data = self._parts.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)


class _Unpacked(io.RawIOBase):
    """The content of a gzip stream, which may be damaged, cut short or made to fill the disk."""

    def __init__(self, path: str, packed: BinaryIO) -> None:
        self._path, self._size = path, 0
        self._packed = _Joined(b"", packed)
        self._gzip = gzip.GzipFile(fileobj=io.BufferedReader(self._packed, _HEAD))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # called by BufferedReader only
        try:
            data = self._gzip.read1(len(buffer))
        except (EOFError, OSError, zlib.error) as error:
            raise SourceError(self._path, f"the gzip file is damaged or cut short ({error})") from error
        self._size += len(data)
        if self._size > max(_BOMB_SIZE, _BOMB_RATIO * self._packed.count):
            raise SourceError(self._path, f"it unpacks to over {_BOMB_RATIO} times its size; unpack it first")
        buffer[: len(data)] = data
        return len(data)
