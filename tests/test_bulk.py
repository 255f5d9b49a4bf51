"""Files for bulk loaders: what the real ones make of them is what a push would have written."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.audit import faults_of_pieces
from kg.bulk import BULK_FORMATS, BulkManifest, Exported, write_bulk
from kg.errors import ConfigError
from kg.property_graph import PgNode, pieces
from kg.rdf import sorted_nquads
from kg.records import Node, node_id
from kg.stores import Origin
from kg.stores.address import read_address
from kg.stores.bolt import BoltStore
from kg.stores.manifest import Manifest
from kg.stores.oxigraph import ontology_quads
from kg.vocabulary import ONTOLOGY
from tests.bolt_servers import CANNOT_BE_INSTALLED, PROGRAM
from tests.export_graphs import HOSTILE, tiny_graph
from tests.graphs import VOCABULARY
from tests.sparql_servers import oxigraph_program, oxigraph_server
from tests.test_push import Server
from tests.toy import paper, workspace

ORIGIN = Origin("a ledger", "1")
SMALL = 2_000
"""Bytes of a part that a few papers fill several of."""


@pytest.fixture(scope="module")
def nodes() -> Sequence[Node]:
    return sorted(tiny_graph(VOCABULARY, HOSTILE).nodes(), key=node_id)


def written(form: str, nodes: Sequence[Node], target: Path, part_bytes: int = SMALL) -> BulkManifest:
    graph = Exported(ORIGIN, 5, {"thing": len(nodes)}, nodes)
    return write_bulk(form, graph, VOCABULARY, target, part_bytes=part_bytes)


def unpacked(files: Sequence[Path]) -> bytes:
    return b"".join(gzip.decompress(file.read_bytes()) for file in sorted(files))


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# --- the files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", BULK_FORMATS)
def test_the_same_graph_is_the_same_files_in_parts_of_bounded_size(
    form: str, nodes: Sequence[Node], tmp_path: Path
) -> None:
    manifest = written(form, nodes, tmp_path / "one")
    written(form, nodes, tmp_path / "two")
    found = files_of(tmp_path / "one")
    assert found == files_of(tmp_path / "two")
    assert json.loads(found["manifest.json"])["position"] == 5
    for file in manifest.files:
        rows = gzip.decompress(found[file.name])
        assert len(found[file.name]) == file.bytes
        if "ontology" not in file.name:
            longest = max(map(len, rows.splitlines(keepends=True)))
            assert len(rows) < SMALL + longest + len(HOSTILE) * 10


def test_nquads_in_parts_are_the_graph(nodes: Sequence[Node], tmp_path: Path) -> None:
    manifest = written("nq", nodes, tmp_path / "out")
    parts = sorted((tmp_path / "out").glob("graph-*.nq.gz"))
    assert len(parts) > 3
    lines = unpacked(parts).splitlines(keepends=True)
    assert b"".join(sorted(lines)) == sorted_nquads(nodes, VOCABULARY)
    assert sum(file.rows for file in manifest.files if file.name.startswith("graph-")) == len(lines)


def test_rows_for_neo4j_hold_every_property_under_a_typed_header(
    nodes: Sequence[Node], tmp_path: Path
) -> None:
    written("neo4j-csv", nodes, tmp_path / "out")
    held = {row["id:string"]: row for row in _rows(tmp_path / "out" / "nodes")}
    expected = [piece for node in nodes for piece in pieces(node, VOCABULARY) if isinstance(piece, PgNode)]
    assert len(held) == len(expected) + 1, "the manifest has no id"
    for piece in expected:
        row = {key.partition(":")[0]: value for key, value in held[piece.id].items() if key and value != ""}
        assert row == {name: _text(value) for name, value in piece.properties.items() if value != ""}


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    for header in sorted(folder.glob("*.header.csv")):
        stem = header.name.removesuffix(".header.csv")
        text = header.read_bytes() + unpacked(list(folder.glob(f"{stem}-*.csv.gz")))
        for row in csv.DictReader(io.StringIO(text.decode(), newline="")):
            yield {"id:string": "", **{key: value for key, value in row.items() if key != ":ID"}}


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "\x1f".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- the loaders ----------------------------------------------------------------------------------------


def test_what_oxigraph_loads_is_what_a_push_writes_and_goes_on(tmp_path: Path) -> None:
    folder, out, database = tmp_path / "kg", tmp_path / "out", tmp_path / "database"
    with workspace(folder) as graph:
        graph.ingest([paper(n, f"PAPER proposes Method:M{n} Tuning. ") for n in range(9)])
        whole = Exported(graph.origin, graph.ledger.position(), graph.ledger.counts(), graph.ledger.nodes())
        write_bulk("nq", whole, VOCABULARY, out, part_bytes=SMALL)
        parts = map(str, sorted(out.glob("*.nq.gz")))
        load = [oxigraph_program(), "load", "--location", str(database), "--file", *parts]
        subprocess.run(load, check=True, capture_output=True)
        _assert_same_ontology(database)
        graph.ingest([paper(9, "PAPER proposes Method:M10 Tuning. ")])
        with (
            oxigraph_server("--location", str(database)) as server,
            closing(server.connect(graph.origin)) as store,
        ):
            assert store.manifest() == Manifest(graph.origin, whole.position)
            graph.catch_up_store(store)
            assert graph.check_store(store) == []


def _assert_same_ontology(database: Path) -> None:
    there = ox.Dataset(
        ox.Store.read_only(str(database)).quads_for_pattern(None, None, None, ox.NamedNode(ONTOLOGY))
    )
    ours = ox.Dataset(ontology_quads())
    for dataset in (there, ours):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert set(there) == set(ours)


@pytest.mark.neo4j
def test_what_neo4j_imports_is_what_a_push_writes(nodes: Sequence[Node], tmp_path: Path) -> None:
    out = tmp_path / "out"
    written("neo4j-csv", nodes, out)
    environment = {**os.environ, "KG_NEO4J_HOME": str(tmp_path / "neo4j")}

    def neo4j(*command: str) -> str:
        done = subprocess.run(
            [PROGRAM, *command], capture_output=True, text=True, env=environment, cwd=out, check=False
        )
        if done.returncode == CANNOT_BE_INSTALLED:
            pytest.skip(done.stderr.strip().splitlines()[-1])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    neo4j("admin", "database", "import", "full", "neo4j", "@import.args")
    address = read_address(neo4j("start"))
    try:
        with closing(BoltStore.connect(address.uri, address.user, neo4j("password"), origin=ORIGIN)) as store:
            assert list(faults_of_pieces(nodes, store.pieces(), VOCABULARY)) == []
            assert (store.manifest(), store.strangers()) == (Manifest(ORIGIN, 5), 0)
            store.apply({node_id(nodes[0]): nodes[0]}, 6)
            assert list(faults_of_pieces(nodes, store.pieces(), VOCABULARY)) == []
    finally:
        neo4j("stop")


# --- refusals and the command ---------------------------------------------------------------------------


def test_a_folder_with_something_in_it_is_left_alone(nodes: Sequence[Node], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("kept")
    with pytest.raises(ConfigError, match="is there already"):
        written("nq", nodes, tmp_path / "out")
    assert files_of(tmp_path) == {"out/notes.txt": b"kept"}


@pytest.mark.parametrize("form", BULK_FORMATS)
def test_an_export_that_fails_leaves_nothing(form: str, nodes: Sequence[Node], tmp_path: Path) -> None:
    def broken() -> Iterator[Node]:
        yield from nodes[:5]
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        write_bulk(form, Exported(ORIGIN, 5, {}, broken()), VOCABULARY, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_command_tells_what_it_wrote(tmp_path: Path) -> None:
    with workspace(tmp_path / "kg") as graph:
        graph.ingest([paper(1, "PAPER proposes Method:M1 Tuning. ")])
        counts = graph.ledger.counts()
    there = Server("", {}, tmp_path / "kg")
    out = tmp_path / "out"
    told = there.kg("export", "--partitioned", "--format", "nq", "--output", str(out), "--json")
    assert told.code == 0
    assert json.loads(told.out)["graph"] == counts
    assert json.loads(told.out) == json.loads((out / "manifest.json").read_text())
    again = there.kg("export", "--partitioned", "--format", "nq", "--output", str(tmp_path / "again"))
    assert again.code == 0
    assert files_of(tmp_path / "again") == files_of(out), "another process writes the same bytes"
    refused = there.kg("export", "--partitioned", "--format", "nq", "--output", str(out))
    assert (refused.code, "is there already" in refused.err) == (1, True)
    for wrong in (
        ("--format", "ttl", "--output", str(tmp_path / "x")),
        ("--format", "nq"),
        ("--format", "nq", "--output", str(tmp_path / "x"), "--node", "M1"),
    ):
        assert there.kg("export", "--partitioned", *wrong).code == 2
