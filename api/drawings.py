"""Answers of queries as graphs to draw: what a CONSTRUCT makes, and the nodes and relationships of Cypher."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from textwrap import shorten

from api.cypher_table import node_cell
from api.tables import Fact, resource
from kg import rdf
from kg.property_graph import PgNode, PgRelationship
from kg.vocabulary import AKG, Vocabulary, node_of

LARGEST = 2_000
"""So many nodes are drawn at most; a drawing of more shows nothing, and takes long."""

_NAME = 60
"""So many characters of a name are drawn; only sentences have more."""
_NAMES = (rdf.LABEL, rdf.PREF_LABEL, rdf.TITLE)
"""What says how a thing is called."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A node: `type` is the name of its class, `link` where it leads."""

    id: str
    name: str
    type: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An edge between two nodes, with the words on it."""

    id: str
    source: str
    target: str
    label: str
    belief: float | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a graph view draws."""

    nodes: tuple[Dot, ...]
    edges: tuple[Line, ...]

    @property
    def worthwhile(self) -> bool:
        """Whether it shows how things hang together, and is small enough to be seen."""
        return bool(self.edges) and len(self.nodes) <= LARGEST

    def to_json(self) -> str:
        """Return it as the scripts of the pages read it."""
        known = {
            kind: [{name: held for name, held in each.items() if held is not None} for each in pieces]
            for kind, pieces in asdict(self).items()
        }
        return json.dumps(known, ensure_ascii=False)


def of_facts(
    facts: Collection[Fact], name_of: Callable[[str], str | None], vocabulary: Vocabulary
) -> Drawing:
    """Return the graph of triples; `name_of` says what an id is called, where the answer does not.

    Texts and numbers are no nodes, and to be of a class is no edge.
    """
    called = {fact.subject: fact.object for fact in facts if fact.predicate in _NAMES}
    edges = [fact for fact in facts if not fact.literal and fact.predicate != rdf.TYPE]
    ends = dict.fromkeys(end for fact in edges for end in (fact.subject, fact.object))
    return Drawing(
        tuple(_dot_of_iri(iri, called.get(iri) or name_of(node_of(iri) or ""), vocabulary) for iri in ends),
        tuple(
            Line(str(number), fact.subject, fact.object, _words(fact.predicate, vocabulary))
            for number, fact in enumerate(edges)
        ),
    )


def _dot_of_iri(iri: str, called: str | None, vocabulary: Vocabulary) -> Dot:
    cell = resource(iri)
    known = vocabulary.types_by_slug.get(cell.slug or "")
    return Dot(iri, called or cell.text, known.name if known else "", cell.link if cell.slug else None)


def _words(predicate: str, vocabulary: Vocabulary) -> str:
    known = vocabulary.predicates.get(predicate.removeprefix(AKG))
    return known.label if known else resource(predicate).text


def of_pieces(pieces: Iterable[PgNode | PgRelationship], vocabulary: Vocabulary) -> Drawing:
    """Return the graph of nodes and relationships; a relationship without both its ends is left out."""
    unique = {piece.id: piece for piece in pieces}
    nodes = {piece.id: piece for piece in unique.values() if isinstance(piece, PgNode)}
    joins = [piece for piece in unique.values() if isinstance(piece, PgRelationship)]
    return Drawing(
        tuple(_dot_of_node(node, vocabulary) for node in nodes.values()),
        tuple(_line(piece) for piece in joins if piece.start in nodes and piece.end in nodes),
    )


def _dot_of_node(node: PgNode, vocabulary: Vocabulary) -> Dot:
    cell = node_cell(node, vocabulary)
    known = vocabulary.types_by_slug.get(cell.slug or "")
    return Dot(node.id, shorten(cell.text, _NAME, placeholder=" …"), known.name if known else "", cell.link)


def _line(piece: PgRelationship) -> Line:
    belief = piece.properties.get("belief")
    words = piece.type.lower().replace("_", " ")
    return Line(piece.id, piece.start, piece.end, words, belief if isinstance(belief, float) else None)
