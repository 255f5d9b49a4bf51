"""The named look-ups, on eight invented papers."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from kg.errors import NotFound, UnknownQuery
from kg.lookup import Answer, Lookups, Wanted
from kg.lookup.stored import InStore
from kg.records import Entity, Result, Span, Statement
from kg.stores import Limits
from kg.stores.oxigraph import OxigraphStore
from kg.vocabulary import Vocabulary
from tests.blocking import Pool
from tests.sources import SOURCES, lookups_over
from tests.tiny import tiny_graph

DPO, SMT, CHOIR = "Direct Preference Optimization", "Simple Margin Tuning", "Expert Choir"


@pytest.fixture(scope="module", params=SOURCES)
def lookups(request: pytest.FixtureRequest, vocabulary: Vocabulary) -> Lookups:
    return lookups_over(tiny_graph(vocabulary).nodes(), vocabulary, request.param)


def triples(answer: Answer) -> list[str]:
    return [f"{r.subject.name} {r.predicate} {r.object.name if r.object else ''}" for r in answer.rows]


def subjects(answer: Answer) -> list[str]:
    return [row.subject.name for row in answer.rows]


def numbers(answer: Answer) -> list[tuple[str, float, str]]:
    return [(row.subject.name, row.figures[0].value, row.figures[0].unit) for row in answer.rows]


def test_things_of_a_type_come_most_named_first(lookups: Lookups, vocabulary: Vocabulary) -> None:
    answer = lookups.things(vocabulary.type_of("method/x").name)
    assert [(row.subject.name, row.papers) for row in answer.rows] == [(DPO, 5), (SMT, 3), (CHOIR, 1)]


def test_papers_are_things_too(lookups: Lookups, vocabulary: Vocabulary) -> None:
    assert lookups.things(vocabulary.paper.name).total == 8


def test_an_unknown_type_names_those_there_are(lookups: Lookups) -> None:
    with pytest.raises(NotFound, match="Benchmark"):
        lookups.things("Gadget")


@pytest.mark.parametrize(
    "name", ["DPO", "dpo", "direct preference-optimization", "method/direct-preference-optimization"]
)
def test_a_thing_is_known_by_its_id_names_and_spellings(lookups: Lookups, name: str) -> None:
    assert lookups.about(name).total == 4


def test_what_is_said_of_a_thing_is_found_at_both_ends(lookups: Lookups) -> None:
    assert triples(lookups.about("DPO"))[:2] == [f"{SMT} outperforms {DPO}", f"{CHOIR} uses {DPO}"]


def test_rows_carry_sentences_with_the_words_marked(lookups: Lookups) -> None:
    (row,) = lookups.statements(Wanted(subject="Expert Choir", object="DPO")).rows
    (quote,) = row.quotes
    assert quote.text == "Expert Choir uses DPO for each voice."
    assert (quote.subject, quote.object) == (Span(0, 12), Span(18, 21))
    assert (quote.paper, quote.title, quote.published) == ("t:3", "A choir of experts", "2024-05-01")
    assert quote.about == row.statement


def test_numbers_about_both_ends_stand_beside_a_statement(lookups: Lookups) -> None:
    (row,) = lookups.statements(Wanted(subject="Expert Choir", object="MT-Bench")).rows
    assert [(f.value, f.unit) for f in row.figures] == [(9.06, "score")]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(predicate="outperforms"), [f"{SMT} outperforms {DPO}"]),
        (Wanted(predicate="trainedOn"), ["Vireo-7B trainedOn UltraFeedback"]),
        (Wanted(object="DPO", least_belief=0.9), [f"{SMT} outperforms {DPO}"]),
        (Wanted(object="helpfulness", type="Model"), ["Vireo-7B improves helpfulness"]),
    ],
)
def test_statements_are_found_by_their_parts(lookups: Lookups, wanted: Wanted, expected: list[str]) -> None:
    assert triples(lookups.statements(wanted)) == expected


def test_a_leaderboard_ranks_the_best_first(lookups: Lookups) -> None:
    answer = lookups.leaderboard("mt bench")
    assert numbers(answer) == [
        (CHOIR, 9.06, "score"),
        (SMT, 8.2, "score"),
        ("Insights into small tutors", 7.1, "score"),
    ]


@pytest.mark.parametrize("source", SOURCES)
def test_numbers_that_cannot_be_compared_are_never_ranked_together(
    vocabulary: Vocabulary, source: str
) -> None:
    graph = tiny_graph(vocabulary)
    percent = [replace(r, value=50.0 + n, unit="%") for n, r in enumerate(graph.results.values())][:2]
    gains: list[Result] = [replace(percent[0], kind="gain", value=99.0)]
    moved = [replace(r, benchmark="benchmark/mt-bench") for r in (*percent, *gains)]
    found = lookups_over([*graph.nodes(), *moved], vocabulary, source).leaderboard("MT-Bench")
    units = [(row.figures[0].unit, row.figures[0].kind) for row in found.rows]
    assert units == [("score", "absolute")] * 3 + [("%", "absolute")] * 2 + [("%", "gain")]


def test_comparison_puts_what_is_shared_side_by_side(lookups: Lookups) -> None:
    answer = lookups.compare(["SMT", "Expert Choir", "DPO"])
    assert triples(answer) == [
        f"{SMT} outperforms {DPO}",
        f"{CHOIR} uses {DPO}",
        f"{SMT} evaluatedOn MT-Bench",
        f"{CHOIR} evaluatedOn MT-Bench",
    ]


def test_a_path_is_a_shortest_chain_of_statements(lookups: Lookups) -> None:
    way = triples(lookups.path("Vireo-7B", "Expert Choir"))
    assert (len(way), way[0], way[2:]) == (
        4,
        "Vireo-7B improves helpfulness",
        [f"{SMT} outperforms {DPO}", f"{CHOIR} uses {DPO}"],
    )


@pytest.mark.parametrize("source", SOURCES)
def test_a_thing_with_hundreds_of_neighbours_does_not_end_a_path(vocabulary: Vocabulary, source: str) -> None:
    names = ["hub", "middle", "bridge", "end", *(f"leaf-{n}" for n in range(400))]
    kind = vocabulary.type_of("method/x").name
    pairs = [("hub", name) for name in names if name not in ("hub", "bridge", "end")]
    pairs += [("middle", "bridge"), ("bridge", "end")]
    predicate = next(p.name for p in vocabulary.predicates.values() if vocabulary.allows(kind, p.name, kind))
    entities = [Entity(f"method/{name}", kind, name) for name in names]
    statements = [
        Statement(f"method/{one}", predicate, f"method/{other}", 0.5, 1, ()) for one, other in pairs
    ]
    way = lookups_over([*entities, *statements], vocabulary, source).path("hub", "end")
    assert [row.object and row.object.name for row in way.rows] == ["middle", "bridge", "end"]


def test_no_path_is_an_answer_without_rows(lookups: Lookups) -> None:
    answer = lookups.path("dialogue", "DPO")
    assert (answer.rows, answer.reading[:6]) == ((), "no way")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("smt", SMT),
        ("direct pref", DPO),
        ("margin tun", SMT),
        ("ultrafedback", "UltraFeedback"),
        ("insights", "Insights into small tutors"),
    ],
)
def test_search_finds_beginnings_parts_and_misspellings(lookups: Lookups, text: str, first: str) -> None:
    assert subjects(lookups.search(text))[0] == first


def test_an_unknown_name_tells_the_nearest(lookups: Lookups) -> None:
    with pytest.raises(NotFound) as caught:
        lookups.about("UltraFedback")
    assert caught.value.nearest[0] == "UltraFeedback"


def test_pages_join_to_the_whole_answer(lookups: Lookups) -> None:
    whole, pages, cursor = lookups.about("MT-Bench"), [], None
    while True:
        page = lookups.about("MT-Bench", limit=2, cursor=cursor)
        pages += triples(page)
        cursor = page.next
        if cursor is None:
            break
    assert (pages, page.total) == (triples(whole), whole.total)


@pytest.mark.parametrize("cursor", ["x", "!!!", "LTE"])
def test_a_cursor_of_no_answer_is_refused(lookups: Lookups, cursor: str) -> None:
    with pytest.raises(UnknownQuery, match="cursor"):
        lookups.about("MT-Bench", cursor=cursor)


def test_names_follow_the_graph(vocabulary: Vocabulary) -> None:
    store = OxigraphStore.in_memory()
    lookups = Lookups(InStore(store.query))
    with pytest.raises(NotFound):
        lookups.about("ClinicAsk")
    store.load(tiny_graph(vocabulary).nodes(), 1)
    assert lookups.about("ClinicAsk").total == 2


def test_counts_are_by_class(lookups: Lookups, vocabulary: Vocabulary) -> None:
    assert lookups.counts()[vocabulary.paper.name] == 8


def test_a_pool_answers_as_a_store_does(lookups: Lookups, vocabulary: Vocabulary, tmp_path: Path) -> None:
    store = OxigraphStore.open(tmp_path)
    store.load(tiny_graph(vocabulary).nodes(), 1)
    with Pool(tmp_path, workers=1) as pool:
        pooled = Lookups(InStore(pool.query), vocabulary)
        assert pooled.about("DPO") == lookups.about("DPO")
        assert pooled.leaderboard("MT-Bench") == lookups.leaderboard("MT-Bench")


def test_every_query_is_read_only_and_says_what_it_is_for() -> None:
    for file in (files("kg.lookup") / "queries").iterdir():
        text = file.read_text(encoding="utf-8")
        assert text.startswith("# " if file.name.endswith(".rq") else "// "), file.name
        if file.name.endswith(".rq"):
            OxigraphStore.in_memory().query(text, {}, Limits())
