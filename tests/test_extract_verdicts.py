"""Claims are weighed against their rivals: each once, by every way that led to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract import load_pipeline
from kg.extract.statements import PAIRS, ROLES, WORDING, Relation
from kg.extract.trees import Floats, Trees, load_trees
from kg.extract.verdicts import Rivals, VerdictFinder, cases, features, leads, names
from kg.vocabulary import Vocabulary

TEXT = (
    "Lantern: Route Planning\nWe propose Lantern, which improves upon Torch. It is evaluated on MT-Bench, "
    "where Lantern outperforms Torch."
)
CLAIM = Relation(0, "uses", 1, 0.4, "kg_statements.roles", 1, ((4, 5),), ROLES)


class Fixed(Trees):
    """Gives every claim the same chance."""

    def __init__(self, chance: float) -> None:
        self.chance = chance

    def chances(self, rows: Floats) -> list[float]:
        return [self.chance] * len(rows)


@pytest.fixture(scope="module")
def doc() -> Doc:
    nlp: Language = load_pipeline()
    return nlp(TEXT)


def test_a_claim_found_in_several_ways_is_one_case_by_the_surest() -> None:
    by_pair = replace(CLAIM, probability=0.7, component="kg_statements.pairs", way=PAIRS)
    worded = replace(CLAIM, probability=0.5, way=WORDING)
    (case,) = cases([CLAIM, by_pair, worded, replace(CLAIM, probability=0.1)])
    assert case.relation == by_pair
    assert dict(zip((ROLES, PAIRS, WORDING), case.chances, strict=True)) == {
        ROLES: 0.4,
        PAIRS: 0.7,
        WORDING: 0.5,
    }


def test_cases_do_not_depend_on_the_order_of_the_leads() -> None:
    found = [replace(CLAIM, subject=s, object=o) for s, o in ((None, 1), (2, 1), (0, 1), (0, 3))]
    assert cases(found) == cases(reversed(found))


def test_rivals_share_predicate_and_one_end_or_both_ends() -> None:
    weighed = cases(
        [
            CLAIM,
            replace(CLAIM, subject=2, probability=0.8),
            replace(CLAIM, object=3, probability=0.2),
            replace(CLAIM, predicate="improves", probability=0.6),
            replace(CLAIM, subject=5, object=6, probability=0.9),
        ]
    )
    mine = next(case for case in weighed if case.relation == CLAIM)
    assert Rivals(weighed).of(mine) == (0.8, 1, 0.2, 0, 0.6)


def test_every_column_has_a_name(doc: Doc, vocabulary: Vocabulary) -> None:
    weighed = leads(doc, vocabulary)
    rows = features(doc, weighed, vocabulary)
    assert rows.shape == (len(weighed), len(names(vocabulary)))
    assert rows.dtype == np.float32
    assert np.isfinite(rows).all()
    assert len(set(names(vocabulary))) == len(names(vocabulary))


@pytest.mark.parametrize("chance", [0.1, 0.6])
def test_what_is_likely_enough_is_claimed_with_its_new_probability(
    doc: Doc, chance: float, vocabulary: Vocabulary
) -> None:
    found = VerdictFinder(Fixed(chance), 0.5, {})(doc.copy())._.kg_relations
    assert bool(found) is (chance > 0.5)
    assert {r.probability for r in found} <= {chance}
    assert len(found) <= len(leads(doc, vocabulary))


def test_predicate_with_a_threshold_of_its_own_is_held_to_that(doc: Doc, vocabulary: Vocabulary) -> None:
    own = leads(doc, vocabulary)[0].relation.predicate
    found = VerdictFinder(Fixed(0.6), 0.9, {own: 0.5})(doc.copy())._.kg_relations
    assert {r.predicate for r in found} == {own}


def test_trees_of_other_features_are_refused(vocabulary: Vocabulary) -> None:
    assert load_trees("verdicts", names(vocabulary)).features == names(vocabulary)
    with pytest.raises(ValueError, match="other features"):
        load_trees("verdicts", ("something", "else"))
