"""One node of the graph as pages and look-ups show it: names instead of ids, sentences with their papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kg.assemble import weigh
from kg.errors import NotFound
from kg.export.select import Fact, ends
from kg.lookup.answers import AnswerRow, Figure
from kg.lookup.lookups import Lookups
from kg.lookup.names import Named
from kg.lookup.paging import Page
from kg.lookup.reading import Number, Parts
from kg.lookup.rows import answer_statements
from kg.records import Entity, Evidence, Graph, GroundedPaper, Node, Result, Statement, node_id, paper_node
from kg.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PaperShare:
    """What one paper adds to a belief: the probability of its surest sentence for it, and against it."""

    paper: str
    title: str
    states: float
    denies: float


SUBJECT, OBJECT = "subject", "object"
"""The two ends of a statement."""


@dataclass(frozen=True, slots=True)
class Group:
    """What is said of a thing by one predicate, the thing standing at one `end`; `rows` are the first."""

    predicate: str
    end: str
    title: str
    total: int
    rows: tuple[AnswerRow, ...]


class Facts:
    """Reads nodes of a workspace."""

    def __init__(self, workspace: Workspace, lookups: Lookups) -> None:
        self.workspace, self.lookups, self.reader = workspace, lookups, lookups.reader

    def node(self, node_id: str) -> Node:
        """Return what has this id; what only the ontology knows is an entity that no paper names."""
        found = self.workspace.index.node(node_id)
        if found is not None:
            return found
        known = self.reader.vocabulary.names.get(node_id)
        if known is None:
            raise NotFound(node_id, self.reader.refresh().nearest(node_id.rpartition("/")[2]))
        return Entity(known.id, known.type, known.name, known.aliases)

    def entity(self, name: str) -> Entity:
        """Return an entity by its id or name; NotFound, with the nearest names, where there is none."""
        found = self.node(self.reader.refresh().require(name)[0])
        if not isinstance(found, Entity):
            raise NotFound(name)
        return found

    def paper(self, paper_id: str) -> GroundedPaper:
        """Return a paper by its own id or by that of its node."""
        index = self.workspace.index
        found = index.node(paper_id) or index.node(paper_node(paper_id))
        if not isinstance(found, GroundedPaper):
            raise NotFound(paper_id)
        return found

    def statement(self, statement_id: str) -> Statement:
        """Return a statement."""
        found = self.workspace.index.node(statement_id)
        if not isinstance(found, Statement):
            raise NotFound(statement_id)
        return found

    def row(self, statement: Statement) -> AnswerRow:
        """Return a statement as a row of an answer."""
        names = self.reader.refresh()
        return AnswerRow(
            subject=names.item(statement.subject),
            predicate=statement.predicate,
            object=names.item(statement.object),
            belief=statement.belief,
            papers=statement.papers,
            statement=statement.id,
            figures=(),
            quotes=self.reader.quotes(statement.id),
        )

    def figure(self, result: Result) -> Figure:
        """Return a result as a number with names."""
        self.reader.refresh()
        return self.reader.figure(
            Number(
                id=result.id,
                method=result.method,
                benchmark=result.benchmark,
                metric=result.metric,
                baseline=result.baseline,
                value=result.value,
                unit=result.unit,
                kind=result.kind,
                belief=result.belief,
                papers=result.papers,
            )
        )

    def shares(self, evidence: Iterable[Evidence]) -> tuple[PaperShare, ...]:
        """Return what each paper adds to a belief: inside one paper the surest sentence counts."""
        names = self.reader.refresh()
        return tuple(
            PaperShare(one.paper, names.item(paper_node(one.paper)).name, one.states, one.denies)
            for one in weigh(evidence)
        )

    def counts(self) -> Mapping[str, int]:
        """Return how many there are of each class."""
        return self.lookups.counts()

    def said_in(self, paper: GroundedPaper) -> tuple[AnswerRow, ...]:
        """Return the statements that a paper has a sentence for, the most believed first."""
        found = [node for node in self._shared(paper) if isinstance(node, Statement)]
        return tuple(self.row(node) for node in sorted(found, key=lambda node: (-node.belief, node.id)))

    def reported_in(self, paper: GroundedPaper) -> tuple[AnswerRow, ...]:
        """Return the numbers that a paper reports, in the order of its text."""
        found = [node for node in self._shared(paper) if isinstance(node, Result)]
        return tuple(self._number_row(node, paper) for node in sorted(found, key=_place))

    def _number_row(self, result: Result, paper: GroundedPaper) -> AnswerRow:
        names = self.reader.refresh()
        return AnswerRow(
            subject=names.item(result.method or node_id(paper)),
            predicate=None,
            object=names.item(result.benchmark) if result.benchmark else None,
            belief=result.belief,
            papers=result.papers,
            statement=None,
            figures=(self.figure(result),),
            quotes=self.reader.quotes(result.id),
        )

    def about(self, node: Node) -> list[Fact]:
        """Return the statements and results that a node stands in or, for a paper, has a sentence for."""
        match node:
            case GroundedPaper():
                return self._shared(node)
            case Entity():
                hits = (hit.statement for hit in self.reader.hits_about(node.id))
                return self._facts((*hits, *self.reader.results_about(node.id)))
            case _:
                return []

    def near(self, centre: str) -> Graph:
        """Return a node with the statements and results about it, and all that these need."""
        node = self.node(centre)
        facts = self.about(node)
        needed = {end for fact in facts for end in ends(fact)}
        needed |= {paper_node(one.paper) for fact in facts for one in fact.evidence}
        return Graph.of([node, *facts, *map(self.node, sorted(needed - {centre}))])

    def _shared(self, paper: GroundedPaper) -> list[Fact]:
        return sorted(self.workspace.index.claims_in(paper_node(paper.id)), key=lambda claim: claim.id)

    def _facts(self, ids: Iterable[str]) -> list[Fact]:
        """Return the statements and results among these ids; what was rejected is no node any more."""
        found = map(self.workspace.index.node, dict.fromkeys(ids))
        return [node for node in found if isinstance(node, Statement | Result)]

    def groups(self, entity: Entity, least_belief: float, most: int) -> list[Group]:
        """Return what is said of a thing by predicate and end, the largest group first, few rows of each."""
        ids = (entity.id,)
        wanted = {
            SUBJECT: Parts(subjects=ids, least_belief=least_belief),
            OBJECT: Parts(objects=ids, least_belief=least_belief),
        }
        groups = [
            self._group(end, replace(parts, predicates=(predicate,)), most)
            for end, parts in wanted.items()
            for predicate in self.reader.predicates(parts)
        ]
        return sorted(groups, key=lambda group: (-group.total, group.title))

    def _group(self, end: str, wanted: Parts, most: int) -> Group:
        (predicate,) = wanted.predicates
        title = self.heading(predicate, end)
        found = answer_statements(title, title, self.reader.ranked(wanted), Page(most), self.reader)
        return Group(predicate, end, title, found.total, found.rows)

    def heading(self, predicate: str, end: str, name: str = "it") -> str:
        """Return what statements say of a thing: "What is evaluated on MT-Bench", "It outperforms"."""
        label = self.reader.vocabulary.predicates[predicate].label
        return f"{name[:1].upper()}{name[1:]} {label}" if end == SUBJECT else f"What {label} {name}"

    def naming(self, entity: Entity) -> Sequence[Named]:
        """Return the papers that name a thing, the newest first."""
        return self.reader.papers_naming(entity.id)


def _place(result: Result) -> tuple[str, int, str]:
    return min((one.paper, one.words.start, result.id) for one in result.evidence)
