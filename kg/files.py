"""Files that are there whole or not at all: written beside their place, flushed, and put in it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the target's place once it is on the disk; a failure leaves what was there.

    What is no file, such as a pipe or /dev/stdout, is written to as it is. A link stays one: what it leads to
    is replaced. Whoever is killed may leave a hidden file `.NAME.….part` beside the target, and nothing else.
    """
    target = target.resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            yield stream
        return
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with _opened(part, target) as stream:
            yield stream
            flush(stream)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    flush_folder(target.parent)


def _opened(part: Path, target: Path) -> BinaryIO:
    """Open the new file with the rights of the old one; what cannot be made is named by its target."""
    try:
        stream = part.open("xb")
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(target)) from error
    if target.exists():
        part.chmod(target.stat().st_mode)
    return stream


def flush(stream: BinaryIO) -> None:
    """Return when what was written is on the disk."""
    stream.flush()
    os.fsync(stream.fileno())


def flush_folder(folder: Path) -> None:
    """Return when the names in a folder are on the disk."""
    if os.name == "nt":  # which does not open folders
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
