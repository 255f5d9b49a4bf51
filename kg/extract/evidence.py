"""From clusters, relations and outcomes on a Doc to records, each with the words that say it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from kg.extract.results import Outcome, ResultFinder
from kg.extract.spans import Cluster, offsets
from kg.extract.statements import Relation
from kg.extract.version import VERSION
from kg.records import PAPER, Claim, Evidence, LocalEntity, LocalResult, Paper
from kg.records import Span as Offsets

Bounds = tuple[int, int]


@dataclass(frozen=True)
class Reliability:
    """How often each component is right, by predicate and by how sure it was, on annotated papers."""

    precision: Mapping[str, Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]]
    hedged: float

    def probability(self, component: str, kind: str, chance: float, *, hedged: bool) -> float:
        """Return how likely a finding is right: the component's own score where it was never measured."""
        measured = self.precision.get(component, {}).get(kind)
        likely = float(np.interp(chance, *measured)) if measured else chance
        return round(likely * (self.hedged if hedged else 1.0), 4)


@lru_cache(maxsize=1)
def load_reliability() -> Reliability:
    """Read what was measured; the same object every time."""
    data = json.loads(Path(__file__).with_name("reliability.json").read_text(encoding="utf-8"))
    precision = {
        component: {kind: (tuple(scores), tuple(shares)) for kind, (scores, shares) in kinds.items()}
        for component, kinds in data["precision"].items()
    }
    return Reliability(precision, data["hedged"])


class RecordWriter:
    """Writes entities, claims and results in the paper's own ids."""

    def __init__(self, reliability: Reliability) -> None:
        self.reliability = reliability

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_entities`, `doc._.kg_claims` and `doc._.kg_results`."""
        doc._.kg_entities = tuple(entity(doc, n, c) for n, c in enumerate(doc._.kg_clusters))
        doc._.kg_claims = tuple(self.claim(doc, relation) for relation in doc._.kg_relations)
        doc._.kg_results = tuple(self.result(doc, outcome) for outcome in doc._.kg_outcomes)
        return doc

    def claim(self, doc: Doc, relation: Relation) -> Claim:
        """Return a relation with the places that state it."""
        evidence = tuple(self._claim_evidence(doc, relation, place) for place in relation.places)
        return Claim(local_id(relation.subject), relation.predicate, local_id(relation.object), evidence)

    def _claim_evidence(self, doc: Doc, relation: Relation, place: Bounds) -> Evidence:
        sentence = _sentence(doc, place)
        thing_is_subject = relation.thing != relation.object
        partner = relation.object if thing_is_subject else relation.subject
        other = _nearest(doc, sentence, partner, place)
        ends = (place, other) if thing_is_subject else (other, place)
        subject = None if relation.subject is None else ends[0]
        hedged = place[0] in doc._.kg_hedged
        return Evidence(
            paper=_paper_id(doc),
            sentence=offsets(sentence),
            words=_words(doc, sentence, place, other),
            subject=_offsets(doc, subject),
            object=_offsets(doc, ends[1]),
            text=sentence.text.strip(),
            component=relation.component,
            version=VERSION,
            probability=self.reliability.probability(
                relation.component, relation.predicate, relation.probability, hedged=hedged
            ),
            negated=place[0] in doc._.kg_negated,
            hedged=hedged,
        )

    def result(self, doc: Doc, outcome: Outcome) -> LocalResult:
        """Return an outcome as a result with its sentence."""
        span = doc[outcome.start : outcome.end]
        sentence = _sentence(doc, (span.start, span.end))
        ties = (outcome.metric, outcome.benchmark)
        places = [_nearest(doc, sentence, n, (span.start, span.end)) for n in ties if n is not None]
        bounds = [(span.start, span.end), *(p for p in places if p)]
        method = None if outcome.method is None else _nearest(doc, sentence, outcome.method, bounds[0])
        tested = places[-1] if outcome.benchmark is not None else None
        hedged = span.start in doc._.kg_hedged
        evidence = Evidence(
            paper=_paper_id(doc),
            sentence=offsets(sentence),
            words=offsets(doc[min(b[0] for b in bounds) : max(b[1] for b in bounds)]),
            subject=_offsets(doc, method),
            object=_offsets(doc, tested),
            text=sentence.text.strip(),
            component=ResultFinder.component,
            version=VERSION,
            probability=self.reliability.probability(
                ResultFinder.component, outcome.kind, outcome.probability, hedged=hedged
            ),
            negated=span.start in doc._.kg_negated,
            hedged=hedged,
        )
        return LocalResult(
            value=outcome.number.value,
            unit=outcome.unit,
            kind=outcome.kind,
            method=local_id(outcome.method),
            benchmark=_local_id(outcome.benchmark),
            metric=_local_id(outcome.metric),
            baseline=_local_id(outcome.baseline),
            evidence=(evidence,),
        )


def local_id(number: int | None) -> str:
    """Return the id of a cluster in its paper's records, `PAPER` for None."""
    return PAPER if number is None else f"e{number + 1}"


def _local_id(number: int | None) -> str | None:
    return None if number is None else local_id(number)


def entity(doc: Doc, number: int, cluster: Cluster) -> LocalEntity:
    """Return a cluster as an entity."""
    return LocalEntity(
        id=local_id(number),
        type=cluster.type,
        name=cluster.name,
        aliases=cluster.aliases,
        mentions=tuple(sorted({offsets(doc[m.start : m.end]) for m in cluster.mentions})),
        component=cluster.component,
    )


def _paper_id(doc: Doc) -> str:
    paper: Paper | None = doc._.kg_paper
    return paper.id if paper else ""


def _sentence(doc: Doc, place: Bounds) -> Span:
    """Return the sentence of a place; where the parser cut through the place, both parts of it."""
    start, end = doc._.kg_sentences.of(place[0])
    return doc[start : max(end, doc._.kg_sentences.of(place[1] - 1)[1])]


def _offsets(doc: Doc, bounds: Bounds | None) -> Offsets | None:
    return None if bounds is None else offsets(doc[bounds[0] : bounds[1]])


def _nearest(doc: Doc, sentence: Span, cluster: int | None, place: Bounds) -> Bounds | None:
    """Return the words for the other end that stand nearest in the sentence, None where there are none."""
    named = [] if cluster is None else [(m.start, m.end) for m in doc._.kg_clusters[cluster].mentions]
    if cluster is None or cluster == doc._.kg_main:
        named += doc._.kg_references
    inside = [
        b
        for b in named
        if sentence.start <= b[0] and b[1] <= sentence.end and (b[1] <= place[0] or b[0] >= place[1])
    ]
    return min(inside, key=lambda b: (b[0] >= place[0], abs(b[0] - place[0]), b[0]), default=None)


def _words(doc: Doc, sentence: Span, place: Bounds, other: Bounds | None) -> Offsets:
    """Return the shortest span that states a claim: from end to end, else from the verb to the thing."""
    if other:
        return offsets(doc[min(place[0], other[0]) : max(place[1], other[1])])
    verb = _verb(doc[place[0] : place[1]].root)
    if verb is None or not sentence.start <= verb.i < sentence.end:
        return offsets(sentence)
    return offsets(doc[min(verb.i, place[0]) : max(verb.i + 1, place[1])])


def _verb(token: Token) -> Token | None:
    for _ in range(8):
        if token.pos_ in ("VERB", "AUX"):
            return token
        token = token.head
    return None


@Language.factory(
    "kg_evidence",
    requires=["doc._.kg_clusters", "doc._.kg_relations", "doc._.kg_outcomes", "doc._.kg_negated"],
    assigns=["doc._.kg_entities", "doc._.kg_claims", "doc._.kg_results"],
)
def make_evidence(nlp: Language, name: str) -> RecordWriter:
    """Build the component."""
    return RecordWriter(load_reliability())
