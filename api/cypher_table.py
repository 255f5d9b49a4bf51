"""Answers in Cypher as people read them: what has a page leads there, a path is its things in a row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from api.pages import address
from api.tables import Cell, Table, number_text
from kg.property_graph import PgNode, PgRelationship
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:  # the driver under these comes with an extra
    from kg.stores import cells

SAID = frozenset(("statement", "result"))
"""The slugs of what has a page besides things and papers."""


def to_table(answer: cells.Table, vocabulary: Vocabulary) -> Table:
    """Return an answer in Cypher as a table of links and texts."""
    rows = (tuple(to_cell(value, vocabulary) for value in row) for row in answer.rows)
    return Table(answer.columns, tuple(rows))


def to_cell(value: cells.Cell, vocabulary: Vocabulary) -> Cell:
    """Return the cell of a value."""
    match value:
        case PgNode():
            return node_cell(value, vocabulary)
        case PgRelationship():
            return Cell(value.type, _link(value.id, vocabulary))
        case tuple():
            return Cell("", parts=tuple(to_cell(item, vocabulary) for item in value))
        case Mapping():
            return Cell("", parts=tuple(_entry(name, item, vocabulary) for name, item in value.items()))
        case str():
            return Cell(value, _link(value, vocabulary))
    return _plain(value)


def _plain(value: float | bool | None) -> Cell:
    if value is None or isinstance(value, bool):
        return Cell("" if value is None else json.dumps(value))
    return Cell(number_text(str(value)), number=True)


def node_cell(node: PgNode, vocabulary: Vocabulary) -> Cell:
    """Return the cell of a node: what it is called, or says; evidence leads to what it holds up."""
    held = node.properties
    name = held.get("name") or held.get("text") or node.id
    link = _link(node.id, vocabulary) or _link(str(held.get("about", "")), vocabulary)
    return Cell(str(name), link, slug=node.id.partition("/")[0])


def _entry(name: str, value: cells.Cell, vocabulary: Vocabulary) -> Cell:
    cell = to_cell(value, vocabulary)
    return Cell(f"{name}: {cell.text}", cell.link, cell.slug, parts=cell.parts)


def _link(node: str, vocabulary: Vocabulary) -> str | None:
    slug, _, rest = node.partition("/")
    known = slug in vocabulary.types_by_slug or slug in SAID
    return address(node) if known and rest and len(rest.split()) == 1 else None


def pieces_of(answer: cells.Table) -> Iterator[PgNode | PgRelationship]:
    """Yield the nodes and relationships in an answer, those in lists and maps, too."""
    for row in answer.rows:
        yield from _pieces(row)


def _pieces(values: Iterable[cells.Cell]) -> Iterator[PgNode | PgRelationship]:
    for value in values:
        match value:
            case PgNode() | PgRelationship():
                yield value
            case tuple():
                yield from _pieces(value)
            case Mapping():
                yield from _pieces(value.values())
