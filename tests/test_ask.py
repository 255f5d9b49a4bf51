"""Questions in words, on eight invented papers: what they mean, and what they answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import KGError, NotFound, UnknownQuery
from kg.lookup import Lookups
from kg.lookup.grammar import Grammar
from kg.lookup.parser import read
from kg.vocabulary import Vocabulary, load_vocabulary
from tests.sources import SOURCES, lookups_over
from tests.tiny import objects, subjects, tiny_graph

DPO, SMT, CHOIR = "Direct Preference Optimization", "Simple Margin Tuning", "Expert Choir"
TUTORS, DOCTOR = "Insights into small tutors", "A helpful doctor"
CHOIR_PAPER, MARGINS = "A choir of experts", ("Margins are enough", "A second look at margins")


@pytest.fixture(scope="module", params=SOURCES)
def lookups(request: pytest.FixtureRequest, vocabulary: Vocabulary) -> Lookups:
    return lookups_over(tiny_graph(vocabulary).nodes(), vocabulary, request.param)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("methods evaluated on MT-Bench", {SMT, CHOIR, TUTORS}),
        ("Which methods are evaluated on mt bench?", {SMT, CHOIR, TUTORS}),
        ("what is evaluated on MT-Bench", {SMT, CHOIR, TUTORS}),
        ("models trained on UltraFeedback", {"Vireo-7B"}),
        ("what outperforms DPO", {SMT}),
        ("methods that beat dpo", {SMT}),
        ("what improves helpfulness", {SMT, "Vireo-7B"}),
        ("what improves helpfulness in medicine", {"Vireo-7B"}),
        ("papers that use DPO", {CHOIR_PAPER, TUTORS}),
        ("papers using DPO in education", {TUTORS}),
        ("papers about education", {TUTORS}),
        ("papers in medicine", {DOCTOR}),
        ("papers on education", {TUTORS}),
        ("methods that target helpfulness", {SMT}),
        ("methods that improve helpfulness and MT-Bench", {SMT}),
        ("benchmarks proposed since 2024", {DOCTOR}),
        ("benchmarks proposed before 2024", set()),
        ("papers about DPO", {"Preferences without rewards", CHOIR_PAPER, TUTORS, *MARGINS}),
        ("papers that propose a benchmark", {DOCTOR}),
        ("papers since 2024 that propose a benchmark", {DOCTOR}),
        ("papers that introduce a method before 2024", {"Preferences without rewards"}),
        ("papers in 2022", {"On dialogue"}),
        ("methods that improve MT-Bench and outperform DPO", {SMT}),
        ("methods that improve helpfulness and are evaluated on MT-Bench", {SMT}),
        ("methods that outperform DPO since 2025", {SMT}),
        ("methods that outperform DPO before 2024", set()),
        ("datasets", {"UltraFeedback"}),
        ("list all benchmarks", {"MT-Bench", "ClinicAsk"}),
        ("leaderboard of MT-Bench", {CHOIR, SMT, TUTORS}),
        ("results of SMT on MT-Bench", {SMT}),
        ("results on ClinicAsk", {"Vireo-7B"}),
    ],
)  # fmt: skip
def test_a_question_finds_what_fulfils_it(lookups: Lookups, question: str, expected: set[str]) -> None:
    assert subjects(lookups.ask(question)) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("what does SMT outperform", {DPO}),
        ("which benchmarks is Vireo-7B evaluated on?", {"ClinicAsk"}),
        ("benchmarks used to evaluate SMT", {"MT-Bench"}),
        ("goals targeted by SMT", {"helpfulness"}),
        ("metrics of Simple Margin Tuning", {"win rate"}),
        ("benchmarks proposed in a helpful doctor", {"ClinicAsk"}),
        ("results of Expert Choir", {"MT-Bench"}),
    ],
)
def test_a_question_can_ask_for_the_other_end(lookups: Lookups, question: str, expected: set[str]) -> None:
    assert objects(lookups.ask(question)) == expected


def test_numbers_and_sentences_stand_beside_the_rows(lookups: Lookups) -> None:
    rows = {row.subject.name: row for row in lookups.ask("methods evaluated on MT-Bench").rows}
    assert [figure.value for figure in rows[CHOIR].figures] == [9.06]
    assert [figure.value for figure in rows[TUTORS].figures] == [7.1]
    assert rows[CHOIR].quotes[0].text == "Expert Choir scores 9.06 on MT-Bench."


def test_a_row_about_a_paper_quotes_only_that_paper(lookups: Lookups) -> None:
    for row in lookups.ask("papers that use DPO").rows:
        assert {quote.title for quote in row.quotes} == {row.subject.name}


def test_a_domain_narrows_the_sentences_too(lookups: Lookups) -> None:
    (row,) = lookups.ask("what improves helpfulness in medicine").rows
    assert [quote.text for quote in row.quotes] == ["Vireo-7B improves helpfulness at the bedside."]


def test_negated_sentences_are_no_use(lookups: Lookups) -> None:
    assert "A second look at margins" not in subjects(lookups.ask("papers that use DPO"))


def test_the_answer_says_how_it_was_understood(lookups: Lookups) -> None:
    answer = lookups.ask("papers since 2024 that use dpo in education")
    assert answer.reading == f"papers that use {DPO}, in papers on education, since 2024"
    assert answer.question == "papers since 2024 that use dpo in education"


def test_a_bare_name_asks_what_is_said_of_it(lookups: Lookups) -> None:
    assert lookups.ask("Expert Choir").total == 2


@pytest.mark.parametrize(
    ("question", "name", "nearest"),
    [
        ("methods evaluated on MT-Bensh", "MT-Bensh", "MT-Bench"),
        ("what improves helpfulnes", "helpfulnes", "helpfulness"),
        ("what improves helpfulness in medicin", "medicin", "medicine"),
        ("papers that use DPO and outperform Expert Quire", "Expert Quire", CHOIR),
    ],
)
def test_an_unknown_name_tells_the_nearest(lookups: Lookups, question: str, name: str, nearest: str) -> None:
    with pytest.raises(NotFound) as caught:
        lookups.ask(question)
    assert (caught.value.name, caught.value.nearest[0]) == (name, nearest)


@pytest.mark.parametrize("question", ["", "?", "zzz qqq xxx", "why", "papers colourless green", "what"])
def test_words_of_no_known_form_get_examples(lookups: Lookups, question: str) -> None:
    with pytest.raises(UnknownQuery) as caught:
        lookups.ask(question)
    assert caught.value.examples


def test_every_predicate_can_be_asked_in_its_own_words(vocabulary: Vocabulary) -> None:
    grammar, everything = Grammar(vocabulary), frozenset(vocabulary.types)
    for predicate in vocabulary.predicates.values():
        for label in (predicate.label, *predicate.words):
            questions, _ = read(
                grammar, f"what {label} X", lambda name: everything if name == "X" else frozenset()
            )
            assert questions, label
            question = questions[0]
            assert (question.clauses[0].predicate, question.clauses[0].inverse) == (predicate.name, False), (
                label
            )


def test_every_type_can_be_listed_by_its_words(vocabulary: Vocabulary) -> None:
    grammar = Grammar(vocabulary)
    for kind in (vocabulary.paper, *vocabulary.types.values()):
        for word in (kind.plural, kind.label):
            questions, _ = read(grammar, f"list {word}", lambda name: frozenset())
            assert questions
            assert questions[0].wanted == kind.name


WORDS = (
    "what methods papers that use uses outperform in medicine on of MT-Bench DPO and since 2024 a , is does"
)
words = st.sampled_from([*WORDS.split(), "results", "leaderboard", "benchmarks"])


@settings(deadline=None, max_examples=200)
@given(st.lists(words, max_size=60).map(" ".join) | st.text(max_size=40))
def test_whatever_is_asked_is_answered_or_refused_in_our_words(question: str) -> None:
    try:
        _fixed().ask(question, limit=1)
    except (NotFound, UnknownQuery) as error:
        assert isinstance(error, KGError)


_MADE: list[Lookups] = []


def _fixed() -> Lookups:
    if not _MADE:
        vocabulary = load_vocabulary()
        _MADE.append(lookups_over(tiny_graph(vocabulary).nodes(), vocabulary, "index"))
    return _MADE[0]
