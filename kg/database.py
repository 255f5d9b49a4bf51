"""SQLite as everything here uses it: every failure of it is an error of ours that says what to do.

The ledger, and the standing questions in its file, are opened by `connect`. What fails, wherever it fails, is
translated in this one place: a full or read-only disk, a damaged file, another process that keeps writing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from kg.errors import LedgerBusy, LedgerError

Values = Sequence[str | int | float | bytes | None]
_REMEDIES = {
    sqlite3.SQLITE_FULL: (
        "the disk is full; what was acknowledged before is safe, and nothing of this change was written: "
        "free some space and try again"
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk cannot be read or written ({reason}); what was acknowledged before is safe: "
        "see to the disk, or its space, and try again"
    ),
    sqlite3.SQLITE_READONLY: (
        "it lies on a disk or in a folder that cannot be written; a graph is opened for writing even to be "
        "read: make it writable for this user, or copy it to where it is"
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "it cannot be opened ({reason}): its folder has to be there, on a disk that is not read-only, for "
        "this user to write"
    ),
}
_DAMAGED = (
    "it is damaged ({reason}); kg restore BACKUP --force puts a backup in its place, and keeps the file"
)


class Database(sqlite3.Connection):
    """An open SQLite file without transactions of its own; its errors are LedgerError and LedgerBusy."""

    file: Path

    def execute(self, sql: str, values: Values = ()) -> _Cursor:  # type: ignore[override]  # positional alone
        """Run a statement."""
        return self._cursor().execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Values]) -> _Cursor:  # type: ignore[override]  # as above
        """Run a statement for each row."""
        return self._cursor().executemany(sql, rows)

    def _cursor(self) -> _Cursor:
        return self.cursor(_Cursor)

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Write all or nothing: nobody else writes meanwhile, and on return it is on the disk."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        finally:
            self.undo()

    def undo(self) -> None:
        """Take back a transaction that is still open; SQLite itself does so after some failures."""
        if self.in_transaction:
            self.execute("ROLLBACK")


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, values: Values = ()) -> Self:  # type: ignore[override]  # positional alone
        try:
            super().execute(sql, values)
        except sqlite3.DatabaseError as error:
            self._explain(error)
            raise
        return self

    def executemany(self, sql: str, rows: Iterable[Values]) -> Self:  # type: ignore[override]  # as above
        try:
            super().executemany(sql, rows)
        except sqlite3.DatabaseError as error:
            self._explain(error)
            raise
        return self

    def __next__(self) -> Any:  # noqa: ANN401  # a row, as the library types it
        try:
            return super().__next__()
        except sqlite3.DatabaseError as error:
            self._explain(error)
            raise

    def fetchone(self) -> Any:  # noqa: ANN401
        try:
            return super().fetchone()
        except sqlite3.DatabaseError as error:
            self._explain(error)
            raise

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except sqlite3.DatabaseError as error:
            self._explain(error)
            raise

    def _explain(self, error: sqlite3.DatabaseError) -> None:
        """Raise the error of ours, unless it is a fault of the program."""
        if not isinstance(error, sqlite3.ProgrammingError | sqlite3.IntegrityError):
            raise explained(error, self.connection.file) from error  # type: ignore[attr-defined]  # a Database's


def connect(file: Path, patience: float) -> Database:
    """Open a file, made where there is none; `patience` is how many seconds another writer is waited for."""
    try:
        database = sqlite3.connect(
            file, isolation_level=None, timeout=patience, check_same_thread=False, factory=Database
        )
    except sqlite3.DatabaseError as error:
        raise explained(error, file) from error
    database.file = file
    return database


def explained(error: sqlite3.DatabaseError, file: Path) -> LedgerError:
    """Return the error of ours: what failed, on which file, and what to do."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF  # the rest is details
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LedgerBusy(str(file))
    return LedgerError(f"{file}: {_REMEDIES.get(code, _DAMAGED).format(reason=error)}")
