"""`kg push` and `kg check --store` on real servers: every change arrives, and a killed load goes on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from kg.cli.push import reached, read_place
from kg.cli.shared import FINDINGS
from kg.records import Entity, Statement
from kg.settings import Settings
from kg.stores.address import Access
from kg.stores.bolt import BoltStore
from kg.stores.embedded_bolt import EmbeddedBolt
from kg.stores.sparql_endpoint import SparqlEndpoint
from kg.workspace import Workspace, open_workspace
from tests.sparql_servers import SparqlServer

KILLED_IN_THE_MIDDLE = """
import sys
import kg.stores.bolt, kg.stores.sparql_endpoint
from kg.cli.push import reached, read_place
from kg.workspace import open_workspace

kg.stores.bolt.NODES_AT_ONCE = kg.stores.sparql_endpoint.NODES_AT_ONCE = 100
folder, address = sys.argv[1:]
with open_workspace(folder) as graph, reached(read_place(address), graph) as store:
    graph.catch_up_store(store, tell=lambda done, total: print(done, flush=True))
"""


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Server(NamedTuple):
    """A server, and the folder of the graph that goes there."""

    address: str
    environment: Mapping[str, str]
    folder: Path

    @contextmanager
    def opened(self) -> Iterator[tuple[Workspace, BoltStore | SparqlEndpoint]]:
        """Open the graph, and its place on the server."""
        with (
            pytest.MonkeyPatch.context() as setting,
            open_workspace(self.folder, settings=self._settings(setting)) as graph,
            reached(read_place(self.address), graph) as store,
        ):
            yield graph, store

    def _settings(self, setting: pytest.MonkeyPatch) -> Settings:
        for name, value in self.environment.items():
            setting.setenv(name, value)
        return Settings.from_environment()

    def kg(self, *arguments: str, **environment: str) -> Ran:
        command = [sys.executable, "-m", "kg", *arguments, "--db", str(self.folder)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
            env={"PATH": "", **self.environment, **environment},
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)


def over_bolt(access: Access, folder: Path) -> Server:
    scheme, _, host = access.uri.partition("://")
    address = f"{scheme}://{access.user}@{host}/{access.database or ''}"
    return Server(address, {"KG_NEO4J_PASSWORD": access.password}, folder)


def in_sparql(server: SparqlServer, folder: Path) -> Server:
    server.empty()
    return Server(server.address, server.environment, folder)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    pytest.importorskip("arcadedb_embedded", reason="the extra `cypher` is not installed")
    with closing(EmbeddedBolt(tmp_path_factory.mktemp("embedded"))) as server:
        yield server.writer()


SERVERS = [
    pytest.param("neo4j_access", marks=pytest.mark.neo4j),
    "embedded",
    "oxigraph",
    pytest.param("fuseki", marks=pytest.mark.fuseki),
]


@pytest.fixture(params=SERVERS)
def there(request: pytest.FixtureRequest, corpus_db: Path, tmp_path: Path) -> Server:
    """A server without a graph, and a copy of the bundled corpus's."""
    folder = tmp_path / "kg"
    shutil.copytree(corpus_db, folder)
    found = request.getfixturevalue(request.param)
    if not isinstance(found, Access):
        return in_sparql(found, folder)
    place = over_bolt(found, folder)
    with place.opened() as (_, store):
        store.clear()
    return place


def test_every_change_arrives_exactly(there: Server) -> None:
    with there.opened() as (graph, store):

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


def test_a_push_that_was_killed_goes_on_and_ends_equal(there: Server) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED_IN_THE_MIDDLE, str(there.folder), there.address],
        stdout=subprocess.PIPE, text=True, env={**os.environ, **there.environment},
    )  # fmt: skip
    assert process.stdout
    for line in process.stdout:
        if int(line) >= 1000:
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    found = there.kg("check", "--store", there.address)
    assert (found.code, "a load into the store did not end" in found.out) == (FINDINGS, True)
    with there.opened() as (_graph, store):
        manifest = store.manifest()
    assert manifest and manifest.loaded, "half of the load was there, and is not done again"
    assert there.kg("push", there.address).code == 0
    assert there.kg("check", "--store", there.address).code == 0


def test_what_was_changed_in_the_server_is_named_and_mended(there: Server) -> None:
    assert there.kg("push", there.address).code == 0
    with there.opened() as (graph, store):
        entity = next(node for node in graph.ledger.nodes() if isinstance(node, Entity))
        store.apply({entity.id: replace(entity, name="vandalised")}, graph.ledger.position())
    found = there.kg("check", "--store", there.address)
    assert f"{entity.id}: the store " in found.out
    assert "1 faults" in found.out
    assert there.kg("push", there.address, "--full").code == 0
    assert there.kg("check", "--store", there.address).code == 0


@pytest.mark.neo4j
def test_push_says_what_it_did_in_json(neo4j_access: Access, corpus_db: Path) -> None:
    there = over_bolt(neo4j_access, corpus_db)
    assert there.kg("push", there.address, "--full").code == 0
    again = there.kg("push", there.address, "--json")
    assert '"from": ' in again.out
    assert '"statement": ' in again.out


@pytest.mark.neo4j
def test_push_refuses_a_wrong_password_in_one_line(neo4j_access: Access, corpus_db: Path) -> None:
    place = over_bolt(neo4j_access, corpus_db)
    refused = place.kg("push", place.address, KG_NEO4J_PASSWORD="wrong")
    assert refused.code == 1
    assert refused.err.startswith("kg: the server refuses this user and password")


@pytest.mark.parametrize(
    ("address", "variable"),
    [("bolt://127.0.0.1:9", "KG_NEO4J_PASSWORD"), ("sparql+http://ada@127.0.0.1:9", "KG_SPARQL_PASSWORD")],
)
def test_push_without_a_password_names_the_variable(corpus_db: Path, address: str, variable: str) -> None:
    refused = Server(address, {}, corpus_db).kg("push", address)
    assert refused.code == 1
    assert variable in refused.err


def test_push_to_an_endpoint_that_is_not_there_says_so_in_one_line(corpus_db: Path) -> None:
    refused = Server("sparql+http://127.0.0.1:9/ds", {}, corpus_db).kg("push", "sparql+http://127.0.0.1:9/ds")
    assert refused.code == 1
    assert refused.err.startswith("kg: http://127.0.0.1:9/ds does not answer")
    assert len(refused.err.splitlines()) == 1
