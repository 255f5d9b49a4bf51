"""The ontology, read once: the only reader of `ontology/`.

Everything that names a class, a predicate, a known name or an IRI asks here, so that extraction labels,
validation, filters, colours and documentation cannot drift from the Turtle files.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from urllib.parse import quote, unquote

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from kg.errors import OntologyError

ONTOLOGY = "https://w3id.org/alignkg/ontology"
AKG = f"{ONTOLOGY}#"
ID = "https://w3id.org/alignkg/id/"
PREFIXES = {
    "akg": AKG,
    "id": ID,
    "dcterms": "http://purl.org/dc/terms/",
    "oa": "http://www.w3.org/ns/oa#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@dataclass(frozen=True, slots=True)
class EntityType:
    """A class of the ontology. `loosely` is the class that texts confuse it with, the same for both."""

    name: str
    label: str
    plural: str
    words: tuple[str, ...]
    comment: str
    colour: str
    superclass: str
    loosely: str

    @property
    def slug(self) -> str:
        """The first part of the ids of such entities: `method`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate: which types may stand at its ends, and its words in both directions."""

    name: str
    label: str
    inverse: str
    inverse_label: str
    domain: frozenset[str]
    range: frozenset[str]
    words: tuple[str, ...]
    inverse_words: tuple[str, ...]
    comment: str
    suppresses: frozenset[str] = frozenset()
    implies: Mapping[str, str] = field(default_factory=dict)
    """Object type → the predicate that then holds too."""


@dataclass(frozen=True, slots=True)
class KnownName:
    """A thing that the ontology knows by name, or a concept of one of its schemes.

    `broader` are ids of wider concepts; for a benchmark, `measures` says what it is about, `metric` its usual
    metric, `direction` "up" or "down", `scale` its lowest and highest value, and `version_of` the id of the
    benchmark that it is a version of. Names that are `case_sensitive` count only when written exactly so:
    they are everyday words, too.
    """

    id: str
    type: str
    name: str
    aliases: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()
    measures: str | None = None
    metric: str | None = None
    direction: str | None = None
    scale: tuple[float, float] | None = None
    version_of: str | None = None
    case_sensitive: bool = False

    @property
    def spellings(self) -> tuple[str, ...]:
        """All that texts may write for it: its name and aliases, spaced and hyphenated in every usual way."""
        return tuple(dict.fromkeys(way for name in (self.name, *self.aliases) for way in spellings(name)))


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """All that the ontology says. `paper` is the class of papers; `types` are the others.

    `families` are concepts that gather names but are no things themselves, by id, with what they are called.
    """

    version: str
    paper: EntityType
    types: Mapping[str, EntityType]
    predicates: Mapping[str, Predicate]
    names: Mapping[str, KnownName]
    families: Mapping[str, str] = field(default_factory=dict)

    def allows(self, subject_type: str, predicate: str, object_type: str) -> bool:
        """Say whether the predicate may join things of these types."""
        known = self.predicates.get(predicate)
        return known is not None and subject_type in known.domain and object_type in known.range

    def loosely(self, type_name: str) -> str:
        """Return the one class that stands for a class and those that texts confuse it with."""
        return self.types[type_name].loosely

    @cached_property
    def types_by_slug(self) -> Mapping[str, EntityType]:
        """Types by the first part of their entities' ids."""
        return {t.slug: t for t in (self.paper, *self.types.values())}

    def broader_of(self, entity_id: str) -> tuple[str, ...]:
        """Return all wider concepts of a known thing, the nearest first."""
        return self._above(entity_id, lambda known: known.broader)

    def versions_above(self, entity_id: str) -> tuple[str, ...]:
        """Return all that a known thing is a version of, the nearest first.

        >>> load_vocabulary().versions_above("benchmark/alpacaeval-2.0-lc")
        ('benchmark/alpacaeval-2.0', 'benchmark/alpacaeval')
        """
        return self._above(entity_id, lambda known: (known.version_of,) if known.version_of else ())

    def _above(self, entity_id: str, step: Callable[[KnownName], tuple[str, ...]]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        level = [entity_id]
        while level:
            above = (end for id_ in level if (known := self.names.get(id_)) for end in step(known))
            level = [end for end in dict.fromkeys(above) if end not in found]
            found |= dict.fromkeys(level)
        return tuple(found)

    def type_of(self, entity_id: str) -> EntityType:
        """Return the type that an entity's or paper's id carries.

        >>> load_vocabulary().type_of("benchmark/mt-bench").label
        'benchmark'
        """
        return self.types_by_slug[entity_id.partition("/")[0]]


_JOINT = re.compile(r"(?<=[^\W\d_]{3})(?=\d)|[ -]+")
"""Where papers write a space, a hyphen or nothing: between words, and between a word and a number."""


def spellings(name: str) -> tuple[str, ...]:
    """Return the ways in which papers space and hyphenate a name, the given one first.

    >>> spellings("Llama 2")
    ('Llama 2', 'Llama-2', 'Llama2')
    >>> spellings("Llama 3 8B")
    ('Llama 3 8B', 'Llama-3-8B', 'Llama3 8B', 'Llama3-8B')
    """
    parts = _JOINT.split(name)
    joined = ["".join(parts[:2]), *parts[2:]]
    ways = [name, " ".join(parts), "-".join(parts), " ".join(joined), "-".join(joined)]
    return tuple(dict.fromkeys(ways)) if len(parts) > 1 else (name,)


def iri(node_id: str) -> str:
    """Return the IRI of a node.

    >>> iri("paper/arXiv:2305.18290")
    'https://w3id.org/alignkg/id/paper/arXiv:2305.18290'
    """
    return ID + quote(node_id, safe="/:@!$&'()*+,;=-._~")


def node_of(address: str) -> str | None:
    """Return the id behind an IRI that `iri` made, None for any other IRI."""
    return unquote(address[len(ID) :]) if address.startswith(ID) else None


def term(name: str) -> str:
    """Return the IRI of a class or predicate."""
    return AKG + name


def ontology_directory() -> Path:
    """Return the folder of the ontology: inside the installed package, else beside it in a checkout."""
    inside = Path(__file__).parent / "ontology"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "ontology"


def vocabulary_files() -> list[Path]:
    """Return the Turtle files of terms and names; the shapes, which only check graphs, are not among them."""
    return sorted(set(ontology_directory().glob("*.ttl")) - {shapes_file()})


def shapes_file() -> Path:
    """Return the SHACL shapes that every graph conforms to."""
    return ontology_directory() / "shapes.ttl"


@lru_cache(maxsize=1)
def ontology_hash() -> str:
    """Return a hash of the ontology's files: another value means that names or rules have changed."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in vocabulary_files())).hexdigest()[:16]


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """Read the ontology that ships with AlignKG; the same object every time."""
    return read_vocabulary(vocabulary_files())


def read_vocabulary(files: Iterable[Path]) -> Vocabulary:
    """Read Turtle files into a vocabulary, checking that they agree with themselves."""
    facts = _Facts()
    for file in files:
        facts.read(file)
    return _Reader(facts).vocabulary()


class _Facts:
    """Triples by subject and predicate, with prefixed names for what the reader asks for."""

    def __init__(self) -> None:
        self.by_subject: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.file: dict[str, str] = {}

    def read(self, file: Path) -> None:
        try:
            for triple in parse(path=str(file), format=RdfFormat.TURTLE):
                self._add(triple.triple, file.name)
        except SyntaxError as error:
            raise OntologyError(file.name, f"line {error.lineno}", str(error)) from error

    def _add(self, triple: Triple, file: str) -> None:
        subject = _text(triple.subject)
        self.by_subject[subject][triple.predicate.value].append(_text(triple.object))
        self.file.setdefault(subject, file)

    def all(self, subject: str, name: str) -> tuple[str, ...]:
        prefix, _, local = name.partition(":")
        return tuple(sorted(self.by_subject[subject].get(PREFIXES[prefix] + local, ())))

    def one(self, subject: str, name: str) -> str:
        found = self.all(subject, name)
        if len(found) != 1:
            raise OntologyError(self.file[subject], subject, f"needs exactly one {name}, has {len(found)}")
        return found[0]

    def maybe(self, subject: str, name: str) -> str | None:
        return self.one(subject, name) if self.all(subject, name) else None

    def of_type(self, name: str) -> list[str]:
        return sorted(s for s in self.by_subject if PREFIXES["akg"] + name in self.all(s, "rdf:type"))


def _text(node: NamedNode | BlankNode | Literal | Triple) -> str:
    return str(node) if isinstance(node, Triple) else node.value


def _local(address: str) -> str:
    return address.removeprefix(AKG)


class _Reader:
    """Turns facts into a vocabulary."""

    def __init__(self, facts: _Facts) -> None:
        self.facts = facts
        thing = AKG + "Thing"
        supers = [c for c in facts.by_subject if thing in facts.all(c, "rdfs:subClassOf")]
        self.classes = sorted(
            c for c in facts.by_subject if any(s in supers for s in facts.all(c, "rdfs:subClassOf"))
        )

    def vocabulary(self) -> Vocabulary:
        likes = {c: self.facts.maybe(c, "akg:looselyLike") for c in self.classes}
        loosely = {like: c for c, like in likes.items() if like}
        types = {_local(c): self._type(c, loosely.get(c, c)) for c in self.classes}
        states = AKG + "states"
        predicates = {
            _local(p): self._predicate(p)
            for p in sorted(self.facts.by_subject)
            if states in self.facts.all(p, "rdfs:subPropertyOf")
        }
        paper = AKG + "Paper"
        return Vocabulary(
            version=self.facts.one(ONTOLOGY, "owl:versionInfo"),
            paper=self._type(paper, paper),
            types=types,
            predicates=predicates,
            names={known.id: known for known in map(self._name, self._named(types))},
            families=self._families(),
        )

    def _type(self, address: str, loosely: str) -> EntityType:
        f = self.facts
        return EntityType(
            name=_local(address),
            label=f.one(address, "rdfs:label"),
            plural=f.one(address, "akg:plural"),
            words=f.all(address, "skos:altLabel"),
            comment=f.one(address, "rdfs:comment"),
            colour=f.one(address, "akg:colour"),
            superclass=_local(f.one(address, "rdfs:subClassOf")),
            loosely=_local(loosely),
        )

    def _predicate(self, address: str) -> Predicate:
        f = self.facts
        inverse = f.one(address, "owl:inverseOf")
        rules = f.all(address, "akg:impliesForRange")
        return Predicate(
            name=_local(address),
            label=f.one(address, "rdfs:label"),
            inverse=_local(inverse),
            inverse_label=f.one(inverse, "rdfs:label"),
            domain=frozenset(map(_local, f.all(address, "schema:domainIncludes"))),
            range=frozenset(map(_local, f.all(address, "schema:rangeIncludes"))),
            words=f.all(address, "skos:altLabel"),
            inverse_words=f.all(address, "akg:inverseLabel"),
            comment=f.one(address, "rdfs:comment"),
            suppresses=frozenset(map(_local, f.all(address, "akg:suppresses"))),
            implies={_local(f.one(r, "akg:ofType")): _local(f.one(r, "akg:implied")) for r in rules},
        )

    def _named(self, types: Mapping[str, EntityType]) -> list[str]:
        slugs = tuple(f"{ID}{t.slug}/" for t in types.values())
        return sorted(s for s in self.facts.by_subject if s.startswith(slugs))

    def _families(self) -> dict[str, str]:
        f, concept = self.facts, PREFIXES["skos"] + "Concept"
        return {
            _id(s): f.one(s, "skos:prefLabel")
            for s in sorted(f.by_subject)
            if f.all(s, "rdf:type") == (concept,)
        }

    def _name(self, address: str) -> KnownName:
        f = self.facts
        type_names = [t for t in map(_local, f.all(address, "rdf:type")) if AKG + t in self.classes]
        if len(type_names) != 1:
            raise OntologyError(f.file[address], address, "a known name has exactly one class")
        low, high = f.maybe(address, "akg:lowest"), f.maybe(address, "akg:highest")
        metric, version_of = f.maybe(address, "akg:usualMetric"), f.maybe(address, "akg:versionOf")
        return KnownName(
            id=_id(address),
            type=type_names[0],
            name=f.one(address, "skos:prefLabel"),
            aliases=f.all(address, "skos:altLabel"),
            broader=tuple(map(_id, f.all(address, "skos:broader"))),
            measures=f.maybe(address, "akg:about"),
            metric=_id(metric) if metric else None,
            direction=f.maybe(address, "akg:direction"),
            scale=(float(low), float(high)) if low and high else None,
            version_of=_id(version_of) if version_of else None,
            case_sensitive=f.maybe(address, "akg:caseSensitive") == "true",
        )


def _id(address: str) -> str:
    return node_of(address) or address
