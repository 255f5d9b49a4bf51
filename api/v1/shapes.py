"""What the look-ups send of one thing: an entity, a paper, a statement with its working."""

from __future__ import annotations

from pydantic import BaseModel, Field

from api.facts import PaperShare
from kg.lookup.answers import AnswerRow, Item, Quote
from kg.lookup.names import Named
from kg.records import Entity, GroundedPaper, Mention, Statement, paper_node
from kg.vocabulary import KnownName, iri


class KnownFacts(BaseModel):
    """What the ontology knows of a thing, beyond what papers say."""

    broader: tuple[str, ...]
    measures: str | None
    metric: str | None
    direction: str | None
    scale: tuple[float, float] | None
    version_of: str | None


class EntityShape(BaseModel):
    """A thing that papers name."""

    id: str
    iri: str
    type: str
    name: str
    aliases: tuple[str, ...]
    papers: int = Field(description="How many papers name it")
    known: KnownFacts | None = Field(description="What the ontology knows of it, beyond what papers say")

    @classmethod
    def of(cls, entity: Entity, known: KnownName | None) -> EntityShape:
        """Join what papers say of a thing with what the ontology knows."""
        return cls(
            id=entity.id,
            iri=iri(entity.id),
            type=entity.type,
            name=entity.name,
            aliases=entity.aliases,
            papers=entity.papers,
            known=KnownFacts.model_validate(known, from_attributes=True) if known else None,
        )


class PaperRecord(BaseModel):
    """A paper as whoever published it describes it."""

    id: str
    iri: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    published: str | None
    venue: str | None
    url: str | None
    doi: str | None
    arxiv: str | None


class PaperShape(PaperRecord):
    """A paper and all places where it names something, counted in title, line break and abstract."""

    mentions: tuple[Mention, ...]

    @classmethod
    def of(cls, grounded: GroundedPaper) -> PaperShape:
        """Take a paper with its mentions."""
        paper = grounded.paper
        return cls(
            id=paper.id,
            iri=iri(paper_node(paper.id)),
            title=paper.title,
            abstract=paper.abstract,
            authors=paper.authors,
            published=paper.published,
            venue=paper.venue,
            url=paper.url,
            doi=paper.doi,
            arxiv=paper.arxiv,
            mentions=grounded.mentions,
        )


class NamedPaper(BaseModel):
    """A paper in a list."""

    id: str
    title: str
    published: str | None

    @classmethod
    def of(cls, named: Named) -> NamedPaper:
        """Take a paper by its names."""
        return cls(id=named.item.id.partition("/")[2], title=named.item.name, published=named.published)


class PaperList(BaseModel):
    """A page of papers."""

    total: int
    papers: list[NamedPaper]
    next: str | None = Field(description="The cursor of the page that follows, null on the last")


class StatementShape(BaseModel):
    """A statement, the sentences that state it, and how its belief came about."""

    id: str
    iri: str
    subject: Item
    predicate: str
    object: Item
    belief: float
    papers: int
    curated: bool = Field(description="Whether a person accepted it; that counts as certain")
    working: tuple[PaperShare, ...] = Field(
        description="What each paper adds: belief is 1 - Π(1 - states), times Π(1 - denies)"
    )
    quotes: tuple[Quote, ...]

    @classmethod
    def of(cls, statement: Statement, row: AnswerRow, working: tuple[PaperShare, ...]) -> StatementShape:
        """Join a statement with its row in an answer and its working."""
        assert row.object is not None
        return cls(
            id=statement.id,
            iri=iri(statement.id),
            subject=row.subject,
            predicate=statement.predicate,
            object=row.object,
            belief=statement.belief,
            papers=statement.papers,
            curated=statement.curated,
            working=working,
            quotes=row.quotes,
        )
