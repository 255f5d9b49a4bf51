"""Which candidates name a thing, and of which type: scored by the mention model, the surest first."""

from __future__ import annotations

from collections.abc import Iterable

from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.candidates import Context, candidate_spans, mention_features
from kg.extract.linear import LinearModel, load_model
from kg.extract.spans import TypedSpan

NOTHING = "nothing"
"""The model's label for a candidate that names nothing."""


class MentionFinder:
    """Keeps the surest candidates that do not overlap."""

    component = "kg_mentions"

    def __init__(self, model: LinearModel, threshold: float) -> None:
        self.model = model
        self.threshold = threshold

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_mentions`."""
        doc._.kg_mentions = tuple(without_overlaps(self.find(doc)))
        return doc

    def find(self, doc: Doc) -> list[TypedSpan]:
        """Return each candidate that names a thing likely enough, overlapping ones too."""
        context, candidates = Context(doc), candidate_spans(doc)
        scored = self.model.likeliest((mention_features(context, *c) for c in candidates), NOTHING)
        return [
            TypedSpan(start, end, label, round(chance, 4), self.component)
            for (start, end), (label, chance) in zip(candidates, scored, strict=True)
            if chance >= self.threshold
        ]


def without_overlaps(spans: Iterable[TypedSpan]) -> list[TypedSpan]:
    """Keep the surest of spans that share tokens, the longer of two alike; in the order of the text."""
    taken: set[int] = set()
    kept = []
    for span in sorted(spans, key=lambda m: (-m.probability, m.start - m.end, m.start)):
        tokens = range(span.start, span.end)
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            kept.append(span)
    return sorted(kept, key=lambda m: m.start)


@Language.factory(
    "kg_mentions",
    requires=["token.dep", "token.tag", "token.lemma", "doc._.kg_abbreviations", "doc._.kg_names"],
    assigns=["doc._.kg_mentions"],
    default_config={"model": "mentions", "threshold": 0.35},
)
def make_mentions(nlp: Language, name: str, model: str, threshold: float) -> MentionFinder:
    """Build the component with the weights of that name."""
    return MentionFinder(load_model(model), threshold)
