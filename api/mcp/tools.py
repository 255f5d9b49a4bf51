"""The tools themselves: each asks the look-ups, facts and workers that `/v1`, `/sparql` and `/cypher` ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from anyio import from_thread
from pydantic import Field

from api import cypher, tables
from api.mcp.shapes import (
    Board,
    Compared,
    ExampleFacts,
    Found,
    Links,
    PaperFacts,
    PredicateFacts,
    ResultFacts,
    Row,
    Schema,
    Shown,
    Table,
    TypeFacts,
)
from api.protocol import check_size
from api.service import Service
from api.v1.questions import LONGEST
from api.v1.shapes import EntityShape, PaperShape, StatementShape
from kg.errors import StoreUnavailable
from kg.lookup.answers import Quote
from kg.lookup.ask import EXAMPLES
from kg.lookup.names import Named
from kg.lookup.paging import Page
from kg.lookup.rows import answer_things
from kg.records import JSON, Entity, Evidence, GroundedPaper, Node, Result, Statement, paper_node
from kg.stores.caller import Caller
from kg.vocabulary import ID, ONTOLOGY, PREFIXES, iri, node_of

ROWS, MOST_ROWS = 10, 50
LINES, MOST_LINES = 50, 500

Text = Annotated[str, Field(min_length=1, max_length=LONGEST, description="A question in words, or a name")]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST, description="An id, an IRI or a name")]
Names = Annotated[list[Name], Field(max_length=10, description="Ids, IRIs or names")]
Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="How many rows a page has")]
Lines = Annotated[int, Field(ge=1, le=MOST_LINES, description="How many rows a page has")]
Cursor = Annotated[str | None, Field(max_length=500, description="Where to go on: `next` of the page before")]
Query = Annotated[str, Field(min_length=1, description="The text of the query; it can only read")]


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools over one service; each method's docstring is what a model reads to choose among them."""

    here: Service
    links: Callable[[], Links]
    caller: Callable[[], Caller]

    def find(
        self,
        question: Text,
        kind: Annotated[
            Literal["question", "names"],
            Field(description="`names` looks up what is called so or nearly so, and reads no question"),
        ] = "question",
        limit: Limit = ROWS,
        cursor: Cursor = None,
    ) -> Found:
        """Answer a question in plain English about AI alignment papers, each row with its sentences.

        Start here. Questions that are read: "methods evaluated on MT-Bench", "what outperforms DPO", "papers
        that use DPO", "results of SimPO on AlpacaEval 2.0", "papers about medicine", "does SimPO outperform
        DPO", "what is MT-Bench". Words of no known form come back as an error with questions that are; an
        unknown name with the nearest known ones. With kind "names", list the things and papers whose names
        hold the words.
        """
        lookups = self.here.lookups
        asked = lookups.search if kind == "names" else lookups.ask
        return Found.of(asked(question, limit=self._most(limit), cursor=cursor), self.links())

    def show(self, name: Name, limit: Limit = ROWS, cursor: Cursor = None) -> Shown:
        """Show what stands behind an entity, a paper, a statement or a result, with the sentences themselves.

        Takes any id, link or IRI that another tool gave, or a name. An entity: what it is and what is said of
        it. A paper: its abstract, what it names and states. A statement or result: every sentence for and
        against it, with the exact words of subject and object marked, and how its belief came about. Use this
        before citing.
        """
        page = Page(self._most(limit), cursor)
        wanted = _id(name, self.links().origin)
        if wanted in self.here.vocabulary.families:
            return self._family(wanted, page)
        match found := self._node(wanted):
            case Entity():
                return self._entity(found, page)
            case GroundedPaper():
                return self._paper(found, page)
            case Statement():
                return self._statement(found, page)
            case Result():
                return self._result(found, page)

    def leaderboard(self, benchmark: Name, limit: Limit = ROWS, cursor: Cursor = None) -> Found:
        """List the numbers that abstracts report on a benchmark, the best first among those that compare.

        Only numbers of one metric, unit and kind are ranked against each other; a new group starts a new
        ranking. They are what abstracts claim under their own conditions, not one evaluation.
        """
        asked = self.here.lookups.leaderboard
        return Found.of(asked(_id(benchmark), limit=self._most(limit), cursor=cursor), self.links())

    def compare(
        self,
        things: Names = [],  # noqa: B006  # a default of the tool's schema; nobody changes it
        on: Annotated[
            list[Name], Field(max_length=10, description="Only on these; alone: of all that is tried there")
        ] = [],  # noqa: B006
        limit: Limit = ROWS,
        cursor: Cursor = None,
    ) -> Compared:
        """Set methods, models or other things side by side: a table, what they share and say of each other.

        Name two or more things ("DPO", "SimPO"), or what they are to be compared on, or both.
        """
        answer = self.here.lookups.compare(
            list(map(_id, things)), list(map(_id, on)), limit=self._most(limit), cursor=cursor
        )
        assert answer.table is not None
        links = self.links()
        return Compared(**dict(Found.of(answer, links)), table=Board.of(answer.table, links))

    def path(self, start: Name, end: Name) -> Found:
        """Show a shortest chain of statements from one thing to another, each with its sentences."""
        return Found.of(self.here.lookups.path(_id(start), _id(end)), self.links())

    def sparql(self, query: Query, limit: Lines = LINES, cursor: Cursor = None) -> Table:
        """Answer a read-only SPARQL 1.1 query over the graph, for what no other tool answers.

        Read `schema` first: it has classes, predicates, prefixes and queries to begin with. A CONSTRUCT comes
        as rows of subject, predicate and object. ORDER BY keeps pages in order.
        """
        check_size(query.encode(), self.here.settings.query_bytes)
        rows = from_thread.run(self.here.sparql.query, query, {}, self.here.limits, self.caller())
        return _table(rows.columns, rows.rows, Page(limit, cursor))

    def cypher(
        self,
        statement: Query,
        parameters: Annotated[dict[str, JSON], Field(description="Values of $names in the statement")] = {},  # noqa: B006
        limit: Lines = LINES,
        cursor: Cursor = None,
    ) -> Table:
        """Answer a read-only Cypher statement over the same graph as labelled nodes and relationships.

        Read `schema` first: labels are its types, relationships its predicates in capitals.
        """
        if self.here.cypher is None:
            raise StoreUnavailable("Cypher is not answered here; start the service with --cypher")
        check_size(statement.encode(), self.here.settings.query_bytes)
        table = self.here.cypher.run(statement, parameters, self.here.limits, self.caller())
        data = json.loads(cypher.as_json(table, graph=False))["data"]
        return _table(data["fields"], data["values"], Page(limit, cursor))

    def schema(self) -> Schema:
        """Describe the graph: classes with counts, predicates, ids, prefixes, and queries to begin with."""
        words, counts = self.here.vocabulary, self.here.facts.counts()
        return Schema(
            ontology=ONTOLOGY,
            version=words.version,
            ids=ID,
            types=tuple(TypeFacts.of(each, counts) for each in (words.paper, *words.types.values())),
            predicates=tuple(map(PredicateFacts.of, words.predicates.values())),
            questions=EXAMPLES,
            prefixes=dict(PREFIXES),
            sparql=_examples(".rq"),
            cypher=_examples(".cypher") if self.here.cypher else (),
        )

    # --- one thing --------------------------------------------------------------------------------------

    def _node(self, name: str) -> Node:
        """Return what has an id or a name."""
        facts = self.here.facts
        for node_id in (name, paper_node(name)):
            if found := facts.workspace.index.node(node_id):
                return found
        return facts.node(facts.reader.refresh().require(name)[0])

    def _family(self, family: str, page: Page) -> Shown:
        names, links = self.here.lookups.reader.refresh(), self.links()
        words = self.here.vocabulary
        members = [known.id for known in words.names.values() if family in known.broader]
        things = [names.things.get(one) or Named(names.item(one)) for one in members]
        things.sort(key=lambda thing: thing.rank)
        listed = answer_things(family, f"the family of {words.families[family]}", things, page)
        return Shown(
            kind="family",
            link=links.to(family),
            rows=tuple(Row.of(row, links) for row in listed.rows),
            hint=listed.reading,
            total=listed.total,
            next=listed.next,
        )

    def _entity(self, found: Entity, page: Page) -> Shown:
        said = self.here.lookups.about(found.id, limit=page.limit, cursor=page.cursor)
        links = self.links()
        return Shown(
            kind="entity",
            link=links.to(found.id),
            entity=EntityShape.of(found, self.here.vocabulary.names.get(found.id)),
            rows=tuple(Row.of(row, links) for row in said.rows),
            hint=said.hint,
            total=said.total,
            next=said.next,
        )

    def _paper(self, found: GroundedPaper, page: Page) -> Shown:
        facts, links = self.here.facts, self.links()
        named = dict.fromkeys(mention.entity for mention in found.mentions)
        names = facts.reader.refresh()
        said = (*facts.said_in(found), *facts.reported_in(found))
        part, following = page.cut(said)
        things = tuple(links.thing(names.item(node_id)) for node_id in named)
        return Shown(
            kind="paper",
            link=links.to(paper_node(found.id)),
            paper=PaperFacts(**dict(PaperShape.of(found)), names=things),
            rows=tuple(Row.of(row, links) for row in part),
            total=len(said),
            next=following,
        )

    def _statement(self, found: Statement, page: Page) -> Shown:
        row = self.here.facts.row(found)
        part, following = page.cut(row.quotes)
        shares = self.here.facts.shares(_behind(found, part))
        shape = StatementShape.of(found, row, shares).model_copy(update={"quotes": part})
        return Shown(
            kind="statement",
            link=self.links().to(found.id),
            statement=shape,
            total=len(row.quotes),
            next=following,
        )

    def _result(self, found: Result, page: Page) -> Shown:
        facts = self.here.facts
        figure = facts.figure(found)
        quotes = facts.reader.quotes(found.id)
        part, following = page.cut(quotes)
        shape = ResultFacts(
            id=found.id,
            iri=iri(found.id),
            method=facts.reader.names.item(found.method) if found.method else None,
            figure=figure,
            papers=found.papers,
            working=facts.shares(_behind(found, part)),
            quotes=tuple(part),
        )
        return Shown(
            kind="result", link=self.links().to(found.id), result=shape, total=len(quotes), next=following
        )

    def _most(self, limit: int) -> int:
        """Return how many rows to send where the service sends fewer at once than are wanted."""
        return min(limit, self.here.settings.page_limit)


def _id(name: str, origin: str | None = None) -> str:
    """Return the id behind an IRI or an address of the service; a name or an id as it is."""
    if origin and name.startswith(f"{origin}/id/"):
        name = ID + name.removeprefix(f"{origin}/id/")
    return node_of(name) or name


def _behind(claim: Statement | Result, quotes: Sequence[Quote]) -> list[Evidence]:
    """Return the evidence of the papers that are quoted."""
    papers = {quote.paper for quote in quotes}
    return [one for one in claim.evidence if one.paper in papers]


def _table(columns: Sequence[str], rows: Sequence[Sequence[JSON]], page: Page) -> Table:
    part, following = page.cut(rows)
    return Table(columns=tuple(columns), rows=tuple(map(tuple, part)), total=len(rows), next=following)


def _examples(suffix: str) -> tuple[ExampleFacts, ...]:
    return tuple(ExampleFacts(title=each.title, text=each.text) for each in tables.examples(suffix))
