"""What a paper claims about the things that it names: typed ends, scored by the statement models.

First the things that the paper proposes, the surest method or model of which is the subject of most claims;
then, for each thing, the roles that it plays towards the paper and towards that subject.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.linear import LinearModel, load_model
from kg.extract.linear import Scores as Scored
from kg.extract.network import Scores
from kg.extract.relations import Discourse, mention_context, pair_features, pairs, proposable, thing_features
from kg.extract.spans import Cluster, TypedSpan
from kg.vocabulary import Vocabulary, load_vocabulary

_PLACES, _MARGIN, _WORDED = 3, 0.5, 4.0
_BY_WORDING = 0.5
WAYS = ROLES, PAIRS, WORDING = "roles", "pairs", "wording"
"""How a claim is come upon."""
LEAD = 0.06
"""How sure a model must be of a claim for it to be weighed at all."""
ANY = "any"
"""The threshold of predicates that have none of their own."""
TO_PAPER, TO_MAIN, INTO_MAIN = "paper", "main", "into"
"""The other end of a role: the paper, what it proposes as subject, what it proposes as object."""


Places = tuple[tuple[int, int], ...]
Key = tuple[int | None, str, int]


@dataclass(frozen=True, slots=True)
class Relation:
    """A predicate between two clusters by their number, None for the paper.

    `thing` is the end whose mentions at `places` (token bounds, the surest first) state it; `way` is how it
    was come upon.
    """

    subject: int | None
    predicate: str
    object: int
    probability: float
    component: str
    thing: int
    places: Places
    way: str

    @property
    def key(self) -> Key:
        """What it claims, however it was found."""
        return self.subject, self.predicate, self.object

    @property
    def order(self) -> tuple[bool, int, str, int]:
        """Where it stands among the claims of its paper."""
        return self.subject is not None, self.subject or 0, self.predicate, self.object


class ProposalFinder:
    """Scores which things a paper proposes."""

    def __init__(self, model: LinearModel, threshold: float) -> None:
        self.model = model
        self.threshold = threshold

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_proposals` and `doc._.kg_main`."""
        doc._.kg_proposals = tuple(self.find(doc))
        doc._.kg_main = self.main(doc._.kg_clusters, doc._.kg_proposals)
        return doc

    def find(self, doc: Doc) -> list[float]:
        """Return for each cluster how likely the paper proposes it."""
        clusters = doc._.kg_clusters
        discourse = Discourse(doc, clusters, None)
        return [float(self.model.chances(proposal_features(discourse, n))[0]) for n in range(len(clusters))]

    def main(self, clusters: tuple[Cluster, ...], chances: Iterable[float]) -> int | None:
        """Return the number of the method or model that the paper is about, None where it has none."""
        ranked = [
            (chance, -n) for n, (c, chance) in enumerate(zip(clusters, chances, strict=True)) if proposable(c)
        ]
        best, place = max(ranked, default=(0.0, 0))
        return -place if best >= self.threshold else None


class StatementFinder:
    """Scores the roles of each thing and keeps what the ontology allows."""

    component = "kg_statements"

    def __init__(
        self, roles: LinearModel, pairs: LinearModel | None, lead: float, thresholds: Mapping[str, float]
    ) -> None:
        self.roles = roles
        self.pairs = pairs
        self.lead = lead
        self.thresholds = thresholds
        self.vocabulary = load_vocabulary()

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_leads` with what may be claimed, `doc._.kg_relations` with what likely is."""
        doc._.kg_leads = tuple(self.leads(doc))
        likely = [r for r in doc._.kg_leads if r.way == WORDING or r.probability >= self._threshold(r)]
        doc._.kg_relations = tuple(conventions(likely, doc._.kg_clusters, self.vocabulary))
        return doc

    def leads(self, doc: Doc) -> Iterator[Relation]:
        """Yield what a text may claim, likely or not, as far as the ontology allows it."""
        clusters: tuple[Cluster, ...] = doc._.kg_clusters
        main: int | None = doc._.kg_main
        discourse = Discourse(doc, clusters, clusters[main] if main is not None else None)
        by_role = self._by_role(discourse, main, doc._.kg_proposals)
        found = [*by_role, *self._by_pair(discourse), *self._by_wording(discourse, main)]
        yield from (relation for relation in found if self._allowed(relation, clusters))

    def _threshold(self, relation: Relation) -> float:
        return self.thresholds.get(relation.predicate, self.thresholds[ANY])

    def _by_role(
        self, discourse: Discourse, main: int | None, proposals: Sequence[float]
    ) -> Iterator[Relation]:
        for n, cluster in enumerate(discourse.clusters):
            chances = self.roles.chances(role_features(discourse, n, main, proposals[n]))
            likely = [label for label, chance in enumerate(chances) if chance >= self.lead]
            scored = self._scored(discourse, cluster) if likely else []
            for label in likely:
                predicate = self.roles.labels[label].split()[1]
                ends = _ends(self.roles.labels[label], n, main)
                if ends:
                    places = self._places(discourse, scored, label)
                    found_by = self._found_by(discourse, predicate, places)
                    yield Relation(
                        ends[0], predicate, ends[1], float(chances[label]), found_by, n, places, ROLES
                    )

    def _by_pair(self, discourse: Discourse) -> Iterator[Relation]:
        if self.pairs is None:
            return
        for a, b, first, second in pairs(discourse):
            chances = self.pairs.chances(pair_features(discourse, (a, b), first, second))
            for predicate, chance in zip(self.pairs.labels, chances, strict=True):
                if chance >= self.lead:
                    places = ((second.start, second.end),)
                    found_by = f"{self.component}.{PAIRS}"
                    yield Relation(a, predicate, b, float(chance), found_by, b, places, PAIRS)

    def _by_wording(self, discourse: Discourse, main: int | None) -> Iterator[Relation]:
        """Yield claims that a pattern makes alone: of the nearest method or model before, else the main."""
        for n, cluster in enumerate(discourse.clusters):
            for m in cluster.mentions:
                for pattern in discourse.hits.get(m.start, ()):
                    if pattern.alone:
                        subject = doer_before(discourse, m.start, n)
                        by = f"{self.component}.{pattern.name}"
                        ends = (main if subject is None else subject, pattern.predicate, n)
                        yield Relation(*ends, _BY_WORDING, by, n, ((m.start, m.end),), WORDING)

    def _found_by(self, discourse: Discourse, predicate: str, places: Places) -> str:
        """Return the component, with the pattern whose wording the text has."""
        for start, _ in places:
            for pattern in discourse.hits.get(start, ()):
                if pattern.predicate == predicate:
                    return f"{self.component}.{pattern.name}"
        return f"{self.component}.{ROLES}"

    def _scored(self, discourse: Discourse, cluster: Cluster) -> list[tuple[TypedSpan, Scored]]:
        """Return what each mention by itself says for every role."""
        found = []
        for m in cluster.mentions:
            context = list(mention_context(discourse, m))
            found.append((m, self.roles.score([*context, *(f"{cluster.type} {f}" for f in context)])))
        return found

    def _places(self, discourse: Discourse, scored: Iterable[tuple[TypedSpan, Scored]], label: int) -> Places:
        """Return the mentions that speak most for a role, one a sentence; worded patterns first."""
        predicate = self.roles.labels[label].split()[1]
        best: dict[int, tuple[float, int, int]] = {}
        for m, scores in scored:
            score = float(scores[label])
            score += _WORDED * any(p.predicate == predicate for p in discourse.hits.get(m.start, ()))
            sentence = discourse.sentences.number[m.start]
            best[sentence] = max(best.get(sentence, (score, -m.start, m.end)), (score, -m.start, m.end))
        ranked = sorted(best.values(), reverse=True)
        return tuple(
            (-start, end) for score, start, end in ranked[:_PLACES] if score >= ranked[0][0] - _MARGIN
        )

    def _allowed(self, relation: Relation, clusters: tuple[Cluster, ...]) -> bool:
        subject = self.vocabulary.paper.name if relation.subject is None else clusters[relation.subject].type
        return self.vocabulary.allows(subject, relation.predicate, clusters[relation.object].type)


def doer_before(discourse: Discourse, place: int, thing: int) -> int | None:
    """Return the method or model that stands nearest before a place in its sentence, if any does."""
    start, _ = discourse.sentences.of(place)
    before = [
        (m.start, n)
        for n, cluster in enumerate(discourse.clusters)
        if n != thing and proposable(cluster)
        for m in cluster.mentions
        if start <= m.start < place
    ]
    return max(before)[1] if before else None


def _ends(role: str, thing: int, main: int | None) -> tuple[int | None, int] | None:
    """Return the ends that a role gives a claim, None where it has no other end."""
    end = role.split()[0]
    if end == TO_PAPER:
        return None, thing
    if thing == main or (end == INTO_MAIN and main is None):
        return None
    return (main, thing) if end == TO_MAIN or main is None else (thing, main)


def proposal_features(discourse: Discourse, thing: int) -> list[str]:
    """Return what the proposal model looks at for one thing, by its number."""
    scores: Scores | None = discourse.doc._.kg_scores
    seen = scores.features(TO_PAPER, None, thing) if scores else ()
    return [*thing_features(discourse, discourse.clusters[thing]), *seen]


def role_features(discourse: Discourse, thing: int, main: int | None, proposal: float) -> list[str]:
    """Return what the role model looks at for one thing, by its number."""
    cluster = discourse.clusters[thing]
    level = f"propose={int(proposal * 5)}"
    seen = _seen(discourse.doc._.kg_scores, thing, main)
    return [*thing_features(discourse, cluster), level, f"{cluster.type} {level}", *seen]


def _seen(scores: Scores | None, thing: int, main: int | None) -> Iterator[str]:
    if scores is not None:
        yield from scores.features(TO_PAPER, None, thing)
        if main is not None and main != thing:
            yield from scores.features(TO_MAIN, main, thing)
            yield from scores.features(INTO_MAIN, thing, main)


def conventions(
    relations: Iterable[Relation], clusters: tuple[Cluster, ...], vocabulary: Vocabulary
) -> list[Relation]:
    """Keep the surest of equal relations, add those implied, leave out those suppressed; sorted."""
    best: dict[Key, Relation] = {}
    for said in with_implied(relations, clusters, vocabulary):
        if said.key not in best or best[said.key].probability < said.probability:
            best[said.key] = said
    return sorted(unsuppressed(best.values(), vocabulary), key=lambda r: r.order)


def with_implied(
    relations: Iterable[Relation], clusters: tuple[Cluster, ...], vocabulary: Vocabulary
) -> Iterator[Relation]:
    """Yield relations, and what each of them implies."""
    for relation in relations:
        yield relation
        implied = vocabulary.predicates[relation.predicate].implies.get(clusters[relation.object].type)
        if implied:
            yield replace(relation, predicate=implied)


def unsuppressed(relations: Collection[Relation], vocabulary: Vocabulary) -> list[Relation]:
    """Leave out what goes without saying, given what else is said."""
    gone = {
        (r.subject, other, r.object)
        for r in relations
        for other in vocabulary.predicates[r.predicate].suppresses
    }
    return [r for r in relations if r.key not in gone]


@Language.factory(
    "kg_proposals",
    requires=["doc._.kg_clusters", "doc._.kg_references", "token.dep", "token.lemma"],
    assigns=["doc._.kg_proposals", "doc._.kg_main"],
    default_config={"model": "proposals", "threshold": 0.3},
)
def make_proposals(nlp: Language, name: str, model: str, threshold: float) -> ProposalFinder:
    """Build the component with the weights of that name."""
    return ProposalFinder(load_model(model), threshold)


@Language.factory(
    "kg_statements",
    requires=["doc._.kg_clusters", "doc._.kg_proposals", "doc._.kg_main"],
    assigns=["doc._.kg_leads", "doc._.kg_relations"],
    default_config={"roles": "roles", "pairs": "pairs", "lead": LEAD, "thresholds": {ANY: 0.25}},
)
def make_statements(
    nlp: Language, name: str, roles: str, pairs: str | None, lead: float, thresholds: dict[str, float]
) -> StatementFinder:
    """Build the component with the weights of these names."""
    return StatementFinder(load_model(roles), load_model(pairs) if pairs else None, lead, thresholds)
