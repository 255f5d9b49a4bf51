"""Backups: all that cannot be made again, as it was at one instant, in one zip; and how one is put in place.

That is the ledger, with the standing questions in it, and the tokens if they are asked for. Stores and
indexes are made from the ledger, and are not in it. A backup is there whole or not at all; one that is put in
place was read to its end first, and nothing is taken from the zip but files of known names, of the size and
hash that its manifest gives.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from kg.database import connect
from kg.errors import BackupError, LedgerBusy, LedgerError
from kg.files import flush, flush_folder, replacing
from kg.keeper import STORE_FOLDER
from kg.ledger import LEDGER_FILE, Ledger
from kg.tokens import TOKENS_FILE

FORMAT = 1
"""Version of what a backup holds and of its manifest."""
MANIFEST = "manifest.json"
REPLACED = ".replaced"
"""What the name of a ledger ends in that a backup took the place of."""
PROJECTIONS = (STORE_FOLDER, "lookups", "cypher/databases")
"""What is made from the ledger, and goes when another one comes."""
_MANIFEST_BYTES = 100_000
_CHUNK = 1 << 20
_MOST_TIMES_SMALLER = 200
_SMALL = 10_000_000
"""A file of more bytes than this that shrank more than so many times is no ledger, but a bomb."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A file in a backup."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is of: which ledger, at which change, with how much in it."""

    backup: int
    made: str
    software: str
    ledger: str
    position: int
    assembly: str
    appended: Mapping[str, int]
    graph: Mapping[str, int]
    files: tuple[Part, ...]


def back_up(folder: Path, target: Path, names: Sequence[str], *, tell: Tell = lambda _: None) -> Manifest:
    """Write a backup of the graph in a folder; `names` may be those of the ledger and of the tokens.

    Others may read and write the graph meanwhile: the backup is the graph at one of its changes.
    """
    if target.is_dir():
        raise BackupError(f"{target}: is a folder; name the file that the backup is to be")
    with TemporaryDirectory(prefix=f".{target.name}.", dir=target.resolve().parent) as work:
        manifest = _copied(folder, Path(work), names, tell)
        tell("packing")
        with replacing(target) as stream, ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=1) as packed:
            packed.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1) + "\n")
            for part in manifest.files:
                packed.write(Path(work, part.name), part.name)
    return manifest


def _copied(folder: Path, work: Path, names: Sequence[str], tell: Tell) -> Manifest:
    """Copy databases as they are at one instant, and see that the copies are sound."""
    copy = work / LEDGER_FILE
    with closing(Ledger(folder / LEDGER_FILE)) as ledger:
        ledger.copy_to(copy, lambda done, pages: tell(f"{done:,} of {pages:,} pages"))
    if TOKENS_FILE in names and (folder / TOKENS_FILE).is_file():
        with (
            closing(connect(folder / TOKENS_FILE, 10.0)) as tokens,
            closing(connect(work / TOKENS_FILE, 0.0)) as to,
        ):
            tokens.backup(to)
    tell("checking")
    with closing(Ledger(copy)) as ledger:
        if damage := ledger.damage():
            raise BackupError(f"the ledger is damaged, and no backup is made of it: {damage[0]}")
        facts = ledger.identity(), ledger.position(), ledger.assembly(), ledger.sizes(), ledger.counts()
    parts = tuple(_part(work / name) for name in (LEDGER_FILE, TOKENS_FILE) if (work / name).is_file())
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return Manifest(FORMAT, made, f"AlignKG {version('alignkg')}", *facts, parts)


def _part(file: Path) -> Part:
    with file.open("rb") as stream:
        return Part(file.name, file.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest())


# --- putting one in place -------------------------------------------------------------------------------


def restore(archive: Path, folder: Path, *, force: bool = False, tell: Tell = lambda _: None) -> Manifest:
    """Put a backup in place of what is in a folder; its stores are made by whoever opens it next.

    BackupError where the backup is not sound, where a graph is there and `force` is not given, or somebody
    has it open; nothing is changed then. A ledger that was there stays, under a name that ends in `REPLACED`.
    """
    ledger = folder / LEDGER_FILE
    if ledger.exists() and not force:
        raise BackupError(
            f"{folder}: holds a graph already; --force puts the backup in its place, and keeps the ledger "
            f"there as {ledger.name}{REPLACED}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".restore-", dir=folder) as work:
        manifest = _unpacked(archive, Path(work), tell)
        tell("checking")
        _check(Path(work, LEDGER_FILE), manifest)
        _set_aside(ledger)
        for part in manifest.files:
            Path(work, part.name).replace(folder / part.name)
        for projection in PROJECTIONS:  # all of them bear the ledger that they were made from
            shutil.rmtree(folder / projection, ignore_errors=True)
    flush_folder(folder)
    return manifest


def _unpacked(archive: Path, work: Path, tell: Tell) -> Manifest:
    """Unpack a backup into a folder of ours; BackupError where it is not what its manifest says."""
    with _opened(archive) as packed:
        manifest = _manifest(packed, archive)
        for part in manifest.files:
            tell(f"unpacking {part.name}")
            with packed.open(part.name) as stream:
                _unpack(stream, work / part.name, part, archive)
    return manifest


@contextmanager
def _opened(archive: Path) -> Iterator[ZipFile]:
    try:
        with ZipFile(archive) as packed:
            yield packed
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise BackupError(f"{archive}: is no backup, or a damaged one ({error}); take another") from error


def _manifest(packed: ZipFile, archive: Path) -> Manifest:
    listed = {entry.filename: entry for entry in packed.infolist()}
    known = {MANIFEST, LEDGER_FILE, TOKENS_FILE}
    if not {MANIFEST, LEDGER_FILE} <= listed.keys() <= known or len(packed.infolist()) != len(listed):
        raise BackupError(f"{archive}: is no backup: it has {', '.join(listed)[:200] or 'nothing'} in it")
    if listed[MANIFEST].file_size > _MANIFEST_BYTES:
        raise BackupError(f"{archive}: is no backup: its manifest is too long")
    manifest = _read(packed.read(MANIFEST), archive)
    if {part.name for part in manifest.files} != listed.keys() - {MANIFEST}:
        raise BackupError(f"{archive}: has other files than its manifest says; take another backup")
    for part in manifest.files:
        entry = listed[part.name]
        if part.bytes > _SMALL and part.bytes > entry.compress_size * _MOST_TIMES_SMALLER:
            raise BackupError(f"{archive}: is no backup: {part.name} would grow from so little to so much")
    return manifest


def _read(text: bytes, archive: Path) -> Manifest:
    from pydantic import TypeAdapter  # takes a moment to import

    try:
        manifest = TypeAdapter(Manifest).validate_json(text)
    except ValueError as error:
        raise BackupError(f"{archive}: is no backup: its manifest cannot be read") from error
    if manifest.backup > FORMAT:
        raise BackupError(
            f"{archive}: has format {manifest.backup}, and this version reads up to {FORMAT}; "
            f"use {manifest.software}, which made it, or a newer one"
        )
    return manifest


def _unpack(stream: IO[bytes], file: Path, part: Part, archive: Path) -> None:
    """Write a file from a zip to the disk, never more than the manifest says that it has."""
    free = shutil.disk_usage(file.parent).free
    if part.bytes > free:
        raise BackupError(f"{file.parent.parent}: {part.bytes:,} bytes are needed, and {free:,} are free")
    hash_, left = hashlib.sha256(), part.bytes
    with file.open("xb") as out:
        while left >= 0 and (chunk := stream.read(_CHUNK)):
            left -= len(chunk)
            hash_.update(chunk)
            out.write(chunk)
        flush(out)
    if left or hash_.hexdigest() != part.sha256:
        raise BackupError(f"{archive}: {part.name} is not what its manifest says; take another backup")
    file.chmod(0o600 if part.name == TOKENS_FILE else 0o644)


def _check(file: Path, manifest: Manifest) -> None:
    """See that a ledger is sound and the one that the manifest tells of; let it be another from now on."""
    with closing(Ledger(file)) as ledger:
        damage = ledger.damage()
        if damage or (ledger.identity(), ledger.position()) != (manifest.ledger, manifest.position):
            raise BackupError(f"the ledger in the backup is damaged; take another: {''.join(damage[:1])}")
        ledger.become_another()


def _set_aside(ledger: Path) -> None:
    """Keep a ledger that is there under another name."""
    if ledger.exists():
        _gather(ledger)
    for suffix in ("", "-wal", "-shm"):
        there = ledger.with_name(f"{ledger.name}{suffix}")
        if there.exists():
            there.replace(ledger.with_name(f"{ledger.name}{REPLACED}{suffix}"))


def _gather(ledger: Path) -> None:
    """Bring all of a ledger into its one file, which nobody else may have open; a damaged one stays so."""
    try:
        with closing(connect(ledger, 0.0)) as database:
            database.execute("PRAGMA journal_mode = DELETE")
    except LedgerBusy as error:
        raise BackupError(
            f"{ledger.parent}: somebody has this graph open; stop kg serve, and whatever else works on it"
        ) from error
    except LedgerError:
        return
