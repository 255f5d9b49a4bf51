"""A pack on disk: a folder or a zip that is there whole, or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO

from kg.errors import StoreError
from kg.export.tables import write_zip
from kg.files import flush, flush_folder, replacing
from kg.pack.files import MANIFEST, Pack

ZIP = ".zip"


def write_pack(pack: Pack, target: Path, *, force: bool = False) -> None:
    """Write a folder, or a zip where the name ends so; StoreError if something is there already.

    Files of others in a folder that is written again stay in it.
    """
    check_target(target, force=force)
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix == ZIP:
        _write_zip(pack, target)
    else:
        _write_folder(pack, target)


def check_target(target: Path, *, force: bool) -> None:
    """Raise StoreError if a pack may not be written here, before anything is computed."""
    if target.suffix != ZIP and target.exists() and not target.is_dir():
        raise StoreError(f"{target}: is a file; name a folder, or a file that ends in {ZIP}")
    if force or not target.exists():
        return
    if target.is_file() or any(target.iterdir()):
        raise StoreError(f"{target}: is there already; name another place, or replace it with --force")


def zip_pack(pack: Pack, stream: BinaryIO) -> None:
    """Write a pack as a zip."""
    write_zip(stream, pack.files)


def _write_zip(pack: Pack, target: Path) -> None:
    with replacing(target) as stream:
        zip_pack(pack, stream)


def _write_folder(pack: Pack, target: Path) -> None:
    """Fill a folder beside the target, and put it in its place; a failure leaves what was there."""
    work = Path(mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    fresh, old = work / "new", work / "old"
    try:
        for path, body in pack.files.items():
            file = fresh / path
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("xb") as stream:
                stream.write(body)
                flush(stream)
        if target.exists():
            _copy_others(target, fresh)
        _put_in_place(fresh, target, old)
    finally:
        shutil.rmtree(work)


def _put_in_place(fresh: Path, target: Path, old: Path) -> None:
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    flush_folder(target.parent)


def _copy_others(target: Path, fresh: Path) -> None:
    """Copy what is no file of the earlier pack, nor of this one, into the new folder."""
    ours = _listed(target)
    for file in sorted(target.rglob("*")):
        name = file.relative_to(target)
        place = fresh / name
        if file.is_dir() and not file.is_symlink():
            continue
        if name.as_posix() not in ours and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place, follow_symlinks=False)


def _listed(folder: Path) -> frozenset[str]:
    """Return the paths that the manifest in a folder lists; none where there is no manifest of ours."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return frozenset({MANIFEST, *(file["path"] for file in manifest["files"])})
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()
