"""Questions as people type them, on eight invented papers; and what is said where nothing answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kg.errors import NotFound, UnknownQuery
from kg.lookup import Lookups
from kg.records import Entity, Graph
from kg.vocabulary import Vocabulary
from tests.sources import lookups_over
from tests.tiny import objects, subjects, tiny_graph

DPO, SMT, CHOIR = "Direct Preference Optimization", "Simple Margin Tuning", "Expert Choir"
TUTORS, DOCTOR, MARGINS = "Insights into small tutors", "A helpful doctor", "A second look at margins"


def over(graph: Graph, vocabulary: Vocabulary) -> Lookups:
    return lookups_over(graph.nodes(), vocabulary, "index")


@pytest.fixture(scope="module")
def lookups(vocabulary: Vocabulary) -> Lookups:
    return over(tiny_graph(vocabulary), vocabulary)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Please show me which methods were evaluated on MT-Bench.", {SMT, CHOIR, TUTORS}),
        ("I want to know which methods are evaluated on mt bench", {SMT, CHOIR, TUTORS}),
        ("evaluated on MT-Bench", {SMT, CHOIR, TUTORS}),
        ("methods on MT-Bench", {SMT, CHOIR, TUTORS}),
        ("Which papers evaluate on ClinicAsk?", {DOCTOR}),
        ("papers with results on ClinicAsk", {DOCTOR}),
        ("is there anything better than DPO?", {SMT}),
        ("methods better than DPO", {SMT}),
        ("methods that beat DPO on MT-Bench", {SMT}),
        ("what is used to improve helpfulness", {SMT, "Vireo-7B"}),
        ("how can helpfulness be improved?", {SMT, "Vireo-7B"}),
        ("what improves helpfulness and by how much?", {SMT, "Vireo-7B"}),
        ("what improves helpfulness or MT-Bench", {SMT, "Vireo-7B"}),
        ("What is DPO used for?", {CHOIR, TUTORS}),
        ("where was Simple Margin Tuning introduced?", {"Margins are enough"}),
        ("who proposed DPO?", {"Preferences without rewards"}),
        ("papers introducing new benchmarks", {DOCTOR}),
        ("medical benchmarks", {DOCTOR}),
        ("benchmarks in medicine", {DOCTOR}),
        ("What benchmarks exist for medicine?", {DOCTOR}),
        ("education papers", {TUTORS}),
        ("DPO papers in education", {TUTORS}),
        ("methods from 2023", {"Preferences without rewards"}),
        ("methods in 2024", {"Margins are enough"}),
        ("papers published before 2023", {"On dialogue"}),
        ("papers between 2022 and 2023", {"On dialogue", "Preferences without rewards"}),
        ("2022 papers", {"On dialogue"}),
        ("What was published in 2022?", {"On dialogue"}),
        ("how many papers use DPO?", {"A choir of experts", TUTORS}),
        ("papers that mention UltraFeedback", {DOCTOR}),
        ("papers by Nonym in 2022", {"On dialogue"}),
        ("most popular datasets", {"UltraFeedback"}),
        ("best on MT-Bench", {CHOIR, SMT, TUTORS}),
        ("what is the best method on MT-Bench?", {CHOIR, SMT, TUTORS}),
        ("state of the art on ClinicAsk", {"Vireo-7B"}),
        ("MT-Bench leaderboard", {CHOIR, SMT, TUTORS}),
        ("MT-Bench results", {CHOIR, SMT, TUTORS}),
        ("how well does SMT do on MT-Bench?", {SMT}),
        ("What score does SMT get on MT-Bench?", {SMT}),
        ("SMT on MT-Bench", {SMT}),
        ("MT-Bench score of SMT", {SMT}),
        ("SMT and DPO", {SMT}),
        ("does SMT outperform DPO?", {SMT}),
        ("Is SMT better than DPO?", {SMT}),
        ("has SMT been evaluated on MT-Bench", {SMT}),
        ("SMT outperforms DPO", {SMT}),
        ("evidence that SMT outperforms DPO", {SMT}),
        ("by which methods is DPO outperformed?", {SMT}),
        ("which method evaluated MT-Bench", {SMT, CHOIR, TUTORS}),
        ("benchmarks used in medicine", {DOCTOR}),
        ("papers that study dialogue", {"On dialogue"}),
        ("top 5 methods on MT-Bench", {CHOIR, SMT, TUTORS}),
        ("papers that use DPO on MT-Bench", {"A choir of experts", TUTORS}),
        ("DPO vs SMT", {SMT}),
        ("compare SMT, DPO and Expert Choir", {SMT, CHOIR}),
        ("how does SMT compare to DPO?", {SMT}),
        ("SMT vs Expert Choir on MT-Bench", {SMT, CHOIR}),
    ],
)  # fmt: skip
def test_a_question_is_read_as_people_type_it(lookups: Lookups, question: str, expected: set[str]) -> None:
    assert subjects(lookups.ask(question)) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How is Vireo-7B evaluated?", {"ClinicAsk"}),
        ("benchmarks for Vireo-7B", {"ClinicAsk"}),
        ("what is Vireo-7B trained on?", {"UltraFeedback"}),
        ("what metrics are used to evaluate SMT", {"win rate"}),
        ("datasets used to train models", {"UltraFeedback"}),
        ("on which benchmarks is Vireo-7B evaluated?", {"ClinicAsk"}),
        ("what does the DPO paper propose?", {DPO}),
        ("which domain is ClinicAsk applied to", {"medicine"}),
        ("what does the SMT method improve?", {"helpfulness", "MT-Bench"}),
    ],
)
def test_the_other_end_is_asked_for_in_many_ways(lookups: Lookups, question: str, expected: set[str]) -> None:
    assert objects(lookups.ask(question)) == expected


@pytest.mark.parametrize(
    "question", ["Expert Choir", "What is Expert Choir?", "tell me about Expert Choir", "who is expert choir"]
)
def test_what_a_thing_is_is_what_is_said_of_it(lookups: Lookups, question: str) -> None:
    assert lookups.ask(question).reading == f"what is said of {CHOIR}"


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("papers that do not use DPO", "what they do not say"),
        ("papers that don't use DPO", "what they do not say"),
        ("methods evaluated on MT-Bench but not ClinicAsk", "what they do not say"),
        ("benchmarks used by more than 3 papers", "conditions on numbers"),
        ("methods evaluated on MT-Bench quite purple things", "understood 'methods evaluated on MT-Bench'"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(
    lookups: Lookups, question: str, reason: str
) -> None:
    with pytest.raises(UnknownQuery) as caught:
        lookups.ask(question)
    assert reason in caught.value.reason
    assert caught.value.examples


def test_an_unknown_name_behind_what_is_gets_the_nearest(lookups: Lookups) -> None:
    with pytest.raises(NotFound) as caught:
        lookups.ask("What is ClinicAks?")
    assert (caught.value.name, caught.value.nearest[0]) == ("ClinicAks", "ClinicAsk")


@pytest.mark.parametrize(
    ("question", "hint"),
    [
        ("what targets helpfulness since 2026", "without “since 2026” 1 does"),
        ("what uses UltraFeedback", "1 model is trained on it"),
        ("what does SMT use", "it improves 2 things"),
        ("methods that outperform DPO and target dialogue", "1 outperforms Direct Preference Optimization"),
        ("results of Vireo-7B on MT-Bench", "there are on ClinicAsk"),
        ("accuracy of SMT on MT-Bench", "none is called"),
        ("models in education", "1 paper is about education"),
        ("papers by Nobody", "by Nobody"),
    ],
)
def test_an_answer_without_rows_tells_what_else_there_is(lookups: Lookups, question: str, hint: str) -> None:
    assert hint in (lookups.ask(question).hint or "")


def test_an_answer_with_rows_needs_no_hint(lookups: Lookups) -> None:
    assert lookups.ask("what outperforms DPO").hint is None


def test_a_paper_stands_in_one_row_with_all_its_sentences(lookups: Lookups) -> None:
    titles = [row.subject.name for row in lookups.ask("papers about helpfulness").rows]
    assert len(titles) == len(set(titles))
    (everywhere,) = [
        r for r in lookups.ask("papers about helpfulness").rows if "everywhere" in r.subject.name
    ]
    assert len(everywhere.quotes) == len(("improves", "aims at"))


def test_a_name_of_several_things_means_all_of_them(vocabulary: Vocabulary) -> None:
    graph = tiny_graph(vocabulary)
    twin = Entity("model/expert-choir", vocabulary.type_of("model/x").name, CHOIR, (), 1)
    uses = next(s for s in graph.statements.values() if s.subject == "method/expert-choir")
    lookups = over(Graph.of([*graph.nodes(), twin, replace(uses, subject=twin.id)]), vocabulary)
    answer = lookups.ask("what is Expert Choir?")
    assert answer.reading == f"what is said of {CHOIR} (method) or {CHOIR} (model)"
    assert {row.subject.id for row in answer.rows} == {"method/expert-choir", "model/expert-choir"}


# --- comparison ------------------------------------------------------------------------------------------


def test_a_comparison_has_a_table_of_figures_and_marks(lookups: Lookups) -> None:
    table = lookups.compare(["SMT", "Expert Choir"]).table
    assert table is not None
    assert [thing.name for thing in table.things] == [SMT, CHOIR]
    column = [item.name for item in table.columns].index("MT-Bench")
    cells = [row[column] for row in table.cells]
    assert [cell.figures[0].value for cell in cells if cell] == [8.2, 9.06]
    assert all(cell.statements and cell.quotes for cell in cells if cell)


def test_a_cell_of_which_nothing_is_said_is_empty(lookups: Lookups) -> None:
    table = lookups.compare(["SMT", "Vireo-7B"]).table
    assert table is not None
    column = [item.name for item in table.columns].index("ClinicAsk")
    assert table.cells[0][column] is None


def test_a_comparison_can_be_narrowed_to_some_benchmarks(lookups: Lookups) -> None:
    table = lookups.compare(["SMT"], ["MT-Bench"]).table
    assert table is not None
    assert ([i.name for i in table.things], [i.name for i in table.columns]) == ([SMT], ["MT-Bench"])


def test_without_things_all_on_a_benchmark_are_compared(lookups: Lookups) -> None:
    table = lookups.compare([], ["MT-Bench"]).table
    assert table is not None
    assert {thing.name for thing in table.things} == {SMT, CHOIR, TUTORS}


def test_things_that_share_nothing_are_an_answer_with_a_hint(lookups: Lookups) -> None:
    answer = lookups.compare(["DPO", "UltraFeedback"])
    assert (answer.total, bool(answer.hint)) == (0, True)
