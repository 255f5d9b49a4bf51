"""The only property-graph mapping: graph ↔ nodes and relationships, as Neo4j and its kind hold them.

A statement is a relationship between the things it joins, so that Cypher reads as people speak; one that is
only denied or was rejected, belief 0, is of another type, `NOT_OUTPERFORMS`, as RDF has no edge for it.
Results and evidence are nodes of their own; an evidence node names in `about` the statement or result that it
holds up, and a statement's relationship names its evidence nodes in `evidence`. Every piece of a node of ours
carries that node's id in `id` or `about`, so that a store can replace it alone. Evidence of a statement also
names the statement's ends, by which its relationship is found without a look at all of them.

What the ontology knows of an entity is in properties of its node, and is not read back: `broader` and
`version_of` name every wider concept and everything that it is a version of, however far up, so that a query
needs no way there through things that no paper names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

from kg.records import (
    JSON,
    Entity,
    Evidence,
    Graph,
    GroundedPaper,
    Mention,
    Node,
    Paper,
    Result,
    Span,
    Statement,
    digest,
    paper_node,
)
from kg.vocabulary import Vocabulary

PgValue = str | int | float | bool | tuple[str, ...]
"""What a property can hold; what is None or empty is no property at all."""

RESULT = "Result"
EVIDENCE = "Evidence"
MENTIONS = "MENTIONS"
"""A paper names an entity at one place."""
GAIN = "gain"
"""The kind of a result that is a difference."""
DENIED = "NOT_"
"""What a statement that is not believed at all begins with: it is no edge that a query should follow."""
SUPPORTS = "SUPPORTS"
"""Evidence holds up a result."""
STATED_IN = "STATED_IN"
"""Evidence stands in a paper."""
ROLES = ("method", "benchmark", "metric", "baseline")
"""The fields of a result that name other nodes."""
OTHERS = (*ROLES, "evidence")
"""The fields of a result that are nodes of their own."""
SUBJECT, OBJECT = "subject", "object"
"""The properties of a statement's evidence that name what the statement joins."""
SPANS = ("sentence", "words", SUBJECT, OBJECT)
"""The fields of evidence that are places in the text."""
MAPPING = "2"
"""Version of this mapping: a store that was filled under another one is filled anew."""


@dataclass(frozen=True, slots=True)
class PgNode:
    """A node: its id (also among its properties), its labels, the narrowest first, and its properties."""

    id: str
    labels: tuple[str, ...]
    properties: Mapping[str, PgValue]


@dataclass(frozen=True, slots=True)
class PgRelationship:
    """A relationship from the node `start` to the node `end`."""

    id: str
    type: str
    start: str
    end: str
    properties: Mapping[str, PgValue]


PgPiece = PgNode | PgRelationship


def relationship_type(name: str) -> str:
    """Return a predicate's or role's name as relationship types are written.

    >>> relationship_type("comparedWith")
    'COMPARED_WITH'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


def node_labels(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the narrowest label of every kind of node; each node has exactly one of them."""
    return (vocabulary.paper.name, *vocabulary.types, RESULT, EVIDENCE)


def labels_of(node: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the labels that a node has by its id, the narrowest first."""
    slug = node.partition("/")[0]
    if slug == vocabulary.paper.slug:
        return (vocabulary.paper.name,)
    if slug in vocabulary.types_by_slug:
        type_ = vocabulary.types_by_slug[slug]
        return type_.name, type_.superclass
    return (RESULT if slug == RESULT.lower() else EVIDENCE,)


def statement_types(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the relationship types of statements, those that are denied last."""
    types = tuple(map(relationship_type, vocabulary.predicates))
    return (*types, *(DENIED + type_ for type_ in types))


def relationship_types(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return every relationship type."""
    return (*statement_types(vocabulary), MENTIONS, *map(relationship_type, ROLES), SUPPORTS, STATED_IN)


def to_property_graph(graph: Graph, vocabulary: Vocabulary) -> tuple[list[PgNode], list[PgRelationship]]:
    """Return the whole graph as nodes and relationships."""
    nodes: list[PgNode] = []
    relationships: list[PgRelationship] = []
    for node in graph.nodes():
        for piece in pieces(node, vocabulary):
            if isinstance(piece, PgNode):
                nodes.append(piece)
            else:
                relationships.append(piece)
    return nodes, relationships


def pieces(node: Node, vocabulary: Vocabulary) -> Iterator[PgPiece]:
    """Yield what one node of ours becomes, nodes before the relationships that they are ends of."""
    if isinstance(node, GroundedPaper):
        yield from _paper(node, vocabulary)
    elif isinstance(node, Entity):
        yield _entity(node, vocabulary)
    elif isinstance(node, Statement):
        yield from _statement(node)
    else:
        yield from _result(node)


def _paper(grounded: GroundedPaper, vocabulary: Vocabulary) -> Iterator[PgPiece]:
    paper = grounded.paper
    node = paper_node(paper.id)
    values = _properties(_values(paper))
    yield PgNode(node, (vocabulary.paper.name,), {**values, "id": node, "name": paper.title})
    for position, mention in enumerate(grounded.mentions):
        said: dict[str, PgValue] = {f.name: getattr(mention, f.name) for f in fields(mention)}
        said.pop("entity")
        key = f"mention/{digest(node, position)}"
        place = {**said, "about": node, "position": position}
        yield PgRelationship(key, MENTIONS, node, mention.entity, place)


def _entity(entity: Entity, vocabulary: Vocabulary) -> PgNode:
    values = _properties({**_values(entity), **_known(entity.id, vocabulary)})
    values.pop("type")
    return PgNode(entity.id, (entity.type, vocabulary.types[entity.type].superclass), values)


def _known(id_: str, vocabulary: Vocabulary) -> dict[str, PgValue | None]:
    known = vocabulary.names.get(id_)
    if known is None:
        return {}
    lowest, highest = known.scale or (None, None)
    return {
        "broader": vocabulary.broader_of(id_),
        "version_of": vocabulary.versions_above(id_),
        "measures": known.measures,
        "usual_metric": known.metric,
        "direction": known.direction,
        "lowest": lowest,
        "highest": highest,
    }


def _statement(statement: Statement) -> Iterator[PgPiece]:
    ends = {SUBJECT: statement.subject, OBJECT: statement.object}
    yield from _evidence_pieces(statement.id, statement.evidence, ends)
    type_ = relationship_type(statement.predicate)
    yield PgRelationship(
        statement.id,
        type_ if statement.belief > 0 else DENIED + type_,
        statement.subject,
        statement.object,
        _properties(
            {
                "id": statement.id,
                "belief": statement.belief,
                "papers": statement.papers,
                "curated": statement.curated,
                "evidence": tuple(_evidence_id(statement.id, e) for e in statement.evidence),
            }
        ),
    )


def result_name(result: Result) -> str:
    """Return a number as people read it: `9.06 score`, and a gain with its sign, `+1.69 %`."""
    sign = "+" if result.kind == GAIN else ""
    return f"{result.value:{sign}.10g} {result.unit}".strip()


def _result(result: Result) -> Iterator[PgPiece]:
    values = _properties({name: value for name, value in _values(result).items() if name not in OTHERS})
    yield PgNode(result.id, (RESULT,), {**values, "id": result.id, "name": result_name(result)})
    for role in ROLES:
        if end := getattr(result, role):
            yield PgRelationship(
                f"role/{digest(result.id, role)}",
                relationship_type(role),
                result.id,
                end,
                {"about": result.id},
            )
    yield from _evidence_pieces(result.id, result.evidence)
    for evidence in result.evidence:
        node = _evidence_id(result.id, evidence)
        yield PgRelationship(f"supports/{digest(node)}", SUPPORTS, node, result.id, {"about": result.id})


def _evidence_id(about: str, evidence: Evidence) -> str:
    """Name evidence within what it holds up: the same sentence may hold up two statements."""
    return f"evidence/{digest(about, evidence.id)}"


def _evidence_pieces(
    about: str, evidence: Iterable[Evidence], ends: Mapping[str, str] = MappingProxyType({})
) -> Iterator[PgPiece]:
    for position, one in enumerate(evidence):
        node = _evidence_id(about, one)
        values = {name: value for name, value in _values(one).items() if name not in SPANS}
        offsets = {
            f"{name}_{edge}": offset
            for name in SPANS
            if (span := getattr(one, name)) is not None
            for edge, offset in zip(Span._fields, span, strict=True)
        }
        properties = _properties(
            {**values, **offsets, **ends, "id": node, "about": about, "position": position}
        )
        yield PgNode(node, (EVIDENCE,), properties)
        yield PgRelationship(
            f"stated/{digest(node)}", STATED_IN, node, paper_node(one.paper), {"about": about}
        )


def _values(record: Paper | Entity | Result | Evidence) -> dict[str, JSON]:
    return {f.name: getattr(record, f.name) for f in fields(record)}


def _properties(values: Mapping[str, PgValue | None]) -> dict[str, PgValue]:
    return {name: value for name, value in values.items() if value is not None and value != ()}


# --- and back ------------------------------------------------------------------------------------------


def from_property_graph(
    nodes: Iterable[PgNode], relationships: Iterable[PgRelationship], vocabulary: Vocabulary
) -> Graph:
    """Return the graph that `to_property_graph` took apart, from its pieces in any order."""
    return Graph.of(_Reader(nodes, relationships, vocabulary).nodes())


class _Reader:
    """Pieces, sorted by what they belong to."""

    def __init__(
        self, nodes: Iterable[PgNode], relationships: Iterable[PgRelationship], vocabulary: Vocabulary
    ) -> None:
        self.vocabulary = vocabulary
        known = {relationship_type(name): name for name in vocabulary.predicates}
        self.predicates = known | {DENIED + type_: name for type_, name in known.items()}
        self.plain: list[PgNode] = []
        self.evidence: dict[str, list[dict[str, JSON]]] = {}
        for node in nodes:
            if EVIDENCE in node.labels:
                values: dict[str, JSON] = dict(node.properties)
                self.evidence.setdefault(values["about"], []).append(values)
            else:
                self.plain.append(node)
        self.statements: list[PgRelationship] = []
        self.mentions: dict[str, list[PgRelationship]] = {}
        self.roles: dict[str, dict[str, str]] = {}
        for relationship in relationships:
            self._sort(relationship)

    def _sort(self, relationship: PgRelationship) -> None:
        if relationship.type in self.predicates:
            self.statements.append(relationship)
        elif relationship.type == MENTIONS:
            self.mentions.setdefault(relationship.start, []).append(relationship)
        elif relationship.type in map(relationship_type, ROLES):
            self.roles.setdefault(relationship.start, {})[relationship.type.lower()] = relationship.end

    def nodes(self) -> Iterator[Node]:
        for node in self.plain:
            if self.vocabulary.paper.name in node.labels:
                yield self._paper(node)
            elif RESULT in node.labels:
                yield self._result(node)
            else:
                yield self._entity(node)
        yield from map(self._statement, self.statements)

    def _paper(self, node: PgNode) -> GroundedPaper:
        values: dict[str, JSON] = {f.name: node.properties.get(f.name, f.default) for f in fields(Paper)}
        mentions = sorted(self.mentions.get(node.id, ()), key=_position)
        paper = Paper(**{**values, "id": node.id.partition("/")[2]})
        return GroundedPaper(paper, tuple(map(_mention, mentions)))

    def _entity(self, node: PgNode) -> Entity:
        type_ = next(label for label in node.labels if label in self.vocabulary.types)
        held = node.properties
        values: dict[str, JSON] = {f.name: held.get(f.name, f.default) for f in fields(Entity)}
        return Entity(**{**values, "type": type_})

    def _statement(self, relationship: PgRelationship) -> Statement:
        values: dict[str, JSON] = dict(relationship.properties)
        return Statement(
            relationship.start,
            self.predicates[relationship.type],
            relationship.end,
            belief=values["belief"],
            papers=values["papers"],
            evidence=self._evidence(relationship.id),
            curated=values["curated"],
        )

    def _result(self, node: PgNode) -> Result:
        values: dict[str, JSON] = {role: self.roles.get(node.id, {}).get(role) for role in ROLES}
        values |= {name: node.properties[name] for name in ("value", "unit", "kind", "belief", "papers")}
        return Result(evidence=self._evidence(node.id), **values)

    def _evidence(self, about: str) -> tuple[Evidence, ...]:
        rows = sorted(self.evidence.get(about, ()), key=lambda row: row["position"])
        return tuple(map(_evidence, rows))


def _position(relationship: PgRelationship) -> int:
    position: JSON = relationship.properties["position"]
    return int(position)


def _mention(relationship: PgRelationship) -> Mention:
    values: dict[str, JSON] = dict(relationship.properties)
    return Mention(relationship.end, values["start"], values["end"], values["text"], values["reason"])


def _evidence(row: dict[str, JSON]) -> Evidence:
    spans: dict[str, JSON] = {
        name: Span(row[f"{name}_start"], row[f"{name}_end"]) if f"{name}_start" in row else None
        for name in SPANS
    }
    plain = {f.name: row[f.name] for f in fields(Evidence) if f.name not in SPANS}
    return Evidence(**plain, **spans)
