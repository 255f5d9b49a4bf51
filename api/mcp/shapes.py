"""What the tools answer, as structured content: the rows of `/v1` with links, and of a bounded size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from api.facts import PaperShare
from api.pages import address
from api.v1.shapes import EntityShape, PaperRecord, StatementShape
from kg.lookup.answers import Answer, AnswerRow, Cell, Comparison, Figure, Item, Quote
from kg.property_graph import relationship_type
from kg.records import JSON
from kg.vocabulary import EntityType, Predicate, iri

SENTENCES = 2
"""Sentences that a row shows; `show` gives all of them."""
WIDTH = 20
"""Rows and columns of a comparison's table."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where things are shown: under the address of a running service, or else by their IRI."""

    origin: str | None = None

    def to(self, node_id: str) -> str:
        """Return the address of a node.

        >>> Links("http://127.0.0.1:8321").to("benchmark/mt-bench"), Links().to("benchmark/mt-bench")
        ('http://127.0.0.1:8321/id/benchmark/mt-bench', 'https://w3id.org/alignkg/id/benchmark/mt-bench')
        """
        return f"{self.origin}{address(node_id)}" if self.origin else iri(node_id)

    def thing(self, item: Item) -> Thing:
        """Return a thing with its address."""
        return Thing(id=item.id, name=item.name, type=item.type, link=self.to(item.id))


class Thing(BaseModel):
    """An entity or a paper."""

    id: str = Field(description="What every tool takes as its name")
    name: str
    type: str
    link: str


class Row(BaseModel):
    """One line of an answer: subject, predicate and object, or a thing, or a number reported of a thing."""

    subject: Thing
    predicate: str | None
    object: Thing | None
    belief: float | None = Field(description="From 0 to 1: how far the sentences behind it are trusted")
    papers: int
    about: str | None = Field(description="The statement's or result's id: `show` has all its sentences")
    link: str = Field(description="Where its evidence is shown")
    figures: tuple[Figure, ...] = Field(description="Numbers reported of it")
    quotes: tuple[Quote, ...] = Field(description=f"Its {SENTENCES} surest sentences, quoted from abstracts")
    sentences: int = Field(description="How many sentences there are")

    @classmethod
    def of(cls, row: AnswerRow, links: Links) -> Row:
        """Take a row with its surest sentences."""
        about = row.statement or (row.figures[0].id if row.predicate is None and row.figures else None)
        return cls(
            subject=links.thing(row.subject),
            predicate=row.predicate,
            object=links.thing(row.object) if row.object else None,
            belief=row.belief,
            papers=row.papers,
            about=about,
            link=links.to(about or row.subject.id),
            figures=row.figures,
            quotes=row.quotes[:SENTENCES],
            sentences=len(row.quotes),
        )


class Paged(BaseModel):
    """A page of something longer."""

    total: int = Field(description="How many rows or sentences there are on all pages")
    next: str | None = Field(description="The cursor of the page that follows, null on the last")


class Found(Paged):
    """A page of rows. `reading` says how the question was understood, `hint` why there may be no rows."""

    question: str
    reading: str
    rows: tuple[Row, ...]
    hint: str | None = None

    @classmethod
    def of(cls, answer: Answer, links: Links) -> Found:
        """Take an answer with links."""
        return cls(
            question=answer.question,
            reading=answer.reading,
            rows=tuple(Row.of(row, links) for row in answer.rows),
            hint=answer.hint,
            total=answer.total,
            next=answer.next,
        )


class Square(BaseModel):
    """What is said of one thing and one other, with its surest sentence."""

    predicates: tuple[str, ...]
    statements: tuple[str, ...]
    figures: tuple[Figure, ...]
    quote: Quote | None
    sentences: int

    @classmethod
    def of(cls, cell: Cell) -> Square:
        """Take a cell with its surest sentence."""
        return cls(
            predicates=cell.predicates,
            statements=cell.statements,
            figures=cell.figures,
            quote=next(iter(cell.quotes), None),
            sentences=len(cell.quotes),
        )


class Board(BaseModel):
    """Things side by side: `cells[thing][column]`, null where nothing is said."""

    things: tuple[Thing, ...]
    columns: tuple[Thing, ...]
    cells: tuple[tuple[Square | None, ...], ...]
    all_things: int = Field(description=f"How many things there are; the table holds {WIDTH} at most")
    all_columns: int = Field(description=f"How many columns there are; the table holds {WIDTH} at most")

    @classmethod
    def of(cls, table: Comparison, links: Links) -> Board:
        """Take the first rows and columns of a table."""
        return cls(
            things=tuple(map(links.thing, table.things[:WIDTH])),
            columns=tuple(map(links.thing, table.columns[:WIDTH])),
            cells=tuple(
                tuple(Square.of(cell) if cell else None for cell in row[:WIDTH])
                for row in table.cells[:WIDTH]
            ),
            all_things=len(table.things),
            all_columns=len(table.columns),
        )


class Compared(Found):
    """What several things share and what is said between them, and a table of it."""

    table: Board


class PaperFacts(PaperRecord):
    """A paper and what it names."""

    names: tuple[Thing, ...]


class ResultFacts(BaseModel):
    """A reported number, the sentences that report it, and how its belief came about."""

    id: str
    iri: str
    method: Item | None
    figure: Figure
    papers: int
    working: tuple[PaperShare, ...]
    quotes: tuple[Quote, ...]


class Shown(Paged):
    """One thing: of these four the one that it is. A page of `rows`, or of the sentences of a claim.

    A family gathers things of the ontology; its rows are these things.
    """

    kind: Literal["entity", "paper", "statement", "result", "family"]
    link: str
    entity: EntityShape | None = None
    paper: PaperFacts | None = None
    statement: StatementShape | None = None
    result: ResultFacts | None = None
    rows: tuple[Row, ...] = Field(default=(), description="What is said of the entity or in the paper")
    hint: str | None = None


class Table(Paged):
    """A page of the answer of a query; things are their IRIs, or whole nodes in Cypher."""

    columns: tuple[str, ...]
    rows: tuple[tuple[JSON, ...], ...]


class TypeFacts(BaseModel):
    """A class of the ontology and how many there are of it."""

    name: str
    means: str
    broader: str = Field(description="The class above it")
    count: int

    @classmethod
    def of(cls, known: EntityType, counts: Mapping[str, int]) -> TypeFacts:
        """Take a type with its count."""
        return cls(
            name=known.name, means=known.comment, broader=known.superclass, count=counts.get(known.name, 0)
        )


class PredicateFacts(BaseModel):
    """A predicate: `label` reads from subject to object, `inverse_label` back."""

    name: str
    label: str
    inverse_label: str
    means: str
    subjects: tuple[str, ...]
    objects: tuple[str, ...]
    relationship: str = Field(description="What it is called in Cypher")

    @classmethod
    def of(cls, known: Predicate) -> PredicateFacts:
        """Take a predicate with its ends."""
        return cls(
            name=known.name,
            label=known.label,
            inverse_label=known.inverse_label,
            means=known.comment,
            subjects=tuple(sorted(known.domain)),
            objects=tuple(sorted(known.range)),
            relationship=relationship_type(known.name),
        )


class ExampleFacts(BaseModel):
    """A query to begin with."""

    title: str
    text: str


class Schema(BaseModel):
    """What there is to ask for, and in which words."""

    ontology: str
    version: str
    ids: str = Field(description="What stands before an id to make it an IRI")
    types: tuple[TypeFacts, ...]
    predicates: tuple[PredicateFacts, ...]
    questions: tuple[str, ...] = Field(description="Questions that `find` reads")
    prefixes: dict[str, str] = Field(description="Prefixes that `sparql` knows without their being declared")
    sparql: tuple[ExampleFacts, ...]
    cypher: tuple[ExampleFacts, ...] = Field(description="Empty where the service does not answer Cypher")
