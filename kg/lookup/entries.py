"""A node as it comes from the ledger → its rows in the index that look-ups read, and out of it again."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kg.grounding import name_key
from kg.records import JSON, paper_node
from kg.vocabulary import Vocabulary

_CLAIMS = ("statement", "result")
"""The first part of the ids of what papers state."""
_CLAIM = re.compile(rf"(?:{'|'.join(_CLAIMS)})/([0-9a-f]{{16}})")
_HALF = 1 << 63


def number_of(node_id: str) -> int:
    """Return the number of a node: claims sort by it as by their ids.

    >>> number_of("statement/0000000000000001") < number_of("statement/f000000000000000")
    True
    """
    claim = _CLAIM.fullmatch(node_id)
    if claim:
        return int(claim[1], 16) - _HALF
    return int.from_bytes(
        hashlib.blake2b(node_id.encode(errors="replace"), digest_size=8).digest(), signed=True
    )


def claim_id(kind: str, number: int) -> str:
    """Return the id of the statement or result with a number.

    >>> claim_id("statement", number_of("statement/00ab000000000001"))
    'statement/00ab000000000001'
    """
    return f"{kind}/{number + _HALF:016x}"


def pack(record: str) -> bytes:
    """Return a node's record as the index keeps it."""
    return zlib.compress(record.encode(), 1)


def unpack(packed: bytes) -> str:
    """Return the record that was packed."""
    return zlib.decompress(packed).decode()


Dated = tuple[str | None, str | None]
"""When a paper came out, and its address."""


class _Name(NamedTuple):
    alias: int
    name: str
    folded: str
    key: str


def _names(name: str, aliases: Iterable[str]) -> list[_Name]:
    named = [(0, name), *((1, alias) for alias in sorted(aliases))]
    return [_Name(alias, one, one.casefold(), name_key(one)) for alias, one in named]


@dataclass
class Entries:
    """Writes nodes into the index. `anew` says that nothing is there yet: then nothing is looked for."""

    database: sqlite3.Connection
    vocabulary: Vocabulary
    anew: bool = False

    def __post_init__(self) -> None:
        slugs = self.vocabulary.types_by_slug
        self._paper = self.vocabulary.paper.slug
        self._classes = {slug: known.name for slug, known in slugs.items()}
        self._classes |= {kind: kind.capitalize() for kind in _CLAIMS}
        self.counted: dict[str, int] = {}

    def put(self, node_id: str, record: str | None) -> None:
        """Write a node in place of what was there; None takes it out."""
        number, kind = number_of(node_id), node_id.partition("/")[0]
        there = not self.anew and self._forget_record(number, kind)
        row: dict[str, JSON] = json.loads(record)[1] if record else {}
        if kind == self._paper:
            self._put_paper(number, node_id, row, there)
        elif kind in _CLAIMS:
            self._put_claim(number, kind, row, there)
        else:
            self._put_entity(number, node_id, row, there)
        if record:
            self._count(kind, +1)
            self.database.execute("INSERT INTO nodes VALUES (?, ?)", (number, pack(record)))

    def _forget_record(self, number: int, kind: str) -> bool:
        gone = self.database.execute("DELETE FROM nodes WHERE number = ?", (number,)).rowcount > 0
        if gone:
            self._count(kind, -1)
        return gone

    def _count(self, kind: str, step: int) -> None:
        name = self._classes[kind]
        self.counted[name] = self.counted.get(name, 0) + step

    # --- things ---

    def _put_entity(self, number: int, node_id: str, row: Mapping[str, JSON], there: bool) -> None:
        names = _names(row["name"], row["aliases"]) if row else []
        if row:
            self._put_thing(number, node_id, row["type"], names[0], row["papers"])
        else:
            self._forget_thing(number)
        self._put_names(number, names, there)

    def _put_paper(self, number: int, node_id: str, row: Mapping[str, JSON], there: bool) -> None:
        if there:
            self.database.execute("DELETE FROM mentions WHERE paper = ?", (number,))
        paper: dict[str, JSON] = row.get("paper", {})
        names = _names(paper["title"], ()) if paper else []
        if paper:
            dated = paper["published"], paper["url"]
            self._put_thing(number, node_id, self._classes[self._paper], names[0], 1, dated)
            mentioned = dict.fromkeys(mention["entity"] for mention in row["mentions"])
            self.database.executemany(
                "INSERT INTO mentions VALUES (?, ?)", ((number_of(entity), number) for entity in mentioned)
            )
        else:
            self._forget_thing(number)
        self._put_names(number, names, there)
        self._put_authors(number, paper.get("authors", ()), there)

    def _put_thing(
        self, number: int, node_id: str, kind: str, name: _Name, papers: int, dated: Dated = (None, None)
    ) -> None:
        before = None if self.anew else self._folded(number)
        self.database.execute(
            "INSERT OR REPLACE INTO things VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (number, node_id, kind, name.name, name.folded, papers, *dated),
        )
        if before is not None and before != name.folded:  # its statements may have come before it
            self.database.execute("UPDATE statements SET folded = ? WHERE subject = ?", (name.folded, number))

    def _forget_thing(self, number: int) -> None:
        self.database.execute("DELETE FROM things WHERE number = ?", (number,))

    def _put_names(self, thing: int, names: list[_Name], there: bool) -> None:
        """Write what a thing is called; most changes leave its names as they are."""
        if there:
            held = self.database.execute(
                "SELECT number, alias, name, folded, key FROM names WHERE thing = ? ORDER BY number", (thing,)
            ).fetchall()
            if [row[1:] for row in held] == names:
                return
            for number, _, _, folded, _ in held:
                self.database.execute(
                    "INSERT INTO names_text (names_text, rowid, folded) VALUES ('delete', ?, ?)",
                    (number, folded),
                )
            self.database.execute("DELETE FROM names WHERE thing = ?", (thing,))
        for name in names:
            number = self.database.execute(
                "INSERT INTO names (thing, alias, name, folded, key) VALUES (?, ?, ?, ?, ?)", (thing, *name)
            ).lastrowid
            if not self.anew:
                self.database.execute(
                    "INSERT INTO names_text (rowid, folded) VALUES (?, ?)", (number, name.folded)
                )

    def _put_authors(self, paper: int, authors: Iterable[str], there: bool) -> None:
        wanted = [author.lower() for author in dict.fromkeys(authors)]
        if there:
            held = self.database.execute(
                "SELECT number, folded FROM authors WHERE paper = ? ORDER BY number", (paper,)
            ).fetchall()
            if [folded for _, folded in held] == wanted:
                return
            for row in held:
                self.database.execute(
                    "INSERT INTO authors_text (authors_text, rowid, folded) VALUES ('delete', ?, ?)", row
                )
            self.database.execute("DELETE FROM authors WHERE paper = ?", (paper,))
        for folded in wanted:
            number = self.database.execute(
                "INSERT INTO authors (paper, folded) VALUES (?, ?)", (paper, folded)
            ).lastrowid
            if not self.anew:
                self.database.execute(
                    "INSERT INTO authors_text (rowid, folded) VALUES (?, ?)", (number, folded)
                )

    # --- what papers state ---

    def _put_claim(self, number: int, kind: str, row: Mapping[str, JSON], there: bool) -> None:
        if there:
            self.database.execute("DELETE FROM sources WHERE about = ?", (number,))
            table = "statements" if kind == _CLAIMS[0] else "results"
            self.database.execute(f"DELETE FROM {table} WHERE number = ?", (number,))  # noqa: S608  # one of two
        if not row:
            return
        self._put_sources(number, row["evidence"])
        if kind == _CLAIMS[1]:
            self._put_result(number, row)
        elif row["belief"] > 0:
            self._put_statement(number, row)

    def _put_sources(self, about: int, evidence: Iterable[Mapping[str, JSON]]) -> None:
        said: dict[str, list[bool]] = {}
        for one in evidence:
            said.setdefault(one["paper"], [False, False])[bool(one["negated"])] = True
        rows = ((about, number_of(paper_node(paper)), *sides) for paper, sides in said.items())
        self.database.executemany("INSERT INTO sources VALUES (?, ?, ?, ?)", rows)

    def _put_statement(self, number: int, row: Mapping[str, JSON]) -> None:
        subject = number_of(row["subject"])
        ends = subject, row["predicate"], number_of(row["object"])
        folded = "" if self.anew else self._folded(subject)
        self.database.execute(
            "INSERT INTO statements VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (number, *ends, row["belief"], row["papers"], folded, self._class_of(row["subject"])),
        )

    def _class_of(self, node_id: str) -> str:
        return self._classes[node_id.partition("/")[0]]

    def _folded(self, number: int) -> str:
        row = self.database.execute("SELECT folded FROM things WHERE number = ?", (number,)).fetchone()
        return row[0] if row else ""

    def _put_result(self, number: int, row: Mapping[str, JSON]) -> None:
        ends = (row[name] for name in ("method", "benchmark", "metric", "baseline"))
        numbers = (number_of(end) if end else None for end in ends)
        said = (row[name] for name in ("value", "unit", "kind", "belief", "papers"))
        self.database.execute(
            "INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (number, *numbers, *said)
        )

    # --- at the end ---

    def finish(self) -> None:
        """Write what waits for all nodes to be there."""
        if self.anew:
            self.database.execute(
                "UPDATE statements SET folded = things.folded FROM things WHERE things.number = subject"
            )
            for table in ("names_text", "authors_text"):
                self.database.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")  # noqa: S608  # our own
        self.database.executemany(
            "INSERT INTO counts VALUES (?, ?) "
            "ON CONFLICT (class) DO UPDATE SET nodes = nodes + excluded.nodes",
            self.counted.items(),
        )
