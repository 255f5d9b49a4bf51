"""The questions that the ontology must answer: each runs, and finds what a person found in the corpus.

A question is `ontology/competency/NN-name.rq`, NN its number in docs/questions.md. Beside it,
`expected/NN-name.json` holds the papers that a person answers with; `at_least` of them the graph must find
today, and `never` lists papers that it must not. `figures` are the numbers of the answer, counted likewise.
The floors rise as extraction gets better; they are lowered by nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph
import pytest

from kg.records import paper_node
from kg.stores import Rows
from kg.vocabulary import node_of, ontology_directory
from kg.workspace import Workspace, open_workspace

ROOT = Path(__file__).parent.parent
FOLDER = ontology_directory() / "competency"
QUESTIONS = sorted(FOLDER.glob("*.rq"))
DOCUMENT = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")


def stem(path: Path) -> str:
    return path.stem


@dataclass(frozen=True)
class Expected:
    """The answer of a person, and how much of it the graph must find today."""

    answers: list[str]
    at_least: int
    never: list[str]
    figures: list[dict[str, str | float]] = field(default_factory=list)
    figures_at_least: int = 0


def expected(question: Path) -> Expected:
    return Expected(**json.loads((FOLDER / "expected" / f"{question.stem}.json").read_text(encoding="utf-8")))


def answers_by_hand(question: Path) -> list[str]:
    """Return the papers below the question in docs/questions.md."""
    number = int(question.stem[:2])
    part = re.split(r"^\*\*\d+\. .*\*\*$", DOCUMENT, flags=re.MULTILINE)[number]
    return list(dict.fromkeys(re.findall(r"\((arXiv:[\d.]+)\)$", part, flags=re.MULTILINE)))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with open_workspace(tmp_path_factory.mktemp("corpus")) as opened:
        opened.ingest(ROOT / "corpus" / "papers.jsonl")
        yield opened


def papers(rows: Rows) -> list[str]:
    column = rows.columns.index("paper")
    return [(node_of(str(row[column])) or "").removeprefix(paper_node("")) for row in rows.rows]


def figures(rows: Rows) -> set[tuple[str, object]]:
    value = rows.columns.index("value")
    return set(zip(papers(rows), (row[value] for row in rows.rows), strict=True))


def test_there_are_enough_questions() -> None:
    assert len(QUESTIONS) >= 25


@pytest.mark.parametrize("question", QUESTIONS, ids=stem)
def test_a_query_says_its_question_first_and_parses(question: Path) -> None:
    text = question.read_text(encoding="utf-8")
    asked = text.splitlines()[0].removeprefix("# ")
    assert f"**{int(question.stem[:2])}. {asked}**" in DOCUMENT
    assert isinstance(pyoxigraph.Store().query(text), pyoxigraph.QuerySolutions)


@pytest.mark.parametrize("question", QUESTIONS, ids=stem)
def test_the_expected_papers_are_those_that_a_person_found(question: Path) -> None:
    assert expected(question).answers == answers_by_hand(question)


@pytest.mark.parametrize("question", QUESTIONS, ids=stem)
def test_the_graph_finds_what_a_person_found(question: Path, workspace: Workspace) -> None:
    want = expected(question)
    found = set(papers(workspace.query(question.read_text(encoding="utf-8"))))
    assert len(found.intersection(want.answers)) >= want.at_least
    assert found.isdisjoint(want.never)


@pytest.mark.parametrize("question", [q for q in QUESTIONS if expected(q).figures], ids=stem)
def test_the_graph_finds_the_figures(question: Path, workspace: Workspace) -> None:
    want = expected(question)
    found = figures(workspace.query(question.read_text(encoding="utf-8")))
    assert len(found.intersection((f["paper"], f["value"]) for f in want.figures)) >= want.figures_at_least
