"""Damage, full and read-only disks, several processes, clocks: nothing is lost, and what to do is said.

Tests that mount a small disk are skipped, and say so, where that is not allowed.
"""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import httpx
import pytest

import kg.deciding
import kg.tokens
import kg.watch.standing
from kg.errors import KGError, LedgerError, StoreDamaged
from kg.ledger import LEDGER_FILE
from kg.tokens import Tokens
from kg.workspace import Workspace
from tests.killing import ROOT, run, start
from tests.toy import SCRATCH, paper, workspace

TEXT = (
    "PAPER proposes Method:M{0} Tuning. Method:M{0} Tuning uses Method:Beta Search. "
    "Method:M{0} Tuning evaluatedOn Benchmark:ZZ-Bench = {0}.5. "
)
PAPERS = [paper(n, TEXT.format(n)) for n in range(30)]
FLIPS = int(os.environ.get("KG_FLIPS", "5"))


def whole(graph: Workspace) -> bytes:
    """Return the graph as sorted N-Quads, having checked it."""
    assert graph.check() == []
    return graph.store.dump_sorted_nquads()


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Where all of it happens: in memory, where the system has such a place."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def sound(place: Path) -> tuple[Path, bytes]:
    """A graph that nothing has happened to, and its N-Quads."""
    with workspace(place / "sound") as graph:
        graph.ingest(PAPERS)
        graph.merge("method/m1-tuning", "method/m2-tuning", reason="one")
        return place / "sound", whole(graph)


@pytest.fixture
def folder(sound: tuple[Path, bytes], place: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(sound[0], Path(tempfile.mkdtemp(dir=place)) / "kg"))


def flip(file: Path, at: int, count: int = 64) -> None:
    """Change some bytes of a file."""
    content = bytearray(file.read_bytes())
    for position in range(at, min(at + count, len(content))):
        content[position] ^= 0xFF
    file.write_bytes(content)


# --- a damaged ledger -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(FLIPS))
def test_a_damaged_page_is_told_of_and_never_changes_what_is_told(
    number: int, folder: Path, sound: tuple[Path, bytes]
) -> None:
    draw = random.Random(number)
    ledger = folder / LEDGER_FILE
    flip(ledger, draw.randrange(ledger.stat().st_size), draw.choice([1, 16, 64, 4096]))
    try:
        with workspace(folder) as graph:
            faults = graph.check()
            assert faults or graph.store.dump_sorted_nquads() == sound[1]
    except KGError as error:
        faults = [str(error)]
    assert all("kg restore" in fault or "kg check --rebuild" in fault for fault in faults)


def _cut(ledger: Path) -> None:
    os.truncate(ledger, ledger.stat().st_size // 2)


LOST: dict[str, tuple[Callable[[Path], object], str]] = {
    "its header is spoilt": (lambda ledger: flip(ledger, 0), "is damaged .*; kg restore BACKUP"),
    "it is cut off": (_cut, "is damaged .*; kg restore BACKUP"),
    "it is empty": (lambda ledger: os.truncate(ledger, 0), "is gone or empty, .*; put a backup in its place"),
    "it is gone": (Path.unlink, "is gone or empty, .*; put a backup in its place"),
}


@pytest.mark.parametrize("what", LOST)
def test_a_lost_ledger_is_never_taken_for_an_empty_graph(what: str, folder: Path) -> None:
    spoil, said = LOST[what]
    spoil(folder / LEDGER_FILE)
    with pytest.raises(LedgerError, match=said), workspace(folder) as graph:
        pytest.fail("; ".join(graph.check()))


def _killed_while_writing(folder: Path) -> Path:
    """Leave a ledger as a killed process does, its last changes in the file beside it; return that."""
    with workspace(folder) as graph:
        graph.merge("method/m5-tuning", "method/m6-tuning", reason="two")
        twin = folder.with_name("killed")
        shutil.copytree(folder, twin)
    return twin / f"{LEDGER_FILE}-wal"


@pytest.mark.parametrize("spoil", [lambda wal: flip(wal, 40), Path.unlink], ids=["spoilt", "gone"])
def test_changes_that_a_ledger_has_lost_are_told_of(
    spoil: Callable[[Path], object], folder: Path, caplog: pytest.LogCaptureFixture, sound: tuple[Path, bytes]
) -> None:
    log = _killed_while_writing(folder)
    spoil(log)
    with workspace(log.parent) as graph:
        assert "the ledger has lost changes" in caplog.text
        assert "kg restore" in caplog.text
        assert whole(graph) == sound[1], "the change before is there, whole"


def test_an_older_ledger_that_is_put_in_place_by_hand_is_what_is_shown(
    folder: Path, sound: tuple[Path, bytes]
) -> None:
    other = folder.with_name("other")
    with workspace(other) as graph:
        for number in range(20):  # further on than the one that it takes the place of
            graph.ingest([paper(number, "PAPER uses Method:Gamma Walk.")])
        wanted = whole(graph)
    shutil.copy(other / LEDGER_FILE, folder / LEDGER_FILE)
    with workspace(folder) as graph:
        assert whole(graph) == wanted


# --- a damaged store ------------------------------------------------------------------------------------


def _live(store: Path) -> Path:
    return store / (store / "LIVE").read_text().strip()


def _snapshot(store: Path) -> Path:
    return store / (store / "SNAPSHOT").read_text().strip()


def _spoil_tables(store: Path) -> None:
    for table in _snapshot(store).glob("*.sst"):  # which are those of the live database, too
        flip(table, table.stat().st_size // 2)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "gone": shutil.rmtree,
    "LIVE is gone": lambda store: (store / "LIVE").unlink(),
    "LIVE is no name": lambda store: (store / "LIVE").write_bytes(b"\xff\x00garbage"),
    "LIVE leads out": lambda store: (store / "LIVE").write_text("../../elsewhere\n"),
    "LIVE names what is not there": lambda store: (store / "LIVE").write_text("live-00000099\n"),
    "SNAPSHOT is gone": lambda store: (store / "SNAPSHOT").unlink(),
    "SNAPSHOT is no name": lambda store: (store / "SNAPSHOT").write_bytes(b"\xff\x00garbage"),
    "the snapshot is gone": lambda store: shutil.rmtree(_snapshot(store)),
    "the live database is gone": lambda store: shutil.rmtree(_live(store)),
    "the snapshot has no beginning": lambda store: (_snapshot(store) / "CURRENT").unlink(),
    "the tables are spoilt": _spoil_tables,
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_store_is_made_anew(what: str, folder: Path, sound: tuple[Path, bytes]) -> None:
    DAMAGE[what](folder / "graph")
    with workspace(folder) as graph:
        try:
            faults = graph.check()
        except StoreDamaged as error:
            faults = [str(error)]
        assert all("kg check --rebuild" in fault for fault in faults)
        if faults:
            graph.rebuild()
        assert whole(graph) == sound[1]
        graph.undo(1)
        whole(graph)


def test_a_live_database_that_is_spoilt_is_made_anew_when_it_is_written(
    folder: Path, sound: tuple[Path, bytes]
) -> None:
    for manifest in _live(folder / "graph").glob("MANIFEST-*"):
        flip(manifest, 20)
    with workspace(folder) as graph:
        assert whole(graph) == sound[1]
        graph.undo(1)
        whole(graph)


# --- several processes ----------------------------------------------------------------------------------

_OPEN = """
import sys
from pathlib import Path
from tests.toy import workspace
with workspace(Path(sys.argv[1])) as graph:
    assert graph.check() == []
"""


def changed(graph: Workspace) -> set[int]:
    """Return the positions at which the nodes of the graph were written last."""
    return {position for _, node, position in graph.ledger.changes(0) if node}


def test_processes_that_find_a_graph_of_an_older_version_assemble_it_once(
    folder: Path, sound: tuple[Path, bytes]
) -> None:
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as database:
        database.execute("UPDATE meta SET value = 'older' WHERE name = 'assembly'")
        database.commit()
    (folder / "graph" / "SNAPSHOT").unlink()
    others = [subprocess.Popen([sys.executable, "-c", _OPEN, str(folder)], cwd=ROOT) for _ in range(2)]
    assert [other.wait() for other in others] == [0, 0]
    with workspace(folder) as graph:
        assert whole(graph) == sound[1]
        assert len(changed(graph)) == 1, "it was assembled once"


def test_two_ingests_and_a_service_that_curates_lose_nothing(folder: Path, place: Path) -> None:
    token = Tokens(folder).add("ada", ["curate"])
    files = [Path(tempfile.mkdtemp(dir=place)) / "papers.jsonl" for _ in range(2)]
    papers = [[paper(100 * n + k, TEXT.format(100 * n + k)) for k in range(20)] for n in (1, 2)]
    for file, part in zip(files, papers, strict=True):
        file.write_text("".join(f"{each.to_json()}\n" for each in part))
    service = start("serve", "--port", 0, "--db", folder)
    assert service.stdout
    address = service.stdout.readline().split()[3].rstrip("/")
    ingests = [start("ingest", file, "--db", folder, KG_BATCH="4") for file in files]
    decided = {}
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        for number in range(10, 16):
            body = {"action": "retype", "node": f"method/m{number}-tuning", "type": "Model"}
            answer = client.post("/v1/decisions", json=body)
            assert answer.status_code in (201, 202, 503), answer.text
            if answer.status_code != 503:
                decided[body["node"]] = answer.json()["decision"]["number"]
    for ingest in ingests:
        ingest.communicate()
    service.send_signal(signal.SIGINT)
    service.communicate(timeout=30)
    assert [ingest.returncode for ingest in ingests] == [0, 0]
    with workspace(folder) as graph:
        assert {d.node: d.number for d in graph.history()[1:]} == decided
        assert len(graph.graph().papers) == 70
        before = whole(graph)
        graph.rebuild()
        assert whole(graph) == before


def test_a_store_that_is_deleted_under_a_service_is_told_of_and_comes_back(
    folder: Path, sound: tuple[Path, bytes]
) -> None:
    asked = {"query": "SELECT (count(*) AS ?n) WHERE { ?s ?p ?o }"}
    service = start("serve", "--port", 0, "--db", folder)
    assert service.stdout
    address = service.stdout.readline().split()[3]
    with httpx.Client(base_url=address, timeout=60) as client:
        right = client.get("/sparql", params=asked).raise_for_status().json()
        shutil.rmtree(folder / "graph")
        answer = client.get("/sparql", params=asked)
        assert answer.status_code == 503
        assert "kg check makes it anew" in answer.json()["detail"]
        with workspace(folder) as graph:
            assert whole(graph) == sound[1]
        assert client.get("/sparql", params=asked).raise_for_status().json() == right
    service.send_signal(signal.SIGINT)
    service.communicate(timeout=30)


# --- disks ----------------------------------------------------------------------------------------------

MANY = [paper(n, TEXT.format(n) * 4) for n in range(40)]


@pytest.fixture(scope="module")
def many(place: Path) -> Path:
    """A file of many papers."""
    file = place / "many.jsonl"
    file.write_text("".join(f"{each.to_json()}\n" for each in MANY))
    return file


@contextmanager
def disk(megabytes: int) -> Iterator[Path]:
    """Mount a disk of a size; skip where that is not allowed."""
    folder = Path(tempfile.mkdtemp())
    made = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(made, capture_output=True, check=False).returncode:
        pytest.skip("no disk may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


def told(said: str) -> int:
    """Return how many papers a command said it had taken in."""
    return max((int(line.split()[2]) for line in said.splitlines() if " papers · " in line), default=0)


def finish(folder: Path, many: Path, acknowledged: int) -> None:
    """See that what was acknowledged is there, take in the rest, and see that all is."""
    with workspace(folder) as graph:
        whole(graph)
        assert len(graph.graph().papers) >= acknowledged
        assert graph.ingest(many).papers == len(MANY)
        after = whole(graph)
        graph.rebuild()
        assert whole(graph) == after


def test_a_full_disk_stops_an_ingest_and_loses_nothing(many: Path) -> None:
    with disk(60) as small:
        with workspace(small / "kg") as graph:
            graph.ingest(MANY[:5])
        filler = small / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(small).free - 600_000))
        stopped = run("ingest", many, "--db", small / "kg", KG_BATCH="4")
        assert stopped.code == 1
        assert "free some space" in stopped.err or "see to the disk" in stopped.err, stopped.err
        assert "Traceback" not in stopped.err
        assert told(stopped.err) > 0
        filler.unlink()
        finish(small / "kg", many, told(stopped.err))


def test_a_disk_that_is_full_when_an_export_or_a_backup_is_written_leaves_what_was_there(
    folder: Path,
) -> None:
    with disk(1) as small:
        (small / "filler").write_bytes(bytes(1_020_000))
        for name, command in (
            ("graph.nq", ("export", "--format", "nq", "-o")),
            ("b.zip", ("backup", "--force")),
        ):
            target = small / name
            target.write_bytes(b"old")
            stopped = run(*command, target, "--db", folder)
            assert (stopped.code, target.read_bytes()) == (1, b"old"), stopped.err
            assert "Traceback" not in stopped.err
        assert sorted(file.name for file in small.iterdir()) == ["b.zip", "filler", "graph.nq"]


def test_a_read_only_disk_is_told_of_and_nothing_is_lost(many: Path) -> None:
    with disk(100) as small:
        with workspace(small / "kg") as graph:
            graph.ingest(MANY[:20])
            graph.retype("method/m1-tuning", "Model")
        remount(small, "ro")
        for command in (("stats",), ("ingest", many), ("backup", small / "b.zip")):
            stopped = run(*command, "--db", small / "kg")
            assert stopped.code == 1
            assert "Traceback" not in stopped.err
            assert re.search("cannot be written|Read-only file system|not read-only", stopped.err)
        remount(small, "rw")
        finish(small / "kg", many, 20)


_LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.argv = ["kg", *sys.argv[2:]]
runpy.run_module("tests.toy_kg", run_name="__main__")
"""


def test_a_file_that_may_not_grow_stops_an_ingest_and_loses_nothing(many: Path, place: Path) -> None:
    folder = Path(tempfile.mkdtemp(dir=place)) / "kg"
    command = [sys.executable, "-c", _LIMITED, "250000", "ingest", str(many), "--db", str(folder)]
    stopped = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, "KG_BATCH": "10"}
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    assert stopped.returncode == 1, stopped.stderr
    assert "Traceback" not in stopped.stderr, stopped.stderr
    assert "try again" in stopped.stderr or "see to the disk" in stopped.stderr
    finish(folder, many, told(stopped.stderr))


# --- clocks ---------------------------------------------------------------------------------------------


class Clock(datetime):
    """A clock that goes wrong by some hours."""

    hours = 0.0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        """Return the wrong time."""
        there = datetime.now(tz) + timedelta(hours=cls.hours)
        return cls.fromisoformat(there.isoformat())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    for module in (kg.deciding, kg.tokens, kg.watch.standing):
        monkeypatch.setattr(module, "datetime", Clock)
    monkeypatch.setattr(Clock, "hours", 0.0)
    return Clock


def test_decisions_and_events_keep_their_order_when_the_clock_goes_back(
    folder: Path, clock: type[Clock]
) -> None:
    with workspace(folder) as graph:
        graph.standing.add("methods that use Beta Search")
        for number, hours in enumerate((0.0, -48.0, 1000.0, -9000.0)):
            clock.hours = hours
            graph.ingest([paper(50 + number, TEXT.format(50 + number))])
            graph.retype(f"method/m{10 + number}-tuning", "Model")
        assert [decision.number for decision in graph.history()] == [1, 2, 3, 4, 5]
        (watch,) = graph.standing.book.watches()
        events = graph.standing.book.events(watch)
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert [event.position for event in events] == sorted(event.position for event in events)
        assert len({event.at for event in events}) > 1
        before = whole(graph)
        graph.rebuild()
        assert whole(graph) == before, "no time is part of the graph"


def test_a_token_ends_by_the_clock_and_a_revoked_one_stays_so(tmp_path: Path, clock: type[Clock]) -> None:
    tokens = Tokens(tmp_path)
    token = tokens.add("ada", ["curate"], days=1)
    revoked = tokens.add("ben", ["curate"])
    tokens.revoke("ben")
    states = {}
    for hours in (0.0, 25.0, -1000.0):
        clock.hours = hours
        holders = [tokens.holder(each) for each in (token, revoked)]
        states[hours] = [holder.state(Clock.now(UTC)) for holder in holders if holder]
    assert states == {
        0.0: ["valid", "revoked"],
        25.0: ["expired", "revoked"],
        -1000.0: ["valid", "revoked"],
    }
