"""Where papers disagree, found in a graph: denied statements, and pairs that cannot both hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.lookup.lookups import Lookups
from kg.records import Paper
from kg.settings import Settings
from kg.vocabulary import Vocabulary
from kg.workspace import Workspace
from tests.toy import ToyReader

TEXTS = {
    "1": "Method:Alpha outperforms Method:Beta. Method:Alpha uses Method:Gamma. ",
    "2": "Method:Beta outperforms Method:Alpha. Method:Gamma uses Method:Alpha. ",
    "3": "Method:Beta outperforms Method:Alpha. not Method:Gamma outperforms Method:Beta. ",
    "4": "Method:Gamma outperforms Method:Beta. Method:Delta outperforms Method:Gamma. ",
}


@pytest.fixture(scope="module")
def lookups(tmp_path_factory: pytest.TempPathFactory, vocabulary: Vocabulary) -> Iterator[Lookups]:
    folder: Path = tmp_path_factory.mktemp("disputes")
    papers = [Paper(f"arXiv:2401.0000{n}", f"Paper {n}", text) for n, text in TEXTS.items()]
    with Workspace(folder, Settings(), vocabulary, ToyReader()) as workspace:
        workspace.ingest(papers)
        yield workspace.lookups


def test_a_pair_that_opposes_each_other_stands_together_the_more_believed_first(lookups: Lookups) -> None:
    answer = lookups.disputed()
    said = [(row.subject.name, row.object and row.object.name, row.papers) for row in answer.rows]
    assert said[:2] == [("Beta", "Alpha", 2), ("Alpha", "Beta", 1)]


def test_what_is_stated_and_denied_is_a_dispute_with_both_sentences(lookups: Lookups) -> None:
    last = lookups.disputed().rows[-1]
    assert (last.subject.name, {quote.negated for quote in last.quotes}) == ("Gamma", {True, False})


def test_only_predicates_that_take_sides_oppose_each_other(lookups: Lookups) -> None:
    assert len({row.predicate for row in lookups.disputed().rows}) == 1
    assert lookups.disputed().total == 2


def test_a_page_never_parts_a_pair(lookups: Lookups) -> None:
    first = lookups.disputed(limit=1)
    rest = lookups.disputed(limit=1, cursor=first.next)
    assert (len(first.rows), len(rest.rows), rest.next) == (2, 1, None)
