"""What the Turtle files say of a term that `kg.vocabulary` has no need of: definitions, ends, twins."""

from __future__ import annotations

import re
from collections.abc import Iterator

import rdflib
from rdflib import OWL, RDF, RDFS, SKOS

from kg.vocabulary import AKG, ID, PREFIXES, ontology_directory

PREFIX = re.compile(r"^@prefix ([\w-]+): <(.+?)>", re.MULTILINE)
SCHEMA = rdflib.Namespace(PREFIXES["schema"])
TWINS = {
    SKOS.exactMatch: "the same as",
    SKOS.closeMatch: "much like",
    SKOS.broadMatch: "narrower than",
    SKOS.narrowMatch: "wider than",
    SKOS.relatedMatch: "related to",
}
KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


class Terms:
    """Classes, properties and concepts by their local names."""

    def __init__(self) -> None:
        self.graph = rdflib.Graph()
        for file in ("alignment", "schemes"):
            text = (ontology_directory() / f"{file}.ttl").read_text("utf-8")
            self.graph.parse(data=text, format="ox-turtle")
            for prefix, address in PREFIX.findall(text):  # this parser is fast, and forgets them
                self.graph.bind(prefix, address)

    def classes(self) -> list[str]:
        """Return the names of all classes, in the order of the file."""
        return list(self._named(OWL.Class))

    def properties(self) -> list[str]:
        """Return the names of all properties, inverses too."""
        return [name for kind in KINDS for name in self._named(kind)]

    def _named(self, kind: rdflib.term.Node) -> Iterator[str]:
        found = (str(s) for s in self.graph.subjects(RDF.type, kind))
        return (address.removeprefix(AKG) for address in found if address.startswith(AKG))

    def label(self, name: str) -> str:
        """Return what a term is called."""
        return self._one(name, RDFS.label)

    def comment(self, name: str) -> str:
        """Return what a term means."""
        return self._one(name, RDFS.comment)

    def _one(self, name: str, predicate: rdflib.term.Node) -> str:
        return str(self.graph.value(rdflib.URIRef(AKG + name), predicate))

    def above(self, name: str) -> list[str]:
        """Return the direct superclasses of a class, ours by name, others with a prefix."""
        return sorted(map(self.short, self.graph.objects(rdflib.URIRef(AKG + name), RDFS.subClassOf)))

    def starts(self, name: str) -> list[str]:
        """Return what a property may begin at."""
        return self._ends(name, RDFS.domain, SCHEMA.domainIncludes)

    def ends(self, name: str) -> list[str]:
        """Return what a property may lead to."""
        return self._ends(name, RDFS.range, SCHEMA.rangeIncludes)

    def _ends(self, name: str, *predicates: rdflib.term.Node) -> list[str]:
        subject = rdflib.URIRef(AKG + name)
        return sorted(self.short(end) for p in predicates for end in self.graph.objects(subject, p))

    def twins(self, address: str) -> list[tuple[str, str, str]]:
        """Return a term's twins elsewhere: how it is like each, its short name and its address."""
        subject = rdflib.URIRef(address)
        return [
            (words, self.short(twin), str(twin))
            for relation, words in TWINS.items()
            for twin in sorted(self.graph.objects(subject, relation))
        ]

    def short(self, node: rdflib.term.Node) -> str:
        """Return one of our names as it is, another with its prefix."""
        address = str(node)
        return address.removeprefix(AKG) if address.startswith(AKG) else self.graph.qname(address)

    def definition(self, concept: str) -> str:
        """Return what a concept of a scheme is, by its id."""
        return str(self.graph.value(rdflib.URIRef(ID + concept), SKOS.definition) or "")

    def name(self, concept: str) -> str:
        """Return what a concept is called, by its id."""
        return str(self.graph.value(rdflib.URIRef(ID + concept), SKOS.prefLabel))

    def others(self, concept: str) -> list[str]:
        """Return the other words for a concept."""
        return sorted(map(str, self.graph.objects(rdflib.URIRef(ID + concept), SKOS.altLabel)))

    def members(self, scheme: str) -> list[str]:
        """Return the ids of all concepts of a scheme."""
        found = self.graph.subjects(SKOS.inScheme, rdflib.URIRef(f"{ID}scheme/{scheme}"))
        return sorted(str(concept).removeprefix(ID) for concept in found)

    def broader(self, concept: str) -> str | None:
        """Return the wider concept, None at the top."""
        above = self.graph.value(rdflib.URIRef(ID + concept), SKOS.broader)
        return str(above).removeprefix(ID) if above else None
