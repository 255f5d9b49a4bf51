"""The questions on the bundled corpus: answers name papers that are there, and figures that they give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kg.records import Paper

ROOT = Path(__file__).parent.parent
LINES = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8").splitlines()
QUESTIONS = [line for line in LINES if line.startswith("**")]
ANSWERS = [line for line in LINES if re.search(r"\(arXiv:[\d.]+\)$", line)]


@pytest.fixture(scope="module")
def corpus() -> dict[str, Paper]:
    lines = (ROOT / "corpus" / "papers.jsonl").read_text(encoding="utf-8").splitlines()
    return {paper.id: paper for paper in map(Paper.from_json, lines)}


def named_paper(answer: str) -> str:
    return answer.rsplit("(", 1)[1].rstrip(")")


def figures(answer: str) -> list[str]:
    """Decimals and percentages, outside of the paper's number."""
    return re.findall(r"\b\d+\.\d+\b(?![\w-])|\b\d+(?=%)", answer.rsplit("(", 1)[0])


def test_questions_are_numbered_one_to_forty() -> None:
    assert [int(line[2:].split(".")[0]) for line in QUESTIONS] == list(range(1, 41))


def test_every_bullet_below_a_question_names_one_paper() -> None:
    bullets = [line for line in LINES[LINES.index(QUESTIONS[0]) :] if line.startswith("- ")]
    assert bullets == ANSWERS


def test_answers_name_papers_of_the_corpus(corpus: dict[str, Paper]) -> None:
    assert [answer for answer in ANSWERS if named_paper(answer) not in corpus] == []


def test_figures_of_an_answer_stand_in_the_digest(corpus: dict[str, Paper]) -> None:
    wrong = [
        (figure, answer)
        for answer in ANSWERS
        for figure in figures(answer)
        if figure not in re.findall(r"\d+(?:\.\d+)?", corpus[named_paper(answer)].text)
    ]
    assert wrong == []
