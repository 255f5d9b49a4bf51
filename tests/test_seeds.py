"""The corpus that the project was made for, from its page of text to answers and the same bytes again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import kg
from kg.records import Paper
from kg.sources import read_papers

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def page() -> Path:
    return next((Path(__file__).parent.parent.parent / "shared" / "seeds").glob("*.txt"))


@pytest.fixture(scope="module")
def graph(seeds_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    with kg.open(shutil.copytree(seeds_db, tmp_path_factory.mktemp("seeds") / "kg")) as opened:
        yield opened


def nquads(graph: kg.Workspace) -> bytes:
    return graph.store.dump_sorted_nquads()


def test_methods_evaluated_on_mt_bench_come_with_their_sentences(graph: kg.Workspace) -> None:
    rows = {row.subject.name: row for row in graph.find("methods evaluated on MT-Bench").rows}
    composition = rows["Composition of Experts"]
    assert 9.06 in [figure.value for figure in composition.figures]
    assert "Aligned Supervised Fine-Tuning" in rows
    assert any("Insights into Alignment" in quote.title for row in rows.values() for quote in row.quotes)
    for row in rows.values():
        for quote in row.quotes:
            assert quote.object and quote.text[slice(*quote.object)] == "MT-Bench"


def test_the_page_holds_76_papers(graph: kg.Workspace) -> None:
    assert len(graph.graph().papers) == 76


def test_nothing_is_wrong_with_the_graph(graph: kg.Workspace) -> None:
    assert graph.check() == []


def test_ingesting_the_page_again_changes_no_byte(graph: kg.Workspace, page: Path) -> None:
    before = nquads(graph)
    assert graph.ingest(page).unchanged == 76
    assert nquads(graph) == before


def test_another_order_in_two_workers_gives_the_same_bytes(
    graph: kg.Workspace, page: Path, tmp_path: Path
) -> None:
    papers: list[Paper] = list(read_papers(page, on_reject=lambda _: None))
    with kg.open(tmp_path) as other:
        other.ingest(reversed(papers), workers=2)
        assert nquads(other) == nquads(graph)
