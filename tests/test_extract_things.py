"""Things are judged by all their mentions; numbers are tied to what can have such a level."""

from __future__ import annotations

import numpy as np
import pytest
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract import load_pipeline
from kg.extract.linear import LinearModel, load_model
from kg.extract.results import Outcome, ResultFinder
from kg.extract.statements import ANY, StatementFinder
from kg.extract.things import ThingFilter, whole_features

TEXT = "Lantern: Route Planning\nWe propose Lantern. Lantern reaches a score of {} on MT-Bench."


@pytest.fixture(scope="module")
def nlp() -> Language:
    return load_pipeline()


def read(nlp: Language, level: str) -> Doc:
    return nlp(TEXT.format(level))


def only_named(name: str) -> LinearModel:
    return LinearModel(["given"], [f"name={name}"], np.array([[9.0]]), np.array([-4.0]))


def test_filter_keeps_what_the_model_holds_likely(nlp: Language) -> None:
    doc = ThingFilter(only_named("lantern"), 0.5)(read(nlp, "8.41"))
    assert [c.name for c in doc._.kg_clusters] == ["Lantern"]
    assert doc._.kg_clusters[0].probability > 0.9


def test_every_thing_has_features_of_its_own(nlp: Language) -> None:
    doc = read(nlp, "8.41")
    rows = whole_features(doc)
    assert len(rows) == len(doc._.kg_clusters) == len({tuple(row) for row in rows})


@pytest.mark.parametrize(("level", "tied"), [("8.41", True), ("63.16", False)])
def test_level_off_the_scale_of_a_benchmark_is_not_tied_to_it(nlp: Language, level: str, tied: bool) -> None:
    doc = read(nlp, level)
    finder = ResultFinder(load_model("results"), 0.0)
    (outcome,) = (o for o in finder.find(doc) if o.number.value == float(level))
    assert (benchmark(doc, outcome) == "MT-Bench") is tied


def benchmark(doc: Doc, outcome: Outcome) -> str | None:
    name: str | None = None if outcome.benchmark is None else doc._.kg_clusters[outcome.benchmark].name
    return name


def test_predicate_with_a_threshold_of_its_own_is_not_held_to_the_general_one(nlp: Language) -> None:
    doc = read(nlp, "8.41")
    roles = load_model("roles")
    predicates = {label.split()[1] for label in roles.labels}
    assert not StatementFinder(roles, None, 0.0, {ANY: 1.1})(doc)._.kg_relations
    own = dict.fromkeys(predicates, 0.0)
    found = StatementFinder(roles, None, 0.0, {ANY: 1.1, **own})(doc)._.kg_relations
    assert found
    assert {r.predicate for r in found} <= predicates


def test_what_is_hardly_likely_is_a_lead_and_no_claim(nlp: Language) -> None:
    doc = StatementFinder(load_model("roles"), None, 0.0, {ANY: 1.1})(read(nlp, "8.41"))
    assert doc._.kg_leads
    assert not doc._.kg_relations
