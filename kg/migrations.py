"""The tables of the ledger's file, as steps from each schema to the next.

A new file takes all steps, an older one those that it lacks, each in one transaction with the number of the
schema that it leads to: a kill leaves the schema before or after a step. A step is never edited.
"""

from __future__ import annotations

from kg.database import Database
from kg.errors import LedgerError

_FIRST = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('position', '0');
-- appended
CREATE TABLE records (
    number INTEGER PRIMARY KEY, paper TEXT NOT NULL, title_key TEXT NOT NULL, text_hash TEXT NOT NULL,
    content TEXT NOT NULL, record TEXT);
CREATE INDEX records_of_paper ON records (paper, number);
CREATE TABLE readings (
    number INTEGER PRIMARY KEY, paper TEXT NOT NULL, text_hash TEXT NOT NULL, version TEXT NOT NULL,
    record BLOB NOT NULL, UNIQUE (paper, text_hash, version));
CREATE TABLE decisions (number INTEGER PRIMARY KEY, record TEXT NOT NULL);
-- assembled
CREATE TABLE current (
    paper TEXT PRIMARY KEY, title_key TEXT NOT NULL, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX current_title ON current (title_key);
CREATE TABLE votes (
    key TEXT NOT NULL, paper TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (key, paper)) WITHOUT ROWID;
CREATE INDEX votes_of_paper ON votes (paper);
CREATE TABLE shares (
    node TEXT NOT NULL, paper TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (node, paper)) WITHOUT ROWID;
CREATE INDEX shares_of_paper ON shares (paper);
CREATE TABLE forms (
    entity TEXT NOT NULL, form TEXT NOT NULL, named INTEGER NOT NULL, papers INTEGER NOT NULL,
    PRIMARY KEY (entity, form, named)) WITHOUT ROWID;
CREATE TABLE nodes (id TEXT PRIMARY KEY, record TEXT, changed INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX nodes_changed ON nodes (changed);
"""
# Ledgers of schema 1 got an identity and these tables when they were first needed, so that some have them.
_IDENTITY_AND_STANDING_QUESTIONS = """
INSERT OR IGNORE INTO meta VALUES ('identity', lower(hex(randomblob(16))));
CREATE TABLE IF NOT EXISTS watches (
    number INTEGER PRIMARY KEY, question TEXT NOT NULL, added TEXT NOT NULL, removed TEXT,
    seen INTEGER NOT NULL DEFAULT 0, position INTEGER NOT NULL, count INTEGER NOT NULL,
    answers BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS watch_events (
    watch INTEGER NOT NULL, number INTEGER NOT NULL, position INTEGER NOT NULL, at TEXT NOT NULL,
    changes BLOB NOT NULL, PRIMARY KEY (watch, number)) WITHOUT ROWID;
"""
STEPS = (_FIRST, _IDENTITY_AND_STANDING_QUESTIONS)
"""What leads from schema 0, which is an empty file, to 1, from 1 to 2, and so on."""
SCHEMA = len(STEPS)
"""The schema that this version reads and writes."""


def migrate(database: Database) -> None:
    """Bring a file to this schema; LedgerError where a newer version wrote it."""
    while (schema := schema_of(database)) != SCHEMA:
        if schema > SCHEMA:
            raise LedgerError(
                f"{database.file}: has schema {schema}, and this version reads up to {SCHEMA}; "
                "use the version of AlignKG that wrote it, or a newer one"
            )
        with database.begun():
            if schema_of(database) == schema:  # else another process was faster
                _take(STEPS[schema], database)
                database.execute("INSERT OR REPLACE INTO meta VALUES ('schema', ?)", (str(schema + 1),))


def schema_of(database: Database) -> int:
    """Return the schema of a file, 0 for an empty one."""
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        return 0
    row = database.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    if row is None or not str(row[0]).isdigit():
        raise LedgerError(
            f"{database.file}: does not say which schema it has; kg restore puts a backup in its place"
        )
    return int(row[0])


def _take(step: str, database: Database) -> None:
    for statement in step.split(";"):
        database.execute(statement)
