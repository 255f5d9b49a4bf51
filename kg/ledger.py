"""The only truth: one SQLite file of papers, readings and decisions, appended to and never edited.

Below the appended tables stand the assembled ones (votes, shares, forms, nodes): they follow from the
appended ones, are written in the same transaction, and let a change touch only what it must. Every change
to a node bears the number of the transaction that made it, so that a store knows what it has missed.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from kg.assemble import (
    Contribution,
    EntityShare,
    ResultShare,
    Share,
    StatementShare,
)
from kg.curation import Decision
from kg.database import connect, explained
from kg.errors import LedgerError
from kg.grounding import Vote, meet, title_key
from kg.migrations import migrate
from kg.records import (
    JSON,
    Extraction,
    Node,
    Paper,
    as_json,
    digest,
    node_from_json,
    node_to_json,
    paper_node,
    read_evidence,
)

LEDGER_FILE = "ledger.sqlite"
"""The file that makes a folder the folder of a graph."""
_PAGES_AT_ONCE = 2_000
_PACKING = 1
"""How hard zlib tries: three times as fast as at its usual 6, for a tenth more bytes."""
_LOG_PAGES = 16_384
"""So many pages, 64 MiB, gather in the log before they are written into the file, each once."""
_APPENDED = ("records", "readings", "decisions", "watches", "watch_events")
_ASSEMBLED = ("current", "votes", "shares", "forms")


class Ledger:
    """An open ledger. Everything is written inside `with ledger.transaction():`, all or nothing.

    `patience` is how many seconds a transaction waits for another process to be done with its own.
    """

    def __init__(self, file: Path, patience: float = 60.0) -> None:
        self.file = file
        self._db = connect(file, patience)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA cache_size = -65536")
            self._db.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
            migrate(self._db)
            self._transaction = self.position()
        except LedgerError:
            self._db.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # --- transactions -----------------------------------------------------------------------------------

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Write as in a transaction, and have none of it in the end."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._transaction = self.position() + 1
            yield
        finally:
            self._db.undo()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all or nothing; on return it is on disk."""
        with self._db.begun():
            self._transaction = self.position() + 1
            yield
            self._set("position", str(self._transaction))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from writing, here and to what hangs on the ledger; writes nothing."""
        with self._db.begun():
            yield

    def position(self) -> int:
        """Return the number of the last transaction."""
        return int(self._get("position"))

    def _get(self, name: str) -> str:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def _set(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def identity(self) -> str:
        """Return what no other ledger has: positions of two ledgers say nothing about each other."""
        return self._get("identity")

    def assembly(self) -> str:
        """Return under which rules and ontology the graph was assembled, "" where it never was."""
        return self._get("assembly")

    def note_assembly(self, assembly: str) -> None:
        """Note under which rules and ontology the graph is assembled."""
        self._set("assembly", assembly)

    # --- papers and readings ----------------------------------------------------------------------------

    def record(self, paper: str) -> Paper | None:
        """Return a paper as its source gave it last, None if it never came or was removed."""
        row = self._db.execute(
            "SELECT record FROM records JOIN current USING (number) WHERE current.paper = ?", (paper,)
        ).fetchone()
        return Paper.from_json(row[0]) if row else None

    def content(self, paper: str) -> str | None:
        """Return the hash of a paper as it came last, None if it is not there."""
        row = self._db.execute(
            "SELECT content FROM records JOIN current USING (number) WHERE current.paper = ?", (paper,)
        ).fetchone()
        return row[0] if row else None

    def papers(self) -> Iterator[str]:
        """Yield the ids of all records that are there, in their order."""
        yield from (row[0] for row in self._db.execute("SELECT paper FROM current ORDER BY paper"))

    def append(self, paper: Paper) -> frozenset[str]:
        """Append a new or changed paper; return the ids of the papers that this may change."""
        key = title_key(paper.title)
        before = self._title_key(paper.id)
        number = self._db.execute(
            "INSERT INTO records (paper, title_key, text_hash, content, record) VALUES (?, ?, ?, ?, ?)",
            (paper.id, key, digest(paper.text), paper.content, paper.to_json()),
        ).lastrowid
        self._db.execute("INSERT OR REPLACE INTO current VALUES (?, ?, ?)", (paper.id, key, number))
        return frozenset({*self._group(before), *self._group(key), paper.id})

    def append_removal(self, paper: str) -> frozenset[str]:
        """Append that a paper goes; return the ids of the papers that this may change."""
        key = self._title_key(paper)
        self._db.execute(
            "INSERT INTO records (paper, title_key, text_hash, content) VALUES (?, '', '', '')", (paper,)
        )
        self._db.execute("DELETE FROM current WHERE paper = ?", (paper,))
        return frozenset({*self._group(key), paper})

    def _title_key(self, paper: str) -> str:
        row = self._db.execute("SELECT title_key FROM current WHERE paper = ?", (paper,)).fetchone()
        return row[0] if row else ""

    def _group(self, key: str) -> list[str]:
        rows = self._db.execute("SELECT paper FROM current WHERE title_key = ? ORDER BY paper", (key,))
        return [row[0] for row in rows]

    def has_reading(self, paper: Paper, version: str) -> bool:
        """Say whether this version of the pipeline has read this text."""
        found = self._db.execute(
            "SELECT 1 FROM readings WHERE paper = ? AND text_hash = ? AND version = ?",
            (paper.id, digest(paper.text), version),
        ).fetchone()
        return found is not None

    def append_reading(self, paper: Paper, extraction: Extraction) -> None:
        """Append what a version of the pipeline read in a paper."""
        packed = zlib.compress(extraction.to_json().encode(), _PACKING)
        self._db.execute(
            "INSERT OR IGNORE INTO readings (paper, text_hash, version, record) VALUES (?, ?, ?, ?)",
            (paper.id, digest(paper.text), extraction.version, packed),
        )

    def reading(self, paper: str) -> tuple[Paper, Extraction] | None:
        """Return a paper, joined with other records of it, and the latest reading of its text.

        None where it is not there, or where another id stands for it.
        """
        group = [record for record in map(self.record, self._group(self._title_key(paper))) if record]
        joined = next((p for p in meet(group) if p.id == paper), None)
        if joined is None:
            return None
        row = self._db.execute(
            "SELECT record FROM readings WHERE paper = ? AND text_hash = ? ORDER BY number DESC LIMIT 1",
            (paper, digest(joined.text)),
        ).fetchone()
        if row is None:
            raise LedgerError(f"{self.file}: {paper} has no reading; ingest it again")
        return joined, Extraction.from_json(zlib.decompress(row[0]).decode())

    # --- decisions --------------------------------------------------------------------------------------

    def decisions(self) -> tuple[Decision, ...]:
        """Return all decisions, oldest first."""
        rows = self._db.execute("SELECT number, record FROM decisions ORDER BY number")
        return tuple(_decision(number, json.loads(record)) for number, record in rows)

    def append_decision(self, decision: Decision) -> Decision:
        """Append a decision; its number is given here."""
        facts = {k: v for k, v in asdict(decision).items() if k != "number"}
        number = self._db.execute(
            "INSERT INTO decisions (record) VALUES (?)", (json.dumps(facts, ensure_ascii=False),)
        ).lastrowid
        return _decision(number or 0, facts)

    # --- the assembled graph ----------------------------------------------------------------------------

    def votes_of(self, paper: str) -> Mapping[str, Vote]:
        """Return a paper's votes by key."""
        rows = self._db.execute("SELECT key, record FROM votes WHERE paper = ? ORDER BY key", (paper,))
        return {key: _vote(record) for key, record in rows}

    def votes_on(self, key: str) -> Mapping[str, Vote]:
        """Return all papers' votes on a name's key, by paper."""
        rows = self._db.execute("SELECT paper, record FROM votes WHERE key = ? ORDER BY paper", (key,))
        return {paper: _vote(record) for paper, record in rows}

    def put_votes(self, paper: str, votes: Mapping[str, Vote]) -> None:
        """Replace a paper's votes."""
        self._db.execute("DELETE FROM votes WHERE paper = ?", (paper,))
        rows = [(key, paper, json.dumps([v.named, v.expands, v.shorts])) for key, v in votes.items()]
        self._db.executemany("INSERT INTO votes VALUES (?, ?, ?)", rows)

    def shares_of(self, paper: str) -> frozenset[str]:
        """Return the ids of the nodes that a paper has a share in."""
        return frozenset(
            row[0] for row in self._db.execute("SELECT node FROM shares WHERE paper = ?", (paper,))
        )

    def put_contribution(self, paper: str, contribution: Contribution | None) -> None:
        """Replace all that a paper gives to nodes."""
        rows = self._db.execute("SELECT node, record FROM shares WHERE paper = ?", (paper,)).fetchall()
        before = {node: share for node, record in rows if isinstance(share := _share(record), EntityShare)}
        after = contribution.shares if contribution else {}
        self._db.execute("DELETE FROM shares WHERE paper = ?", (paper,))
        self._db.executemany(
            "INSERT INTO shares VALUES (?, ?, ?)",
            [(node, paper, _share_json(share)) for node, share in after.items()],
        )
        self._count_forms(before, -1)
        self._count_forms({n: s for n, s in after.items() if isinstance(s, EntityShare)}, +1)

    def _count_forms(self, shares: Mapping[str, EntityShare], step: int) -> None:
        counts = [(node, share.name, 1, step) for node, share in shares.items()]
        counts += [(node, form, 0, step) for node, share in shares.items() for form in share.forms]
        self._db.executemany(
            "INSERT INTO forms VALUES (?, ?, ?, ?) "
            "ON CONFLICT (entity, form, named) DO UPDATE SET papers = papers + excluded.papers",
            counts,
        )
        if step < 0:
            self._db.executemany("DELETE FROM forms WHERE entity = ? AND papers = 0", [(n,) for n in shares])

    def shares_in(self, node: str) -> Sequence[Share]:
        """Return all papers' shares in a statement or result, in the order of papers."""
        rows = self._db.execute("SELECT record FROM shares WHERE node = ? ORDER BY paper", (node,))
        return [_share(row[0]) for row in rows]

    def papers_with(self, node: str) -> Sequence[str]:
        """Return the ids of the papers that have a share in a node."""
        rows = self._db.execute("SELECT paper FROM shares WHERE node = ? ORDER BY paper", (node,))
        return [row[0] for row in rows]

    def names_of(self, entity: str) -> tuple[Mapping[str, int], Sequence[str]]:
        """Return how many papers call an entity by which full name, and all its forms."""
        rows = self._db.execute(
            "SELECT form, named, papers FROM forms WHERE entity = ? ORDER BY form", (entity,)
        ).fetchall()
        return {f: papers for f, named, papers in rows if named}, [f for f, named, _ in rows if not named]

    def put_node(self, id_: str, node: Node | None) -> None:
        """Write a node of the graph, or take it out; what is the same already stays untouched."""
        record = node_to_json(node) if node else None
        there = self._db.execute("SELECT record FROM nodes WHERE id = ?", (id_,)).fetchone()
        if there != (record,) and (there or record):
            self._db.execute(
                "INSERT OR REPLACE INTO nodes VALUES (?, ?, ?)", (id_, record, self._transaction)
            )

    def node(self, id_: str) -> Node | None:
        """Return a node of the graph by its id."""
        row = self._db.execute("SELECT record FROM nodes WHERE id = ?", (id_,)).fetchone()
        return node_from_json(row[0]) if row and row[0] else None

    def nodes(self) -> Iterator[Node]:
        """Yield all nodes of the graph, in the order of their ids, without holding them in memory."""
        rows = self._db.execute("SELECT record FROM nodes WHERE record IS NOT NULL ORDER BY id")
        yield from (node_from_json(row[0]) for row in rows)

    def entity_names(self, kind: str) -> Iterator[tuple[str, str, tuple[str, ...], int]]:
        """Yield id, name, aliases and number of papers of the entities whose ids begin with this kind."""
        rows = self._db.execute(
            "SELECT id, json_extract(record, '$[1].name'), json_extract(record, '$[1].aliases'), "
            "json_extract(record, '$[1].papers') "
            "FROM nodes WHERE id > ? AND id < ? AND record IS NOT NULL ORDER BY id",
            _within(kind),
        ).fetchall()
        for id_, name, aliases, papers in rows:
            yield id_, name, tuple(json.loads(aliases)), papers

    def titles(self) -> Sequence[tuple[str, str, str | None, str | None]]:
        """Return each paper of the graph: its node, its title, when it came out, and its address."""
        kind = paper_node("").rstrip("/")
        return self._db.execute(
            "SELECT id, json_extract(record, '$[1].paper.title'), "
            "json_extract(record, '$[1].paper.published'), json_extract(record, '$[1].paper.url') "
            "FROM nodes WHERE id > ? AND id < ? AND record IS NOT NULL ORDER BY id",
            _within(kind),
        ).fetchall()

    def changes(self, since: int) -> Iterator[tuple[str, Node | None, int]]:
        """Yield nodes that changed after a position, with the position of each, None where one went."""
        rows = self._db.execute(
            "SELECT id, record, changed FROM nodes WHERE changed > ? ORDER BY changed, id", (since,)
        )
        yield from ((id_, node_from_json(r) if r else None, changed) for id_, r, changed in rows)

    def records(self, until: int) -> Iterator[tuple[str, str]]:
        """Yield id and record of each node that has not changed after a position, in the order of ids."""
        yield from self._db.execute(
            "SELECT id, record FROM nodes WHERE record IS NOT NULL AND changed <= ? ORDER BY id", (until,)
        )

    def changed_records(self, since: int) -> Iterator[tuple[str, str | None]]:
        """Yield id and record of each node that changed after a position, None for one that went."""
        yield from self._db.execute("SELECT id, record FROM nodes WHERE changed > ?", (since,))

    def count_changes(self, since: int) -> int:
        """Return how many nodes changed after a position."""
        row = self._db.execute("SELECT count(*) FROM nodes WHERE changed > ?", (since,)).fetchone()
        return int(row[0])

    def has_over(self, nodes: int) -> bool:
        """Say whether there are more nodes than so many, counting those that went; it reads no more."""
        found = self._db.execute("SELECT 1 FROM nodes WHERE changed > 0 LIMIT 1 OFFSET ?", (nodes,))
        return found.fetchone() is not None

    def counts(self) -> Mapping[str, int]:
        """Return how many nodes the graph has by the first part of their ids; it reads all of them."""
        rows = self._db.execute(
            "SELECT substr(id, 1, instr(id, '/') - 1), count(*) FROM nodes "
            "WHERE record IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
        return dict(rows.fetchall())

    def damage(self) -> list[str]:
        """Return what is wrong with the file, nothing where it is sound: its pages, and what they hold."""
        rows = self._db.execute("PRAGMA integrity_check").fetchall()
        if rows != [("ok",)]:
            return [f"{self.file}: {row[0]}; {_REMEDY}" for row in rows]
        return [f"{self.file}: {what} is not what was written; {_REMEDY}" for what in self._spoilt()]

    def _spoilt(self) -> Iterator[str]:
        """Yield what cannot be read, or differs from its hash: pages bear no checksum."""
        papers = self._db.execute("SELECT number, paper, content, record FROM records WHERE record NOT NULL")
        for number, paper, content, record in papers:
            if _content(record) != content:
                yield f"record {number}, of {paper},"
        for number, paper, packed in self._db.execute("SELECT number, paper, record FROM readings"):
            if not _unpacks(packed):
                yield f"reading {number}, of {paper},"
        for number, record in self._db.execute("SELECT number, record FROM decisions"):
            if not _is_decision(number, record):
                yield f"decision {number}"
        nodes = self._db.execute("SELECT id FROM nodes WHERE record NOT NULL AND NOT json_valid(record)")
        yield from (f"node {row[0]}" for row in nodes)

    def sizes(self) -> Mapping[str, int]:
        """Return how many rows each appended table has."""
        counts = {t: self._db.execute(f"SELECT count(*) FROM {t}").fetchone() for t in _APPENDED}  # noqa: S608
        return {table: int(row[0]) for table, row in counts.items()}

    def copy_to(self, file: Path, tell: Callable[[int, int], None]) -> None:
        """Copy the ledger as it is at one position, whoever writes meanwhile; tells how many pages of all."""
        self._db.execute("BEGIN")
        try:
            self.position()  # from here on, this is the state that is read
            with closing(connect(file, 0.0)) as copy:
                self._db.backup(
                    copy, pages=_PAGES_AT_ONCE, progress=lambda _, left, total: tell(total - left, total)
                )
        except sqlite3.DatabaseError as error:
            raise explained(error, file) from error
        finally:
            self._db.undo()

    def become_another(self) -> None:
        """Take a new identity: what comes now is not what came in the ledger that this is a copy of."""
        with self._db.begun():
            self._db.execute("UPDATE meta SET value = lower(hex(randomblob(16))) WHERE name = 'identity'")

    def forget_assembled(self) -> None:
        """Empty the assembled tables, for a rebuild from what was appended."""
        for table in _ASSEMBLED:
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608  # a name of our own
        self._db.execute("UPDATE nodes SET record = NULL, changed = ?", (self._transaction,))
        self._db.execute(
            "INSERT INTO current SELECT paper, title_key, max(number) FROM records GROUP BY paper "
            "HAVING record IS NOT NULL"
        )


_REMEDY = "kg restore BACKUP --force puts a backup in its place"


_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, zlib.error)
"""What reading a record ends in that is not as it was written."""


def _content(record: str) -> str | None:
    try:
        return Paper.from_json(record).content
    except _UNREADABLE:
        return None


def _unpacks(reading: bytes) -> bool:
    try:
        return bool(zlib.decompress(reading))  # which holds it against its checksum
    except _UNREADABLE:
        return False


def _is_decision(number: int, record: str) -> bool:
    try:
        return _decision(number, json.loads(record)).number == number
    except _UNREADABLE:
        return False


def _within(kind: str) -> tuple[str, str]:
    """Return what all ids of a kind stand between: `method/` and, "0" following "/", `method0`."""
    return f"{kind}/", f"{kind}0"


def _decision(number: int, facts: dict[str, JSON]) -> Decision:
    return Decision(**{**facts, "number": number, "papers": tuple(facts["papers"])})


@lru_cache(10_000)  # of all papers that use a name most say the same of it
def _vote(record: str) -> Vote:
    named, expands, shorts = json.loads(record)
    return Vote(tuple((slug, type_name) for slug, type_name in named), tuple(expands), tuple(shorts))


_SHARES: Mapping[str, type[StatementShare] | type[ResultShare]] = {
    kind.__name__: kind for kind in (StatementShare, ResultShare)
}


def _share_json(share: Share) -> str:
    return as_json((type(share).__name__, share))


def _share(record: str) -> Share:
    kind, row = json.loads(record)
    if kind == EntityShare.__name__:
        return EntityShare(row["type"], row["name"], tuple(row["forms"]))
    return _SHARES[kind](**{**row, "evidence": read_evidence(row["evidence"])})
