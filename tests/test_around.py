"""What lies around things: how far, what is let through, and what is said of that which is left out."""

from __future__ import annotations

import pytest

from kg.errors import NotFound
from kg.lookup import Lookups
from kg.lookup import around as walks
from kg.lookup.around import Sieve, Surroundings
from kg.records import Statement
from kg.vocabulary import Vocabulary
from tests.sources import SOURCES, lookups_over
from tests.tiny import tiny_graph

SMT = "method/simple-margin-tuning"
DPO = "method/direct-preference-optimization"
CHOIR = "method/expert-choir"
MT_BENCH = "benchmark/mt-bench"


@pytest.fixture(scope="module", params=SOURCES)
def lookups(request: pytest.FixtureRequest, vocabulary: Vocabulary) -> Lookups:
    # One more statement, between two things that stand around MT-Bench.
    known = tiny_graph(vocabulary)
    evidence = next(iter(known.statements.values())).evidence
    nodes = [*known.nodes(), Statement(CHOIR, "comparedWith", SMT, 0.5, 1, evidence)]
    return lookups_over(nodes, vocabulary, request.param)


def names(found: Surroundings) -> set[str]:
    return {node.rpartition("/")[2] for node in found.nodes}


def test_one_step_is_what_is_said_of_a_thing(lookups: Lookups) -> None:
    found = lookups.around([SMT], limit=100)
    assert {link.ends for link in found.links} >= {(SMT, DPO), (SMT, MT_BENCH), ("paper/t:2", SMT)}
    assert found.total == len(found.links)


def test_what_joins_the_things_shown_is_shown_too(lookups: Lookups) -> None:
    found = lookups.around([MT_BENCH], limit=100)
    assert found.links[-1].ends == (CHOIR, SMT)
    assert found.total == len(found.links)


def test_no_step_leaves_only_what_joins_the_things_asked_for(lookups: Lookups) -> None:
    found = lookups.around(["SMT", "DPO"], depth=0, limit=100)
    assert found.asked == (SMT, DPO) == found.nodes
    assert {link.ends for link in found.links} == {(SMT, DPO)}


def test_two_steps_reach_what_one_does_not(lookups: Lookups) -> None:
    near, far = (lookups.around(["ClinicAsk"], depth=depth, limit=1_000) for depth in (1, 2))
    assert names(near) < names(far)


def test_a_thing_of_which_nothing_is_said_stands_alone(lookups: Lookups) -> None:
    found = lookups.around(["GSM8K"], limit=10)
    assert (found.nodes, found.links) == (("benchmark/gsm8k",), ())


def test_a_limit_keeps_the_nearest_and_counts_the_rest(lookups: Lookups) -> None:
    everything, part = (lookups.around([MT_BENCH], depth=2, limit=limit) for limit in (1_000, 3))
    assert all(MT_BENCH in link.ends for link in part.links)
    assert len(part.links) == 3 < part.total <= everything.total
    assert part.unfollowed == len(part.nodes) - 1


def test_the_most_believed_comes_first(lookups: Lookups) -> None:
    beliefs = [link.belief for link in lookups.around([DPO], limit=5).links]
    assert beliefs == sorted(beliefs, reverse=True)


def test_things_beyond_what_may_be_looked_up_are_counted(
    lookups: Lookups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walks, "_MOST_FOLLOWED", 1)
    found = lookups.around([DPO], depth=2, limit=1_000)
    assert found.unfollowed == len(found.nodes) - 1


@pytest.mark.parametrize(
    ("sieve", "kept"),
    [
        (Sieve(), True),
        (Sieve(predicates=frozenset({"outperforms"})), True),
        (Sieve(predicates=frozenset({"uses"})), False),
        (Sieve(types=frozenset({"Method"})), True),
        (Sieve(types=frozenset({"Benchmark"})), False),
        (Sieve(least_belief=1.0), False),
        (Sieve(since=2024), True),
        (Sieve(since=2025), True),
        (Sieve(since=2026), False),
        (Sieve(until=2024), True),
        (Sieve(until=2023), False),
        (Sieve(since=2024, until=2024), True),
    ],
    ids=str,
)
def test_a_sieve_lets_through_what_it_says(lookups: Lookups, sieve: Sieve, kept: bool) -> None:
    found = lookups.around([SMT], sieve=sieve, limit=100)
    assert ((SMT, DPO) in {link.ends for link in found.links}) is kept


@pytest.mark.parametrize(
    "sieve", [Sieve(types=frozenset({"Gadget"})), Sieve(predicates=frozenset({"likes"}))]
)
def test_a_sieve_of_unknown_words_names_those_there_are(lookups: Lookups, sieve: Sieve) -> None:
    with pytest.raises(NotFound, match="nearest"):
        lookups.around([SMT], sieve=sieve, limit=100)


def test_an_unknown_thing_names_the_nearest(lookups: Lookups) -> None:
    with pytest.raises(NotFound, match="MT-Bench"):
        lookups.around(["MT Bensch"], limit=10)
