"""RDF documents that ship with the service: the ontology and the endpoint's description of itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from kg.vocabulary import AKG, ontology_directory

if TYPE_CHECKING:
    from rdflib import Graph

TURTLE = "text/turtle"

DOCUMENT_TYPES = {
    TURTLE: "turtle",
    "application/ld+json": "json-ld",
    "application/rdf+xml": "xml",
    "application/n-triples": "nt",
}
"""The media types of RDF documents and what rdflib calls them, the default first."""


HTML = "text/html"
SUFFIXES = {
    "ttl": TURTLE,
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "nt": "application/n-triples",
}


def split_suffix(path: str) -> tuple[str, str | None]:
    """Return an address without the suffix that asks for a media type, and that type.

    >>> split_suffix("method/dpo.ttl"), split_suffix("model/llama-3.1")
    (('method/dpo', 'text/turtle'), ('model/llama-3.1', None))
    """
    stem, _, suffix = path.rpartition(".")
    return (stem, SUFFIXES[suffix]) if stem and suffix in SUFFIXES else (path, None)


@lru_cache(maxsize=8)
def ontology_as(media_type: str) -> bytes:
    """Return the classes and predicates; as Turtle they are the file itself."""
    file = ontology_directory() / "alignment.ttl"
    if media_type == TURTLE:
        return file.read_bytes()
    return _read(file.read_text("utf-8")).serialize(format=DOCUMENT_TYPES[media_type], encoding="utf-8")


def _read(turtle: str, base: str | None = None) -> Graph:
    from rdflib import Graph  # takes long to import, and most who serve are never asked for this

    return Graph().parse(data=turtle, format="turtle", publicID=base)


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the ontology: its name, what people call it, and what it means."""

    name: str
    label: str
    comment: str


@lru_cache(maxsize=1)
def terms() -> tuple[Term, ...]:
    """Return every class and property that the ontology defines, by name."""
    from rdflib import RDFS  # as above

    graph = _read((ontology_directory() / "alignment.ttl").read_text("utf-8"))
    found = {str(subject): subject for subject in graph.subjects(RDFS.label) if str(subject).startswith(AKG)}
    return tuple(
        Term(
            address.removeprefix(AKG),
            str(graph.value(subject, RDFS.label)),
            str(graph.value(subject, RDFS.comment) or ""),
        )
        for address, subject in sorted(found.items())
    )


@lru_cache(maxsize=32)
def description_as(media_type: str, endpoint: str) -> bytes:
    """Return the SPARQL 1.1 Service Description of the endpoint at an address."""
    text = (Path(__file__).parent / "service.ttl").read_text("utf-8")
    return _read(text, endpoint).serialize(format=DOCUMENT_TYPES[media_type], encoding="utf-8")
