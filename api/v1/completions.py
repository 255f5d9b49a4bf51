"""`/v1/completions/…`: the words that queries are made of, for editors; `/v1/search` has names of things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum

from fastapi import APIRouter
from pydantic import BaseModel

from api.documents import terms
from api.service import Here
from kg import rdf, schema
from kg.property_graph import (
    DENIED,
    EVIDENCE,
    MENTIONS,
    RESULT,
    ROLES,
    STATED_IN,
    SUPPORTS,
    relationship_type,
    statement_types,
)
from kg.vocabulary import PREFIXES, EntityType, Vocabulary

router = APIRouter(prefix="/v1", tags=["Questions"])

OTHERS = (
    *(
        rdf.TYPE,
        rdf.SUBJECT,
        rdf.PREDICATE,
        rdf.OBJECT,
        rdf.LABEL,
        rdf.PREF_LABEL,
        rdf.ALT_LABEL,
        rdf.BROADER,
    ),
    *(rdf.TITLE, rdf.ABSTRACT, rdf.CREATOR, rdf.ISSUED, rdf.TOPIC, rdf.URL, rdf.VENUE),
)
"""Properties that the graph takes from other vocabularies."""


class Language(Enum):
    """What queries are written in."""

    SPARQL = "sparql"
    CYPHER = "cypher"


class Kind(Enum):
    """What a word stands for: a class is what Cypher calls a label, a relation its type of relationship."""

    CLASS = "class"
    RELATION = "relation"
    PROPERTY = "property"
    PREFIX = "prefix"


class Word(BaseModel):
    """A word as it is written in a query, what it stands for, and what that means."""

    text: str
    kind: Kind
    means: str = ""


class Words(BaseModel):
    """All words of a language."""

    words: list[Word]


@router.get("/completions/{language}", summary="The words that queries are made of")
def completions(language: Language, here: Here) -> Words:
    """List classes, relations and properties, with the prefixes of SPARQL, as the ontology has them."""
    words = _SOURCES[language](here.vocabulary)
    return Words(words=sorted(words, key=lambda word: (word.kind.value, word.text)))


def _sparql(vocabulary: Vocabulary) -> Iterator[Word]:
    relations = {end for each in vocabulary.predicates.values() for end in (each.name, each.inverse)}
    for term in terms():
        kind = Kind.CLASS if term.name[0].isupper() else Kind.PROPERTY
        means = term.comment or term.label
        yield Word(
            text=f"akg:{term.name}", kind=Kind.RELATION if term.name in relations else kind, means=means
        )
    yield from (Word(text=_prefixed(iri), kind=Kind.PROPERTY) for iri in OTHERS)
    yield from (Word(text=f"{name}:", kind=Kind.PREFIX, means=space) for name, space in PREFIXES.items())


def _prefixed(iri: str) -> str:
    return next(f"{name}:{iri[len(space) :]}" for name, space in PREFIXES.items() if iri.startswith(space))


def _cypher(vocabulary: Vocabulary) -> Iterator[Word]:
    means = {term.name: term.comment for term in terms()}
    types: tuple[EntityType, ...] = (vocabulary.paper, *vocabulary.types.values())
    labels = dict.fromkeys((*(t.name for t in types), *(t.superclass for t in types[1:]), RESULT, EVIDENCE))
    yield from (Word(text=label, kind=Kind.CLASS, means=means.get(label, "")) for label in labels)
    for name in (*vocabulary.predicates, *ROLES, MENTIONS.lower()):
        yield Word(text=relationship_type(name), kind=Kind.RELATION, means=means.get(name, ""))
    others = (
        SUPPORTS,
        STATED_IN,
        *filter(lambda type_: type_.startswith(DENIED), statement_types(vocabulary)),
    )
    yield from (Word(text=type_, kind=Kind.RELATION) for type_ in others)
    yield from _held(schema.properties(vocabulary))


def _held(properties: Mapping[str, Iterable[str]]) -> Iterator[Word]:
    """Yield each property once, with all that has it."""
    owners: dict[str, list[str]] = {}
    for owner, names in properties.items():
        for name in names:
            owners.setdefault(name, []).append(owner)
    for name, found in owners.items():
        yield Word(text=name, kind=Kind.PROPERTY, means=f"of {', '.join(found)}")


_SOURCES = {Language.SPARQL: _sparql, Language.CYPHER: _cypher}
