"""What the SPARQL page shows: the answer as a table of links and texts, and queries to begin with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel

from api.pages import address, web_address
from kg.vocabulary import PREFIXES, node_of


class _Term(BaseModel):
    type: str
    value: str | dict[str, object]


class _Head(BaseModel):
    vars: list[str] = []


class _Results(BaseModel):
    bindings: list[dict[str, _Term]] = []


class _Document(BaseModel):
    """An answer in the SPARQL 1.1 Query Results JSON Format."""

    head: _Head
    results: _Results = _Results()
    boolean: bool | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, and where it leads, None for what is no address."""

    text: str
    link: str | None = None


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
        return Cell(str(term.value))
    node = node_of(term.value)
    return Cell(node, address(node)) if node else Cell(_short(term.value), web_address(term.value))


def _short(iri: str) -> str:
    for prefix, space in PREFIXES.items():
        if iri.startswith(space):
            return f"{prefix}:{iri[len(space) :]}"
    return iri


@lru_cache(maxsize=2)
def examples(suffix: str = ".rq") -> tuple[ExampleQuery, ...]:
    """Return the queries of `queries/` in one language; the first line of each is its title."""
    files = sorted((Path(__file__).parent / "queries").glob(f"*{suffix}"))
    texts = (file.read_text("utf-8") for file in files)
    return tuple(ExampleQuery(text.partition("\n")[0].lstrip("#/ "), text) for text in texts)
