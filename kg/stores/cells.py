"""What the Bolt driver returns, as values of ours: plain ones, nodes, relationships and paths."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from neo4j.graph import Node, Path, Relationship

from kg.property_graph import PgNode, PgRelationship, PgValue
from kg.records import JSON
from kg.stores import Value
from kg.vocabulary import iri

Cell: TypeAlias = "Value | PgNode | PgRelationship | tuple[Cell, ...] | Mapping[str, Cell]"
"""A cell of an answer in Cypher; a path is the sequence of its nodes and relationships."""


@dataclass(frozen=True, slots=True)
class Table:
    """The answer of a Cypher query with its nodes and relationships whole."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def to_cell(value: JSON) -> Cell:
    """Return what the driver gives as a value of ours; dates and places as their text."""
    match value:
        case None | str() | bool() | int() | float():
            return value
        case Node() | Relationship() | Path():
            return _part_of_graph(value)
        case list() | tuple():
            return tuple(map(to_cell, value))
        case Mapping():
            return {str(name): to_cell(item) for name, item in value.items()}
    return str(value)


def _part_of_graph(part: Node | Relationship | Path) -> Cell:
    if isinstance(part, Path):
        return _path(part)
    return _node(part) if isinstance(part, Node) else _relationship(part)


def _node(node: Node) -> PgNode:
    properties = to_properties(node)
    labels = tuple(sorted(node.labels))
    return PgNode(str(properties.get("id", node.element_id)), labels, properties)


def _relationship(relationship: Relationship) -> PgRelationship:
    properties = to_properties(relationship)
    start, end = map(_id, relationship.nodes)
    id_ = str(properties.get("id", relationship.element_id))
    return PgRelationship(id_, relationship.type, start, end, properties)


def _id(node: Node | None) -> str:
    # The ends of a relationship that is returned without them bear only the engine's ids.
    return str(node.get("id", node.element_id)) if node is not None else ""


def _path(path: Path) -> tuple[Cell, ...]:
    first, *others = path.nodes
    steps = (step for pair in zip(path.relationships, others, strict=True) for step in pair)
    return tuple(map(to_cell, (first, *steps)))


def to_properties(values: Mapping[str, JSON]) -> dict[str, PgValue]:
    """Return properties with lists as tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def to_value(cell: Cell) -> Value:
    """Return a cell as one value: what has an id as its IRI, a list or map as JSON."""
    match cell:
        case PgNode() | PgRelationship():
            return iri(cell.id)
        case tuple() | Mapping():
            return json.dumps(_json(cell), ensure_ascii=False)
    return cell


def _json(cell: Cell) -> JSON:
    match cell:
        case tuple():
            return [_json(item) for item in cell]
        case Mapping():
            return {name: _json(item) for name, item in cell.items()}
    return to_value(cell)
