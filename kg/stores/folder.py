"""The folder of the embedded store: one live database, read-only snapshots of it, and which ones are current.

The files LIVE and SNAPSHOT name the current ones and are replaced whole, so that whoever is killed at any
instant leaves either the old or the new. RocksDB forbids a second writer, and forbids reading a database that
another process writes: readers open a snapshot, which never changes and, being hard links, costs little.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from kg.errors import StoreHeld, StoreUnavailable
from kg.files import replacing
from kg.stores.engine import FAILURES, explained, of_the_disk

_KEPT_SNAPSHOTS = 3
_ATTEMPTS = 5


class Folder:
    """A folder with numbered databases; the files LIVE and SNAPSHOT name the current ones."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open_live(self, fill: Callable[[ox.Store], None]) -> ox.Store:
        """Open the live database for writing; fill a new one where there is none."""
        if self._current("live") is None:
            self.path.mkdir(parents=True, exist_ok=True)
            self.publish(self.replace_live(fill, lambda: None))
        for _ in range(_ATTEMPTS):
            live = self._current("live")
            if live is None:
                break
            database = self._open(live)
            # Whoever held the lock before may have switched to another database in the meantime.
            if live == self._current("live"):
                self._remove_others("live", live)
                self._remove_parts()
                return database
        raise StoreHeld(f"{self.path}: another process keeps rebuilding this store")

    def replace_live(self, fill: Callable[[ox.Store], None], let_go: Callable[[], None]) -> ox.Store:
        """Fill a new database and make it the live one; on failure everything stays as it was."""
        fresh = self._fresh("live")
        shutil.rmtree(fresh, ignore_errors=True)
        with of_the_disk(self.path):
            database = self._open(fresh)
            fill(database)
            database.flush()
            self._switch("live", fresh)
        let_go()
        self._remove_others("live", fresh)
        return database

    def publish(self, database: ox.Store) -> None:
        """Show the present state of the live database to readers."""
        snapshot = self._fresh("snapshot")
        with of_the_disk(self.path):
            database.backup(str(snapshot))
            self._switch("snapshot", snapshot)
        self._remove_others("snapshot", snapshot, kept=_KEPT_SNAPSHOTS)

    def open_snapshot(self) -> tuple[ox.Store, str]:
        """Open the newest snapshot; return it with its name, which changes when there is a newer one."""
        for _ in range(_ATTEMPTS):
            snapshot = self._current("snapshot")
            if snapshot is None:
                raise StoreUnavailable(
                    f"{self.path}: there is no store here; kg ingest PAPERS makes one, and where papers were "
                    "ingested before, kg check makes it anew from the ledger"
                )
            try:
                return ox.Store.read_only(str(snapshot)), snapshot.name
            except FAILURES as error:
                reason = error
                if snapshot == self._current("snapshot"):
                    break
        raise explained(reason, self.path) from reason

    def snapshot_name(self) -> str | None:
        """Return the name of the newest snapshot, None before there is one."""
        snapshot = self._current("snapshot")
        return snapshot.name if snapshot else None

    def snapshot_mark(self) -> tuple[int, int] | None:
        """Return what is another as soon as there is a newer snapshot; it costs less than its name."""
        try:
            pointer = (self.path / "SNAPSHOT").stat()
        except FileNotFoundError:
            return None
        return pointer.st_ino, pointer.st_mtime_ns

    def discard(self) -> None:
        """Remove the databases and the files that name them."""
        for kind in ("live", "snapshot"):
            (self.path / kind.upper()).unlink(missing_ok=True)
            for database in self._all(kind):
                shutil.rmtree(database)
        self._remove_parts()

    def _open(self, database: Path) -> ox.Store:
        with of_the_disk(self.path):
            return ox.Store(str(database))

    def _current(self, kind: str) -> Path | None:
        """Return the database that a pointer names, None where there is none or it names nothing of ours."""
        try:
            name = (self.path / kind.upper()).read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return None
        return self.path / name if re.fullmatch(rf"{kind}-\d+", name) else None

    def _switch(self, kind: str, database: Path) -> None:
        with replacing(self.path / kind.upper()) as pointer:
            pointer.write(f"{database.name}\n".encode())

    def _all(self, kind: str) -> list[Path]:
        return sorted(self.path.glob(f"{kind}-*"))

    def _fresh(self, kind: str) -> Path:
        present = [
            int(database.name.rpartition("-")[2].partition(".")[0])
            for database in (*self._all(kind), self._current(kind))
            if database
        ]
        return self.path / f"{kind}-{max(present, default=0) + 1:08d}"

    def _remove_others(self, kind: str, current: Path, kept: int = 1) -> None:
        """Remove all but the current database and the last few, with what an interrupted attempt left."""
        others = [database for database in self._all(kind) if database != current]
        stay = len(others) - (kept - 1)
        for database in others[: max(stay, 0)]:
            shutil.rmtree(database)

    def _remove_parts(self) -> None:
        """Remove pointers that somebody was killed in the middle of writing."""
        for part in self.path.glob(".*.part"):
            part.unlink(missing_ok=True)
