"""Recorded decisions of people: merge, split, retype, accept, reject, and undo.

A decision never edits anything: it is replayed at assembly, in the order of numbers, so that leaving one out
gives exactly the graph as if it had never been taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

Action = Literal["merge", "split", "retype", "accept", "reject", "undo"]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. `number` counts up in the ledger; `at` is when it was taken, in UTC.

    `node` is what it is about: the entity that is merged, split or retyped, the statement or result that is
    accepted or rejected. `into` is the entity that takes its place. `papers` are those that a split is for.
    `undoes` is the number of the decision that an undo takes back. `by` is the name of the token with which
    it came over HTTP, "" for one that was taken on the machine itself.
    """

    number: int
    action: Action
    node: str = ""
    into: str = ""
    papers: tuple[str, ...] = ()
    name: str = ""
    undoes: int | None = None
    reason: str = ""
    at: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants decided, not yet held against the graph.

    `node` is what it is about; a merge says `into` what, a split `papers` and the other thing's `name`, a
    retype the new `type`, an undo the number of the decision that it takes back.
    """

    action: Action
    node: str = ""
    into: str = ""
    papers: tuple[str, ...] = ()
    name: str = ""
    type: str = ""
    undoes: int | None = None
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a decision would do: how many nodes come, go and change, by the first part of their ids.

    `decision` is what would be recorded; `joins` says that what takes the thing's place is there already.
    """

    decision: Decision
    joins: bool
    came: Mapping[str, int]
    went: Mapping[str, int]
    changed: Mapping[str, int]


def in_force(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that no later undo takes back; an undo can itself be undone.

    >>> a, b = Decision(1, "merge", "x", "y"), Decision(2, "undo", undoes=1)
    >>> in_force([a, b]), in_force([a, b, Decision(3, "undo", undoes=2)]) == (a,)
    ((), True)
    """
    return tuple(reversed([d for d in _standing(decisions) if d.undoes is None]))


def undone_by(number: int, decisions: Iterable[Decision]) -> int | None:
    """Return the number of the undo in force that takes a decision back, None where none does.

    >>> undone_by(1, [Decision(1, "merge", "x", "y"), Decision(2, "undo", undoes=1)])
    2
    """
    return next((d.number for d in _standing(decisions) if d.undoes == number), None)


def _standing(decisions: Iterable[Decision]) -> Iterator[Decision]:
    """Yield the decisions, undos among them, that no later undo takes back, the newest first."""
    undone: set[int] = set()
    for decision in sorted(decisions, key=lambda d: d.number, reverse=True):
        if decision.number not in undone:
            if decision.undoes is not None:
                undone.add(decision.undoes)
            yield decision


def reached(nodes: Iterable[str], decisions: Iterable[Decision]) -> frozenset[str]:
    """Return nodes and all that decisions, one after the other, may have moved their evidence to.

    >>> sorted(reached({"x"}, [Decision(1, "merge", "x", "y"), Decision(2, "merge", "y", "z")]))
    ['x', 'y', 'z']
    """
    found = set(nodes)
    for decision in sorted(decisions, key=lambda d: d.number):
        if decision.node in found and decision.into:
            found.add(decision.into)
    return frozenset(found)


class Curation:
    """The decisions in force, ready to be applied to single ids."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self.decisions = in_force(decisions)

    @cached_property
    def _moves(self) -> Mapping[str, tuple[Decision, ...]]:
        moves: dict[str, list[Decision]] = {}
        for decision in self.decisions:
            if decision.into:
                moves.setdefault(decision.node, []).append(decision)
        return {node: tuple(taken) for node, taken in moves.items()}

    @cached_property
    def _verdicts(self) -> Mapping[str, bool]:
        return {d.node: d.action == "accept" for d in self.decisions if d.action in ("accept", "reject")}

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names that decisions gave to the entities they made."""
        return {d.into: d.name for d in self.decisions if d.into and d.name}

    def entity(self, entity: str, paper: str) -> tuple[str, str]:
        """Return the entity that a paper's grounded id stands for, and why, "" where nothing moved it."""
        why, last = "", 0
        while True:
            step = next((d for d in self._moves.get(entity, ()) if d.number > last and _for(d, paper)), None)
            if step is None:
                return entity, why
            entity, last = step.into, step.number
            why = f"decision {step.number} ({step.action})"

    def accepted(self, node: str) -> bool | None:
        """Say whether a statement or result was accepted (True) or rejected (False); None if neither."""
        return self._verdicts.get(node)


def _for(decision: Decision, paper: str) -> bool:
    return not decision.papers or paper in decision.papers
