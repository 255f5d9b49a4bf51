"""Work that is done once for many papers, and figures that are read without reading everything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kg.grounding import Vote
from kg.ledger import Ledger
from tests.toy import paper, workspace

TEXT = (
    "Method:Alpha Tuning uses Method:Beta Search. Method:Alpha Tuning evaluatedOn Benchmark:ZZ-Bench = 7.5."
)


@pytest.mark.parametrize("there", [1, 12])
def test_what_papers_make_of_a_name_is_asked_once_for_all_papers_of_a_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: int
) -> None:
    asked: list[str] = []
    votes_on = Ledger.votes_on

    def noted(ledger: Ledger, key: str) -> Mapping[str, Vote]:
        asked.append(key)
        return votes_on(ledger, key)

    monkeypatch.setattr(Ledger, "votes_on", noted)
    times = set()
    with workspace(tmp_path) as graph:
        graph.ingest([paper(number, TEXT) for number in range(there)])
        for number, papers in ((100, 1), (200, 9)):
            asked.clear()
            graph.ingest([paper(number + n, TEXT) for n in range(papers)])
            times.add(len(asked))
    assert len(times) == 1


def test_the_index_counts_as_the_ledger_does(tmp_path: Path) -> None:
    with workspace(tmp_path) as graph:
        assert graph.counts() == graph.ledger.counts() == {}
        graph.ingest([paper(1, TEXT), paper(2, "PAPER proposes Method:Gamma (GM).")])
        assert graph.counts() == graph.ledger.counts()
        assert graph.counts()["paper"] == 2
        graph.remove(paper(1, TEXT).id)
        assert graph.counts() == graph.ledger.counts()


def test_a_ledger_says_whether_it_has_more_nodes_than_so_many(tmp_path: Path) -> None:
    with workspace(tmp_path) as graph:
        assert not graph.ledger.has_over(0)
        graph.ingest([paper(1, TEXT)])
        nodes = sum(graph.ledger.counts().values())
        assert graph.ledger.has_over(nodes - 1)
        assert not graph.ledger.has_over(nodes)
