"""Changes as Cypher that writes them: each query takes its rows as a parameter, and no data enters its text.

Labels and relationship types cannot be parameters; all of them come from the vocabulary. Nodes that others
point at are merged by id, so that a relationship may be written before what it points at.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg.errors import OntologyError
from kg.property_graph import (
    DENIED,
    EVIDENCE,
    MENTIONS,
    RESULT,
    PgNode,
    PgPiece,
    labels_of,
    node_labels,
    pieces,
    relationship_type,
    statement_types,
)
from kg.records import JSON, Node, Statement
from kg.vocabulary import Vocabulary

ROWS_AT_ONCE = 10_000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OWN = frozenset({RESULT, EVIDENCE})
"""Labels of nodes that nothing but their own pieces points at: they are made anew, never changed."""

Row = Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Write:
    """A query and the rows of its one parameter, `$rows`."""

    text: str
    rows: Sequence[Row | str]


def constraints(vocabulary: Vocabulary) -> Iterator[str]:
    """Yield what makes ids unique, and pieces quick to find by what they belong to."""
    for label in node_labels(vocabulary):
        _check(label)
        yield (f"CREATE CONSTRAINT {label.lower()}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE")
    # A look-up by an id of whatever type asks by the wider labels.
    for label in sorted({type_.superclass for type_ in vocabulary.types.values()}):
        _check(label)
        yield f"CREATE INDEX {label.lower()}_id IF NOT EXISTS FOR (n:{label}) ON (n.id)"
    for label in (vocabulary.paper.name, *vocabulary.types):
        yield f"CREATE INDEX {label.lower()}_name IF NOT EXISTS FOR (n:{label}) ON (n.name)"
    yield f"CREATE INDEX evidence_about IF NOT EXISTS FOR (n:{EVIDENCE}) ON (n.about)"
    for type_ in statement_types(vocabulary):
        _check(type_)
        yield f"CREATE INDEX {type_.lower()}_id IF NOT EXISTS FOR ()-[r:{type_}]-() ON (r.id)"


def _check(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise OntologyError("the ontology", name, "cannot be a label or a relationship type in Cypher")


def additions(nodes: Iterable[Node], vocabulary: Vocabulary) -> Iterator[Write]:
    """Yield what writes nodes of which no pieces are there."""
    made: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    joined: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for piece in (piece for node in nodes for piece in pieces(node, vocabulary)):
        if isinstance(piece, PgNode):
            made[piece.labels].append({"id": piece.id, "properties": _plain(piece)})
        else:
            ends = _pattern(piece.start, vocabulary), _pattern(piece.end, vocabulary)
            row = {"start": piece.start, "end": piece.end, "properties": _plain(piece)}
            joined[piece.type, *ends].append(row)
    for labels, rows in made.items():
        yield from _in_parts(_making(labels), rows)
    for (type_, start, end), rows in joined.items():
        yield from _in_parts(_joining(type_, start, end), rows)


def _plain(piece: PgPiece) -> dict[str, JSON]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in piece.properties.items()}


def _pattern(node: str, vocabulary: Vocabulary) -> str:
    return ":".join(labels_of(node, vocabulary))


def _making(labels: Sequence[str]) -> str:
    pattern = ":".join(labels)
    if _OWN & {*labels}:
        return f"UNWIND $rows AS row CREATE (n:{pattern}) SET n = row.properties"
    return f"UNWIND $rows AS row MERGE (n:{pattern} {{id: row.id}}) SET n = row.properties"


def _joining(type_: str, start: str, end: str) -> str:
    return (
        f"UNWIND $rows AS row {_end('a', start, 'start')} {_end('b', end, 'end')} "
        f"CREATE (a)-[r:{type_}]->(b) SET r = row.properties"
    )


def _end(variable: str, pattern: str, field: str) -> str:
    return f"{'MATCH' if pattern in _OWN else 'MERGE'} ({variable}:{pattern} {{id: row.{field}}})"


def removals(changes: Mapping[str, Node | None], vocabulary: Vocabulary) -> Iterator[Write]:
    """Yield what takes the pieces of nodes out: all of them, or only what a changed node makes anew."""
    yield from _in_parts(f"UNWIND $rows AS id MATCH (n:{EVIDENCE} {{about: id}}) DETACH DELETE n", changes)
    paper = vocabulary.paper.name
    groups: dict[str, list[str]] = defaultdict(list)
    for id_, node in changes.items():
        slug = id_.partition("/")[0]
        known = slug in vocabulary.types_by_slug
        if slug == vocabulary.paper.slug:
            groups[f"MATCH (:{paper} {{id: id}})-[r:{MENTIONS}]->() DELETE r"].append(id_)
        if slug == RESULT.lower() or (known and node is None):
            groups[f"MATCH (n:{_pattern(id_, vocabulary)} {{id: id}}) DETACH DELETE n"].append(id_)
        elif not known:
            for type_ in _types_of(node, vocabulary):
                groups[f"MATCH ()-[r:{type_} {{id: id}}]->() DELETE r"].append(id_)
    for action, ids in groups.items():
        yield from _in_parts(f"UNWIND $rows AS id {action}", ids)


def _types_of(node: Node | None, vocabulary: Vocabulary) -> Sequence[str]:
    """Return the types that a statement's relationship may have: any, where only its id is known."""
    if not isinstance(node, Statement):
        return statement_types(vocabulary)
    type_ = relationship_type(node.predicate)
    return type_, DENIED + type_


def _in_parts(text: str, rows: Iterable[Row | str]) -> Iterator[Write]:
    every = list(rows)
    for start in range(0, len(every), ROWS_AT_ONCE):
        yield Write(text, every[start : start + ROWS_AT_ONCE])
