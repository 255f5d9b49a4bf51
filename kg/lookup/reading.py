"""What all look-ups read the graph with: named queries, and rows made into items, sentences and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from threading import Lock

from kg.errors import NotFound
from kg.lookup.answers import Figure, Item, Quote
from kg.lookup.names import Named, Names
from kg.rdf import span_of
from kg.records import Span
from kg.stores import Limits, Rows, Value
from kg.vocabulary import AKG, Vocabulary, iri, node_of

QueryFunction = Callable[[str, Mapping[str, Value], Limits], Rows]
"""`query` of a store or of a pool."""

_ALL_NAMES = Limits(seconds=300, rows=100_000_000)


@dataclass(frozen=True, slots=True)
class Hit:
    """A statement that was found.

    With `papers_only`, only what these papers say of it counts. With `paper`, its row is about that paper,
    and `merged` are further statements whose sentences in it stand in the row.
    """

    statement: str
    subject: str
    predicate: str
    object: str
    belief: float
    papers: int
    papers_only: frozenset[str] | None = None
    paper: str | None = None
    merged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    """A result that was found, in ids."""

    id: str
    method: str | None
    benchmark: str | None
    metric: str | None
    baseline: str | None
    value: float
    unit: str
    kind: str
    belief: float
    papers: int


@cache
def query_text(name: str) -> str:
    """Return the text of a named query."""
    return (files("kg.lookup") / "queries" / f"{name}.rq").read_text(encoding="utf-8")


class Reader:
    """Reads a graph through a query function; names are kept until the graph has changed.

    `named` reads all names faster than the graph's store would.
    """

    def __init__(
        self,
        query: QueryFunction,
        vocabulary: Vocabulary,
        limits: Limits,
        named: Callable[[], Mapping[str, Named]] | None = None,
    ) -> None:
        self._query = query
        self.vocabulary = vocabulary
        self._limits = limits
        self._named = named or self._named_in_store
        self._names: tuple[Value, Names] | None = None
        self._refreshing = Lock()

    def rows(self, name: str, limits: Limits | None = None, **parameters: Value) -> Iterator[_Row]:
        """Yield the rows of a named query."""
        answer = self._query(query_text(name), parameters, limits or self._limits)
        for row in answer.rows:
            yield _Row(dict(zip(answer.columns, row, strict=True)))

    def position(self) -> int:
        """Return the number of the ledger's last change that the graph holds."""
        return next((int(row.number("position")) for row in self.rows("position")), 0)

    def refresh(self) -> Names:
        """Return the names in the graph as it is now, read again only if it has changed."""
        position = self.position()
        with self._refreshing:  # of many requests after a change, one reads for all
            if self._names is None or self._names[0] != position:
                self._names = (position, Names(self._named(), self.vocabulary))
            return self._names[1]

    @property
    def names(self) -> Names:
        """The names as they were last read."""
        return self._names[1] if self._names else self.refresh()

    def item(self, node_id: str) -> Item:
        """Return what a node is called, though it came into the graph after the names were read."""
        try:
            return self.names.item(node_id)
        except NotFound:
            return self.refresh().item(node_id)

    def called(self, name: str) -> str:
        """Return what a name stands for; where it means several things, all of them with their types."""
        items = [self.item(node_id) for node_id in self.names.require(name)]
        if len(items) == 1:
            return items[0].name
        labels = self.vocabulary.types_by_slug
        return " or ".join(f"{item.name} ({labels[item.id.partition('/')[0]].label})" for item in items)

    def hits(
        self, *, subject: str | None = None, predicate: str | None = None, object_: str | None = None
    ) -> list[Hit]:
        """Return statements by their parts, as ids and names."""
        bound = {
            "subject": subject and iri(subject),
            "predicate": predicate and AKG + predicate,
            "object": object_ and iri(object_),
        }
        return [_hit(row) for row in self.rows(_query_for(bound), None, **bound)]

    def hits_about(self, node_id: str) -> list[Hit]:
        """Return the statements in which a node stands at either end."""
        return [*self.hits(subject=node_id), *self.hits(object_=node_id)]

    def hits_around(self, node_id: str) -> dict[Hit, set[str]]:
        """Return the statements in which a node stands at either end, with the papers that state them."""
        found: dict[Hit, set[str]] = {}
        for row in self.rows("around", node=iri(node_id)):
            found.setdefault(_hit(row), set()).update(filter(None, (row.maybe_node("paper"),)))
        return found

    def denied(self) -> list[Hit]:
        """Return the statements that some sentences deny."""
        return [_hit(row) for row in self.rows("denied")]

    def opposed(self, predicate: str) -> list[Hit]:
        """Return the statements with a predicate that are stated the other way round, too."""
        return [_hit(row) for row in self.rows("opposed", predicate=AKG + predicate)]

    def numbers_of(self, method: str) -> list[Number]:
        """Return what is reported of a method, a model or, where nothing is named, of a paper."""
        return [_number(row) for row in self.rows("results_of", method=iri(method))]

    def numbers_on(self, benchmark: str) -> list[Number]:
        """Return what is reported on a benchmark."""
        return [_number(row) for row in self.rows("results_on", benchmark=iri(benchmark))]

    def quotes(self, about: str, papers_only: frozenset[str] | None = None) -> tuple[Quote, ...]:
        """Return the sentences behind a statement or result, the surest first."""
        names = self.names
        found = [
            _quote(about, row, names.things.get(row.node("paper")))
            for row in self.rows("evidence", about=iri(about))
            if papers_only is None or row.node("paper") in papers_only
        ]
        return tuple(sorted(found, key=lambda q: (q.negated, -q.probability, q.paper, q.start, q.words)))

    def stating(self, predicate: str, object_: str) -> dict[str, set[str]]:
        """Return, by statement, the papers that say this of anything."""
        found: dict[str, set[str]] = {}
        for row in self.rows("statement_papers", predicate=AKG + predicate, object=iri(object_)):
            found.setdefault(row.node("statement"), set()).add(row.node("paper"))
        return found

    def naming(self, entity: str) -> list[str]:
        """Return the papers that name an entity."""
        return [row.node("paper") for row in self.rows("papers_naming", entity=iri(entity))]

    def written_by(self, author: str) -> list[str]:
        """Return the papers with an author of whose name these words are a part."""
        return [row.node("paper") for row in self.rows("papers_by", author=author)]

    def figure(self, number: Number) -> Figure:
        """Return a number with the names of what it is about."""
        ends = (number.benchmark, number.metric, number.baseline)
        benchmark, metric, baseline = (self.item(end) if end else None for end in ends)
        return Figure(
            number.id, number.value, number.unit, number.kind, benchmark, metric, baseline, number.belief
        )

    def _named_in_store(self) -> dict[str, Named]:
        return {**self._entities(), **self._papers()}

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
