"""The graph for networkx, and through it GraphML and GEXF for Gephi, yEd and notebooks.

Attributes are plain strings and numbers, as both formats want them.
"""

from __future__ import annotations

from typing import BinaryIO

import networkx as nx
from networkx.readwrite.gexf import GEXFWriter

from kg.export.select import UNTITLED, Heading, believed
from kg.export.xml import xml_text
from kg.property_graph import RESULT, ROLES, result_name
from kg.records import Evidence, Graph, Result
from kg.vocabulary import Vocabulary

SEPARATOR = "; "
RESULT_COLOUR = "#868e96"


def to_networkx(graph: Graph, vocabulary: Vocabulary) -> nx.MultiDiGraph:
    """Return papers, entities and results as nodes, statements and the parts of results as edges.

    The key of an edge is the statement's id, so that evidence can be looked up; its sentences are in
    `sentences`, one a line. Statements that are not believed at all are no edges. A mark stands for each
    character that XML cannot hold, so that whoever writes GraphML reads the same back.
    """
    made = nx.MultiDiGraph()
    for key, grounded in graph.papers.items():
        paper = grounded.paper
        made.add_node(
            key,
            label=paper.title,
            type=vocabulary.paper.name,
            colour=vocabulary.paper.colour,
            published=paper.published or "",
            url=paper.url or "",
            authors=SEPARATOR.join(paper.authors),
        )
    for key, entity in graph.entities.items():
        made.add_node(
            key,
            label=entity.name,
            type=entity.type,
            colour=vocabulary.types[entity.type].colour,
            aliases=SEPARATOR.join(entity.aliases),
            papers=entity.papers,
        )
    _add_statements(made, graph, vocabulary)
    for result in graph.results.values():
        _add_result(made, result)
    return _for_xml(made)


def _add_statements(made: nx.MultiDiGraph, graph: Graph, vocabulary: Vocabulary) -> None:
    for statement in believed(graph):
        made.add_edge(
            statement.subject,
            statement.object,
            key=statement.id,
            predicate=statement.predicate,
            label=vocabulary.predicates[statement.predicate].label,
            belief=statement.belief,
            papers=statement.papers,
            curated=statement.curated,
            sentences=_sentences(statement.evidence),
        )


def _add_result(made: nx.MultiDiGraph, result: Result) -> None:
    made.add_node(
        result.id,
        label=result_name(result),
        type=RESULT,
        colour=RESULT_COLOUR,
        value=float(result.value),
        unit=result.unit,
        kind=result.kind,
        belief=result.belief,
        papers=result.papers,
        sentences=_sentences(result.evidence),
    )
    for role in ROLES:
        if end := getattr(result, role):
            made.add_edge(result.id, end, key=f"{result.id}/{role}", predicate=role, label=role)


def _sentences(evidence: tuple[Evidence, ...]) -> str:
    return "\n".join(dict.fromkeys(" ".join(one.text.split()) for one in evidence))


def write_graphml(
    graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, heading: Heading = UNTITLED, /
) -> None:
    """Write GraphML."""
    made = to_networkx(graph, vocabulary)
    _name(made, heading)
    nx.write_graphml_xml(made, stream, named_key_ids=True)


def write_gexf(
    graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, _heading: Heading = UNTITLED, /
) -> None:
    """Write GEXF, with the ontology's colours for Gephi."""
    made = to_networkx(graph, vocabulary)
    for _, values in made.nodes(data=True):
        values["viz"] = {"color": _rgb(values["colour"])}
    for _, _, key, values in made.edges(keys=True, data=True):
        values["id"] = key
    writer = GEXFWriter(version="1.2draft")
    writer.add_graph(made)
    writer.xml.find("meta").attrib.pop("lastmodifieddate")  # the same graph is the same bytes on any day
    writer.write(stream)


def _name(made: nx.MultiDiGraph, heading: Heading) -> None:
    for key, text in (("name", heading.title), ("note", heading.note)):
        if text:
            made.graph[key] = xml_text(text)


def _for_xml(made: nx.MultiDiGraph) -> nx.MultiDiGraph:
    attributes = [values for _, values in made.nodes(data=True)]
    attributes += [values for _, _, values in made.edges(data=True)]
    for values in attributes:
        values |= {name: xml_text(value) for name, value in values.items() if isinstance(value, str)}
    return nx.relabel_nodes(made, {node: xml_text(node) for node in made if xml_text(node) != node})


def _rgb(colour: str) -> dict[str, int | float]:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return {"r": red, "g": green, "b": blue, "a": 1.0}
