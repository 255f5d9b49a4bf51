"""What a paper is about and aims at: its fields and goals, by the words that speak of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.extract.linear import LinearModel, load_model
from kg.extract.network import View, steps
from kg.extract.patterns import Facet, load_patterns, openings
from kg.extract.spans import TypedSpan, title_end
from kg.extract.words import words_of


class FacetFinder:
    """Scores each facet that some word speaks of."""

    component = "kg_facets"

    def __init__(self, model: LinearModel | None, threshold: float) -> None:
        self.model = model
        self.threshold = threshold

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_facets`."""
        doc._.kg_facets = tuple(self.find(doc))
        return doc

    def find(self, doc: Doc) -> list[TypedSpan]:
        """Return the words of each facet that is likely enough, in order."""
        found = []
        for facet, spans in facet_candidates(doc):
            features = facet_features(doc, facet, spans)
            chance = float(self.model.chances(features)[0]) if self.model else 1.0
            if chance >= self.threshold:
                found += [
                    TypedSpan(s.start, s.end, facet.type, round(chance, 4), self.component, facet.name)
                    for s in spans
                ]
        return sorted(found, key=lambda m: (m.start, m.end, m.name or ""))


def facet_candidates(doc: Doc) -> list[tuple[Facet, list[Span]]]:
    """Return the facets that words of the text speak of, with these words."""
    found, text = [], doc.text
    beginnings = openings(text)
    for facet in load_patterns().facets:
        if beginnings.isdisjoint(facet.openings):
            continue
        hits = (doc.char_span(*m.span(), alignment_mode="expand") for m in facet.cues.finditer(text))
        spans = [span for span in hits if span is not None]
        if spans:
            found.append((facet, spans))
    return found


def facet_features(doc: Doc, facet: Facet, spans: list[Span]) -> list[str]:
    """Return what the facet model looks at."""
    features = [f"{facet.type}", f"facet={facet.name}"]
    counts: dict[str, int] = defaultdict(int)
    for span in spans:
        counts[span.text.lower()] += 1
        features += _place(doc, facet, span)
    features.append(f"{facet.type} count={min(len(spans), 6)}")
    features.append(f"{facet.name} count={min(len(spans), 3)}")
    features += [f"{facet.name} cue={cue}" for cue in counts]
    features += [f"{facet.name} cue={cue} twice" for cue, n in counts.items() if n > 1]
    view: View | None = doc._.kg_view
    score = view.facet_score(facet.type, facet.name) if view else None
    if score is not None:
        features += steps("net", score)
        features += steps(f"{facet.type} net", score)
    return features


def _place(doc: Doc, facet: Facet, span: Span) -> Iterator[str]:
    where = "title" if span.start_char < title_end(doc) else "abstract"
    yield f"{facet.type} {where}"
    yield f"{facet.name} {where}"
    if where == "title":
        yield f"{facet.name} title cue={span.text.lower()}"
    start, end = doc._.kg_sentences.of(span.start)
    words = load_patterns().words
    if any(w in words["self"] or w in words["possessive"] for w in words_of(doc).lower[start:end]):
        yield f"{facet.type} self"
        yield f"{facet.name} self"
    read, root = words_of(doc), span.root.i
    after = read.lower[span.end] if span.end < len(read) else ""
    yield f"{facet.type} head={read.lemma[read.head[root]]} {read.dep[root]}"
    yield f"{facet.type} -1={read.lower[span.start - 1] if span.start else ''}"
    yield f"{facet.type} +1={after}"
    yield f"{facet.name} +1={after}"


@Language.factory(
    "kg_facets",
    requires=["token.dep", "token.lemma", "doc._.kg_sentences"],
    assigns=["doc._.kg_facets"],
    default_config={"model": "facets", "threshold": 0.4},
)
def make_facets(nlp: Language, name: str, model: str, threshold: float) -> FacetFinder:
    """Build the component with the weights of that name."""
    return FacetFinder(load_model(model), threshold)
