"""The book of standing questions: tables of its own in the ledger's file, so that one file holds it all.

Events are appended and never edited. What was told last is replaced in the transaction that appends its
event, and only by whoever read it there: of two processes that look at one change, one records it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from kg.database import connect
from kg.errors import NotFound
from kg.watch.answers import Answers, Changes, answers_from_json, changes_from_json, to_json

_WATCH = """
SELECT number, question, added, position, count, seen,
    (SELECT count(*) FROM watch_events WHERE watch = watches.number),
    (SELECT at FROM watch_events WHERE watch = watches.number ORDER BY number DESC LIMIT 1)
FROM watches WHERE removed IS NULL
"""


@dataclass(frozen=True, slots=True)
class Watch:
    """A standing question. `answers` counts what answers it as of `position`, the ledger's last change seen.

    `seen` is the number of the last event that was shown to a person, `events` how many there are; `changed`
    is when the last one was recorded, None before the first.
    """

    number: int
    question: str
    added: str
    position: int
    answers: int
    seen: int
    events: int
    changed: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """What was news in a standing question; `number` counts from 1 for each, `at` is when it was recorded."""

    watch: int
    number: int
    position: int
    at: str
    changes: Changes


class Book:
    """An open book, in the file of a ledger that has been opened: its tables are the ledger's."""

    def __init__(self, file: Path, patience: float = 60.0) -> None:
        self._db = connect(file, patience)
        self._one_at_a_time = RLock()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Write all or nothing, one thread at a time."""
        with self._one_at_a_time, self._db.begun():
            yield

    # --- questions --------------------------------------------------------------------------------------

    def watches(self) -> list[Watch]:
        """Return the standing questions, the oldest first."""
        return [Watch(*row) for row in self._db.execute(f"{_WATCH} ORDER BY number")]

    def watch(self, number: int) -> Watch:
        """Return a standing question by its number; NotFound where there is none."""
        known = {watch.number: watch for watch in self.watches()}
        if number not in known:
            raise NotFound(f"standing question {number}", [f"{n}: {w.question}" for n, w in known.items()])
        return known[number]

    def watch_of(self, question: str) -> Watch | None:
        """Return the standing question that has these words, None where none has."""
        return next((watch for watch in self.watches() if watch.question == question), None)

    def add(self, question: str, position: int, answers: Answers, at: str) -> Watch:
        """Add a question with its answers as they are; one that stands already is returned as it is."""
        with self._writing():
            known = self.watch_of(question)
            if known:
                return known
            self._db.execute(
                "INSERT INTO watches (question, added, position, count, answers) VALUES (?, ?, ?, ?, ?)",
                (question, at, position, len(answers), _packed(to_json(answers))),
            )
        added = self.watch_of(question)
        assert added is not None
        return added

    def remove(self, number: int, at: str) -> Watch:
        """Take a question out; its events stay in the file. NotFound where there is none."""
        watch = self.watch(number)
        with self._writing():
            self._db.execute("UPDATE watches SET removed = ? WHERE number = ?", (at, number))
        return watch

    # --- events -----------------------------------------------------------------------------------------

    def answers(self, watch: Watch) -> Answers:
        """Return the answers to a question as they were told last."""
        row = self._db.execute("SELECT answers FROM watches WHERE number = ?", (watch.number,)).fetchone()
        return answers_from_json(_unpacked(row[0]))

    def record(self, watch: Watch, position: int, changes: Changes, answers: Answers, at: str) -> bool:
        """Append what is news and keep the answers; False if somebody has recorded since `watch` was read."""
        with self._writing():
            state = "SELECT position FROM watches WHERE number = ? AND removed IS NULL"
            if self._db.execute(state, (watch.number,)).fetchone() != (watch.position,):
                return False
            if changes:
                self._append(watch.number, position, changes, at)
                self._db.execute(
                    "UPDATE watches SET count = ?, answers = ? WHERE number = ?",
                    (len(answers), _packed(to_json(answers)), watch.number),
                )
            self._db.execute("UPDATE watches SET position = ? WHERE number = ?", (position, watch.number))
        return True

    def _append(self, watch: int, position: int, changes: Changes, at: str) -> None:
        self._db.execute(
            "INSERT INTO watch_events SELECT ?, 1 + coalesce(max(number), 0), ?, ?, ? "
            "FROM watch_events WHERE watch = ?",
            (watch, position, at, _packed(to_json(changes)), watch),
        )

    def events(self, watch: Watch, *, after: int = 0, limit: int = -1) -> list[Event]:
        """Return what was news in a question beyond an event's number, the oldest first; -1 is no limit."""
        rows = self._db.execute(
            "SELECT watch, number, position, at, changes FROM watch_events "
            "WHERE watch = ? AND number > ? ORDER BY number LIMIT ?",
            (watch.number, after, limit),
        )
        return [
            Event(of, number, position, at, changes_from_json(_unpacked(packed)))
            for of, number, position, at, packed in rows
        ]

    def mark_seen(self, watch: Watch, number: int) -> None:
        """Note that a person was shown the events up to a number."""
        with self._writing():
            self._db.execute(
                "UPDATE watches SET seen = max(seen, ?) WHERE number = ?", (number, watch.number)
            )


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode(), 6)


def _unpacked(packed: bytes) -> str:
    return zlib.decompress(packed).decode()
