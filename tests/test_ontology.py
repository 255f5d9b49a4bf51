"""The ontology agrees with itself: names, concepts, predicates, versions, and the words of queries."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg.errors import OntologyError
from kg.grounding import Grounder, slug
from kg.vocabulary import (
    AKG,
    PREFIXES,
    KnownName,
    Vocabulary,
    ontology_directory,
    read_vocabulary,
    spellings,
    vocabulary_files,
)

FOLDER = ontology_directory()
TURTLE = sorted(FOLDER.glob("*.ttl"))
QUERIES = sorted([*FOLDER.rglob("*.rq"), *(Path(__file__).parent.parent / "kg").rglob("*.rq")])
LEAST = {"Benchmark": 400, "Dataset": 100, "Model": 300, "Metric": 80, "Method": 60, "Task": 80}
FAMILIES = 11
GOALS = "helpfulness harmlessness honesty safety truthfulness factuality fairness instruction-following"
DOMAINS = "medicine radiology pathology finance law education mathematics e-commerce philosophy-and-ethics"


def names_of(vocabulary: Vocabulary, *types: str) -> list[KnownName]:
    return [known for known in vocabulary.names.values() if known.type in types]


def declared() -> set[str]:
    """Return the terms of our own that alignment.ttl and shapes.ttl define."""
    return {
        triple.subject.value
        for file in (FOLDER / "alignment.ttl", FOLDER / "shapes.ttl")
        for triple in parse(path=str(file), format=RdfFormat.TURTLE)
        if triple.predicate.value == PREFIXES["rdf"] + "type" and isinstance(triple.subject, NamedNode)
    }


# --- names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("type_name", "least"), LEAST.items())
def test_enough_things_are_known_by_name(vocabulary: Vocabulary, type_name: str, least: int) -> None:
    assert len(names_of(vocabulary, type_name)) >= least


@pytest.mark.parametrize(
    "name",
    [
        "MT-Bench",
        "AlpacaEval",
        "AlpacaEval 2 LC",
        "Arena-Hard",
        "IFEval",
        "WildBench",
        "RewardBench",
        "TruthfulQA",
        "HarmBench",
        "XSTest",
        "BBH",
        "MMLU-Pro",
        "GPQA",
        "MATH-500",
        "AIME",
        "HumanEval",
        "LiveCodeBench",
        "SWE-bench",
        "MMMU",
        "POPE",
        "MedQA",
        "PubMedQA",
        "GSM8K",
        "HH-RLHF",
        "UltraFeedback",
    ],
)
def test_what_every_alignment_researcher_knows_is_known(vocabulary: Vocabulary, name: str) -> None:
    assert Grounder(vocabulary).lookup("Benchmark", name) is not None


def test_ids_are_slugs_of_names(vocabulary: Vocabulary) -> None:
    wrong = [k.id for k in vocabulary.names.values() if k.id.partition("/")[2] != slug(k.name)]
    assert wrong == []


def test_a_name_means_one_thing_among_things_that_texts_confuse(vocabulary: Vocabulary) -> None:
    grounder = Grounder(vocabulary)
    wrong = [
        (known.id, name)
        for known in vocabulary.names.values()
        for name in (known.name, *known.aliases)
        if grounder.lookup(known.type, name) != known
    ]
    assert wrong == []


def test_no_name_is_too_short_to_be_told_from_other_words(vocabulary: Vocabulary) -> None:
    short = {n for k in vocabulary.names.values() for n in (k.name, *k.aliases) if len(n) < 3}
    assert short <= {"T5", "F1"}  # a capital and a number, and every text uses them so


def test_no_name_is_repeated_as_an_alias(vocabulary: Vocabulary) -> None:
    grounder = Grounder(vocabulary)
    repeated = [
        (known.id, key)
        for known in vocabulary.names.values()
        if not known.case_sensitive
        for key, count in Counter(grounder.key(known.type, n) for n in (known.name, *known.aliases)).items()
        if count > 1
    ]
    assert repeated == []


def test_an_everyday_word_counts_only_as_written(vocabulary: Vocabulary) -> None:
    assert vocabulary.names["benchmark/arc"].case_sensitive
    assert not vocabulary.names["benchmark/mt-bench"].case_sensitive


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("MT-Bench", {"MT Bench", "MTBench"}),
        ("Llama 2", {"Llama-2", "Llama2"}),
        ("AIME 2024", {"AIME2024", "AIME-2024"}),
        ("GSM8K", {"GSM-8K", "GSM 8K"}),
        ("accuracy", set()),
        ("o3-mini", {"o3 mini"}),
    ],
)
def test_spellings_are_those_that_papers_use(name: str, others: set[str]) -> None:
    assert others <= set(spellings(name))
    assert spellings(name)[0] == name


# --- benchmarks and versions ----------------------------------------------------------------------------


def test_benchmarks_say_what_they_measure(vocabulary: Vocabulary) -> None:
    assert [k.id for k in names_of(vocabulary, "Benchmark") if not k.measures or not k.metric] == []


def test_usual_metrics_are_known_metrics(vocabulary: Vocabulary) -> None:
    metrics = {k.metric for k in vocabulary.names.values() if k.metric}
    assert {vocabulary.names[m].type for m in metrics} == {"Metric"}


@pytest.mark.parametrize(
    ("version", "whole"),
    [
        ("benchmark/mmlu-pro", "benchmark/mmlu"),
        ("benchmark/gpqa-diamond", "benchmark/gpqa"),
        ("benchmark/swe-bench-verified", "benchmark/swe-bench"),
        ("benchmark/math-500", "benchmark/math"),
        ("benchmark/aime-2024", "benchmark/aime"),
        ("benchmark/alpacaeval-2.0-lc", "benchmark/alpacaeval-2.0"),
        ("benchmark/alpacaeval-2.0", "benchmark/alpacaeval"),
        ("benchmark/arena-hard-v2.0", "benchmark/arena-hard"),
        ("model/llama-2-7b", "model/llama-2"),
    ],
)
def test_a_version_is_a_thing_of_its_own(vocabulary: Vocabulary, version: str, whole: str) -> None:
    assert vocabulary.names[version].version_of == whole


@pytest.mark.parametrize("upward", ["version_of", "broader"])
def test_nothing_is_its_own_version_or_broader_concept(vocabulary: Vocabulary, upward: str) -> None:
    def above(id_: str) -> tuple[str, ...]:
        found = getattr(vocabulary.names[id_], upward) if id_ in vocabulary.names else ()
        return (found,) if isinstance(found, str) else tuple(found or ())

    for id_ in vocabulary.names:
        seen, level = {id_}, above(id_)
        while level:
            assert seen.isdisjoint(level), id_
            seen.update(level)
            level = tuple(up for node in level for up in above(node))


def test_versions_are_of_things_of_the_same_kind(vocabulary: Vocabulary) -> None:
    versions = [k for k in vocabulary.names.values() if k.version_of]
    assert [k.id for k in versions if vocabulary.names[k.version_of or ""].type != k.type] == []


# --- concepts -------------------------------------------------------------------------------------------


def facts(file: str) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for triple in parse(path=str(FOLDER / file), format=RdfFormat.TURTLE):
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode | Literal):
            found[triple.subject.value][triple.predicate.value].append(triple.object.value)
    return found


def test_every_concept_has_one_label_and_one_scheme() -> None:
    skos, type_ = PREFIXES["skos"], PREFIXES["rdf"] + "type"
    concepts = {s: f for s, f in facts("schemes.ttl").items() if skos + "Concept" in f[type_]}
    wrong = [s for s, f in concepts.items() if any(len(f[skos + p]) != 1 for p in ("prefLabel", "inScheme"))]
    assert wrong == []


def test_techniques_stand_in_families(vocabulary: Vocabulary) -> None:
    families = set(vocabulary.families)
    assert len(families) >= FAMILIES
    for method in names_of(vocabulary, "Method"):
        above = set(method.broader)
        while not above & families:
            above = {up for node in above for up in vocabulary.names[node].broader}
            assert above, method.id


def test_concepts_of_the_guidelines_are_there(vocabulary: Vocabulary) -> None:
    wanted = {f"goal/{name}" for name in GOALS.split()} | {f"domain/{name}" for name in DOMAINS.split()}
    assert wanted <= set(vocabulary.names)


# --- predicates and terms -------------------------------------------------------------------------------


def test_every_predicate_has_a_definition_and_ends(vocabulary: Vocabulary) -> None:
    for predicate in vocabulary.predicates.values():
        assert predicate.comment.endswith(".")
        assert predicate.domain <= {vocabulary.paper.name, *vocabulary.types}
        assert predicate.range <= set(vocabulary.types)
        assert predicate.domain
        assert predicate.range
        assert predicate.words
        assert predicate.inverse_words


def test_every_term_has_a_label_and_a_comment() -> None:
    terms = {s: f for s, f in facts("alignment.ttl").items() if s.startswith(AKG)}
    rdfs = PREFIXES["rdfs"]
    wrong = [s for s, f in terms.items() if len(f[rdfs + "label"]) != 1 or len(f[rdfs + "comment"]) != 1]
    assert wrong == []


@pytest.mark.parametrize("file", TURTLE, ids=lambda file: file.name)
def test_turtle_uses_only_terms_that_are_defined(file: Path) -> None:
    used = {
        node.value
        for triple in parse(path=str(file), format=RdfFormat.TURTLE)
        for node in (triple.subject, triple.predicate, triple.object)
        if isinstance(node, NamedNode) and node.value.startswith(AKG)
    }
    assert used - declared() == set()


@pytest.mark.parametrize("file", QUERIES, ids=lambda file: file.stem)
def test_queries_use_only_terms_that_are_defined(file: Path, vocabulary: Vocabulary) -> None:
    text = file.read_text(encoding="utf-8")
    assert {AKG + name for name in re.findall(r"\bakg:(\w+)", text)} - declared() == set()
    slugs = "|".join(t.slug for t in vocabulary.types.values())
    named = {f"{kind}/{name}" for kind, name in re.findall(rf"\b({slugs}):([\w.+-]*\w)", text)}
    assert named - set(vocabulary.names) == set()


# --- reading --------------------------------------------------------------------------------------------


def test_shapes_are_not_read_as_names() -> None:
    assert "shapes.ttl" not in {file.name for file in vocabulary_files()}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("akg:Method a", "line 1"),
        ("<https://w3id.org/alignkg/id/model/x> <http://x.org/p> 1 .", "exactly one class"),
    ],
)
def test_a_broken_file_is_named_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    broken = tmp_path / "broken.ttl"
    broken.write_text(text)
    with pytest.raises(OntologyError, match=reason) as raised:
        read_vocabulary([*vocabulary_files(), broken])
    assert raised.value.file == "broken.ttl"
