"""Changes as Cypher that writes them: each query takes its rows as a parameter, and no data enters its text.

Labels and relationship types cannot be parameters; all of them come from the vocabulary. What a relationship
points at is made with its id alone where it is not there yet, so that it may be written later.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg.errors import OntologyError
from kg.property_graph import (
    EVIDENCE,
    MENTIONS,
    RESULT,
    SUBJECT,
    PgNode,
    PgPiece,
    labels_of,
    node_labels,
    pieces,
    statement_types,
)
from kg.records import JSON, Node
from kg.vocabulary import Vocabulary

ROWS_AT_ONCE = 10_000
REMOVED_AT_ONCE = 1_000
"""Each may have many relationships, and a query holds all that it removes."""
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
    named: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for piece in (piece for node in nodes for piece in pieces(node, vocabulary)):
        if isinstance(piece, PgNode):
            made[piece.labels].append({"id": piece.id, "properties": _plain(piece)})
            named[piece.labels].add(piece.id)
        else:
            ends = labels_of(piece.start, vocabulary), labels_of(piece.end, vocabulary)
            named[ends[0]].add(piece.start)
            named[ends[1]].add(piece.end)
            row = {"start": piece.start, "end": piece.end, "properties": _plain(piece)}
            joined[piece.type, ends[0][0], ends[1][0]].append(row)
    for labels, ids in named.items():
        if not _OWN & {*labels}:
            yield from _in_parts(_naming(labels), sorted(ids))
    for labels, rows in made.items():
        yield from _in_parts(_making(labels), rows)
    for (type_, start, end), rows in joined.items():
        yield from _in_parts(_joining(type_, start, end), rows)


def _plain(piece: PgPiece) -> dict[str, JSON]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in piece.properties.items()}


def _naming(labels: Sequence[str]) -> str:
    """Return what makes nodes that are not there, with nothing but their ids.

    A MERGE would say the same. The embedded server answers one of two labels by a look at every node.
    """
    return (
        f"UNWIND $rows AS id OPTIONAL MATCH (n:{labels[0]} {{id: id}}) "
        f"WITH id, n WHERE n IS NULL CREATE (:{':'.join(labels)} {{id: id}})"
    )


def _making(labels: Sequence[str]) -> str:
    if _OWN & {*labels}:
        return f"UNWIND $rows AS row CREATE (n:{':'.join(labels)}) SET n = row.properties"
    return f"UNWIND $rows AS row MATCH (n:{labels[0]} {{id: row.id}}) SET n = row.properties"


def _joining(type_: str, start: str, end: str) -> str:
    return (
        f"UNWIND $rows AS row MATCH (a:{start} {{id: row.start}}) MATCH (b:{end} {{id: row.end}}) "
        f"CREATE (a)-[r:{type_}]->(b) SET r = row.properties"
    )


_DELETE = "WITH collect(r) AS found UNWIND found AS r DELETE r"
"""All are found before the first goes: the embedded server would pass some over in a list that shrinks."""
SUBJECTS = f"UNWIND $rows AS id MATCH (n:{EVIDENCE} {{about: id}}) RETURN DISTINCT id, n.{SUBJECT} AS subject"
"""Asks for the subjects of statements that the store holds, by their ids."""


def statements_among(changes: Mapping[str, Node | None], vocabulary: Vocabulary) -> list[str]:
    """Return the ids of statements among changes."""
    others = {*vocabulary.types_by_slug, RESULT.lower()}
    return [id_ for id_ in changes if id_.partition("/")[0] not in others]


def removals(
    changes: Mapping[str, Node | None], subjects: Mapping[str, str], vocabulary: Vocabulary
) -> Iterator[Write]:
    """Yield what takes the pieces of nodes out: all of them, or only what a changed node makes anew.

    `subjects` has that of each statement that is there: nothing else leads to a relationship quickly.
    """
    yield from _in_parts(f"UNWIND $rows AS id MATCH (n:{EVIDENCE} {{about: id}}) DETACH DELETE n", changes)
    paper = vocabulary.paper
    groups: dict[str, list[Row | str]] = defaultdict(list)
    for id_, subject in subjects.items():
        label = labels_of(subject, vocabulary)[0]
        groups[f"MATCH (:{label} {{id: row.subject}})-[r]->() WHERE r.id = row.id {_DELETE}"].append(
            {"id": id_, "subject": subject}
        )
    for id_, node in changes.items():
        slug = id_.partition("/")[0]
        if slug == paper.slug:
            groups[f"MATCH (:{paper.name} {{id: row}})-[r:{MENTIONS}]->() {_DELETE}"].append(id_)
        if slug == RESULT.lower() or (slug in vocabulary.types_by_slug and node is None):
            label = labels_of(id_, vocabulary)[0]
            groups[f"MATCH (n:{label} {{id: row}}) DETACH DELETE n"].append(id_)
    for action, rows in groups.items():
        yield from _in_parts(f"UNWIND $rows AS row {action}", rows, REMOVED_AT_ONCE)


def _in_parts(text: str, rows: Iterable[Row | str], size: int = ROWS_AT_ONCE) -> Iterator[Write]:
    every = list(rows)
    for start in range(0, len(every), size):
        yield Write(text, every[start : start + size])
