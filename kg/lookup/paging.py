"""Long answers in pages: a cursor says where the next one starts.

It is the key of the row before, where the list has keys, so that what comes and goes between two pages makes
no row come twice and none be left out; else how many rows there were.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from kg.errors import UnknownQuery
from kg.records import JSON

T = TypeVar("T")
PAGE_SIZE = 50
ALL_ROWS = 1_000_000_000
"""A page of more rows than there are."""

Key = list[JSON]
"""What sorts a row, no two rows the same."""


@runtime_checkable
class Keyed(Protocol[T]):
    """A list in which a place is known by the row before it, whatever came or went since."""

    def __len__(self) -> int:
        """Return how many rows there are."""
        ...

    def after(self, key: Key | None, count: int) -> Sequence[T]:
        """Return the first rows after one, None for all of them; UnknownQuery for no key of this list."""
        ...

    def key(self, row: T) -> Key:
        """Return the key of a row."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of an answer is wanted."""

    limit: int = PAGE_SIZE
    cursor: str | None = None

    def cut(self, found: Sequence[T]) -> tuple[Sequence[T], str | None]:
        """Return the wanted part, and the cursor of the part after it, None at the end.

        >>> Page(2).cut("abc")
        ('ab', 'Mg')
        """
        if isinstance(found, Keyed):
            return self._cut(found)
        start = _place(self.cursor) if self.cursor else 0
        end = start + self.limit
        return found[start:end], _encode(end) if end < len(found) else None

    def _cut(self, found: Keyed[T]) -> tuple[Sequence[T], str | None]:
        key = _decode(self.cursor) if self.cursor else None
        if key is not None and not isinstance(key, list):
            raise _of_no_answer(self.cursor)
        rows = found.after(key, self.limit + 1)
        part = rows[: self.limit]
        return part, _encode(found.key(part[-1])) if len(rows) > self.limit else None


FIRST = Page()


def _encode(value: JSON) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, ensure_ascii=False).encode()).decode().rstrip("=")


def _decode(cursor: str) -> JSON:
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise _of_no_answer(cursor) from error


def _place(cursor: str) -> int:
    place = _decode(cursor)
    if not isinstance(place, int) or place < 0:
        raise _of_no_answer(cursor)
    return place


def _of_no_answer(cursor: str | None) -> UnknownQuery:
    return UnknownQuery(cursor or "", "this cursor comes from no answer")
