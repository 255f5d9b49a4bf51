"""Lists that stay in the index: their lengths and their parts are read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, overload

from kg.errors import UnknownQuery
from kg.lookup.index import LookupIndex, Row
from kg.lookup.paging import Key
from kg.records import JSON

T = TypeVar("T")
Given = Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that sorts, and what its values are in a key."""

    name: str
    kind: type[float] | type[str]
    falling: bool = False

    @property
    def order(self) -> str:
        """How it sorts, in SQL."""
        return f"{self.name} DESC" if self.falling else self.name


def order_by(columns: Sequence[Column]) -> str:
    """Return what follows ORDER BY."""
    return ", ".join(column.order for column in columns)


def beyond(columns: Sequence[Column]) -> str:
    """Return the condition that a row stands after the one whose key is :key0, :key1 and so on.

    >>> beyond([Column("belief", float, falling=True), Column("id", str)])
    'belief <= :key0 AND (belief < :key0 OR (belief = :key0 AND (id > :key1)))'
    """
    first = columns[0]
    bound = f"{first.name} {'<=' if first.falling else '>='} :key0"
    return f"{bound} AND {_beyond(columns, 0)}"


def _beyond(columns: Sequence[Column], place: int) -> str:
    column = columns[place]
    strictly = f"{column.name} {'<' if column.falling else '>'} :key{place}"
    if place + 1 == len(columns):
        return f"({strictly})"
    return f"({strictly} OR ({column.name} = :key{place} AND {_beyond(columns, place + 1)}))"


@dataclass(frozen=True)
class IndexedList(Sequence[T], Generic[T]):
    """Rows of a query in the order of some columns; `wrapped` is the query around `{where}` and `{order}`."""

    source: LookupIndex
    length: int
    sql: str
    given: Given
    columns: Sequence[Column]
    made: Callable[[Row], T]
    key_of: Callable[[T], Key]

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        """Return what stands there; a slice is read at once."""
        if isinstance(place, slice):
            start, end, step = place.indices(self.length)
            return self._read("TRUE", {"start": start, "count": max(end - start, 0)})[::step]
        return self._read("TRUE", {"start": range(self.length)[place], "count": 1})[0]

    def __iter__(self) -> Iterator[T]:
        return iter(self[:])

    def after(self, key: Key | None, count: int) -> Sequence[T]:
        """Return the first rows after one, None for all of them; UnknownQuery for no key of this list."""
        if key is None:
            return self._read("TRUE", {"start": 0, "count": count})
        fits = len(key) == len(self.columns) and all(
            isinstance(value, column.kind) or (column.kind is float and isinstance(value, int))
            for value, column in zip(key, self.columns, strict=True)
        )
        if not fits:
            raise UnknownQuery(str(key), "this cursor comes from no answer")
        keys = {f"key{place}": value for place, value in enumerate(key)}
        return self._read(beyond(self.columns), {"start": 0, "count": count, **keys})

    def key(self, row: T) -> Key:
        """Return the key of a row."""
        return self.key_of(row)

    def _read(self, where: str, page: Given) -> list[T]:
        sql = self.sql.format(where=where, order=order_by(self.columns))
        with self.source.reading() as reading:
            return [self.made(row) for row in reading.rows(sql, {**self.given, **page})]
