"""What properties the property graph's nodes and relationships have, for documentation and completion.

They are read off a graph of one paper that fills every field, so that no list of them can go out of date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kg.property_graph import (
    MENTIONS,
    PgNode,
    PgRelationship,
    PgValue,
    statement_types,
    to_property_graph,
)
from kg.records import Entity, Evidence, Graph, GroundedPaper, Mention, Paper, Result, Span, Statement
from kg.vocabulary import Vocabulary

ENTITIES, STATEMENTS, OTHERS = "entities", "statements", "other relationships"
"""What has its properties in common, whatever its label or type."""

Properties = Mapping[str, Mapping[str, PgValue]]
"""A label, a relationship type or one of the three groups → its properties, each with a value it may have."""


def properties(vocabulary: Vocabulary) -> Properties:
    """Return the properties of every kind of node and relationship."""
    nodes, relationships = to_property_graph(_full_graph(vocabulary), vocabulary)
    return {**_of_nodes(nodes, vocabulary), **_of_relationships(relationships, vocabulary)}


def _of_nodes(nodes: Iterable[PgNode], vocabulary: Vocabulary) -> Properties:
    found: dict[str, dict[str, PgValue]] = {}
    for node in nodes:
        group = ENTITIES if node.labels[0] in vocabulary.types else node.labels[0]
        found.setdefault(group, {}).update(node.properties)
    return found


def _of_relationships(relationships: Iterable[PgRelationship], vocabulary: Vocabulary) -> Properties:
    groups = {**dict.fromkeys(statement_types(vocabulary), STATEMENTS), MENTIONS: MENTIONS}
    found: dict[str, dict[str, PgValue]] = {}
    for relationship in relationships:
        found.setdefault(groups.get(relationship.type, OTHERS), {}).update(relationship.properties)
    return found


def _full_graph(vocabulary: Vocabulary) -> Graph:
    """Return a graph in which no field is left empty."""
    paper = Paper(
        "arXiv:0000.00000", "t", "a", ("n",), "2024", "v", "u", "d", "x", categories=("c",), source="s"
    )
    span = Span(0, 1)
    evidence = Evidence(paper.id, span, span, span, span, "t", "c", "1", 0.5)
    known = max(vocabulary.names.values(), key=lambda name: sum(map(bool, (name.scale, name.version_of))))
    thing = Entity(known.id, known.type, known.name, ("a",), 1)
    wide = next(k for k in vocabulary.names.values() if k.broader)
    concept = Entity(wide.id, wide.type, wide.name, ("a",), 1)
    predicate = next(iter(vocabulary.predicates))
    statement = Statement(concept.id, predicate, thing.id, 0.5, 1, (evidence,))
    result = Result(concept.id, thing.id, thing.id, 1.0, "%", "gain", concept.id, 0.5, 1, (evidence,))
    mention = Mention(thing.id, 0, 1, "t", "r")
    return Graph.of([GroundedPaper(paper, (mention,)), thing, concept, statement, result])
