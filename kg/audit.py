"""What is wrong with a graph, and what differs between two: for `kg check` and `kg diff`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from kg.rdf import sorted_nquads
from kg.records import Entity, Evidence, Graph, GroundedPaper, Node, Result, Statement, node_id
from kg.vocabulary import Vocabulary

_LINES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """A node that came, went or changed, with what it says in words."""

    what: Literal["came", "went", "changed"]
    node: str
    said: str


def compare_graphs(before: Graph, after: Graph) -> tuple[Difference, ...]:
    """Return what differs between two graphs, in the order of nodes."""
    old, new = _by_id(before), _by_id(after)
    found: list[Difference] = []
    for id_ in sorted(old.keys() | new.keys()):
        if id_ not in new:
            found.append(Difference("went", id_, _words(old[id_], before)))
        elif id_ not in old:
            found.append(Difference("came", id_, _words(new[id_], after)))
        elif old[id_] != new[id_]:
            found.append(Difference("changed", id_, _words(new[id_], after)))
    return tuple(found)


def _by_id(graph: Graph) -> Mapping[str, Node]:
    return {node_id(node): node for node in graph.nodes()}


def _words(node: Node, graph: Graph) -> str:
    match node:
        case GroundedPaper():
            return node.paper.title
        case Entity():
            return f"{node.name} ({node.papers} papers)"
        case Statement():
            ends = graph.name(node.subject), graph.name(node.object)
            return f"{ends[0]} {node.predicate} {ends[1]} ({node.belief:.2f})"
        case Result():
            return f"{node.value:g} {node.unit} ({node.belief:.2f})"


def faults_of_nodes(nodes: Iterable[Node], vocabulary: Vocabulary) -> Iterator[str]:
    """Yield a line for each node that breaks an invariant: evidence, offsets, ends, belief."""
    graph = Graph.of(nodes)
    texts = {paper.id: paper.paper.text for paper in graph.papers.values()}
    for paper in graph.papers.values():
        for mention in paper.mentions:
            if paper.paper.text[mention.start : mention.end] != mention.text:
                yield f"{paper.id}: at {mention.start} it does not say {mention.text!r} ({mention.entity})"
            if mention.entity not in graph.entities:
                yield f"{paper.id}: mentions {mention.entity}, which is not in the graph"
    for statement in graph.statements.values():
        yield from _faults_of_statement(statement, graph, vocabulary)
    claims: list[Statement | Result] = [*graph.statements.values(), *graph.results.values()]
    for node in claims:
        if not node.evidence:
            yield f"{node.id}: has no evidence"
        yield from (f"{node.id}: {fault}" for e in node.evidence for fault in _faults_of_evidence(e, texts))


def _faults_of_statement(statement: Statement, graph: Graph, vocabulary: Vocabulary) -> Iterator[str]:
    for end in (statement.subject, statement.object):
        if end not in graph.entities and end not in graph.papers:
            yield f"{statement.id}: {end} is not in the graph"
    subject, object_ = (vocabulary.type_of(end).name for end in (statement.subject, statement.object))
    if not vocabulary.allows(subject, statement.predicate, object_):
        yield f"{statement.id}: {statement.predicate} cannot join {subject} and {object_}"


def _faults_of_evidence(evidence: Evidence, texts: Mapping[str, str]) -> Iterator[str]:
    text = texts.get(evidence.paper)
    start, end = evidence.sentence
    if text is None:
        yield f"its evidence is in {evidence.paper}, which is not in the graph"
    elif text[start:end] != evidence.text:
        yield f"the sentence at {start} of {evidence.paper} is not what the evidence holds"
    for span in (evidence.words, evidence.subject, evidence.object):
        if span and not start <= span.start < span.end <= end:
            yield f"words at {span.start} of {evidence.paper} lie outside their sentence"


def faults_of_store(nodes: Iterable[Node], stored: bytes, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield a line for what a store holds too much or too little against the ledger's graph."""
    truth = set(sorted_nquads(nodes, vocabulary).splitlines())
    held = set(stored.splitlines())
    for missing, said in ((truth - held, "lacks"), (held - truth, "holds too much")):
        if missing:
            shown = "; ".join(line.decode() for line in sorted(missing)[:_LINES_SHOWN])
            yield f"the store {said} {len(missing)} lines, such as {shown}; kg check --rebuild mends it"
