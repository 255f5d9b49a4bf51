"""What is written in each format reads back by that format's own readers."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from dataclasses import replace
from zipfile import ZipFile

import networkx as nx
import pydot
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import NotFound
from kg.export import EXPORTERS
from kg.export.networkx import to_networkx
from kg.export.select import Heading, Selection, most_believed, neighbourhood, subgraph
from kg.export.xml import xml_text
from kg.property_graph import EVIDENCE, PgNode, from_property_graph, relationship_type, to_property_graph
from kg.rdf import sorted_nquads
from kg.records import Entity, Graph, Paper
from kg.vocabulary import Vocabulary, iri, load_vocabulary
from tests.export_graphs import HOSTILE, tiny_graph

PEBBLE = "method/pebble"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@pytest.fixture
def graph(vocabulary: Vocabulary) -> Graph:
    return tiny_graph(vocabulary)


@pytest.fixture
def hostile(vocabulary: Vocabulary) -> Graph:
    return tiny_graph(vocabulary, HOSTILE)


def written(graph: Graph, format_: str, heading: Heading | None = None) -> bytes:
    stream = io.BytesIO()
    EXPORTERS[format_](graph, load_vocabulary(), stream, heading or Heading())
    return stream.getvalue()


def files(content: bytes) -> dict[str, str]:
    with ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


# --- the property graph --------------------------------------------------------------------------------


def test_property_graph_reads_back_as_the_same_graph(hostile: Graph, vocabulary: Vocabulary) -> None:
    nodes, relationships = to_property_graph(hostile, vocabulary)
    assert from_property_graph(reversed(nodes), reversed(relationships), vocabulary) == hostile


@given(name=TEXT, belief=st.floats(0, 1), authors=st.lists(TEXT), published=st.none() | TEXT)
@settings(max_examples=30)
def test_property_graph_loses_no_value(
    name: str, belief: float, authors: list[str], published: str | None
) -> None:
    vocabulary = load_vocabulary()
    graph = tiny_graph(vocabulary, name)
    grounded = graph.papers["paper/hash:00aa"]
    paper: Paper = replace(grounded.paper, authors=tuple(authors), published=published)
    nodes = [replace(s, belief=belief) for s in graph.statements.values()]
    changed = Graph.of([*graph.nodes(), *nodes, replace(grounded, paper=paper)])
    assert from_property_graph(*to_property_graph(changed, vocabulary), vocabulary) == changed


def test_a_statement_is_a_relationship_that_leads_to_its_sentence(
    graph: Graph, vocabulary: Vocabulary
) -> None:
    nodes, relationships = to_property_graph(graph, vocabulary)
    by_id: dict[str, PgNode] = {node.id: node for node in nodes}
    (beats,) = [r for r in relationships if r.type == "OUTPERFORMS"]
    evidence = beats.properties["evidence"]
    assert isinstance(evidence, tuple)
    assert by_id[evidence[0]].labels == (EVIDENCE,)
    assert by_id[evidence[0]].properties["text"] == "Pebble beats Gravel on StoneBench by 4.5 points."


def test_labels_are_the_class_and_its_superclass(graph: Graph, vocabulary: Vocabulary) -> None:
    nodes, _ = to_property_graph(graph, vocabulary)
    labels = {node.id: node.labels for node in nodes}
    assert labels[PEBBLE] == ("Method", "Contribution")
    assert labels["paper/hash:00aa"] == ("Paper",)


def test_an_entity_carries_all_that_it_is_a_version_of_and_reads_back_without(vocabulary: Vocabulary) -> None:
    known = vocabulary.names["benchmark/alpacaeval-2.0-lc"]
    graph = Graph.of([Entity(known.id, known.type, known.name, papers=1)])
    nodes, relationships = to_property_graph(graph, vocabulary)
    assert nodes[0].properties["version_of"] == ("benchmark/alpacaeval-2.0", "benchmark/alpacaeval")
    assert nodes[0].properties["measures"] == known.measures
    assert from_property_graph(nodes, relationships, vocabulary) == graph


def test_what_is_only_denied_is_no_edge_that_a_query_follows(graph: Graph, vocabulary: Vocabulary) -> None:
    _, relationships = to_property_graph(graph, vocabulary)
    assert [r.end for r in relationships if r.type == "NOT_OUTPERFORMS"] == ["model/quartz"]


def test_every_relationship_type_is_of_one_predicate(vocabulary: Vocabulary) -> None:
    types = [relationship_type(name) for name in vocabulary.predicates]
    assert len(set(types)) == len(types)
    assert "EVALUATED_ON" in types


def test_relationships_join_nodes_that_exist(hostile: Graph, vocabulary: Vocabulary) -> None:
    nodes, relationships = to_property_graph(hostile, vocabulary)
    ids = {node.id for node in nodes}
    assert all(r.start in ids and r.end in ids for r in relationships)
    assert len(ids) == len(nodes)


# --- parts of a graph ----------------------------------------------------------------------------------


def test_neighbourhood_holds_what_touches_the_entity(graph: Graph) -> None:
    found = neighbourhood(graph, "method/gravel")
    assert {s.predicate for s in found.graph.statements.values()} == {"outperforms", "evaluatedOn"}
    assert sorted(found.graph.entities) == ["benchmark/stonebench", "method/gravel", PEBBLE]
    assert found.note == ""


def test_a_second_step_goes_on_from_the_first(graph: Graph) -> None:
    assert "paper/arXiv:2501.00001" in neighbourhood(graph, "metric/win-rate", depth=2).graph.papers
    assert len(neighbourhood(graph, "metric/win-rate", depth=1).graph.statements) == 0
    assert len(neighbourhood(graph, "metric/win-rate", depth=2).graph.statements) == 4


def test_a_limit_keeps_the_most_believed_and_says_so(graph: Graph) -> None:
    found = neighbourhood(graph, PEBBLE, limit=2)
    assert [s.belief for s in found.graph.statements.values()] == [0.9]
    assert [r.belief for r in found.graph.results.values()] == [0.9]
    assert found.heading == Heading("Pebble", "The 2 most believed of 5 statements and results.")


def test_most_believed_of_a_small_graph_is_all_of_it(graph: Graph) -> None:
    assert most_believed(graph, title="All") == Selection(graph, "All", 6)


def test_subgraph_brings_ends_and_papers_of_evidence(graph: Graph) -> None:
    key = next(s.id for s in graph.statements.values() if s.object == "method/gravel")
    part = subgraph(graph, [key])
    assert (list(part.entities), list(part.papers)) == (
        ["method/gravel", PEBBLE],
        ["paper/arXiv:2501.00001"],
    )


def test_subgraph_keeps_only_mentions_of_what_it_holds(graph: Graph) -> None:
    part = subgraph(graph, ["paper/arXiv:2501.00001"])
    assert part.papers["paper/arXiv:2501.00001"].mentions == ()


@pytest.mark.parametrize(
    "call", [lambda g: neighbourhood(g, "method/pebbel"), lambda g: subgraph(g, ["x/y"])]
)
def test_unknown_nodes_are_refused(graph: Graph, call: object) -> None:
    assert callable(call)
    with pytest.raises(NotFound):
        call(graph)


# --- RDF -----------------------------------------------------------------------------------------------


def triples(content: bytes, format_: str) -> set[tuple[object, ...]]:
    data = rdflib.Graph().parse(data=content.decode(), format=format_)
    return {(s, p, _exact(o)) for s, p, o in data}


def _exact(term: object) -> object:
    return (str(term), term.datatype, term.language) if isinstance(term, rdflib.Literal) else term


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # its JSON-LD reader's own
@pytest.mark.parametrize(("format_", "reader"), [("ttl", "turtle"), ("jsonld", "json-ld")])
def test_rdf_formats_hold_the_same_triples(hostile: Graph, format_: str, reader: str) -> None:
    expected = triples(written(hostile, "nq"), "nt")
    assert len(expected) > 100
    assert triples(written(hostile, format_), reader) == expected


def test_nquads_are_the_fingerprint(graph: Graph, vocabulary: Vocabulary) -> None:
    assert written(graph, "nq") == sorted_nquads(graph.nodes(), vocabulary)


def test_turtle_and_jsonld_use_the_prefixes_of_the_ontology(graph: Graph) -> None:
    pebble, gravel = (iri(f"method/{name}").encode() for name in ("pebble", "gravel"))
    assert b"<%b> akg:outperforms <%b>" % (pebble, gravel) in written(graph, "ttl")
    page = json.loads(written(graph, "jsonld"))
    assert {"@id": "id:method/pebble", "outperforms": "id:method/gravel"} in page["@graph"]


# --- networks ------------------------------------------------------------------------------------------


def test_networkx_holds_entities_papers_results_and_believed_statements(
    graph: Graph, vocabulary: Vocabulary
) -> None:
    made = to_networkx(graph, vocabulary)
    assert (len(made), made.number_of_edges()) == (9, 4 + 3 + 3)
    (edge,) = made[PEBBLE]["method/gravel"].values()
    assert (edge["predicate"], edge["belief"]) == ("outperforms", 0.8)
    assert edge["sentences"] == "Pebble beats Gravel on StoneBench by 4.5 points."


@pytest.mark.parametrize(("format_", "read"), [("graphml", nx.read_graphml), ("gexf", nx.read_gexf)])
def test_networkx_reads_back_nodes_edges_and_attributes(
    hostile: Graph, vocabulary: Vocabulary, format_: str, read: object
) -> None:
    assert callable(read)
    made, back = to_networkx(hostile, vocabulary), read(io.BytesIO(written(hostile, format_)))
    assert sorted(back.nodes) == sorted(made.nodes)
    assert back.nodes[PEBBLE]["label"] == HOSTILE
    assert back.nodes[PEBBLE]["papers"] == 2
    assert back.nodes[PEBBLE]["aliases"] == "PBL; Pebble; method"
    beliefs = {(s, t, d["predicate"], d.get("belief")) for s, t, d in back.edges(data=True)}
    assert beliefs == {(s, t, d["predicate"], d.get("belief")) for s, t, d in made.edges(data=True)}


@pytest.mark.parametrize("format_", ["graphml", "gexf"])
@given(name=TEXT)
@settings(max_examples=30)
def test_xml_formats_hold_any_name(format_: str, name: str) -> None:
    reader = {"graphml": nx.read_graphml, "gexf": nx.read_gexf}[format_]
    back = reader(io.BytesIO(written(tiny_graph(load_vocabulary(), name), format_)))
    kept = back.nodes[PEBBLE]["label"]
    assert kept.replace("\r\n", "\n").replace("\r", "\n") == xml_text(name).replace("\r\n", "\n").replace(
        "\r", "\n"
    )


def test_cytoscape_edges_join_nodes_and_carry_evidence(hostile: Graph) -> None:
    elements = json.loads(written(hostile, "cytoscape"))["elements"]
    nodes = {node["data"]["id"]: node["data"] for node in elements["nodes"]}
    assert nodes[PEBBLE]["name"] == HOSTILE
    assert all(e["data"]["source"] in nodes and e["data"]["target"] in nodes for e in elements["edges"])
    assert sum(len(edge["data"].get("evidence", [])) for edge in elements["edges"]) == 4


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pydot")  # pydot's own, on loading its parser
def test_pydot_reads_the_dot_file(hostile: Graph) -> None:
    (parsed,) = pydot.graph_from_dot_data(written(hostile, "dot").decode()) or []
    assert len(parsed.get_edges()) == 4 + 3 + 3
    assert f'"{PEBBLE}"' in {node.get_name() for node in parsed.get_nodes()}


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_the_dot_file(hostile: Graph) -> None:
    dot = written(hostile, "dot", Heading(HOSTILE, "All of it."))
    drawn = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, check=True).stdout.decode()
    assert "<title>method/pebble</title>" in drawn
    assert "&lt;script&gt;" in drawn
    assert "\\N; $x^2$" in drawn.replace("&#160;", " ")


# --- tables --------------------------------------------------------------------------------------------


def test_csv_tables_read_back(hostile: Graph) -> None:
    found = {name: table(text) for name, text in files(written(hostile, "csv")).items()}
    names = {row["id"]: row["name"] for row in found["nodes.csv"]}
    assert names[PEBBLE] == HOSTILE
    assert {name: len(rows) for name, rows in found.items()} == {
        "nodes.csv": 7,
        "edges.csv": 5,
        "results.csv": 2,
        "evidence.csv": 7,
    }
    assert all(row["source"] in names and row["target"] in names for row in found["edges.csv"])


def test_csv_says_what_was_left_out(graph: Graph) -> None:
    part = neighbourhood(graph, PEBBLE, limit=1)
    assert "1 most believed of 5" in files(written(part.graph, "csv", part.heading))["README.txt"]


def test_neo4j_tables_have_typed_headers_and_join(hostile: Graph) -> None:
    found = files(written(hostile, "neo4j-csv"))
    assert found["nodes-Method.csv"].splitlines()[0] == (
        "id:ID,aliases:string[],name:string,papers:long,:LABEL"
    )
    (beats,) = table(found["relationships-OUTPERFORMS.csv"])
    assert (beats[":START_ID"], beats[":END_ID"], beats["belief:double"]) == (PEBBLE, "method/gravel", "0.8")
    ids = {row["id:ID"] for name, text in found.items() if name.startswith("nodes") for row in table(text)}
    rows = [row for name, text in found.items() if name.startswith("rel") for row in table(text)]
    assert all(row[":START_ID"] in ids and row[":END_ID"] in ids for row in rows)


def test_neo4j_readme_names_every_file(graph: Graph) -> None:
    found = files(written(graph, "neo4j-csv"))
    readme = found.pop("README.txt")
    assert all(f"={name}" in readme for name in found)


def test_neo4j_lists_survive_separators_in_names(graph: Graph) -> None:
    rows = table(files(written(graph, "neo4j-csv"))["nodes-Method.csv"])
    (aliases,) = [row["aliases:string[]"] for row in rows if row["id:ID"] == PEBBLE]
    assert aliases.split("\x1f") == ["PBL", "Pebble; method"]


# --- all -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", EXPORTERS)
def test_the_same_graph_is_the_same_bytes(hostile: Graph, format_: str) -> None:
    shuffled = Graph.of(reversed(list(hostile.nodes())))
    assert written(hostile, format_) == written(shuffled, format_)


@pytest.mark.parametrize("format_", EXPORTERS)
def test_an_empty_graph_can_be_written(format_: str) -> None:
    written(Graph(), format_)
