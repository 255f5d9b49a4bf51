"""What is wrong with a graph, and what differs between two: for `kg check` and `kg diff`."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kg.property_graph import PgNode, PgPiece, pieces
from kg.rdf import to_nquads
from kg.records import Entity, Evidence, Graph, GroundedPaper, Node, Result, Statement, node_id
from kg.stores import Origin
from kg.stores.filling import in_parts
from kg.stores.manifest import differs
from kg.stores.oxigraph import OxigraphStore
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from kg.stores.bolt import BoltStore
    from kg.stores.sparql_endpoint import SparqlEndpoint

_MEND = "kg check --rebuild mends it"
_PUSH = "kg push --full mends it"
_ASKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """A node that came, went or changed, with what it says in words."""

    what: Literal["came", "went", "changed"]
    node: str
    said: str


def compare_graphs(before: Graph, after: Graph) -> tuple[Difference, ...]:
    """Return what differs between two graphs, in the order of nodes."""
    old, new = _by_id(before), _by_id(after)
    found: list[Difference] = []
    for id_ in sorted(old.keys() | new.keys()):
        if id_ not in new:
            found.append(Difference("went", id_, _words(old[id_], before)))
        elif id_ not in old:
            found.append(Difference("came", id_, _words(new[id_], after)))
        elif old[id_] != new[id_]:
            found.append(Difference("changed", id_, _words(new[id_], after)))
    return tuple(found)


def _by_id(graph: Graph) -> Mapping[str, Node]:
    return {node_id(node): node for node in graph.nodes()}


def _words(node: Node, graph: Graph) -> str:
    match node:
        case GroundedPaper():
            return node.paper.title
        case Entity():
            return f"{node.name} ({node.papers} papers)"
        case Statement():
            ends = graph.name(node.subject), graph.name(node.object)
            return f"{ends[0]} {node.predicate} {ends[1]} ({node.belief:.2f})"
        case Result():
            return f"{node.value:g} {node.unit} ({node.belief:.2f})"


@dataclass(frozen=True)
class _Known:
    """What statements and evidence point at: texts of papers by id, and ids of papers and entities."""

    texts: Mapping[str, str]
    ids: frozenset[str]


def faults_of_nodes(nodes: Callable[[], Iterable[Node]], vocabulary: Vocabulary) -> Iterator[str]:
    """Yield a line for each node that breaks an invariant: evidence, offsets, ends.

    `nodes` gives the graph's nodes anew at each call; they are never all in memory.
    """
    known = _known(nodes())
    for node in nodes():
        match node:
            case GroundedPaper():
                yield from _faults_of_paper(node, known)
            case Statement():
                yield from _faults_of_ends(node, known, vocabulary)
                yield from _faults_of_support(node, known)
            case Result():
                yield from _faults_of_support(node, known)
            case Entity():
                pass


def _known(nodes: Iterable[Node]) -> _Known:
    texts: dict[str, str] = {}
    ids: set[str] = set()
    for node in nodes:
        if isinstance(node, GroundedPaper):
            texts[node.id] = node.paper.text
        if isinstance(node, GroundedPaper | Entity):
            ids.add(node_id(node))
    return _Known(texts, frozenset(ids))


def _faults_of_paper(paper: GroundedPaper, known: _Known) -> Iterator[str]:
    for mention in paper.mentions:
        if paper.paper.text[mention.start : mention.end] != mention.text:
            yield f"{paper.id}: at {mention.start} it does not say {mention.text!r} ({mention.entity})"
        if mention.entity not in known.ids:
            yield f"{paper.id}: mentions {mention.entity}, which is not in the graph"


def _faults_of_ends(statement: Statement, known: _Known, vocabulary: Vocabulary) -> Iterator[str]:
    for end in (statement.subject, statement.object):
        if end not in known.ids:
            yield f"{statement.id}: {end} is not in the graph"
    subject, object_ = (vocabulary.type_of(end).name for end in (statement.subject, statement.object))
    if not vocabulary.allows(subject, statement.predicate, object_):
        yield f"{statement.id}: {statement.predicate} cannot join {subject} and {object_}"


def _faults_of_support(claim: Statement | Result, known: _Known) -> Iterator[str]:
    if not claim.evidence:
        yield f"{claim.id}: has no evidence"
    for evidence in claim.evidence:
        yield from (f"{claim.id}: {fault}" for fault in _faults_of_evidence(evidence, known.texts))


def _faults_of_evidence(evidence: Evidence, texts: Mapping[str, str]) -> Iterator[str]:
    text = texts.get(evidence.paper)
    start, end = evidence.sentence
    if text is None:
        yield f"its evidence is in {evidence.paper}, which is not in the graph"
    elif text[start:end] != evidence.text:
        yield f"the sentence at {start} of {evidence.paper} is not what the evidence holds"
    for span in (evidence.words, evidence.subject, evidence.object):
        if span and not start <= span.start < span.end <= end:
            yield f"words at {span.start} of {evidence.paper} lie outside their sentence"


def faults_of_store(nodes: Iterable[Node], store: OxigraphStore, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield a line for each node that a store holds otherwise than the ledger, and for what is too much."""
    held = ((node, set(store.lines_of(node_id(node)))) for node in nodes)
    return _faults_of_lines(held, store, vocabulary, _MEND)


def _faults_of_lines(
    held: Iterable[tuple[Node, set[str]]], store: Sized, vocabulary: Vocabulary, mend: str
) -> Iterator[str]:
    """Compare nodes with the lines that are held of them.

    Each line of RDF belongs to one node, so the nodes are compared one by one, and the rest by its count.
    """
    lines = 0
    for node, found in held:
        expected = set(to_nquads(node, vocabulary))
        lines += len(found)
        if expected != found:
            lacking, strange = len(expected - found), len(found - expected)
            yield f"{node_id(node)}: the store lacks {lacking} lines and has {strange} others; {mend}"
    if len(store) != lines:
        yield f"the store has {len(store) - lines} lines that belong to nothing; {mend}"


def faults_of_server(
    nodes: Iterable[Node],
    store: BoltStore | SparqlEndpoint,
    where: tuple[Origin, int],
    vocabulary: Vocabulary,
) -> Iterator[str]:
    """Yield a line for each thing that a server holds otherwise than the ledger.

    `where` is the origin of the ledger's graph and its position.
    """
    from kg.stores.sparql_endpoint import SparqlEndpoint  # few checks speak to one

    held = store.manifest()
    if fault := differs(held, *where):
        yield fault
    if held is None or held.origin != where[0]:
        return  # every node would differ
    if isinstance(store, SparqlEndpoint):
        yield from _faults_of_lines(_held_there(nodes, store), store, vocabulary, _PUSH)
        return
    yield from faults_of_pieces(nodes, store.pieces(), vocabulary)
    if strange := store.strangers():
        yield f"the store has {strange} nodes and relationships of other kinds"


def _held_there(nodes: Iterable[Node], store: SparqlEndpoint) -> Iterator[tuple[Node, set[str]]]:
    for some in in_parts(nodes, _ASKED_AT_ONCE):
        lines = store.lines_of(list(map(node_id, some)))
        yield from ((node, lines[node_id(node)]) for node in some)


def faults_of_pieces(nodes: Iterable[Node], held: Iterable[PgPiece], vocabulary: Vocabulary) -> Iterator[str]:
    """Yield a line for each node of which a property graph does not hold exactly the pieces that it should.

    Pieces come in any order. For each node only the sum of its pieces' hashes is kept, so that a graph much
    larger than memory can be compared.
    """
    expected: Counter[str] = Counter()
    for node in nodes:
        expected[node_id(node)] = sum(_piece_hash(piece) for piece in pieces(node, vocabulary))
    found: Counter[str] = Counter()
    for piece in held:
        found[_owner(piece)] += _piece_hash(piece)
    for id_ in sorted(expected.keys() | found.keys()):
        if id_ not in found:
            yield f"{id_}: the store lacks it; {_PUSH}"
        elif id_ not in expected:
            yield f"{id_ or 'something'}: the store has it, and the ledger has it not; {_PUSH}"
        elif expected[id_] != found[id_]:
            yield f"{id_}: the store holds it otherwise than the ledger; {_PUSH}"


def _owner(piece: PgPiece) -> str:
    """Return the id of the node of ours that a piece is of."""
    return str(piece.properties.get("about") or piece.properties.get("id", ""))


def _piece_hash(piece: PgPiece) -> int:
    if isinstance(piece, PgNode):
        said: tuple[object, ...] = (piece.id, sorted(piece.labels))
    else:
        said = (piece.type, piece.start, piece.end)
    text = json.dumps((said, piece.properties), sort_keys=True)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
