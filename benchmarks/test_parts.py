"""Small parts by themselves: `pytest benchmarks`. No test of anything; `make test` does not come here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from kg.grounding import Grounder, name_key
from kg.lookup import Lookups, Wanted
from kg.rdf import from_nquads, to_nquads
from kg.records import Graph, node_from_json, node_id, node_to_json
from kg.settings import Settings
from kg.stores.oxigraph import OxigraphStore
from kg.vocabulary import Vocabulary, load_vocabulary
from kg.workspace import Workspace
from scripts.synthetic import HUB, InventedReader, Synthesis, load_figures

PAPERS = 300
HUB_ID = "benchmark/mt-bench"


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    reader, synthesis = InventedReader(), Synthesis(load_figures())
    folder: Path = tmp_path_factory.mktemp("bench")
    with Workspace(folder, Settings(), load_vocabulary(), reader) as opened:
        opened.ingest(reader.given(synthesis.papers(0, PAPERS)))
        yield opened


@pytest.fixture(scope="session")
def vocabulary(workspace: Workspace) -> Vocabulary:
    return workspace.vocabulary


@pytest.fixture(scope="session")
def graph(workspace: Workspace) -> Graph:
    return workspace.graph()


@pytest.fixture(scope="session")
def lookups(workspace: Workspace) -> Lookups:
    return workspace.lookups


def test_key_of_a_name(benchmark: BenchmarkFixture) -> None:
    benchmark(name_key, "The Direct Preference Optimization (DPO) objectives")


def test_votes_of_a_paper(benchmark: BenchmarkFixture, vocabulary: Vocabulary) -> None:
    _, extraction = next(Synthesis(load_figures()).papers(0, 1))
    benchmark(Grounder(vocabulary).votes, extraction.entities)


def test_record_of_a_node(benchmark: BenchmarkFixture, graph: Graph) -> None:
    statement = next(iter(graph.statements.values()))
    benchmark(lambda: node_from_json(node_to_json(statement)))


def test_rdf_of_a_node(benchmark: BenchmarkFixture, graph: Graph, vocabulary: Vocabulary) -> None:
    statement = next(iter(graph.statements.values()))
    benchmark(lambda: list(from_nquads("\n".join(to_nquads(statement, vocabulary)).encode())))


def test_store_load(benchmark: BenchmarkFixture, graph: Graph, vocabulary: Vocabulary) -> None:
    nodes = list(graph.nodes())
    benchmark(lambda: OxigraphStore.in_memory(vocabulary).load(nodes, 1))


def test_store_change(benchmark: BenchmarkFixture, graph: Graph, vocabulary: Vocabulary) -> None:
    store, positions = OxigraphStore.in_memory(vocabulary), count(2)
    store.load(graph.nodes(), 1)
    changes = {node_id(node): node for node in list(graph.statements.values())[:50]}
    benchmark(lambda: store.apply(changes, next(positions)))


def test_statements_about_a_hub(benchmark: BenchmarkFixture, lookups: Lookups) -> None:
    benchmark(lookups.statements, Wanted(object=HUB_ID))


def test_leaderboard_of_a_hub(benchmark: BenchmarkFixture, lookups: Lookups) -> None:
    benchmark(lookups.leaderboard, HUB_ID)


def test_question_in_words(benchmark: BenchmarkFixture, lookups: Lookups) -> None:
    benchmark(lookups.ask, f"methods evaluated on {HUB}")


def test_suggestions(benchmark: BenchmarkFixture, lookups: Lookups) -> None:
    benchmark(lookups.suggest, "mt")
