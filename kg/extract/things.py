"""Which of the things that a text seems to name it does name: each is judged by all its mentions together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.linear import LinearModel, load_model
from kg.extract.network import View, steps
from kg.extract.relations import Discourse, thing_features
from kg.extract.spans import Cluster

_STEPS = range(30, 100, 5)
_NEVER_CERTAIN = 0.99


class ThingFilter:
    """Scores each cluster and leaves out those that are hardly a thing."""

    component = "kg_things"

    def __init__(self, model: LinearModel, threshold: float) -> None:
        self.model = model
        self.threshold = threshold

    def __call__(self, doc: Doc) -> Doc:
        """Keep in `doc._.kg_clusters` what is likely enough, with the new probability."""
        doc._.kg_clusters = tuple(self.kept(doc))
        return doc

    def kept(self, doc: Doc) -> Iterator[Cluster]:
        """Yield the clusters that are likely enough, in order."""
        for cluster, features in zip(doc._.kg_clusters, whole_features(doc), strict=True):
            chance = float(self.model.chances(features)[0])
            if chance >= self.threshold:
                yield replace(cluster, probability=round(chance, 4))


def whole_features(doc: Doc) -> list[list[str]]:
    """Return for each cluster of a text what the model of things looks at."""
    discourse = Discourse(doc, doc._.kg_clusters, None)
    return [
        [*thing_features(discourse, c), *_sureness(c), *_among(discourse, c), *_seen(doc, c)]
        for c in discourse.clusters
    ]


def _seen(doc: Doc, cluster: Cluster) -> Iterator[str]:
    """Yield what the network thinks of a thing by its surest mention."""
    view: View | None = doc._.kg_view
    if view is None:
        return
    if cluster.mentions[0].name is not None:
        score = view.facet_score(cluster.type, cluster.mentions[0].name)
        yield from ("net none",) if score is None else steps("net facet", score)
        return
    spans = [doc[m.start : m.end] for m in cluster.mentions]
    score = max(view.name_score(s.start_char, s.end_char, cluster.type) for s in spans)
    yield from steps("net", score)
    yield from steps(f"net {cluster.type}", score)


def _sureness(cluster: Cluster) -> Iterator[str]:
    """Yield how sure the mention model was of the surest mention, and of any at all."""
    chances = [m.probability for m in cluster.mentions]
    most = max(chances)
    some = 1.0 - math.prod(1.0 - min(p, _NEVER_CERTAIN) for p in chances)
    yield from (f"most>{step}" for step in _STEPS if most * 100 >= step)
    yield from (f"some>{step}" for step in _STEPS if some * 100 >= step)
    yield f"{cluster.type} most={int(most * 10)}"


def _among(discourse: Discourse, cluster: Cluster) -> Iterator[str]:
    """Yield how a thing stands among the others of its text."""
    others = [c for c in discourse.clusters if c is not cluster]
    name, names = cluster.name.lower(), [c.name.lower() for c in others]
    surer = sum(c.type == cluster.type and c.probability > cluster.probability for c in others)
    yield f"things={min(len(discourse.clusters), 25) // 3}"
    yield f"{cluster.type} surer={min(surer, 8)}"
    yield f"{cluster.type} alike={min(discourse.count[cluster.type], 12)}"
    yield from (f"in={word}" for word in name.split())
    yield f"within={any(name in other for other in names)}"
    yield f"around={any(other in name for other in names)}"


@Language.factory(
    "kg_things",
    requires=["doc._.kg_clusters", "doc._.kg_references", "token.dep", "token.lemma"],
    assigns=["doc._.kg_clusters"],
    default_config={"model": "things", "threshold": 0.3},
)
def make_things(nlp: Language, name: str, model: str, threshold: float) -> ThingFilter:
    """Build the component with the weights of that name."""
    return ThingFilter(load_model(model), threshold)
