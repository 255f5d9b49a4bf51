"""The SHACL shapes: a good graph conforms, and each kind of bad one fails with its own message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pyshacl import validate
from rdflib import Graph as RdfGraph

from kg.rdf import sorted_nquads
from kg.records import Entity, Evidence, Graph, GroundedPaper, Mention, Node, Paper, Result, Span, Statement
from kg.vocabulary import load_vocabulary, ontology_directory, shapes_file

SENTENCE = "SimPO outperforms DPO on MT-Bench with 7.3."
PAPER = Paper("arXiv:2405.00001", "On margins", f"Short. {SENTENCE}")
START = PAPER.text.index(SENTENCE)
EVIDENCE = Evidence(
    paper=PAPER.id,
    sentence=Span(START, START + len(SENTENCE)),
    words=Span(START, START + 21),
    subject=Span(START, START + 5),
    object=Span(START + 18, START + 21),
    text=SENTENCE,
    component="rules",
    version="1",
    probability=0.9,
)
SIMPO, DPO = (Entity(f"method/{name.lower()}", "Method", name, (), 1) for name in ("SimPO", "DPO"))
BENCHMARK = Entity("benchmark/mt-bench", "Benchmark", "MT-Bench", (), 1)
BEATS = Statement(SIMPO.id, "outperforms", DPO.id, 0.9, 1, (EVIDENCE,))
SCORE = Result(SIMPO.id, BENCHMARK.id, None, 7.3, "score", "absolute", None, 0.8, 1, (EVIDENCE,))
MENTION = Mention(SIMPO.id, START, START + 5, "SimPO", "named so in the text")
GOOD: list[Node] = [GroundedPaper(PAPER, (MENTION,)), SIMPO, DPO, BENCHMARK, BEATS, SCORE]

Change = Callable[[Node], Node]


def with_evidence(**changes: object) -> Change:
    def change(node: Node) -> Node:
        bad = (replace(EVIDENCE, **changes),)  # type: ignore[arg-type]  # the names come from the cases below
        return replace(node, evidence=bad) if isinstance(node, Statement) else node

    return change


def with_statement(**changes: object) -> Change:
    return lambda node: replace(node, **changes) if isinstance(node, Statement) else node  # type: ignore[arg-type]  # as above


def with_result(**changes: object) -> Change:
    return lambda node: replace(node, **changes) if isinstance(node, Result) else node  # type: ignore[arg-type]  # as above


BAD: list[tuple[str, Change]] = [
    ("A claim has a belief from 0 to 1.", with_statement(belief=1.5)),
    ("A claim has at least one piece of evidence.", with_statement(evidence=())),
    ("The subject is of no class in the predicate's domain.", with_statement(subject=BENCHMARK.id)),
    ("The object is of no class in the predicate's range.", with_statement(object=BENCHMARK.id)),
    ("The predicate is none that a statement can have.", with_statement(predicate="admires")),
    ("A claim has a number of papers, 0 or more.", with_statement(papers=-1)),
    ("A result is absolute, a gain or a ratio.", with_result(kind="nice")),
    ("A result is measured by at most one metric.", with_result(metric=SIMPO.id)),
    ("A result is reached on at most one benchmark or data set.", with_result(benchmark=DPO.id)),
    ("Evidence has a probability from 0 to 1.", with_evidence(probability=-0.1)),
    ("Evidence stands in one paper of the graph.", with_evidence(paper="arXiv:2405.99999")),
    ("Evidence has the text of its sentence.", with_evidence(text="")),
    ("A place ends before it begins.", with_evidence(words=Span(START + 21, START + 3))),
    ("The words lie outside the sentence.", with_evidence(words=Span(0, START + 4))),
    ("The text is not what stands in the paper at that place.", with_evidence(text="SimPO wins.")),
]


@pytest.fixture(scope="module")
def shapes() -> RdfGraph:
    return RdfGraph().parse(shapes_file())


@pytest.fixture(scope="module")
def ontology() -> RdfGraph:
    return RdfGraph().parse(ontology_directory() / "alignment.ttl")


def report(nodes: list[Node], shapes: RdfGraph, ontology: RdfGraph) -> str:
    quads = sorted_nquads(Graph.of(nodes).nodes(), load_vocabulary())
    data = RdfGraph().parse(quads, format="nt")
    _, _, text = validate(data + ontology, shacl_graph=shapes)
    return str(text)


def test_a_good_graph_conforms(shapes: RdfGraph, ontology: RdfGraph) -> None:
    assert "Conforms: True" in report(GOOD, shapes, ontology)


@pytest.mark.parametrize(("message", "change"), BAD, ids=[message for message, _ in BAD])
def test_a_bad_graph_fails_with_its_message(
    message: str, change: Change, shapes: RdfGraph, ontology: RdfGraph
) -> None:
    found = report([change(node) for node in GOOD], shapes, ontology)
    assert f"Message: {message}" in found


def test_every_message_of_the_shapes_is_one_sentence(shapes: RdfGraph) -> None:
    messages = [str(row[0]) for row in shapes.query("SELECT ?m { ?s sh:message ?m }")]  # type: ignore[index]
    assert [m for m in messages if not m.endswith(".") or m.count(". ")] == []


def test_the_known_names_and_concepts_conform(shapes: RdfGraph, ontology: RdfGraph) -> None:
    known = RdfGraph()
    for file in ("names.ttl", "schemes.ttl"):
        known.parse(ontology_directory() / file)
    conforms, _, text = validate(known + ontology, shacl_graph=shapes)
    assert conforms, text
