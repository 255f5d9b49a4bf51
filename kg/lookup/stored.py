"""Any store as the source of look-ups, asked in SPARQL by the named queries; names are read into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import TypeVar

from kg.errors import NotFound
from kg.lookup.answers import Item, Quote
from kg.lookup.names import Named, Names, NamesInMemory
from kg.lookup.reading import Hit, Number, Parts, ranked
from kg.rdf import span_of
from kg.records import Span
from kg.stores import Limits, Rows, Value
from kg.vocabulary import AKG, Vocabulary, iri, load_vocabulary, node_of

QueryFunction = Callable[[str, Mapping[str, Value], Limits], Rows]
"""`query` of a store or of a pool."""

T = TypeVar("T")

_ALL_NAMES = Limits(seconds=300, rows=100_000_000)


@cache
def query_text(name: str) -> str:
    """Return the text of a named query."""
    return (files("kg.lookup") / "queries" / f"{name}.rq").read_text(encoding="utf-8")


class InStore:
    """Reads a graph through a query function; names are kept until the graph has changed."""

    def __init__(
        self, query: QueryFunction, vocabulary: Vocabulary | None = None, limits: Limits | None = None
    ) -> None:
        self._query = query
        self.vocabulary = vocabulary or load_vocabulary()
        self._limits = limits or Limits()
        self._names: tuple[Value, Names] | None = None
        self._refreshing = Lock()

    def at_once(self) -> AbstractContextManager[object]:
        """Read as it comes: a store shows its newest snapshot at each query."""
        return nullcontext()

    def position(self) -> int:
        """Return the number of the ledger's last change that the graph holds."""
        return next((int(row.number("position")) for row in self._rows("position")), 0)

    def names(self) -> Names:
        """Return the names as they were last read."""
        return self._names[1] if self._names else self.refresh()

    def refresh(self) -> Names:
        """Return the names in the graph as it is now, read again only if it has changed."""
        position = self.position()
        with self._refreshing:  # of many requests after a change, one reads for all
            if self._names is None or self._names[0] != position:
                self._names = (
                    position,
                    NamesInMemory({**self._entities(), **self._papers()}, self.vocabulary),
                )
            return self._names[1]

    def hits(
        self, *, subject: str | None = None, predicate: str | None = None, object_: str | None = None
    ) -> list[Hit]:
        """Return statements by their parts."""
        bound = {
            "subject": subject and iri(subject),
            "predicate": predicate and AKG + predicate,
            "object": object_ and iri(object_),
        }
        return [_hit(row) for row in self._rows(_query_for(bound), **bound)]

    def ranked(self, wanted: Parts) -> Sequence[Hit]:
        """Return statements without repeats, ranked."""
        names = self.names()
        return ranked(
            (
                hit
                for subject in wanted.subjects or (None,)
                for predicate in wanted.predicates or (None,)
                for object_ in wanted.objects or (None,)
                for hit in self.hits(subject=subject, predicate=predicate, object_=object_)
                if hit.belief >= wanted.least_belief
                and (not wanted.types or names.item(hit.subject).type in wanted.types)
            ),
            names,
        )

    def predicates(self, wanted: Parts) -> Sequence[str]:
        """Return the predicates of the statements that are wanted."""
        return sorted({hit.predicate for hit in self.ranked(wanted)})

    def ranked_about(self, nodes: Sequence[str]) -> Sequence[Hit]:
        """Return the statements in which one of these stands at either end, ranked."""
        hits = (hit for one in nodes for hit in (*self.hits(subject=one), *self.hits(object_=one)))
        return ranked(hits, self.names())

    def kept(self, _key: object, read: Callable[[], list[T]], /) -> list[T]:
        """Read it: a store does not say at which position it answers."""
        return read()

    def hits_around(self, node_id: str) -> dict[Hit, list[str]]:
        """Return the statements in which a node stands at either end, with when papers state them."""
        things = self.names().things
        found: dict[Hit, list[str]] = {}
        for row in self._rows("around", node=iri(node_id)):
            paper = things.get(row.maybe_node("paper") or "")
            found.setdefault(_hit(row), []).extend([paper.published] if paper and paper.published else [])
        return found

    def denied(self) -> list[Hit]:
        """Return the statements that some sentences deny."""
        return [_hit(row) for row in self._rows("denied")]

    def opposed(self, predicate: str) -> list[Hit]:
        """Return the statements with a predicate that are stated the other way round, too."""
        return [_hit(row) for row in self._rows("opposed", predicate=AKG + predicate)]

    def numbers_of(self, method: str) -> list[Number]:
        """Return what is reported of a method, a model or, where nothing is named, of a paper."""
        return [_number(row) for row in self._rows("results_of", method=iri(method))]

    def numbers_on(self, benchmark: str) -> list[Number]:
        """Return what is reported on a benchmark."""
        return [_number(row) for row in self._rows("results_on", benchmark=iri(benchmark))]

    def numbers_between(self, method: str, other: str) -> list[Number]:
        """Return what is reported of a method on a benchmark, in a metric or over a baseline."""
        return [n for n in self.numbers_of(method) if other in (n.benchmark, n.metric, n.baseline)]

    def results_about(self, node_id: str) -> list[str]:
        """Return the ids of the results that a node is a part of."""
        return [row.node("result") for row in self._rows("results_about", node=iri(node_id))]

    def quotes(self, about: str) -> Sequence[Quote]:
        """Return the sentences behind a statement or result."""
        things = self.names().things
        rows = self._rows("evidence", about=iri(about))
        return [_quote(about, row, things.get(row.node("paper"))) for row in rows]

    def stating(self, predicate: str, object_: str) -> dict[str, set[str]]:
        """Return, by statement, the papers that say this of anything."""
        found: dict[str, set[str]] = {}
        for row in self._rows("statement_papers", predicate=AKG + predicate, object=iri(object_)):
            found.setdefault(row.node("statement"), set()).add(row.node("paper"))
        return found

    def naming(self, entity: str) -> list[str]:
        """Return the papers that name an entity."""
        return [row.node("paper") for row in self._rows("papers_naming", entity=iri(entity))]

    def papers_naming(self, entity: str) -> Sequence[Named]:
        """Return the papers that name an entity, the newest first."""
        things = self.refresh().things
        papers = sorted((things[paper] for paper in self.naming(entity)), key=lambda paper: paper.rank)
        return sorted(papers, key=lambda paper: paper.published or "", reverse=True)

    def dates_naming(self, entity: str) -> Sequence[str]:
        """Return when the papers came out that name an entity, as far as they say it."""
        return [paper.published for paper in self.papers_naming(entity) if paper.published]

    def written_by(self, author: str) -> list[str]:
        """Return the papers with an author of whose name these words are a part."""
        return [row.node("paper") for row in self._rows("papers_by", author=author)]

    def counts(self) -> Mapping[str, int]:
        """Return how many nodes there are of each class that has any."""
        rows = self._rows("counts")
        return {row.text("class").removeprefix(AKG): int(row.number("count")) for row in rows}

    def _rows(self, name: str, **parameters: Value) -> Iterator[_Row]:
        answer = self._query(query_text(name), parameters, self._limits)
        for row in answer.rows:
            yield _Row(dict(zip(answer.columns, row, strict=True)))

    def _entities(self) -> dict[str, Named]:
        items: dict[str, tuple[Item, int]] = {}
        aliases: dict[str, list[str]] = {}
        for entity, type_name, name, papers, alias in self._all("entities"):
            node_id = _node(entity)
            if node_id not in items:
                item = Item(node_id, str(name), str(type_name).removeprefix(AKG))
                items[node_id], aliases[node_id] = (item, int(papers or 0)), []
            if alias is not None:
                aliases[node_id].append(str(alias))
        return {id_: Named(item, tuple(sorted(aliases[id_])), n) for id_, (item, n) in items.items()}

    def _papers(self) -> dict[str, Named]:
        kind = self.vocabulary.paper.name
        found = {}
        for paper, title, issued, url in self._all("papers"):
            item = Item(_node(paper), str(title), kind)
            published, address = (None if cell is None else str(cell) for cell in (issued, url))
            found[item.id] = Named(item, papers=1, published=published, url=address)
        return found

    def _all(self, name: str) -> Sequence[Sequence[Value]]:
        """Return the rows of a query over everything, by place: there are too many to name their cells."""
        return self._query(query_text(name), {}, _ALL_NAMES).rows


def _node(cell: Value) -> str:
    return node_of(str(cell)) or str(cell)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of an answer, by column."""

    cells: Mapping[str, Value]

    def maybe(self, name: str) -> str | None:
        cell = self.cells[name]
        return None if cell is None else str(cell)

    def text(self, name: str) -> str:
        return str(self.cells[name])

    def number(self, name: str) -> float:
        return float(self.cells[name] or 0)

    def maybe_node(self, name: str) -> str | None:
        cell = self.maybe(name)
        return None if cell is None else node_of(cell) or cell

    def node(self, name: str) -> str:
        return node_of(self.text(name)) or self.text(name)

    def span(self, name: str) -> Span | None:
        cell = self.maybe(name)
        return None if cell is None else span_of(cell)


def _query_for(bound: Mapping[str, str | None]) -> str:
    """Return the query that begins with the part that is bound and leaves the least to look through."""
    for part, query in _BY_PART.items():
        if bound[part]:
            return query
    return "statements"


_BY_PART = {"subject": "statements_of", "object": "statements_on", "predicate": "statements_by"}


def _hit(row: _Row) -> Hit:
    return Hit(
        statement=row.node("statement"),
        subject=row.node("subject"),
        predicate=row.text("predicate").removeprefix(AKG),
        object=row.node("object"),
        belief=row.number("belief"),
        papers=int(row.number("papers")),
    )


def _number(row: _Row) -> Number:
    return Number(
        id=row.node("result"),
        method=row.maybe_node("method"),
        benchmark=row.maybe_node("benchmark"),
        metric=row.maybe_node("metric"),
        baseline=row.maybe_node("baseline"),
        value=row.number("value"),
        unit=row.text("unit"),
        kind=row.text("kind"),
        belief=row.number("belief"),
        papers=int(row.number("papers")),
    )


def _quote(about: str, row: _Row, paper: Named | None) -> Quote:
    if paper is None:
        raise NotFound(row.node("paper"))
    sentence = span_of(row.text("sentence"))
    return Quote(
        about=about,
        paper=paper.item.id.partition("/")[2],
        title=paper.item.name,
        published=paper.published,
        url=paper.url,
        text=row.text("text"),
        start=sentence.start,
        words=_inside(span_of(row.text("words")), sentence) or Span(0, sentence.end - sentence.start),
        subject=_inside(row.span("subject"), sentence),
        object=_inside(row.span("object"), sentence),
        component=row.text("component"),
        probability=row.number("probability"),
        negated=bool(row.cells["negated"]),
        hedged=bool(row.cells["hedged"]),
    )


def _inside(span: Span | None, sentence: Span) -> Span | None:
    """Return a span as offsets into its sentence, None where it lies outside."""
    if span is None or span.start < sentence.start or span.end > sentence.end:
        return None
    return Span(span.start - sentence.start, span.end - sentence.start)
