"""The scorer of SciER and SciNLP: its windows and its protocol, on a document of our own."""

from __future__ import annotations

import re

import pytest

from kg.records import JSON, Claim, Extraction, LocalEntity, Span
from scripts.score_public_sets import SCHEMES, Marked, annotated, compare, joined, read_into, windows

SCIER = SCHEMES["scier"]
DOCUMENT: JSON = {
    "doc_id": "d",
    "sentences": [
        ["Lantern", "(", "LT", ")", "beats", "Candle", "."],
        ["LT", "runs", "on", "the", "pre", "-", "war", "Harbor", "Set", "."],
    ],
    "ner": [
        [[0, 0, "Method"], [2, 2, "Method"], [5, 5, "Method"]],
        [[7, 7, "Method"], [14, 15, "Dataset"]],
    ],
    "relations": [
        [[2, 2, 0, 0, "Synonym-Of"], [2, 2, 5, 5, "Compare-With"]],
        [[7, 7, 14, 15, "Evaluated-With"]],
    ],
}


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (["pre", "-", "war", "ships"], "pre-war ships"),
        (["Lantern", "(", "LT", ")", ",", "too"], "Lantern (LT), too"),
        (["a", "harbor", "'s", "light"], "a harbor's light"),
    ],
)
def test_tokens_are_joined_as_people_write_them(tokens: list[str], text: str) -> None:
    said, places = joined(tokens, 3, 10)
    assert said == text
    assert [said[p.start - 10 : p.end - 10] for p in places.values()] == tokens
    assert list(places) == list(range(3, 3 + len(tokens)))


def read(*claims: tuple[str, str, str]) -> Marked:
    (window,) = windows(DOCUMENT, 8)
    text = window.paper.text

    def entity(id_: str, kind: str, *names: str) -> LocalEntity:
        places = sorted(Span(*m.span()) for name in names for m in re.finditer(name, text))
        return LocalEntity(id_, kind, names[0], names[1:], tuple(places), "rules")

    entities = (
        entity("e1", "Model", "Lantern", "LT"),
        entity("e2", "Method", "Candle"),
        entity("e3", "Benchmark", "Harbor Set"),
    )
    said = tuple(Claim(*triple, ()) for triple in claims)
    marked = Marked()
    read_into(marked, window, Extraction(window.paper.id, "", "1", entities, said, ()), SCIER)
    return marked


def test_perfect_reading_scores_1() -> None:
    found = read(("e1", "outperforms", "e2"), ("e1", "evaluatedOn", "e3"))
    scores = compare(annotated(DOCUMENT, SCIER), found, SCIER)
    assert [scores[name].f1 for name in ("mentions", "relations", "relations, strict")] == [1.0, 1.0, 1.0]


def test_symmetric_relation_counts_in_either_order() -> None:
    found = read(("e2", "comparedWith", "e1"))
    assert compare(annotated(DOCUMENT, SCIER), found, SCIER)["  Compare-With"].f1 == 1.0


def test_statement_of_the_paper_is_no_relation_of_theirs() -> None:
    assert {label for _, _, label in read(("PAPER", "proposes", "e1")).relations} == {"Synonym-Of"}
