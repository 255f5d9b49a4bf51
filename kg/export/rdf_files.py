"""RDF in files: N-Quads as the graph's fingerprint, Turtle, and JSON-LD with the ontology's terms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, parse, serialize

from kg.export.select import UNTITLED, Heading
from kg.rdf import TYPE, sorted_nquads, to_nquads
from kg.records import JSON, Graph
from kg.vocabulary import AKG, ID, PREFIXES, Vocabulary

TERMS = {prefix: namespace for prefix, namespace in PREFIXES.items() if namespace != ID}
XSD_STRING = PREFIXES["xsd"] + "string"


def write_nquads(
    graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, _heading: Heading = UNTITLED, /
) -> None:
    """Write sorted N-Quads: equal graphs are equal bytes."""
    stream.write(sorted_nquads(graph.nodes(), vocabulary))


def write_turtle(
    graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, heading: Heading = UNTITLED, /
) -> None:
    """Write Turtle with the ontology's prefixes; ids have a slash, so they stand as whole addresses."""
    for line in (*heading.title.splitlines(), *heading.note.splitlines()):
        stream.write(f"# {line}\n".encode())
    triples = (quad.triple for quads in _quads(graph, vocabulary) for quad in quads)
    serialize(triples, stream, RdfFormat.TURTLE, prefixes=TERMS)


def write_jsonld(
    graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, _heading: Heading = UNTITLED, /
) -> None:
    """Write JSON-LD, one thing a line; what is said of a thing in several places is in several lines."""
    context = json.dumps(jsonld_context(vocabulary), indent=1)
    stream.write(f'{{"@context": {context},\n"@graph": ['.encode())
    separator = "\n"
    for quads in _quads(graph, vocabulary):
        for thing in _things(quads, vocabulary):
            stream.write((separator + json.dumps(thing, ensure_ascii=False)).encode())
            separator = ",\n"
    stream.write(b"\n]}\n")


def jsonld_context(vocabulary: Vocabulary) -> dict[str, JSON]:
    """Return the JSON-LD context: the prefixes, and each predicate as a link."""
    links: dict[str, JSON] = {name: {"@id": AKG + name, "@type": "@id"} for name in vocabulary.predicates}
    return {"@vocab": AKG, **PREFIXES, **links}


def _quads(graph: Graph, vocabulary: Vocabulary) -> Iterator[list[Quad]]:
    for node in graph.nodes():
        lines = "".join(f"{line}\n" for line in to_nquads(node, vocabulary))
        yield list(parse(lines, RdfFormat.N_QUADS))


def _things(quads: list[Quad], vocabulary: Vocabulary) -> Iterator[dict[str, JSON]]:
    things: dict[str, dict[str, list[JSON]]] = {}
    for quad in quads:
        key, value = _said(quad, vocabulary)
        things.setdefault(_text(quad.subject), {}).setdefault(key, []).append(value)
    for subject, said in things.items():
        plain = {key: values[0] if len(values) == 1 else values for key, values in said.items()}
        yield {"@id": _compact(subject), **plain}


def _said(quad: Quad, vocabulary: Vocabulary) -> tuple[str, JSON]:
    predicate, value = quad.predicate.value, quad.object
    name = _term(predicate)
    if predicate == TYPE:
        return "@type", _term(_text(value))
    if isinstance(value, Literal):
        return name, _literal(value)
    link = _compact(_text(value))
    return name, link if name in vocabulary.predicates else {"@id": link}


def _literal(literal: Literal) -> JSON:
    if literal.language:
        return {"@value": literal.value, "@language": literal.language}
    if literal.datatype.value == XSD_STRING:
        return literal.value
    return {"@value": literal.value, "@type": _compact(literal.datatype.value)}


def _term(address: str) -> str:
    """Return a name of the ontology without its namespace, or another's with its prefix."""
    return address.removeprefix(AKG) if address.startswith(AKG) else _compact(address)


def _compact(address: str) -> str:
    for prefix, namespace in PREFIXES.items():
        if address.startswith(namespace) and not address.startswith(namespace + "/"):
            return f"{prefix}:{address[len(namespace) :]}"
    return address


def _text(node: NamedNode | BlankNode | Literal | Triple) -> str:
    return str(node) if isinstance(node, Triple) else node.value
