"""The index that look-ups read: an SQLite file beside the store, made from the ledger and of no own worth.

It holds every node's record with what finds and ranks it, so that an answer is read in one transaction, at
one position of the ledger. What changes is written in one transaction; where much changes, a new file is made
and put in place of the old one, which its readers may read to the end.
"""

from __future__ import annotations

import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from kg.errors import QueryTimeout, StoreError, StoreUnavailable
from kg.ledger import Ledger
from kg.lookup.entries import Entries, number_of, unpack
from kg.records import JSON, Node, Result, Statement, node_from_json
from kg.stores import Origin
from kg.vocabulary import Vocabulary

LAYOUT = "2"
"""Version of the tables: an index of another one is made anew."""
_FEW = 2_000
"""So many changes are written into any index, however small, rather than making it anew."""
_STEPS = 20_000
"""Of SQLite's, after each of which the time is looked at."""
_MAPPED = 1 << 34
_KEPT_LISTS = 32
_KEPT = 100_000
"""So many things that were read are kept."""

Row = tuple[JSON, ...]
"""What SQLite gives back, by column."""
T = TypeVar("T")


@dataclass
class Known:
    """What was read at a position, kept while that is the newest."""

    position: int = -1
    found: dict[object, object] = field(default_factory=dict)
    lists: dict[object, list[JSON]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Reading:
    """One transaction that reads."""

    database: sqlite3.Connection
    file: Path
    known: Known
    until: float = 0.0
    seconds: float = 0.0

    @property
    def position(self) -> int:
        """The number of the ledger's last change that is read."""
        return self.known.position

    def kept(self, key: object, read: Callable[[], T]) -> T:
        """Return what was read at this position before, or else read it."""
        found = self.known.found
        if key in found:
            return found[key]  # type: ignore[return-value]  # what such a `read` returned
        if len(found) >= _KEPT:
            found.clear()
        found[key] = fresh = read()
        return fresh

    def rows(self, sql: str, given: Sequence[object] | Mapping[str, object] = ()) -> list[Row]:
        """Return all rows of a query."""
        try:
            return self.database.execute(sql, given).fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise QueryTimeout(self.seconds) from error
            raise _unreadable(self.file, error) from error
        except sqlite3.DatabaseError as error:
            raise _unreadable(self.file, error) from error

    def kept_list(self, key: object, read: Callable[[], list[T]]) -> list[T]:
        """Return a list that was read at this position before, or else read it; the last few are kept."""
        known = self.known
        found = known.lists.get(key)
        if found is None:
            found = read()
        with known.lock:
            known.lists.pop(key, None)
            known.lists[key] = found
            if len(known.lists) > _KEPT_LISTS:
                del known.lists[next(iter(known.lists))]
        return found

    def late(self) -> bool:
        """Say whether the time is over."""
        return time.monotonic() > self.until


class LookupIndex:
    """The index in one folder. Any thread may read; `catch_up` writes."""

    def __init__(self, folder: Path, vocabulary: Vocabulary, patience: float = 60.0) -> None:
        self.folder, self.vocabulary, self._patience = folder, vocabulary, patience
        self._idle: queue.LifoQueue[Reading] = queue.LifoQueue()
        self._local = threading.local()
        self._known = Known()

    # --- reading ----------------------------------------------------------------------------------------

    @contextmanager
    def reading(self, seconds: float = 30.0) -> Iterator[Reading]:
        """Read in one transaction, at one position; inside another such block, in that one's."""
        held: Reading | None = getattr(self._local, "reading", None)
        if held is not None:
            yield held
            return
        reading = self._take(seconds)
        self._local.reading = reading
        try:
            yield reading
        finally:
            self._local.reading = None
            reading.database.execute("ROLLBACK")
            self._idle.put(reading)

    def _take(self, seconds: float) -> Reading:
        newest = self._newest()
        if newest is None:
            raise StoreUnavailable(f"{self.folder}: there is no index for look-ups yet; open the graph once")
        reading = self._idle_on(newest) or Reading(_to_read(newest), newest, self._known)
        reading.seconds, reading.until = seconds, time.monotonic() + seconds
        reading.database.set_progress_handler(reading.late, _STEPS)
        reading.database.execute("BEGIN")
        position = int(reading.rows("SELECT value FROM meta WHERE name = 'position'")[0][0])
        if self._known.position != position:
            self._known = Known(position)
        reading.known = self._known
        return reading

    def _idle_on(self, newest: Path) -> Reading | None:
        """Return a connection that waits, after closing those to files that were replaced."""
        with suppress(queue.Empty):
            while True:
                reading = self._idle.get_nowait()
                if reading.file == newest:
                    return reading
                reading.database.close()
        return None

    def position(self) -> int:
        """Return the number of the ledger's last change that the index holds."""
        with self.reading() as reading:
            return reading.position

    def node(self, node_id: str) -> Node | None:
        """Return a node of the graph by its id."""
        with self.reading() as reading:
            rows = reading.rows("SELECT record FROM nodes WHERE number = ?", (number_of(node_id),))
        return node_from_json(unpack(rows[0][0])) if rows else None

    def claims_in(self, paper: str) -> list[Statement | Result]:
        """Return the statements and results that a paper, given by its node, has a sentence for."""
        with self.reading() as reading:
            rows = reading.rows(
                "SELECT record FROM sources CROSS JOIN nodes ON number = about WHERE paper = ?",
                (number_of(paper),),
            )
        nodes = (node_from_json(unpack(record)) for (record,) in rows)
        return [node for node in nodes if isinstance(node, Statement | Result)]

    def close(self) -> None:
        """Let go of the files; they may be read again."""
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().database.close()

    # --- writing ----------------------------------------------------------------------------------------

    def catch_up(self, ledger: Ledger, origin: Origin) -> None:
        """Bring the index to the ledger's position: by what has changed, or anew where much has."""
        newest, mark = self._newest(), f"{LAYOUT}:{origin.ledger}:{origin.version}"
        held = self._held(newest, mark) if newest else None
        if held is None or held > ledger.position():
            self._make(ledger, mark)
        elif newest is not None and held < ledger.position():
            pending = ledger.count_changes(held)
            if pending > _FEW and not ledger.has_over(pending * 2):
                self._make(ledger, mark)
            else:
                self._apply(ledger, newest)

    def _held(self, newest: Path, mark: str) -> int | None:
        """Return the position of a file, None where it is of no use."""
        try:
            with closing(_to_read(newest)) as database:
                found = dict(database.execute("SELECT name, value FROM meta").fetchall())
        except sqlite3.DatabaseError:
            return None
        return int(found["position"]) if found.get("mark") == mark else None

    def _apply(self, ledger: Ledger, file: Path) -> None:
        database = sqlite3.connect(file, isolation_level=None, timeout=self._patience)
        with closing(database), _whole(database, file):
            since = int(database.execute("SELECT value FROM meta WHERE name = 'position'").fetchone()[0])
            entries = Entries(database, self.vocabulary)
            while (position := ledger.position()) > since:  # which may go on meanwhile
                for node_id, record in ledger.changed_records(since):
                    entries.put(node_id, record)
                since = position
            entries.finish()
            _note(database, position=str(since))

    def _make(self, ledger: Ledger, mark: str) -> None:
        """Make a file from everything in the ledger, and put it in place of the one there is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        number = max((_number(file) for file in self._files()), default=0) + 1
        fresh = self.folder / f"{number:08d}.{os.getpid()}-{threading.get_ident()}.new"
        try:
            self._fill(ledger, fresh, mark)
            self._apply(ledger, fresh)
            with suppress(FileExistsError):  # another process was as quick, and made the same
                os.link(fresh, self.folder / f"{number:08d}.sqlite")
        finally:
            for part in _parts(fresh):
                part.unlink(missing_ok=True)
        self._remove_older()

    def _fill(self, ledger: Ledger, fresh: Path, mark: str) -> None:
        tables, indexes = _tables()
        position = ledger.position()
        with closing(sqlite3.connect(fresh, isolation_level=None)) as database:
            database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {tables}")
            with _whole(database, fresh):
                entries = Entries(database, self.vocabulary, anew=True)
                for node_id, record in ledger.records(position):
                    entries.put(node_id, record)
                entries.finish()
                _note(database, mark=mark, position=str(position))
            database.executescript(f"{indexes} PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL")

    # --- files ------------------------------------------------------------------------------------------

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.sqlite"))

    def _newest(self) -> Path | None:
        return max(self._files(), default=None)

    def _remove_older(self) -> None:
        for file in self._files()[:-1]:
            for part in _parts(file):
                part.unlink(missing_ok=True)


def _parts(file: Path) -> tuple[Path, ...]:
    return file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")


def _note(database: sqlite3.Connection, **facts: str) -> None:
    database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())


def _number(file: Path) -> int:
    return int(file.stem)


def _to_read(file: Path) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        database.execute(f"PRAGMA mmap_size = {_MAPPED}")
    except sqlite3.DatabaseError as error:
        raise _unreadable(file, error) from error
    return database


@contextmanager
def _whole(database: sqlite3.Connection, file: Path) -> Iterator[None]:
    """Write all or nothing."""
    try:
        with database:
            database.execute("BEGIN IMMEDIATE")
            yield
    except sqlite3.DatabaseError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: sqlite3.Error) -> StoreError:
    return StoreError(
        f"{file}: {error}; the index holds nothing of its own: delete it, and open the graph again"
    )


def _tables() -> tuple[str, str]:
    tables, _, indexes = (
        (files("kg.lookup") / "index.sql").read_text(encoding="utf-8").partition("-- indexes")
    )
    return tables, indexes
