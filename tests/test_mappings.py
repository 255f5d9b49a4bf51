"""Graph → RDF → Graph is the identity, and the lines are those that a store prints."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given

from kg import rdf
from kg.rdf import from_nquads, sorted_nquads, span_of, to_nquads
from kg.records import Entity, Evidence, Graph, Node, Span, Statement
from kg.vocabulary import AKG, ID, Vocabulary, ontology_directory
from tests.graphs import VOCABULARY, graphs, nodes


@given(graphs)
def test_graph_survives_rdf(graph: Graph) -> None:
    lines = sorted_nquads(graph.nodes(), VOCABULARY)
    assert Graph.of(from_nquads(lines)) == graph


@given(nodes)
def test_lines_are_those_that_a_store_prints(node: Node) -> None:
    lines = sorted_nquads([node], VOCABULARY)
    store = ox.Store()
    store.load(lines, ox.RdfFormat.N_QUADS)
    printed = store.dump(format=ox.RdfFormat.N_QUADS) or b""
    assert sorted(printed.splitlines(keepends=True)) == sorted(set(lines.splitlines(keepends=True)))


def _statement(belief: float) -> Statement:
    said = Evidence("arXiv:1", Span(0, 20), Span(4, 9), None, Span(10, 14), "A sentence.", "rules", "1", 0.5)
    predicate = sorted(VOCABULARY.predicates)[0]
    return Statement("method/a", predicate, "method/b", belief, 1, (said,))


@pytest.mark.parametrize(("belief", "edges"), [(0.4, 1), (0.0, 0)])
def test_only_what_is_believed_becomes_an_edge(belief: float, edges: int, vocabulary: Vocabulary) -> None:
    statement = _statement(belief)
    edge = f"<{ID}method/a> <{AKG}{statement.predicate}> <{ID}method/b> ."
    assert to_nquads(statement, vocabulary).count(edge) == edges


def test_places_are_fragments_of_the_paper(vocabulary: Vocabulary) -> None:
    lines = to_nquads(_statement(0.5), vocabulary)
    assert any(line.endswith(f"<{AKG}words> <{ID}paper/arXiv:1#char=4,9> .") for line in lines)


def test_known_name_brings_what_the_ontology_knows(vocabulary: Vocabulary) -> None:
    known = next((n for n in vocabulary.names.values() if n.direction and n.scale), None)
    if known is None:
        pytest.skip("the ontology holds no scaled benchmark yet")
    lines = to_nquads(Entity(known.id, known.type, known.name), vocabulary)
    assert any(f'<{AKG}direction> "{known.direction}"' in line for line in lines)


def test_every_term_that_is_written_is_defined_in_the_ontology() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in ontology_directory().glob("*.ttl"))
    written = [name for name in vars(rdf).values() if isinstance(name, str) and name.startswith(AKG)]
    missing = [name for name in written if f"\nakg:{name.removeprefix(AKG)} a " not in text]
    assert written
    assert missing == []


def test_an_address_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="names no place"):
        span_of(f"{ID}paper/arXiv:1")
