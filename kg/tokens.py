"""Tokens: who may do what over HTTP. They lie beside the ledger, in a file that only its owner reads.

A token is 256 random bits, shown once and kept as its SHA-256. No slow hash is needed: that is for passwords,
which can be guessed; nobody finds 256 random bits by trying, however fast the tries are. The file is not the
ledger, so that a copy of the graph given to somebody carries no keys to it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from pathlib import Path

from kg.errors import TokenError

TOKENS_FILE = "tokens.sqlite"
PREFIX = "kg_"
"""What every token begins with, so that programs that look for leaked keys know one."""
READ = "read"
SCOPES: Mapping[str, str] = {
    READ: "only read, where a service lets nobody read without a token",
    "curate": "merge, split, retype, accept, reject, undo",
    "ingest": "bring papers in and take them out",
    "watch": "add and remove standing questions",
}
"""What a token may be for."""
_LONGEST_NAME = 60

_FIRST = """
CREATE TABLE IF NOT EXISTS tokens (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, scopes TEXT NOT NULL,
    made TEXT NOT NULL, expires TEXT, revoked TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS valid ON tokens (name) WHERE revoked IS NULL;
"""
# Files from before schemas were counted have the first one's tables, and say 0.
_STEPS = (_FIRST,)
"""What leads from each schema of the file to the next, never edited; `user_version` counts them."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a token is, what it is for, and how long: all that is known of it but the token itself."""

    name: str
    scopes: tuple[str, ...]
    made: str
    expires: str | None = None
    revoked: str | None = None

    def expired(self, now: datetime) -> bool:
        """Say whether its time is over."""
        return self.expires is not None and datetime.fromisoformat(self.expires) <= now

    def state(self, now: datetime) -> str:
        """Return "valid", "expired" or "revoked"."""
        return "revoked" if self.revoked else "expired" if self.expired(now) else "valid"


class Tokens:
    """The tokens of the graph in a folder; each call reads the file, so that a change holds at once."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / TOKENS_FILE

    def add(self, name: str, scopes: Iterable[str], days: float | None = None) -> str:
        """Make a token and return it; it cannot be shown again. TokenError for a name that is taken."""
        wanted = tuple(sorted(set(scopes)))
        if not wanted or set(wanted) - SCOPES.keys():
            raise TokenError(f"no scope: {', '.join(wanted) or 'none given'}; scopes are {', '.join(SCOPES)}")
        if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable() or name != name.strip():
            raise TokenError(f"{name!r} is no name for a token: 1 to {_LONGEST_NAME} printable characters")
        token = PREFIX + secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        row = name, _hash(token), " ".join(wanted), _written(now), _end(now, days)
        try:
            with self._opened() as db:
                db.execute(
                    "INSERT INTO tokens (name, hash, scopes, made, expires) VALUES (?, ?, ?, ?, ?)", row
                )
        except sqlite3.IntegrityError as error:
            raise TokenError(f"there is a token of {name}; kg token revoke ends it") from error
        return token

    def revoke(self, name: str) -> None:
        """End a token now; TokenError where none of that name is left."""
        with self._opened() as db:
            ended = db.execute(
                "UPDATE tokens SET revoked = ? WHERE name = ? AND revoked IS NULL",
                (_written(datetime.now(UTC)), name),
            )
            if not ended.rowcount:
                raise TokenError(f"there is no valid token of {name}; kg token list shows all")

    def holders(self) -> tuple[Holder, ...]:
        """Return all that were ever made, oldest first."""
        return tuple(holder for _, holder in self._rows())

    def any_valid(self) -> bool:
        """Say whether there is a token with which somebody could write."""
        now = datetime.now(UTC)
        return any(holder.state(now) == "valid" for holder in self.holders())

    def holder(self, token: str) -> Holder | None:
        """Return whose a token is, whether or not it is still valid; None for what never was one.

        Compared with every hash and in constant time, so that how long it takes says nothing.
        """
        given = _hash(token)
        found = [holder for hash_, holder in self._rows() if compare_digest(given, hash_)]
        return found[0] if found else None

    def _rows(self) -> list[tuple[str, Holder]]:
        if not self.file.is_file():
            return []
        with self._opened() as db:
            rows = db.execute(
                "SELECT hash, name, scopes, made, expires, revoked FROM tokens ORDER BY number"
            ).fetchall()
        return [(row[0], Holder(row[1], tuple(row[2].split()), *row[3:])) for row in rows]

    def _migrate(self, db: sqlite3.Connection) -> None:
        """Bring the file to this schema, a step a transaction."""
        if _schema(db) > len(_STEPS):
            raise TokenError(f"{self.file}: a newer version of AlignKG wrote it; use that one")
        for number in range(_schema(db), len(_STEPS)):
            db.execute("BEGIN IMMEDIATE")
            if _schema(db) == number:  # else another process was faster
                for statement in _STEPS[number].split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {number + 1}")
            db.commit()

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the file, made so that only its owner can read it, and commit what is done."""
        try:
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(sqlite3.connect(self.file, timeout=10.0)) as db:
                self._migrate(db)
                with db:
                    yield db
        except OSError as error:
            raise TokenError(f"{self.file}: cannot be opened: {error.strerror}") from error
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise TokenError(
                f"{self.file}: cannot be read ({error}); remove it, and make new tokens with kg token add"
            ) from error


def _schema(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _end(now: datetime, days: float | None) -> str | None:
    if days is None:
        return None
    try:
        return _written(now + timedelta(days=days))
    except OverflowError as error:
        raise TokenError(f"{days:g} days are more than a calendar has") from error
