"""Answers in SPARQL as people read them: a table of links and texts; and queries to begin with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel

from api.pages import address, web_address
from kg.records import JSON
from kg.vocabulary import PREFIXES, node_of

NUMBERS = frozenset(
    PREFIXES["xsd"] + name
    for name in ("integer", "int", "long", "short", "nonNegativeInteger", "decimal", "double", "float")
)

_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, where it leads, the slug of its type, and whether it is a number.

    What is made of several things, a path or a list, has them in `parts`.
    """

    text: str
    link: str | None = None
    slug: str | None = None
    number: bool = False
    parts: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """An answer as people read it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class ExampleQuery:
    """A query to begin with."""

    title: str
    text: str


# --- SELECT and ASK ------------------------------------------------------------------------------------


class _Term(BaseModel):
    type: str
    value: str | dict[str, object]
    datatype: str | None = None


class _Head(BaseModel):
    vars: list[str] = []


class _Results(BaseModel):
    bindings: list[dict[str, _Term]] = []


class _Document(BaseModel):
    """An answer in the SPARQL 1.1 Query Results JSON Format."""

    head: _Head
    results: _Results = _Results()
    boolean: bool | None = None


def read_table(document: bytes) -> Table:
    """Read an answer in SPARQL's JSON into a table."""
    answer = _Document.model_validate_json(document)
    if answer.boolean is not None:
        return Table(("answer",), ((Cell("yes" if answer.boolean else "no"),),))
    columns = tuple(answer.head.vars)
    return Table(
        columns, tuple(tuple(_cell(row.get(name)) for name in columns) for row in answer.results.bindings)
    )


def _cell(term: _Term | None) -> Cell:
    if term is None:
        return Cell("")
    if term.type != "uri" or not isinstance(term.value, str):
        return literal(str(term.value), term.datatype)
    return resource(term.value)


def literal(text: str, datatype: str | None = None) -> Cell:
    """Return the cell of a text or a number."""
    return Cell(number_text(text), number=True) if datatype in NUMBERS else Cell(text)


def number_text(text: str) -> str:
    """Return a number with as many digits as people read.

    >>> number_text("0.8571428571428571"), number_text("20240102"), number_text("INF")
    ('0.857143', '20240102', 'INF')
    """
    return f"{float(text):.6g}" if len(text) > _DIGITS and "." in text else text


def resource(iri: str) -> Cell:
    """Return the cell of an IRI: what this service has a page for leads there."""
    node = node_of(iri)
    if node is None:
        return Cell(_short(iri), web_address(iri))
    return Cell(node, address(node), slug=node.partition("/")[0])


def _short(iri: str) -> str:
    for prefix, space in PREFIXES.items():
        if iri.startswith(space):
            return f"{prefix}:{iri[len(space) :]}"
    return iri


# --- CONSTRUCT and DESCRIBE ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fact:
    """A triple; its object is an IRI, or a blank node, or where `literal` is set a text with its datatype."""

    subject: str
    predicate: str
    object: str
    literal: bool = False
    datatype: str | None = None


def read_facts(document: bytes) -> tuple[Fact, ...]:
    """Read an answer in JSON-LD as the engine writes it: a list of subjects, their properties by IRI."""
    nodes: list[dict[str, JSON]] = json.loads(document)
    return tuple(
        _fact(node["@id"], predicate, held)
        for node in nodes
        for predicate, objects in node.items()
        if predicate != "@id"
        for held in objects
    )


def _fact(subject: str, predicate: str, held: dict[str, str]) -> Fact:
    if "@id" in held:
        return Fact(subject, predicate, held["@id"])
    return Fact(subject, predicate, held["@value"], literal=True, datatype=held.get("@type"))


def facts_table(facts: Iterable[Fact]) -> Table:
    """Return triples as a table."""
    return Table(
        ("subject", "predicate", "object"),
        tuple(
            (
                resource(fact.subject),
                resource(fact.predicate),
                literal(fact.object, fact.datatype) if fact.literal else resource(fact.object),
            )
            for fact in facts
        ),
    )


# --- queries to begin with -----------------------------------------------------------------------------


@lru_cache(maxsize=2)
def examples(suffix: str = ".rq") -> tuple[ExampleQuery, ...]:
    """Return the queries of `queries/` in one language; the first line of each is its title."""
    files = sorted((Path(__file__).parent / "queries").glob(f"*{suffix}"))
    texts = (file.read_text("utf-8") for file in files)
    return tuple(ExampleQuery(text.partition("\n")[0].lstrip("#/ "), text) for text in texts)
