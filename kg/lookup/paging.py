"""Long answers in pages: a cursor says where the next one starts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from kg.errors import UnknownQuery

T = TypeVar("T")
PAGE_SIZE = 50
ALL_ROWS = 1_000_000_000
"""A page of more rows than there are."""


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
        start = _decode(self.cursor) if self.cursor else 0
        end = start + self.limit
        return found[start:end], _encode(end) if end < len(found) else None


FIRST = Page()


def _encode(start: int) -> str:
    return base64.urlsafe_b64encode(str(start).encode()).decode().rstrip("=")


def _decode(cursor: str) -> int:
    try:
        start = int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise UnknownQuery(cursor, "this cursor comes from no answer") from error
    if start < 0:
        raise UnknownQuery(cursor, "this cursor comes from no answer")
    return start
