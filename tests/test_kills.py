"""Killed at any instant: nothing acknowledged is lost, nothing is doubled, and the next start goes on.

See `tests.killing` for how many instants are tried.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import NamedTuple

import httpx
import pytest

from kg.cli.push import reached, read_place
from kg.curation import Proposal
from kg.export import EXPORTERS
from kg.ledger import LEDGER_FILE, Ledger
from kg.records import Paper
from kg.settings import Settings
from kg.sources import read_papers
from kg.stores.bolt import BoltStore
from kg.stores.embedded_bolt import EmbeddedBolt
from kg.stores.sparql_endpoint import SparqlEndpoint
from kg.tokens import Tokens
from kg.vocabulary import load_vocabulary
from kg.workspace import Workspace
from tests.killing import KILLS, SEED, instant, run, run_and_kill, start
from tests.sparql_servers import SparqlServer
from tests.toy import SCRATCH, ToyReader, paper, workspace

EACH = range(KILLS)
_TOLD = re.compile(r"^reading (\S+): (\d+) papers", re.MULTILINE)


def _text(number: int, other: str = "Beta Search") -> str:
    return (
        f"PAPER proposes Method:M{number} Tuning. Method:M{number} Tuning uses Method:{other}. "
        f"Method:M{number} Tuning evaluatedOn Benchmark:ZZ-Bench = {number}.5. "
    )


FIRST = [paper(n, _text(n)) for n in range(40)]
SECOND = [paper(n, _text(n, "Gamma Walk")) for n in range(20, 60)]
"""The first half of them are in the first file, with other abstracts."""


@pytest.fixture(scope="module")
def files(place: Path) -> dict[str, list[Paper]]:
    """Two files of papers, and what is in them."""
    folder = place / "papers"
    folder.mkdir()
    for name, papers in (("first.jsonl", FIRST), ("second.jsonl", SECOND)):
        (folder / name).write_text("".join(f"{each.to_json()}\n" for each in papers))
    return {
        str(file): list(read_papers(file, strict=True, on_reject=print)) for file in sorted(folder.iterdir())
    }


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Where all of it happens: in memory where the system has such a place, which a kill leaves as it is."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        yield Path(folder)


@pytest.fixture
def scratch(place: Path) -> Path:
    """A folder of one test."""
    return Path(tempfile.mkdtemp(dir=place))


class Undisturbed(NamedTuple):
    """What nobody killed: the folder, its graph as sorted N-Quads, and how long it took."""

    folder: Path
    lines: bytes
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(place: Path, files: dict[str, list[Paper]]) -> Undisturbed:
    """The graph of both files."""
    folder = place / "undisturbed"
    ran = run("ingest", *files, "--db", folder, KG_BATCH="3")
    assert ran.code == 0, ran.err
    with workspace(folder) as graph:
        return Undisturbed(folder, whole(graph), ran.seconds)


@pytest.fixture
def folder(undisturbed: Undisturbed, scratch: Path) -> Path:
    """A copy of that graph."""
    return Path(shutil.copytree(undisturbed.folder, scratch / "kg"))


def whole(graph: Workspace) -> bytes:
    """Return the graph as sorted N-Quads, having checked it."""
    assert graph.check() == []
    return graph.store.dump_sorted_nquads()


# --- ingest ---------------------------------------------------------------------------------------------


def acknowledged(said: str, files: dict[str, list[Paper]]) -> dict[str, set[str]]:
    """Return which content each paper may have that a command said it has taken in."""
    may: dict[str, set[str]] = {}
    for file, count in _TOLD.findall(said):
        for each in files[file][: int(count)]:
            may.setdefault(each.id, set()).add(each.content)
    # What comes after may be written already, and not told.
    may = {id_: contents | _contents(id_, files) for id_, contents in may.items()}
    if len({file for file, _ in _TOLD.findall(said)}) == len(files):
        may |= {each.id: {each.content} for each in _told_last(said, files)}
    return may


def _told_last(said: str, files: dict[str, list[Paper]]) -> list[Paper]:
    file, count = _TOLD.findall(said)[-1]
    return files[file][: int(count)]


def _contents(id_: str, files: dict[str, list[Paper]]) -> set[str]:
    return {each.content for papers in files.values() for each in papers if each.id == id_}


@pytest.mark.parametrize("number", EACH)
def test_a_kill_of_an_ingest_loses_and_doubles_nothing(
    number: int, scratch: Path, undisturbed: Undisturbed, files: dict[str, list[Paper]]
) -> None:
    folder = scratch / "kg"
    killed = run_and_kill(
        instant("ingest", number, undisturbed.seconds), "ingest", *files, "--db", folder, KG_BATCH="3"
    )
    with workspace(folder, batch=3) as graph:
        whole(graph)
        held = {id_: graph.ledger.content(id_) for id_ in graph.ledger.papers()}
        lost = {id_ for id_, may in acknowledged(killed.err, files).items() if held.get(id_) not in may}
        assert lost == set()
        for file in files:
            graph.ingest(file)
        assert whole(graph) == undisturbed.lines
    assert doubled(folder) == []


def doubled(folder: Path) -> list[str]:
    """Return the papers whose record was appended though it was there already."""
    with closing(Ledger(folder / LEDGER_FILE)) as ledger:
        rows = ledger._db.execute("SELECT paper, content FROM records ORDER BY paper, number").fetchall()
    return [before[0] for before, after in pairwise(rows) if before == after]


# --- curation -------------------------------------------------------------------------------------------


def proposals() -> list[Proposal]:
    """Return decisions that fit the graph one after another; the reason tells them apart."""
    merges = [Proposal("merge", f"method/m{n}-tuning", f"method/m{n + 1}-tuning") for n in range(0, 36, 3)]
    retypes = [Proposal("retype", f"method/m{n}-tuning", type="Model") for n in range(2, 36, 3)]
    undone = [Proposal("undo", undoes=n) for n in range(1, 10)]
    return [
        Proposal(**{**{name: getattr(p, name) for name in p.__slots__}, "reason": f"reason {n}", "by": "ada"})
        for n, p in enumerate([*merges, *retypes, *undone])
    ]


def as_body(wanted: Proposal) -> tuple[str, dict[str, str]]:
    """Return the address and body of a request for a decision."""
    if wanted.undoes:
        return f"/v1/decisions/{wanted.undoes}/undo", {"reason": wanted.reason}
    said = {"action": wanted.action, "node": wanted.node, "into": wanted.into, "type": wanted.type}
    return "/v1/decisions", {**{k: v for k, v in said.items() if v}, "reason": wanted.reason}


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[tuple[str, int]]:
    """Run `kg serve`; yield its address and its process, and kill it in the end, if nobody has before."""
    process = start("serve", "--port", 0, "--db", folder, **environment)
    assert process.stdout is not None
    said = re.search(r"http://\S+", process.stdout.readline())
    assert said
    try:
        yield said[0].rstrip("/"), process.pid
    finally:
        process.kill()
        process.communicate()


def curate(address: str, token: str, numbers: dict[str, int]) -> None:
    """Take decision after decision until the service is gone; note the number that each was given."""
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        for wanted in proposals():
            path, body = as_body(wanted)
            try:
                answer = client.post(path, json=body)
            except httpx.TransportError:
                return
            assert answer.status_code in (201, 202), answer.text
            numbers[wanted.reason] = answer.json()["decision"]["number"]


@pytest.mark.parametrize("number", EACH)
def test_a_kill_of_the_service_keeps_every_decision_that_it_answered(
    number: int, folder: Path, undisturbed: Undisturbed, scratch: Path
) -> None:
    token = Tokens(folder).add("ada", ["curate"])
    numbers: dict[str, int] = {}
    with serving(folder) as (address, process):
        client = threading.Thread(target=curate, args=(address, token, numbers))
        client.start()
        time.sleep(instant("curation", number, 2.5))
        os.kill(process, signal.SIGKILL)
        client.join()
    with workspace(folder) as graph:
        held = {decision.reason: decision.number for decision in graph.history()}
        assert len(held) == len(graph.history()), "a decision is there twice"
        assert held.items() >= numbers.items()
        assert len(held) <= len(numbers) + 1, "only one was under way"
        after = whole(graph)
    twin = Path(shutil.copytree(undisturbed.folder, scratch / "twin"))
    with workspace(twin) as graph:
        for wanted in proposals()[: len(held)]:
            graph.decide(wanted)
        assert whole(graph) == after


@pytest.mark.parametrize("number", EACH)
def test_a_kill_of_a_command_leaves_its_decision_taken_or_not(number: int, folder: Path) -> None:
    command = ("merge", "method/m1-tuning", "method/m2-tuning", "--reason", "one", "--db", folder)
    killed = run_and_kill(instant("merge", number, 0.6), *command)
    with workspace(folder) as graph:
        taken = [decision.reason for decision in graph.history()]
        assert taken in ([], ["one"])
        assert taken == ["one"] or killed.code != 0
        assert ("method/m1-tuning" in graph.graph().entities) == (taken == [])
        whole(graph)


# --- push -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def embedded(place: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """An embedded server that speaks Bolt: its address and what a command needs beside it."""
    pytest.importorskip("arcadedb_embedded", reason="the extra `cypher` is not installed")
    with closing(EmbeddedBolt(place / "embedded")) as started:
        to = started.writer()
        address = f"bolt://{to.user}@{to.uri.partition('://')[2]}/{to.database}"
        yield address, {"KG_NEO4J_PASSWORD": to.password}


@pytest.fixture(params=["embedded", "oxigraph", pytest.param("fuseki", marks=pytest.mark.fuseki)])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a server; what a command needs beside it is in the environment."""
    found = request.getfixturevalue(request.param)
    address, environment = (found.address, found.environment) if isinstance(found, SparqlServer) else found
    if isinstance(found, SparqlServer):
        found.empty()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return str(address)


@pytest.mark.parametrize("number", EACH)
def test_a_kill_of_a_push_leaves_what_the_next_one_completes(number: int, folder: Path, server: str) -> None:
    full = ("--full",) if number % 2 == 0 else ()
    with _pushed(folder, server) as (graph, store):
        if full:
            store.clear()
        else:
            graph.catch_up_store(store)
            graph.merge("method/m1-tuning", "method/m2-tuning")
    run_and_kill(instant("push", number, 1.5), "push", server, *full, "--db", folder)
    assert run("push", server, "--db", folder).code == 0
    with _pushed(folder, server) as (graph, store):
        assert graph.check_store(store) == []
        if isinstance(store, SparqlEndpoint):
            held = sorted(f"{line}\n".encode() for line in store.lines())
            assert b"".join(held) == graph.store.dump_sorted_nquads()


@contextmanager
def _pushed(folder: Path, address: str) -> Iterator[tuple[Workspace, BoltStore | SparqlEndpoint]]:
    settings = Settings.from_environment()
    with (
        Workspace(folder, settings, load_vocabulary(), ToyReader()) as graph,
        reached(read_place(address), graph) as store,
    ):
        yield graph, store


# --- export ---------------------------------------------------------------------------------------------

QUESTION = "methods that use Beta Search"
TARGETS = {form: ("export", "--format", form, "--limit", "20") for form in EXPORTERS}
PACKS = {"pack": ("pack", QUESTION, "--force"), "pack.zip": ("pack", QUESTION, "--force")}


def content(target: Path) -> dict[str, bytes]:
    """Return the bytes of a file, or of all files of a folder, by their paths; nothing where nothing is."""
    if target.is_file():
        return {"": target.read_bytes()}
    return {str(file.relative_to(target)): file.read_bytes() for file in target.rglob("*") if file.is_file()}


def _write_older(target: Path) -> None:
    """Leave something where an export goes: a file, or for a pack a folder with a file of others."""
    if target.suffix or target.name != "pack":
        target.write_bytes(b"an older file")
    else:
        target.mkdir()
        (target / "notes.txt").write_bytes(b"kept")


@pytest.mark.parametrize("number", EACH)
def test_a_kill_of_an_export_leaves_the_old_file_or_the_whole_new_one(
    number: int, folder: Path, scratch: Path
) -> None:
    kinds = TARGETS | PACKS
    kind = Random(f"{SEED} kind {number}").choice(sorted(kinds))
    command, target = (*kinds[kind], "--db", folder), scratch / kind
    if number % 2:
        _write_older(target)
    before = content(target)
    run_and_kill(instant("export", number, 1.2), *command, "-o", target)
    left = content(target)
    assert run(*command, "-o", target).code == 0
    assert left in ({}, before, content(target))


# --- workers --------------------------------------------------------------------------------------------

COUNT = "SELECT (count(*) AS ?n) WHERE { ?s ?p ?o }"


def children(process: int) -> list[int]:
    """Return the processes that a process has started, whichever of its threads did."""
    started = []
    for thread in Path(f"/proc/{process}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            started += [int(n) for n in (thread / "children").read_text().split()]
    return sorted(started)


def test_a_killed_query_worker_costs_an_error_at_most(folder: Path) -> None:
    answers: list[httpx.Response] = []
    with serving(folder) as (address, process), httpx.Client(base_url=address, timeout=30) as client:
        asked = {"query": COUNT}
        right = client.get("/sparql", params=asked).raise_for_status().json()
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                answers.append(httpx.get(f"{address}/sparql", params=asked, timeout=30))

        askers = [threading.Thread(target=ask) for _ in range(2)]
        for asker in askers:
            asker.start()
        for number in range(max(KILLS, 10)):
            time.sleep(instant("worker", number, 0.2))
            workers = children(process)
            with suppress(ProcessLookupError):
                for worker in Random(number).sample(workers, k=min(1, len(workers))):
                    os.kill(worker, signal.SIGKILL)
        stop.set()
        for asker in askers:
            asker.join()
        good = [answer for answer in answers if answer.status_code == 200]
        assert good
        assert all(answer.json() == right for answer in good)
        # 413: the system kills the same way what takes too much memory, and nothing tells the two apart.
        assert {answer.status_code for answer in answers} <= {200, 400, 413, 503}
        for _ in range(4):  # as many as there are workers, and more
            assert client.get("/sparql", params=asked).raise_for_status().json() == right
