"""Probabilities of evidence: measured, rising with the component's own score, lower for hedged words."""

from __future__ import annotations

import pytest

from kg.extract.evidence import Reliability, load_reliability
from kg.vocabulary import Vocabulary

MEASURED = Reliability(precision={"finder": {"uses": ((0.4, 0.6), (0.3, 0.7))}}, hedged=0.5)


@pytest.mark.parametrize(
    ("kind", "chance", "hedged", "expected"),
    [
        ("uses", 0.1, False, 0.3),
        ("uses", 0.5, False, 0.5),
        ("uses", 0.9, True, 0.35),
        ("never measured", 0.9, False, 0.9),
    ],
)
def test_probability_is_what_was_measured(kind: str, chance: float, hedged: bool, expected: float) -> None:
    assert MEASURED.probability("finder", kind, chance, hedged=hedged) == expected


def test_shipped_figures_rise_with_the_score_and_are_shares() -> None:
    curves = [curve for kinds in load_reliability().precision.values() for curve in kinds.values()]
    assert curves
    for scores, shares in curves:
        assert list(scores) == sorted(scores)
        assert list(shares) == sorted(shares)
        assert shares[0] > 0
        assert shares[-1] < 1


def test_statement_components_are_measured_for_predicates_of_the_ontology(vocabulary: Vocabulary) -> None:
    precision = load_reliability().precision
    measured = {
        kind for name, kinds in precision.items() if name.startswith("kg_statements") for kind in kinds
    }
    assert measured <= set(vocabulary.predicates)
    assert len(measured) >= 10
