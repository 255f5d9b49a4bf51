"""Which claims hold: each that a text may make is weighed against all else that the text seems to say.

The models of roles and pairs look at one thing or two at a time; here a claim meets its rivals, the doubts
about its ends, and what the network makes of it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.network import Scores
from kg.extract.spans import Cluster, title_end
from kg.extract.statements import WAYS, Key, Relation, unsuppressed, with_implied
from kg.extract.trees import Floats, Trees, load_trees
from kg.vocabulary import Vocabulary, load_vocabulary

_NEVER, _ALMOST = -9.0, 1e-4
_LIKELY = 0.3


@dataclass(frozen=True, slots=True)
class Case:
    """A claim by the surest way to it, and how sure each way is of it."""

    relation: Relation
    chances: tuple[float, ...]

    @property
    def surest(self) -> float:
        """How sure the surest way is."""
        return max(self.chances)


def cases(relations: Iterable[Relation]) -> list[Case]:
    """Return each claim once, in order, with all ways that led to it."""
    ways: dict[Key, dict[str, Relation]] = defaultdict(dict)
    for r in relations:
        found = ways[r.key]
        if r.way not in found or found[r.way].probability < r.probability:
            found[r.way] = r
    out = []
    for found in ways.values():
        surest = max(found.values(), key=lambda r: (r.probability, -WAYS.index(r.way)))
        out.append(Case(surest, tuple(found[w].probability if w in found else 0.0 for w in WAYS)))
    return sorted(out, key=lambda c: c.relation.order)


class VerdictFinder:
    """Scores claims by trees and keeps those that are likely enough."""

    component = "kg_verdicts"

    def __init__(self, model: Trees, threshold: float, thresholds: Mapping[str, float]) -> None:
        self.model = model
        self.threshold = threshold
        self.thresholds = thresholds
        self.vocabulary = load_vocabulary()

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_relations`, from `doc._.kg_leads`."""
        doc._.kg_relations = tuple(self.kept(doc))
        return doc

    def kept(self, doc: Doc) -> list[Relation]:
        """Return the claims of a text with their new probabilities, without those that others suppress."""
        weighed = leads(doc, self.vocabulary)
        chances = self.model.chances(features(doc, weighed, self.vocabulary))
        likely = [
            replace(case.relation, probability=round(chance, 4))
            for case, chance in zip(weighed, chances, strict=True)
            if chance >= self.thresholds.get(case.relation.predicate, self.threshold)
        ]
        return unsuppressed(likely, self.vocabulary)


def leads(doc: Doc, vocabulary: Vocabulary) -> list[Case]:
    """Return all claims that a text may make."""
    return cases(with_implied(doc._.kg_leads, doc._.kg_clusters, vocabulary))


# --- features --------------------------------------------------------------------------------------------


def names(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return what the columns of the features mean."""
    ends = [f"{what} {end}" for end in ("subject", "object") for what in _END]
    kinds = [f"{end} {type_}" for end in ("subject", "object") for type_ in sorted(vocabulary.types)]
    return (*WAYS, "surest", *ends, *_NETWORK, *_RIVALS, *_TEXT, *kinds, *sorted(vocabulary.predicates))


_END = ("sure", "mentions", "title", "proposed", "main")
_NETWORK = ("network", "network back", "network paper", "network rival")
_RIVALS = (
    "rival subject",
    "likely rival subjects",
    "rival object",
    "likely rival objects",
    "rival predicate",
)
_TEXT = ("first proposal", "second proposal", "things", "claims")


def features(doc: Doc, weighed: Sequence[Case], vocabulary: Vocabulary) -> Floats:
    """Return a row for each claim; `names` says what its columns mean."""
    clusters, title = doc._.kg_clusters, title_end(doc)
    titled = [any(doc[m.start].idx < title for m in c.mentions) for c in clusters]
    proposals = [*sorted(doc._.kg_proposals, reverse=True), 0.0, 0.0]
    types, predicates = sorted(vocabulary.types), sorted(vocabulary.predicates)
    text = (proposals[0], proposals[1], float(len(clusters)), float(len(weighed)))
    rivals = Rivals(weighed)
    rows = []
    for case in weighed:
        r = case.relation
        row = [*map(log_odds, case.chances), log_odds(case.surest)]
        for end in (r.subject, r.object):
            row += _end(doc, end, titled)
        row += [*_network(doc._.kg_scores, r, len(clusters)), *rivals.of(case), *text]
        rows.append([*row, *_kinds(r, clusters, types, predicates)])
    return np.array(rows, np.float32)


def log_odds(chance: float) -> float:
    """Return the log-odds of a probability, kept off the infinite."""
    return math.log((chance + _ALMOST) / (1 - chance + _ALMOST))


def _end(doc: Doc, end: int | None, titled: Sequence[bool]) -> tuple[float, ...]:
    if end is None:
        return (1.0, 0.0, 0.0, 0.0, -1.0)
    cluster: Cluster = doc._.kg_clusters[end]
    proposed: float = doc._.kg_proposals[end]
    return (cluster.probability, len(cluster.mentions), titled[end], proposed, end == doc._.kg_main)


def _network(scores: Scores | None, relation: Relation, things: int) -> tuple[float, ...]:
    """Return what the network thinks of a claim, of its reverse, of the paper and of any other as subject."""
    if scores is None or relation.predicate not in scores.predicates:
        return (_NEVER,) * len(_NETWORK)
    column = scores.logits[:, :, scores.predicates.index(relation.predicate)]
    own, to = 0 if relation.subject is None else relation.subject + 1, relation.object + 1
    others = [float(column[n, to]) for n in range(1, things + 1) if n not in (own, to)]
    own_paper = float(scores.logits[0, to].max())
    return (float(column[own, to]), float(column[to, own]), own_paper, max(others, default=_NEVER))


def _kinds(
    relation: Relation, clusters: Sequence[Cluster], types: Sequence[str], predicates: Sequence[str]
) -> Iterator[float]:
    for end in (relation.subject, relation.object):
        type_ = None if end is None else clusters[end].type
        yield from (float(type_ == each) for each in types)
    yield from (float(relation.predicate == each) for each in predicates)


class Rivals:
    """What else is claimed with the same predicate and object, predicate and subject, or ends."""

    def __init__(self, weighed: Iterable[Case]) -> None:
        self.by: dict[tuple[object, ...], list[Case]] = defaultdict(list)
        for case in weighed:
            for group in self._groups(case):
                self.by[group].append(case)

    def of(self, case: Case) -> tuple[float, ...]:
        """Return how sure the surest rivals are, and how many likely ones there are."""
        subjects, objects, predicates = (
            [other.surest for other in self.by[group] if other is not case] for group in self._groups(case)
        )
        return (
            max(subjects, default=0.0),
            sum(chance > _LIKELY for chance in subjects),
            max(objects, default=0.0),
            sum(chance > _LIKELY for chance in objects),
            max(predicates, default=0.0),
        )

    def _groups(self, case: Case) -> tuple[tuple[object, ...], ...]:
        r = case.relation
        return (
            ("subjects", r.predicate, r.object),
            ("objects", r.predicate, r.subject),
            ("predicates", r.subject, r.object),
        )


@Language.factory(
    "kg_verdicts",
    requires=["doc._.kg_leads", "doc._.kg_clusters", "doc._.kg_proposals", "doc._.kg_main"],
    assigns=["doc._.kg_relations"],
    default_config={"model": "verdicts", "threshold": 0.25, "thresholds": {}},
)
def make_verdicts(
    nlp: Language, name: str, model: str, threshold: float, thresholds: dict[str, float]
) -> VerdictFinder:
    """Build the component with the trees of that name."""
    return VerdictFinder(load_trees(model, names(load_vocabulary())), threshold, thresholds)
