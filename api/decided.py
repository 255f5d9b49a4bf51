"""Decisions as the service tells of them: in words, with who took them and whether they still hold."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from api.facts import Facts
from api.pages import number
from kg.assemble import ResultShare, StatementShare
from kg.curation import Action, Curation, Decision, Effect, undone_by
from kg.errors import NotFound
from kg.vocabulary import Vocabulary


class DecisionShape(BaseModel):
    """A decision of a person."""

    number: int
    action: Action
    node: str = Field(description="What it is about; empty for an undo")
    about: str = Field(description="What it is about, in words")
    into: str = Field(description="The entity that takes its place")
    papers: tuple[str, ...] = Field(description="The papers that a split is for")
    undoes: int | None = Field(description="The decision that an undo takes back")
    undone_by: int | None = Field(description="The undo that takes this one back; without one it holds")
    reason: str
    by: str = Field(description="Whose token it came with; empty for one taken on the machine itself")
    at: str


def in_words(effect: Effect, vocabulary: Vocabulary) -> list[str]:
    """Say what a decision would change: "1 method goes", "3 statements come, 5 change"."""
    kinds = {slug: (type_.label, type_.plural) for slug, type_ in vocabulary.types_by_slug.items()}
    parts = {"come": effect.came, "go": effect.went, "change": effect.changed}
    said = []
    for kind in sorted({kind for counts in parts.values() for kind in counts}):
        one, many = kinds.get(kind, (kind, f"{kind}s"))
        counted = [(counts[kind], verb) for verb, counts in parts.items() if kind in counts]
        said.append(", ".join(_counted(*each, one, many, first=not i) for i, each in enumerate(counted)))
    return said


def _counted(count: int, verb: str, one: str, many: str, *, first: bool) -> str:
    noun = f" {one if count == 1 else many}" if first else ""
    inflected = {"go": "goes"}.get(verb, f"{verb}s") if count == 1 else verb
    return f"{count:,}{noun} {inflected}"


class Decided:
    """Tells of the decisions on a graph."""

    def __init__(self, facts: Facts) -> None:
        self._facts, self._ledger = facts, facts.workspace.ledger

    def newest(self, node: str | None = None) -> Sequence[Decision]:
        """Return all decisions, or those about a node and their undos, the newest first."""
        every = self._ledger.decisions()
        if node is None:
            return every[::-1]
        about: set[int] = set()
        for decision in every:
            if node in (decision.node, decision.into) or decision.undoes in about:
                about.add(decision.number)
        return [decision for decision in reversed(every) if decision.number in about]

    def moved(self, node: str) -> str | None:
        """Return what takes the place of a node that is no more in the graph, None where nothing does."""
        if self._ledger.node(node) is not None:
            return None
        into, _ = Curation(self._ledger.decisions()).entity(node, "")
        return into if into != node and self._ledger.node(into) is not None else None

    def rejected(self, node: str) -> bool:
        """Say whether a statement or result is no more in the graph because somebody rejected it."""
        return self._ledger.node(node) is None and Curation(self._ledger.decisions()).accepted(node) is False

    def shape(self, decision: Decision) -> DecisionShape:
        """Return a decision in words."""
        return DecisionShape(
            number=decision.number,
            action=decision.action,
            node=decision.node,
            about=self.words(decision.node) if decision.node else f"decision {decision.undoes}",
            into=decision.into,
            papers=decision.papers,
            undoes=decision.undoes,
            undone_by=undone_by(decision.number, self._ledger.decisions()),
            reason=decision.reason,
            by=decision.by,
            at=decision.at,
        )

    def words(self, node: str) -> str:
        """Say what a node is called, or says; for what is no more in the graph, what papers said of it."""
        share = next(iter(self._ledger.shares_in(node)), None)
        match share:
            case StatementShare():
                predicate = self._facts.reader.vocabulary.predicates[share.predicate].label
                return f"{self._name(share.subject)} {predicate} {self._name(share.object)}"
            case ResultShare():
                of = f"{self._name(share.method)}: " if share.method else ""
                on = f" on {self._name(share.benchmark)}" if share.benchmark else ""
                return f"{of}{number(share.value)} {share.unit}".rstrip() + on
            case _:
                return self._name(node)

    def _name(self, node: str) -> str:
        try:
            return self._facts.reader.item(node).name
        except NotFound:
            return node
