"""Decisions held against the graph: checked, recorded, or only tried to see what they would change.

All of it happens inside a transaction of the ledger: what was checked still holds when it is recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import kg.assemble
from kg.curation import Curation, Decision, Effect, Proposal, reached, undone_by
from kg.errors import CurationError, NotFound
from kg.grounding import Grounder, slug
from kg.ledger import Ledger


class Deciding:
    """Takes decisions on the graph in a ledger; stores are caught up by whoever asked for them."""

    def __init__(self, ledger: Ledger, grounder: Grounder) -> None:
        self.ledger, self.grounder, self.vocabulary = ledger, grounder, grounder.vocabulary

    def record(self, wanted: Proposal) -> Decision:
        """Check and record a decision; CurationError or NotFound where it does not fit the graph."""
        with self.ledger.transaction():
            return self._take(wanted)

    def preview(self, wanted: Proposal) -> Effect:
        """Return what a decision would change, found by taking it and taking nothing of it over."""
        with self.ledger.rehearsal():
            before = self.ledger.position()
            decision = self._take(wanted)
            after = {node: now is not None for node, now, _ in self.ledger.changes(before)}
        there = {node for node in after if self.ledger.node(node) is not None}
        return Effect(
            decision=decision,
            joins=bool(decision.into) and self.ledger.node(decision.into) is not None,
            came=_by_kind(node for node, stays in after.items() if stays and node not in there),
            went=_by_kind(node for node, stays in after.items() if not stays and node in there),
            changed=_by_kind(node for node, stays in after.items() if stays and node in there),
        )

    def _take(self, wanted: Proposal) -> Decision:
        decision = replace(self._checked(wanted), at=datetime.now(UTC).isoformat(timespec="seconds"))
        nodes = self._concerned(decision)
        papers = {paper for node in nodes for paper in self.ledger.papers_with(node)}
        taken = self.ledger.append_decision(decision)
        curation = Curation(self.ledger.decisions())
        kg.assemble.update(self.ledger, papers, self.grounder, curation)
        kg.assemble.recombine(self.ledger, nodes, self.grounder, curation)
        return taken

    def _concerned(self, decision: Decision) -> frozenset[str]:
        """Return the nodes that a decision is about, and where later ones have moved what it was about."""
        decisions = self.ledger.decisions()
        nodes = {decision.node, decision.into} - {""}
        undone = decision.undoes
        while undone is not None:
            before = next(d for d in decisions if d.number == undone)
            nodes |= {before.node, before.into} - {""}
            undone = before.undoes
        return reached(nodes, decisions)

    # --- what fits the graph ----------------------------------------------------------------------------

    def _checked(self, wanted: Proposal) -> Decision:
        match wanted.action:
            case "merge":
                decision = self._merge(wanted)
            case "split":
                decision = self._split(wanted)
            case "retype":
                decision = self._retype(wanted)
            case "accept" | "reject":
                decision = Decision(0, wanted.action, self._claim(wanted))
            case "undo":
                decision = self._undo(wanted)
        return replace(decision, reason=wanted.reason, by=wanted.by)

    def _merge(self, wanted: Proposal) -> Decision:
        there, target = self._entity(wanted.node), self._entity(wanted.into)
        if there == target:
            raise CurationError(f"{there} is itself: name two entities")
        families = {self.vocabulary.loosely(self.vocabulary.type_of(e).name) for e in (there, target)}
        if len(families) > 1:
            raise CurationError(f"{there} cannot be merged into {target}: retype one of them first")
        return Decision(0, "merge", there, target)

    def _split(self, wanted: Proposal) -> Decision:
        there, papers = self._entity(wanted.node), tuple(sorted(set(wanted.papers)))
        strangers = sorted(set(papers) - set(self.ledger.papers_with(there)))
        if strangers or not papers:
            raise CurationError(f"{there} is not named in {', '.join(strangers) or 'no paper at all'}")
        if not any(map(str.isalnum, wanted.name)):
            raise CurationError(f"{wanted.name!r} is no name: it has neither letters nor digits")
        into = f"{there.partition('/')[0]}/{slug(wanted.name)}"
        if into == there:
            raise CurationError(f"{wanted.name!r} is another spelling of {there}: name the other thing")
        return Decision(0, "split", there, into, papers, wanted.name)

    def _retype(self, wanted: Proposal) -> Decision:
        there, types = self._entity(wanted.node), self.vocabulary.types
        if wanted.type not in types:
            raise CurationError(f"{wanted.type!r} is no type; types are {', '.join(types)}")
        into = f"{types[wanted.type].slug}/{there.partition('/')[2]}"
        if into == there:
            raise CurationError(f"{there} is a {wanted.type} already")
        return Decision(0, "retype", there, into)

    def _undo(self, wanted: Proposal) -> Decision:
        decisions = self.ledger.decisions()
        number = wanted.undoes or 0
        if number not in {d.number for d in decisions}:
            raise CurationError(f"there is no decision {number}; there are {len(decisions)}, counted from 1")
        by = undone_by(number, decisions)
        if by is not None:
            raise CurationError(f"decision {number} is taken back already; undo {by} brings it back")
        return Decision(0, "undo", undoes=number)

    def _entity(self, entity: str) -> str:
        slugs = {type_.slug for type_ in self.vocabulary.types.values()}
        if self.ledger.node(entity) is None or entity.partition("/")[0] not in slugs:
            raise NotFound(entity)
        return entity

    def _claim(self, wanted: Proposal) -> str:
        node = wanted.node
        if self.ledger.node(node) is None or node.partition("/")[0] in self.vocabulary.types_by_slug:
            raise NotFound(node)
        there = Curation(self.ledger.decisions()).accepted(node)
        if there is True and wanted.action == "accept":
            raise CurationError(f"{node} is accepted already")
        return node


def _by_kind(nodes: Iterable[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(node.partition("/")[0] for node in nodes).items()))
