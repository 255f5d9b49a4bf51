"""The index that look-ups read: always the ledger's graph, at one position, whatever happens to its file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kg.curation import Proposal
from kg.errors import QueryTimeout, StoreError, UnknownQuery
from kg.lookup import Answer, Wanted
from kg.lookup.index import LookupIndex
from kg.records import Paper
from kg.stores import Origin
from kg.workspace import Workspace
from tests.toy import paper, workspace

TABLES = ("nodes", "counts", "things", "mentions", "statements", "results", "sources")
FIRST = [
    paper(1, "PAPER proposes Method:Alpha Tuning (AT). Method:Alpha Tuning outperforms Method:Beta Search."),
    paper(
        2,
        "Method:Beta Search evaluatedOn Benchmark:MT-Bench = 7.1. not Method:Beta Search uses Method:Gamma.",
    ),
]
SECOND = [
    paper(
        3, "Method:alpha tuning evaluatedOn Benchmark:MT-Bench = 8.2. Method:Delta uses Method:Alpha Tuning."
    ),
    paper(4, "Method:Alpha Tuning outperforms Method:Beta Search. Model:Zeta uses Method:Gamma."),
]


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[Workspace]:
    with workspace(tmp_path / "graph") as opened:
        opened.ingest(FIRST)
        yield opened


def contents(folder: Path) -> dict[str, list[object]]:
    """Return every row of an index; names without their numbers, which tell only what came first."""
    (file,) = folder.glob("*.sqlite")
    with closing(sqlite3.connect(file)) as database:
        found = {table: sorted(database.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}
        found["counts"] = [row for row in found["counts"] if row[1]]
        for table, columns in {
            "names": "thing, alias, name, folded, key",
            "authors": "paper, folded",
        }.items():
            found[table] = sorted(database.execute(f"SELECT {columns} FROM {table}"))
            database.execute(f"INSERT INTO {table}_text ({table}_text) VALUES ('integrity-check')")
        return found


def anew(graph: Workspace, folder: Path) -> dict[str, list[object]]:
    """Return what an index holds that is made of the whole ledger at once."""
    index = LookupIndex(folder, graph.vocabulary)
    index.catch_up(graph.ledger, Origin())
    index.close()
    return contents(folder)


def test_changes_end_in_the_same_index_as_making_it_anew(graph: Workspace, tmp_path: Path) -> None:
    graph.ingest(SECOND)
    graph.ingest([Paper(FIRST[0].id, "Another title", "Method:Beta Search uses Method:Epsilon.", ("Ada",))])
    graph.remove(FIRST[1].id)
    assert contents(graph.index.folder) == anew(graph, tmp_path / "anew")


def test_decisions_and_their_undoing_are_in_it(graph: Workspace, tmp_path: Path) -> None:
    before = contents(graph.index.folder)
    taken = graph.decide(Proposal("merge", "method/beta-search", "method/gamma"))
    merged = contents(graph.index.folder)
    assert merged == anew(graph, tmp_path / "merged")
    graph.undo(taken.number)
    assert contents(graph.index.folder) == before != merged


def test_an_answer_is_read_at_one_position_while_papers_come_in(graph: Workspace) -> None:
    wanted = Wanted(object="benchmark/mt-bench")
    with graph.lookups.at_once():
        before = graph.lookups.statements(wanted)
        with workspace(graph.directory) as other:
            other.ingest(SECOND)
        assert graph.lookups.statements(wanted) == before
    assert graph.lookups.statements(wanted).total > before.total


def test_a_name_that_changes_sorts_the_statements_of_its_thing_anew(graph: Workspace) -> None:
    graph.ingest(SECOND)
    rows = graph.lookups.about("method/gamma").rows
    assert [row.subject.name for row in rows] == sorted(row.subject.name for row in rows)


@pytest.mark.parametrize("damage", ["emptied", "garbled", "removed", "of another graph"])
def test_a_file_of_no_use_is_made_anew_when_the_graph_is_opened(
    graph: Workspace, tmp_path: Path, damage: str
) -> None:
    wanted, folder = contents(graph.index.folder), graph.index.folder
    graph.close()
    (file,) = folder.glob("*.sqlite")
    match damage:
        case "emptied":
            file.write_bytes(b"")
        case "garbled":
            file.write_bytes(b"no database at all" * 1000)
        case "removed":
            file.unlink()
        case _:
            with workspace(tmp_path / "other") as other:
                other.ingest([paper(9, "Method:Omega uses Method:Psi.")])
                (foreign,) = other.index.folder.glob("*.sqlite")
            file.write_bytes(foreign.read_bytes())
    with workspace(graph.directory) as opened:
        assert opened.lookups.about("Alpha Tuning").total
    assert contents(folder) == wanted


def test_what_a_killed_process_left_is_no_index(graph: Workspace) -> None:
    folder = graph.index.folder
    (folder / "00000009.1-1.new").write_bytes(b"half made")
    assert graph.lookups.about("Alpha Tuning").total
    with workspace(graph.directory) as opened:
        opened.ingest(SECOND)
    assert len(list(folder.glob("*.sqlite"))) == 1


def test_a_reader_goes_on_when_the_file_is_replaced(graph: Workspace) -> None:
    with graph.index.reading() as reading:
        (file,) = graph.index.folder.glob("*.sqlite")
        again = LookupIndex(graph.index.folder, graph.vocabulary)
        again.catch_up(graph.ledger, Origin("another", "mark"))
        assert not file.exists()
        assert reading.rows("SELECT count(*) FROM nodes")[0][0] > 0
    assert graph.lookups.about("Alpha Tuning").total


def test_damage_while_it_is_read_says_what_to_do(graph: Workspace) -> None:
    (file,) = graph.index.folder.glob("*.sqlite")
    graph.index.close()
    file.write_bytes(file.read_bytes()[:4096] + b"\xff" * 200_000)
    with pytest.raises(StoreError, match="delete it, and open the graph again"):
        graph.lookups.about("Alpha Tuning")


def test_a_look_up_over_its_time_ends(graph: Workspace) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with graph.index.reading(seconds=0.05) as reading, pytest.raises(QueryTimeout):
        reading.rows(endless)
    assert graph.lookups.about("Alpha Tuning").total


def test_a_ledger_put_back_to_an_earlier_state_is_followed(graph: Workspace) -> None:
    backup = graph.directory.parent / "ledger.sqlite"
    with closing(sqlite3.connect(graph.ledger.file)) as now, closing(sqlite3.connect(backup)) as then:
        now.backup(then)
    wanted = contents(graph.index.folder)
    graph.ingest(SECOND)
    graph.close()
    for part in ("", "-wal", "-shm"):
        graph.ledger.file.with_name(f"ledger.sqlite{part}").unlink(missing_ok=True)
    backup.rename(graph.ledger.file)
    with workspace(graph.directory):
        pass
    assert contents(graph.index.folder) == wanted


@pytest.mark.parametrize("ask", ["statements", "about", "things"])
def test_a_next_page_goes_on_behind_the_last_row_though_papers_came_in_between(
    graph: Workspace, ask: str
) -> None:
    graph.ingest(SECOND)
    asks: dict[str, Callable[[str | None], Answer]] = {
        "statements": lambda page: graph.lookups.statements(Wanted(), limit=2, cursor=page),
        "about": lambda page: graph.lookups.about("Alpha Tuning", limit=2, cursor=page),
        "things": lambda page: graph.lookups.things("Method", limit=2, cursor=page),
    }
    asked, seen = asks[ask], list[str]()
    before = asked(None)
    first = [row.subject.id for row in before.rows]
    graph.ingest([paper(n, f"Method:Alpha Tuning uses Method:New {n}.") for n in range(10, 14)])
    cursor = before.next
    while cursor:
        page = asked(cursor)
        seen += [row.statement or row.subject.id for row in page.rows]
        cursor = page.next
    assert not {row.statement or row.subject.id for row in before.rows}.intersection(seen)
    assert len(seen) == len(set(seen)) > len(first)


@pytest.mark.parametrize("cursor", ["WzFd", "WyJhIiwxLDIsM10", "MQ"])
def test_a_cursor_of_another_list_is_refused(graph: Workspace, cursor: str) -> None:
    with pytest.raises(UnknownQuery, match="cursor"):
        graph.lookups.about("Alpha Tuning", cursor=cursor)
