"""The names of a graph as its index has them: looked up one by one, so that millions cost no memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import overload

from kg.errors import NotFound
from kg.lookup.answers import Item
from kg.lookup.entries import number_of
from kg.lookup.index import LookupIndex, Reading, Row
from kg.lookup.indexed_lists import Column, Given, IndexedList, order_by
from kg.lookup.names import (
    BEGINNING,
    LAST,
    PART,
    SAME,
    WORD,
    Named,
    key_of,
    known_item,
    known_keys,
    misspellings,
    nearest_spellings,
    with_narrower,
)
from kg.lookup.paging import Key

_FEW = 5_000
"""So many names are all compared with a misspelled one."""
_ALIKE = 1_000
"""How many names that share the most letters with a misspelled one are compared with it."""
_MOST_NAMED, _MORE = 2_000, 20_000
"""Among so many things those are looked for first whose names begin as somebody types: few letters, more."""
_SHORT = 8
"""Names of so many letters may share no three of them with one that is misspelled."""
_LEAST = 3
"""How many letters the text index looks for at least."""

_THING = (
    "things.id, things.name, things.type, things.papers, things.published, things.url, "
    "(SELECT json_group_array(name) FROM names WHERE thing = things.number AND alias)"
)
_MOST_PAPERS = (
    Column("things.papers", float, falling=True),
    Column("things.folded", str),
    Column("things.id", str),
)
_NEWEST = (Column("things.dated", str, falling=True), *_MOST_PAPERS)
_RANKED = order_by(_MOST_PAPERS)


class _Found(Sequence[Named]):
    """Things by their ids, each read when it is asked for."""

    def __init__(self, ids: Sequence[str], things: Mapping[str, Named]) -> None:
        self._ids, self._things = ids, things

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, place: int) -> Named: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Named]: ...
    def __getitem__(self, place: int | slice) -> Named | Sequence[Named]:
        """Return what stands there."""
        if isinstance(place, slice):
            return [self._things[node_id] for node_id in self._ids[place]]
        return self._things[self._ids[place]]


class Things(Mapping[str, Named]):
    """Every entity and paper by its id."""

    def __init__(self, index: LookupIndex) -> None:
        self._index = index

    def __getitem__(self, node_id: str) -> Named:
        """Return a thing with all that it is called; KeyError if it is not in the graph."""
        with self._index.reading() as reading:
            found = reading.kept(("thing", node_id), lambda: _thing(node_id, reading))
        if found is None:
            raise KeyError(node_id)
        return found

    def __iter__(self) -> Iterator[str]:
        with self._index.reading() as reading:
            return iter([row[0] for row in reading.rows("SELECT id FROM things ORDER BY id")])

    def __len__(self) -> int:
        with self._index.reading() as reading:
            return int(reading.rows("SELECT count(*) FROM things")[0][0])


def _thing(node_id: str, reading: Reading) -> Named | None:
    sql = f"SELECT {_THING} FROM things WHERE number = ? AND id = ?"  # noqa: S608  # columns of our own
    return next(map(_named, reading.rows(sql, (number_of(node_id), node_id))), None)


def _named(row: Row) -> Named:
    node_id, name, kind, papers, published, url, aliases = row
    return Named(Item(node_id, name, kind), tuple(sorted(json.loads(aliases))), papers, published, url)


@dataclass(frozen=True)
class IndexedNames:
    """All names in an index."""

    index: LookupIndex

    @property
    def things(self) -> Things:
        """Every entity and paper by its id."""
        return Things(self.index)

    def item(self, node_id: str) -> Item:
        """Return what a node is called; the ontology's name for what no paper names."""
        with self.index.reading() as reading:
            found = reading.kept(("item", node_id), lambda: _item(node_id, reading))
        return found or known_item(node_id, self.index.vocabulary)

    def of(self, name: str) -> tuple[str, ...]:
        """Return the ids that a name or an id may mean, none if it is unknown."""
        with self.index.reading() as reading:
            return reading.kept(("of", name), lambda: self._of(name, reading))

    def _of(self, name: str, reading: Reading) -> tuple[str, ...]:
        known = self.index.vocabulary.names
        for node_id in (name, f"{self.index.vocabulary.paper.slug}/{name}"):
            if node_id in known or _item(node_id, reading):
                return (node_id,)
        key = key_of(name)
        if not key:
            return ()
        found = reading.rows(
            "SELECT things.id FROM names CROSS JOIN things ON things.number = names.thing "  # noqa: S608  # our own
            f"WHERE key = ? ORDER BY alias, {_RANKED}",  # columns of our own
            (key,),
        )
        if found:
            return tuple(dict.fromkeys(node_id for (node_id,) in found))
        known_id = known_keys(self.index.vocabulary).get(key)
        return (known_id,) if known_id else ()

    def types_of(self, name: str) -> frozenset[str]:
        """Return the types of what a name may mean, none if it is unknown."""
        return frozenset(self.item(node_id).type for node_id in self.of(name))

    def require(self, name: str) -> tuple[str, ...]:
        """Return the ids that a name may mean; NotFound, with the nearest names, if it means none."""
        found = self.of(name)
        if not found:
            raise NotFound(name, self.nearest(name))
        return found

    def nearest(self, name: str) -> tuple[str, ...]:
        """Return known names that are spelled much like this one."""
        with self.index.reading() as reading:
            names: dict[str, str] = {}
            for folded, one in _alike(name.casefold().strip(), reading):
                names.setdefault(folded, one)
            return tuple(dict.fromkeys(names[one] for one in nearest_spellings(name, list(names))))

    def of_type(self, type_name: str) -> Sequence[Named]:
        """Return all things of a type, the most named first."""
        with self.index.reading() as reading:
            count = reading.rows("SELECT nodes FROM counts WHERE class = ?", (type_name,))
        return self._listed(
            count[0][0] if count else 0, "WHERE type = :type", _MOST_PAPERS, {"type": type_name}
        )

    def newest(self, since: str | None = None, before: str | None = None) -> Sequence[Named]:
        """Return the papers that came out in a time, the newest first; without one, all."""
        given = {"type": self.index.vocabulary.paper.name, "since": since or "", "before": before or LAST}
        where = "WHERE type = :type AND dated > '' AND dated >= :since AND dated < :before"
        if not (since or before):
            where = "WHERE type = :type"
        with self.index.reading() as reading:
            (count,) = reading.rows(f"SELECT count(*) FROM things {where}", given)[0]  # noqa: S608
        return self._listed(count, where, _NEWEST, given)

    def naming(self, node_id: str) -> Sequence[Named]:
        """Return the papers that name a thing, the newest first."""
        given = {"thing": number_of(node_id)}
        with self.index.reading() as reading:
            (count,) = reading.rows("SELECT count(*) FROM mentions WHERE thing = :thing", given)[0]
        where = "JOIN mentions ON mentions.paper = things.number WHERE mentions.thing = :thing"
        return self._listed(count, where, _NEWEST, given)

    def _listed(self, count: int, found: str, columns: Sequence[Column], given: Given) -> Sequence[Named]:
        sql = (
            f"SELECT {_THING} FROM things {found} AND {{where}} "  # noqa: S608  # of our own
            "ORDER BY {order} LIMIT :count OFFSET :start"
        )
        dated = columns is _NEWEST
        return IndexedList(self.index, count, sql, given, columns, _named, _dated_key if dated else _key)

    def search(self, text: str, type_name: str | None = None) -> Sequence[Named]:
        """Return what is called so, begins or continues so, or is spelled nearly so, the best first."""
        with self.index.reading() as reading:
            found = reading.kept_list(
                ("search", text, type_name), lambda: self._search(text, type_name, reading)
            )
        return _Found(found, self.things)

    def _search(self, text: str, type_name: str | None, reading: Reading) -> list[str]:
        wanted = text.casefold().strip()
        found = _holding(wanted, self.of(text), type_name, reading)
        if found or _holding(wanted, self.of(text), None, reading):
            return found
        near = _begun(text, reading) or _misspelled(wanted, reading)
        return _in_order(near, type_name, reading)

    def first(self, text: str, most: int) -> Sequence[Named]:
        """Return the first of what `search` finds; while somebody types, most begin so."""
        with self.index.reading() as reading:
            same = self.of(text)
            begun = [] if len(same) > most else _most_named(text.casefold().strip(), most, reading)
            if len(begun) < most:
                return self.search(text)[:most]
            exact = _in_order([number_of(one) for one in same], None, reading)
            return [self.things[one] for one in dict.fromkeys((*exact, *begun))][:most]

    def begun(self, text: str, most: int) -> Sequence[Named]:
        """Return the most named things of which a name begins so."""
        wanted = text.casefold().strip()
        with self.index.reading() as reading:
            found = _most_named(wanted, most, reading)
            if len(found) < most and len(wanted) >= _LEAST:
                found = _holding(wanted, (), None, reading)
            things = (self.things[node_id] for node_id in found)
            return list(islice((thing for thing in things if thing.begins(wanted)), most))

    def with_narrower(self, node_ids: Iterable[str]) -> tuple[str, ...]:
        """Return ids and those of everything that the ontology files under them."""
        return with_narrower(node_ids, self.index.vocabulary)


def _key(thing: Named) -> Key:
    return [thing.papers, thing.item.name.casefold(), thing.item.id]


def _dated_key(paper: Named) -> Key:
    return [paper.published or "", *_key(paper)]


def _item(node_id: str, reading: Reading) -> Item | None:
    rows = reading.rows(
        "SELECT id, name, type FROM things WHERE number = ? AND id = ?", (number_of(node_id), node_id)
    )
    return Item(*rows[0]) if rows else None


def _holding(wanted: str, same: Sequence[str], type_name: str | None, reading: Reading) -> list[str]:
    """Return the ids of what is called so, and of things whose names hold some words, the best first."""
    given = {"wanted": wanted, "same": SAME, "beginning": BEGINNING, "word": WORD, "part": PART}
    where = "instr(folded, :wanted)"
    if len(wanted) >= _LEAST and "\0" not in wanted:
        where = "number IN (SELECT rowid FROM names_text WHERE names_text MATCH :phrase)"
        given["phrase"] = _phrase(wanted)
    sql = f"""
        SELECT things.id FROM (
            SELECT thing, max(place) AS place FROM (
                SELECT thing, CASE WHEN folded = :wanted THEN :same
                    WHEN substr(folded, 1, length(:wanted)) = :wanted THEN :beginning
                    WHEN instr(folded, ' ' || :wanted) THEN :word ELSE :part END AS place
                FROM names WHERE {where}
                UNION ALL SELECT value, :same FROM json_each(:called)
            ) GROUP BY thing
        ) AS found CROSS JOIN things ON things.number = found.thing
        WHERE :type IS NULL OR things.type = :type
        ORDER BY place DESC, {_RANKED}
    """  # noqa: S608  # `where` is one of two
    called = json.dumps([number_of(node_id) for node_id in same])
    return [row[0] for row in reading.rows(sql, {**given, "called": called, "type": type_name})]


def _most_named(wanted: str, most: int, reading: Reading) -> list[str]:
    """Return the most named things of which a name begins so, among those that are named most of all."""
    if not wanted:
        return []
    among = _MOST_NAMED if len(wanted) >= _LEAST else _MORE
    sql = f"""
        SELECT id FROM (SELECT number, id FROM things ORDER BY {_RANKED} LIMIT :among) AS things
        WHERE EXISTS (
            SELECT 1 FROM names WHERE thing = things.number AND substr(folded, 1, length(:wanted)) = :wanted
        ) LIMIT :most
    """  # noqa: S608  # of our own
    return [row[0] for row in reading.rows(sql, {"wanted": wanted, "most": most, "among": among})]


def _begun(text: str, reading: Reading) -> list[int]:
    """Return what begins so where case, hyphens and spaces are left out of account: "mtb"."""
    key = key_of(text)
    if not key:
        return []
    after = key[:-1] + chr(ord(key[-1]) + 1)
    return [
        row[0] for row in reading.rows("SELECT thing FROM names WHERE key >= ? AND key < ?", (key, after))
    ]


def _misspelled(wanted: str, reading: Reading) -> list[int]:
    alike = list(dict.fromkeys(folded for folded, _ in _alike(wanted, reading)))
    near = misspellings(wanted, alike)
    return [
        row[0]
        for folded in near
        for row in reading.rows(
            "SELECT thing FROM names WHERE key = ? AND folded = ?", (key_of(folded), folded)
        )
    ]


def _alike(wanted: str, reading: Reading) -> list[Row]:
    """Return the names, folded and as they are, among which those lie that are spelled much like one."""
    (last,) = reading.rows("SELECT ifnull(max(number), 0) FROM names")[0]
    if last <= _FEW:
        return reading.rows("SELECT folded, name FROM names ORDER BY number")
    found: list[Row] = []
    letters = {wanted[at : at + _LEAST] for at in range(len(wanted) - _LEAST + 1)}
    if letters and "\0" not in wanted:
        found = reading.rows(
            "SELECT names.folded, name FROM names_text "
            "CROSS JOIN names ON names.number = names_text.rowid "
            "WHERE names_text MATCH ? ORDER BY names_text.rank LIMIT ?",
            (" OR ".join(map(_phrase, sorted(letters))), _ALIKE),
        )
    if len(wanted) <= _SHORT:
        found += reading.rows(
            "SELECT folded, name FROM names WHERE length(folded) BETWEEN ? AND ?",
            (len(wanted) - 2, len(wanted) + 2),
        )
    return found


def _phrase(words: str) -> str:
    """Return words as the text index takes them: as they stand."""
    return '"' + words.replace('"', '""') + '"'


def _in_order(numbers: Iterable[int], type_name: str | None, reading: Reading) -> list[str]:
    """Return the ids of things, the most named first."""
    sql = f"""
        SELECT things.id FROM json_each(:numbers) CROSS JOIN things ON things.number = value
        WHERE :type IS NULL OR things.type = :type ORDER BY {_RANKED}
    """  # noqa: S608  # columns of our own
    numbered = json.dumps(list(dict.fromkeys(numbers)))
    return [row[0] for row in reading.rows(sql, {"numbers": numbered, "type": type_name})]
