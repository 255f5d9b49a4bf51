"""Extractions of many papers → one graph: ground, combine, believe, curate.

Every node of the graph is a pure function of what the papers that touch it say, so the graph depends neither
on the order of papers nor on how often they came. `update` finds what a change touches and leaves the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from kg.curation import Curation
from kg.grounding import Grounder, Grounding, Verdict, Vote
from kg.records import (
    PAPER,
    Entity,
    Evidence,
    Extraction,
    GroundedPaper,
    LocalEntity,
    Mention,
    Node,
    Paper,
    Result,
    Statement,
    paper_node,
)
from kg.vocabulary import Vocabulary

# --- what one paper gives to the graph ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntityShare:
    """What one paper says of an entity: its type, its fullest name there and the other forms."""

    type: str
    name: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatementShare:
    """The evidence that one paper gives to a statement."""

    subject: str
    predicate: str
    object: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ResultShare:
    """The evidence that one paper gives to a result."""

    method: str | None
    benchmark: str | None
    metric: str | None
    value: float
    unit: str
    kind: str
    baseline: str | None
    evidence: tuple[Evidence, ...]


Share = EntityShare | StatementShare | ResultShare


@dataclass(frozen=True, slots=True)
class Contribution:
    """All that one paper gives to the graph: its own node, and shares in others by their ids."""

    paper: GroundedPaper
    shares: Mapping[str, Share]


def contribute(
    paper: Paper,
    extraction: Extraction,
    verdicts: Mapping[str, Verdict],
    grounder: Grounder,
    curation: Curation,
) -> Contribution:
    """Ground what one paper says and apply decisions of people to it."""
    ids: dict[str, str] = {PAPER: paper_node(paper.id)}
    mentions: list[Mention] = []
    shares: dict[str, Share] = {}
    for local in extraction.entities:
        grounding = _curated(grounder.ground(local, verdicts), paper.id, curation)
        ids[local.id] = grounding.id
        mentions += _mentions(local, grounding, paper)
        shares[grounding.id] = _entity_share(local, grounding, grounder.vocabulary, shares.get(grounding.id))
    _add_statements(extraction, ids, grounder.vocabulary, shares)
    _add_results(extraction, ids, shares)
    ordered = tuple(sorted(set(mentions), key=lambda m: (m.start, m.end, m.entity)))
    return Contribution(GroundedPaper(paper, ordered), shares)


def _curated(grounding: Grounding, paper: str, curation: Curation) -> Grounding:
    entity, why = curation.entity(grounding.id, paper)
    return Grounding(entity, f"{grounding.reason}; {why}") if why else grounding


def _mentions(local: LocalEntity, grounding: Grounding, paper: Paper) -> list[Mention]:
    text = paper.text
    return [
        Mention(grounding.id, s.start, s.end, text[s.start : s.end], grounding.reason) for s in local.mentions
    ]


def _entity_share(
    local: LocalEntity, grounding: Grounding, vocabulary: Vocabulary, there: Share | None
) -> EntityShare:
    forms = {local.name, *local.aliases}
    name = local.name
    if isinstance(there, EntityShare):
        forms |= {there.name, *there.forms}
        name = max(name, there.name, key=lambda n: (len(n), n))
    return EntityShare(vocabulary.type_of(grounding.id).name, name, tuple(sorted(forms)))


def _add_statements(
    extraction: Extraction, ids: Mapping[str, str], vocabulary: Vocabulary, shares: dict[str, Share]
) -> None:
    found: dict[tuple[str, str, str], list[Evidence]] = defaultdict(list)
    for claim in extraction.claims:
        subject, object_ = ids[claim.subject], ids[claim.object]
        ends = vocabulary.type_of(subject).name, vocabulary.type_of(object_).name
        # A merge or a known name can make two ends one, or change a type: then the claim says nothing.
        if subject != object_ and vocabulary.allows(ends[0], claim.predicate, ends[1]):
            found[subject, claim.predicate, object_] += claim.evidence
    for (subject, predicate, object_), evidence in found.items():
        blank = Statement(subject, predicate, object_, 0.0, 0, ())
        shares[blank.id] = StatementShare(subject, predicate, object_, _distinct(evidence))


def _add_results(extraction: Extraction, ids: Mapping[str, str], shares: dict[str, Share]) -> None:
    found: dict[str, tuple[Result, list[Evidence]]] = {}
    for local in extraction.results:
        ends = (local.method, local.benchmark, local.metric, local.baseline)
        method, benchmark, metric, baseline = (ids[end] if end else None for end in ends)
        blank = Result(method, benchmark, metric, local.value, local.unit, local.kind, baseline, 0.0, 0, ())
        found.setdefault(blank.id, (blank, []))[1].extend(local.evidence)
    for id_, (r, evidence) in found.items():
        shares[id_] = ResultShare(
            r.method, r.benchmark, r.metric, r.value, r.unit, r.kind, r.baseline, _distinct(evidence)
        )


def _distinct(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return each piece of evidence once, in the order of the text; the surest of equals stays."""
    surest: dict[str, Evidence] = {}
    for e in sorted(evidence, key=lambda e: (e.id, -e.probability, e.negated, e.hedged)):
        surest.setdefault(e.id, e)
    return tuple(sorted(surest.values(), key=_place))


def _place(e: Evidence) -> tuple[str, int, int, str, str]:
    return e.paper, e.words.start, e.words.end, e.component, e.id


# --- nodes from shares ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weight:
    """What one paper adds to a belief: the probability of its surest sentence for it, and against it."""

    paper: str
    states: float
    denies: float


def weigh(evidence: Iterable[Evidence]) -> tuple[Weight, ...]:
    """Return what each paper adds to a belief, in the order of papers; 0 where it says nothing."""
    surest: dict[str, dict[bool, float]] = {}
    for e in evidence:
        sides = surest.setdefault(e.paper, {False: 0.0, True: 0.0})
        sides[e.negated] = max(sides[e.negated], e.probability)
    return tuple(Weight(paper, sides[False], sides[True]) for paper, sides in sorted(surest.items()))


def believe(evidence: Iterable[Evidence]) -> tuple[float, int]:
    """Return the belief that evidence gives, and how many papers state it without negation.

    Noisy-or over papers, as INDRA's belief engine does: inside one paper the surest sentence counts once;
    a paper that denies it scales the belief down by how sure that denial is.

    >>> from kg.records import Span
    >>> def one(paper, p, negated=False):
    ...     return Evidence(paper, Span(0, 1), Span(0, 1), None, None, "x", "c", "1", p, negated)
    >>> believe([one("a", 0.5), one("a", 0.4), one("b", 0.5)]), believe([one("a", 0.8), one("b", 0.5, True)])
    ((0.75, 2), (0.4, 1))
    """
    found = tuple(evidence)
    missed = kept = 1.0
    for weight in weigh(found):
        missed *= 1.0 - weight.states
        kept *= 1.0 - weight.denies
    return round((1.0 - missed) * kept, 6), len({e.paper for e in found if not e.negated})


def is_accepted(claim: Statement | Result) -> bool:
    """Say whether a person accepted a claim, so that its belief is not what its evidence gives."""
    return claim.belief != believe(claim.evidence)[0]


def combine_statement(shares: Sequence[StatementShare], curation: Curation) -> Statement | None:
    """Make a statement of what papers say; None where none states it or a person rejected it."""
    if not shares:
        return None
    evidence = tuple(sorted((e for s in shares for e in s.evidence), key=_place))
    belief, papers = believe(evidence)
    said = Statement(shares[0].subject, shares[0].predicate, shares[0].object, belief, papers, evidence)
    accepted = curation.accepted(said.id)
    if not papers or accepted is False:
        return None
    return replace(said, belief=1.0, curated=True) if accepted else said


def combine_result(shares: Sequence[ResultShare], curation: Curation) -> Result | None:
    """Make a result of what papers report; None where none reports it or a person rejected it."""
    if not shares:
        return None
    s = shares[0]
    evidence = tuple(sorted((e for share in shares for e in share.evidence), key=_place))
    belief, papers = believe(evidence)
    made = Result(
        s.method, s.benchmark, s.metric, s.value, s.unit, s.kind, s.baseline, belief, papers, evidence
    )
    accepted = curation.accepted(made.id)
    if not papers or accepted is False:
        return None
    return replace(made, belief=1.0) if accepted else made


def _result(said: ResultShare, belief: float, papers: int, evidence: tuple[Evidence, ...]) -> Result:
    r = said
    return Result(
        r.method, r.benchmark, r.metric, r.value, r.unit, r.kind, r.baseline, belief, papers, evidence
    )


def combine_entity(
    id_: str, names: Mapping[str, int], forms: Iterable[str], grounder: Grounder, curation: Curation
) -> Entity | None:
    """Make an entity of the names that papers give it, each with its number of papers."""
    papers = sum(names.values())
    if papers <= 0:
        return None
    known = grounder.vocabulary.names.get(id_)
    common = min((n for n in names if names[n] > 0), key=lambda n: (-names[n], -len(n), n))
    name = curation.names.get(id_) or (known.name if known else common)
    own = set(known.aliases if known else ())
    aliases = {*own, *(form for form in forms if not grounder.belongs_to_another(form, id_))} - {name}
    return Entity(id_, grounder.vocabulary.type_of(id_).name, name, tuple(sorted(aliases)), papers)


# --- changes --------------------------------------------------------------------------------------------


_VERDICTS = 100_000
"""So many verdicts on names an update keeps."""


class Assembly(Protocol):
    """What has been assembled so far, as `update` reads and writes it."""

    def votes_of(self, paper: str) -> Mapping[str, Vote]:
        """Return a paper's votes by key."""
        ...

    def votes_on(self, key: str) -> Mapping[str, Vote]:
        """Return all papers' votes on a name's key, by paper."""
        ...

    def put_votes(self, paper: str, votes: Mapping[str, Vote]) -> None:
        """Replace a paper's votes."""
        ...

    def shares_of(self, paper: str) -> frozenset[str]:
        """Return the ids of the nodes that a paper has a share in."""
        ...

    def put_contribution(self, paper: str, contribution: Contribution | None) -> None:
        """Replace all that a paper gives to the graph."""
        ...

    def shares_in(self, node: str) -> Sequence[Share]:
        """Return all papers' shares in a statement or result, in the order of papers."""
        ...

    def names_of(self, entity: str) -> tuple[Mapping[str, int], Sequence[str]]:
        """Return how many papers call an entity by which full name, and all its forms."""
        ...

    def put_node(self, id_: str, node: Node | None) -> None:
        """Write a node of the graph, or take it out."""
        ...

    def reading(self, paper: str) -> tuple[Paper, Extraction] | None:
        """Return a paper that is in the graph with what was read in it; None if it is not, or no more."""
        ...


def update(assembly: Assembly, papers: Iterable[str], grounder: Grounder, curation: Curation) -> None:
    """Bring the assembled graph up to date with papers that came, changed or went.

    Costs work in those papers and in what they touch: papers that share a name whose verdict changes, and
    the nodes in which any of these has a share. What all papers together make of a name is asked once for
    all of those that use it: a name that everybody uses has a vote of everybody.
    """
    changed = sorted(set(papers))
    dirty = {*changed, *_recount(assembly, changed, grounder)}
    touched: set[str] = set()

    @lru_cache(_VERDICTS)
    def verdict(key: str) -> Verdict:
        return grounder.verdict(assembly.votes_on(key).values())

    for paper in sorted(dirty):
        touched |= assembly.shares_of(paper)
        read = assembly.reading(paper)
        contribution = None
        if read:
            verdicts = _verdicts(assembly.votes_of(paper), verdict)
            contribution = contribute(read[0], read[1], verdicts, grounder, curation)
        assembly.put_contribution(paper, contribution)
        assembly.put_node(paper_node(paper), contribution.paper if contribution else None)
        touched |= assembly.shares_of(paper)
    recombine(assembly, touched, grounder, curation)


def _recount(assembly: Assembly, changed: Sequence[str], grounder: Grounder) -> set[str]:
    """Replace the votes of changed papers; return the other papers whose grounding that may change."""
    after: dict[str, Mapping[str, Vote]] = {}
    keys: set[str] = set()
    for paper in changed:
        read = assembly.reading(paper)
        after[paper] = grounder.votes(read[1].entities) if read else {}
        keys |= {*assembly.votes_of(paper), *after[paper]}
    before = {key: grounder.verdict(assembly.votes_on(key).values()) for key in sorted(keys)}
    for paper, votes in after.items():
        assembly.put_votes(paper, votes)
    dirty: set[str] = set()
    for key, old in before.items():
        votes = assembly.votes_on(key)
        if grounder.verdict(votes.values()) != old:
            dirty |= _dependents(assembly, votes)
    return dirty


def _dependents(assembly: Assembly, votes: Mapping[str, Vote]) -> set[str]:
    """Return the papers that use a name, and those that use a short form of it."""
    shorts = {short for vote in votes.values() for short in vote.shorts}
    return {*votes, *(paper for short in shorts for paper in assembly.votes_on(short))}


def _verdicts(keys: Iterable[str], verdict: Callable[[str], Verdict]) -> dict[str, Verdict]:
    found = {key: verdict(key) for key in keys}
    spelled = {v.expansion for v in found.values() if v.expansion} - found.keys()
    return found | {key: verdict(key) for key in spelled}


def recombine(assembly: Assembly, nodes: Iterable[str], grounder: Grounder, curation: Curation) -> None:
    """Make nodes anew from the shares that papers have in them."""
    for id_ in sorted(nodes):
        assembly.put_node(id_, _combined(assembly, id_, grounder, curation))


def _combined(assembly: Assembly, id_: str, grounder: Grounder, curation: Curation) -> Node | None:
    if id_.partition("/")[0] in grounder.vocabulary.types_by_slug:
        names, forms = assembly.names_of(id_)
        return combine_entity(id_, names, forms, grounder, curation)
    shares = assembly.shares_in(id_)
    statements = [s for s in shares if isinstance(s, StatementShare)]
    if statements:
        return combine_statement(statements, curation)
    return combine_result([s for s in shares if isinstance(s, ResultShare)], curation)
