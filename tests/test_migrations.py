"""A database of an earlier release opens, step by step; one of a later release says how it can be read."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import kg.migrations
from kg.errors import LedgerError, TokenError
from kg.ledger import LEDGER_FILE, Ledger
from kg.migrations import SCHEMA, STEPS
from kg.tokens import TOKENS_FILE, Tokens
from tests.toy import paper, workspace

OLD = Path(__file__).parent / "data" / "ledger-schema-1.sql"
"""What commit e2f9d10 of this repository wrote: without an identity, and without standing questions."""


def put(folder: Path, script: str) -> Path:
    """Make the ledger of a folder by a script; return its file."""
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as database:
        database.executescript(script)
    return folder / LEDGER_FILE


def value(file: Path, name: str) -> str | None:
    with closing(sqlite3.connect(file)) as database:
        row = database.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else None


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The folder of a graph whose ledger an earlier release wrote."""
    put(tmp_path / "old", OLD.read_text(encoding="utf-8"))
    return tmp_path / "old"


def test_the_old_ledger_is_of_the_first_schema(old: Path) -> None:
    assert value(old / LEDGER_FILE, "schema") == "1"
    assert value(old / LEDGER_FILE, "identity") is None


def test_a_ledger_of_an_earlier_release_opens_with_all_that_is_in_it(old: Path, tmp_path: Path) -> None:
    last = [paper(1, "PAPER proposes Method:Alpha Tuning (AT). Method:AT uses Method:Beta Search."),
            paper(2, "Method:Alpha Tuning evaluatedOn Benchmark:ZZ-Bench = 8.5.")]  # fmt: skip
    with workspace(old) as graph, workspace(tmp_path / "new") as wanted:
        wanted.ingest(last)
        wanted.merge("method/beta-search", "method/alpha-tuning", reason="one method")
        assert graph.check() == []
        assert graph.store.dump_sorted_nquads() == wanted.store.dump_sorted_nquads()
        assert [(d.node, d.reason) for d in graph.history()] == [("method/beta-search", "one method")]
        assert len(graph.ledger.identity()) == 32
        graph.standing.add("methods that use Beta Search", unknown=True)
    assert value(old / LEDGER_FILE, "schema") == str(SCHEMA)


def test_a_ledger_that_has_been_migrated_is_as_a_new_one(old: Path, tmp_path: Path) -> None:
    Ledger(old / LEDGER_FILE).close()
    Ledger(tmp_path / LEDGER_FILE).close()
    shapes = []
    for file in (old / LEDGER_FILE, tmp_path / LEDGER_FILE):
        with closing(sqlite3.connect(file)) as database:
            shapes.append(
                database.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()
            )
    assert shapes[0] == shapes[1]


_OPEN = (
    "import sys; from pathlib import Path; from kg.ledger import Ledger; Ledger(Path(sys.argv[1])).close()"
)


def test_two_processes_may_migrate_one_ledger(old: Path) -> None:
    others = [subprocess.Popen([sys.executable, "-c", _OPEN, str(old / LEDGER_FILE)]) for _ in range(3)]
    assert [other.wait() for other in others] == [0, 0, 0]
    assert value(old / LEDGER_FILE, "schema") == str(SCHEMA)


def test_a_step_that_fails_leaves_the_schema_before_it(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger(old / LEDGER_FILE).close()
    wrong = "CREATE TABLE half (x); CREATE TABLE records (y);"
    monkeypatch.setattr(kg.migrations, "STEPS", (*STEPS, wrong))
    monkeypatch.setattr(kg.migrations, "SCHEMA", SCHEMA + 1)
    with pytest.raises(LedgerError, match="table records already exists"):
        Ledger(old / LEDGER_FILE)
    monkeypatch.undo()
    with closing(sqlite3.connect(old / LEDGER_FILE)) as database:
        assert database.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchone() is None
    with workspace(old) as graph:
        assert graph.check() == []


def test_a_ledger_of_a_later_release_says_how_to_read_it(old: Path) -> None:
    put(old, "UPDATE meta SET value = '99' WHERE name = 'schema'")
    with pytest.raises(LedgerError, match=rf"has schema 99, and this version reads up to {SCHEMA}; use the"):
        workspace(old)
    assert value(old / LEDGER_FILE, "schema") == "99"


def test_a_ledger_that_does_not_tell_its_schema_is_refused(old: Path) -> None:
    put(old, "UPDATE meta SET value = 'first' WHERE name = 'schema'")
    with pytest.raises(LedgerError, match="does not say which schema it has"):
        workspace(old)


def test_tokens_of_an_earlier_release_are_good_and_of_a_later_one_are_left_alone(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    token = tokens.add("ada", ["curate"])
    with closing(sqlite3.connect(tmp_path / TOKENS_FILE)) as database:
        database.execute("PRAGMA user_version = 0")  # as it was before schemas were counted
    assert tokens.holder(token) is not None
    with closing(sqlite3.connect(tmp_path / TOKENS_FILE)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
        database.execute("PRAGMA user_version = 9")
    with pytest.raises(TokenError, match="a newer version of AlignKG wrote it"):
        tokens.holder(token)
