"""`kg push` and `kg check --store` on real servers: every change arrives, and a killed load goes on."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from kg.cli.shared import FINDINGS
from kg.records import Entity, Statement
from kg.stores.address import Access
from kg.stores.bolt import BoltStore
from kg.stores.embedded_bolt import EmbeddedBolt
from kg.workspace import Workspace, open_workspace

KILLED_IN_THE_MIDDLE = """
import sys
import kg.stores.bolt
from kg.workspace import open_workspace

kg.stores.bolt.NODES_AT_ONCE = 100
folder, uri, user, password, database = sys.argv[1:]
with open_workspace(folder) as graph:
    store = kg.stores.bolt.BoltStore.connect(
        uri, user, password, database=database or None, origin=graph.origin
    )
    graph.catch_up_store(store, tell=lambda done, total: print(done, flush=True))
"""


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Servers(NamedTuple):
    """A server, and the folder of the graph that goes there."""

    access: Access
    folder: Path

    def connect(self, graph: Workspace) -> BoltStore:
        a = self.access
        return BoltStore.connect(a.uri, a.user, a.password, database=a.database, origin=graph.origin)

    @property
    def address(self) -> str:
        scheme, _, host = self.access.uri.partition("://")
        return f"{scheme}://{self.access.user}@{host}/{self.access.database or ''}"

    def kg(self, *arguments: str, password: str | None = None) -> Ran:
        command = [sys.executable, "-m", "kg", *arguments, "--db", str(self.folder)]
        environment = {"KG_NEO4J_PASSWORD": password or self.access.password, "PATH": ""}
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL
        )
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    pytest.importorskip("arcadedb_embedded", reason="the extra `cypher` is not installed")
    with closing(EmbeddedBolt(tmp_path_factory.mktemp("embedded"))) as server:
        yield server.writer()


@pytest.fixture(params=[pytest.param("neo4j_access", marks=pytest.mark.neo4j), "embedded"])
def there(request: pytest.FixtureRequest, corpus_db: Path, tmp_path: Path) -> Servers:
    """A server without a graph, and a copy of the bundled corpus's."""
    folder = tmp_path / "kg"
    shutil.copytree(corpus_db, folder)
    found = Servers(request.getfixturevalue(request.param), folder)
    with open_workspace(folder) as graph, closing(found.connect(graph)) as store:
        store.clear()
    return found


def test_every_change_arrives_exactly(there: Servers) -> None:
    with open_workspace(there.folder) as graph, closing(there.connect(graph)) as store:

        def brought() -> list[str]:
            graph.catch_up_store(store)
            return graph.check_store(store)

        assert brought() == []
        first, second, *_ = (paper.paper for paper in graph.graph().papers.values())
        graph.ingest([replace(first, abstract="We propose Tern. Tern outperforms DPO on MT-Bench.")])
        assert brought() == []
        graph.remove(second.id)
        assert brought() == []
        one, other, *_ = (e.id for e in graph.graph().entities.values() if e.id.startswith("method/"))
        merged = graph.merge(one, other)
        assert brought() == []
        graph.undo(merged.number)
        assert brought() == []
        rejected = next(node.id for node in graph.ledger.nodes() if isinstance(node, Statement))
        graph.reject(rejected)
        assert brought() == []


def test_a_push_that_was_killed_goes_on_and_ends_equal(there: Servers) -> None:
    a = there.access
    arguments = [str(there.folder), a.uri, a.user, a.password, a.database or ""]
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED_IN_THE_MIDDLE, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    for line in process.stdout:
        if int(line) >= 1000:
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    found = there.kg("check", "--store", there.address)
    assert (found.code, "a load into the store did not end" in found.out) == (FINDINGS, True)
    with open_workspace(there.folder) as graph, closing(there.connect(graph)) as store:
        manifest = store.manifest()
    assert manifest and manifest.loaded, "half of the load was there, and is not done again"
    assert there.kg("push", there.address).code == 0
    assert there.kg("check", "--store", there.address).code == 0


def test_what_was_changed_in_the_server_is_named_and_mended(there: Servers) -> None:
    assert there.kg("push", there.address).code == 0
    with open_workspace(there.folder) as graph, closing(there.connect(graph)) as store:
        entity = next(node for node in graph.ledger.nodes() if isinstance(node, Entity))
        store.apply({entity.id: replace(entity, name="vandalised")}, graph.ledger.position())
    found = there.kg("check", "--store", there.address)
    assert f"{entity.id}: the store holds it otherwise" in found.out
    assert "1 faults" in found.out
    assert there.kg("push", there.address, "--full").code == 0
    assert there.kg("check", "--store", there.address).code == 0


@pytest.mark.neo4j
def test_push_says_what_it_did_in_json(neo4j_access: Access, corpus_db: Path) -> None:
    there = Servers(neo4j_access, corpus_db)
    assert there.kg("push", there.address, "--full").code == 0
    again = there.kg("push", there.address, "--json")
    assert '"from": ' in again.out
    assert '"statement": ' in again.out


@pytest.mark.neo4j
def test_push_refuses_a_wrong_password_in_one_line(neo4j_access: Access, corpus_db: Path) -> None:
    refused = Servers(neo4j_access, corpus_db).kg("push", f"{neo4j_access.uri}", password="wrong")
    assert refused.code == 1
    assert refused.err.startswith("kg: the server refuses this user and password")


def test_push_without_a_password_names_the_variable(corpus_db: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kg", "push", "bolt://127.0.0.1:9", "--db", str(corpus_db)],
        capture_output=True, text=True, check=False, env={"PATH": ""}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 1
    assert "KG_NEO4J_PASSWORD" in done.stderr
