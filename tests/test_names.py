"""Names: the same from the ledger as from the store, and what a reader who types is offered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.lookup.lookups import Lookups
from kg.lookup.stored import InStore
from kg.settings import Settings
from kg.vocabulary import Vocabulary
from kg.workspace import Workspace
from tests.served import PAPERS, opened


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with opened(tmp_path_factory.mktemp("names"), Settings()) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def lookups(workspace: Workspace) -> Lookups:
    return workspace.lookups


def from_the_store(workspace: Workspace) -> Lookups:
    return Lookups(InStore(workspace.store.query), workspace.vocabulary)


def test_names_are_the_same_from_the_ledger_as_from_the_store(workspace: Workspace) -> None:
    names = workspace.lookups.reader.refresh()
    assert names.things == from_the_store(workspace).reader.refresh().things
    assert len(names.things) > len(PAPERS)


def test_names_from_the_ledger_follow_a_removal(tmp_path: Path, vocabulary: Vocabulary) -> None:
    with opened(tmp_path, Settings()) as workspace:
        assert workspace.lookups.reader.refresh().of("Margin Tuning")
        workspace.remove(PAPERS[1].id)
        assert workspace.lookups.reader.refresh().things == from_the_store(workspace).reader.refresh().things
        assert not workspace.lookups.reader.names.of("Margin Tuning")


def texts(lookups: Lookups, typed: str) -> list[str]:
    return [one.text for one in lookups.suggest(typed)]


@pytest.mark.parametrize("typed", ["MT-Bench", "mt bench", "mtb", "mt-be"])
def test_the_beginning_of_a_name_offers_the_thing_first(lookups: Lookups, typed: str) -> None:
    first = lookups.suggest(typed)[0]
    assert (first.text, first.item and first.item.id) == ("MT-Bench", "benchmark/mt-bench")


def test_a_whole_name_offers_what_can_be_asked_of_it(lookups: Lookups) -> None:
    assert "methods evaluated on MT-Bench" in texts(lookups, "mt-bench")
    assert "what outperforms Alpha Tuning" in texts(lookups, "AT")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("methods evaluated on mt-b", "methods evaluated on MT-Bench"),
        ("which methods are evaluated on mt", "which methods are evaluated on MT-Bench"),
        ("what outperforms alp", "what outperforms Alpha Tuning"),
    ],
)
def test_a_question_is_finished_with_a_name(lookups: Lookups, typed: str, offered: str) -> None:
    assert offered in texts(lookups, typed)


def test_every_question_that_is_offered_has_an_answer(lookups: Lookups) -> None:
    offered = [
        one.text
        for typed in ("mt-bench", "AT", "what uses a")
        for one in lookups.suggest(typed)
        if not one.item
    ]
    assert offered
    assert all(lookups.ask(question).total for question in offered)


@pytest.mark.parametrize("typed", ["", " ", "m", "?", "zzzzzz"])
def test_what_begins_nothing_offers_nothing(lookups: Lookups, typed: str) -> None:
    assert lookups.suggest(typed) == []


def test_no_more_is_offered_than_is_wanted(lookups: Lookups) -> None:
    assert len(lookups.suggest("mt-bench", limit=2)) == 2
