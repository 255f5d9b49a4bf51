"""Names that the ontology knows, found in the text."""

from __future__ import annotations

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import filter_spans

from kg.extract.patterns import load_patterns
from kg.extract.spans import TypedSpan
from kg.vocabulary import KnownName, load_vocabulary

_CERTAIN = 1.0


class NameFinder:
    """Matches the spellings of known names; fields and goals are left to `kg_facets`."""

    component = "kg_names"

    def __init__(self, nlp: Language) -> None:
        self.types: dict[str, str] = {}
        self.exact = PhraseMatcher(nlp.vocab, attr="ORTH")
        self.loose = PhraseMatcher(nlp.vocab, attr="LOWER")
        facets = load_patterns().facet_types
        for known in load_vocabulary().names.values():
            if known.type not in facets:
                self._add(nlp, known)

    def _add(self, nlp: Language, known: KnownName) -> None:
        self.types[known.id] = known.type
        matcher = self.exact if known.case_sensitive else self.loose
        matcher.add(known.id, [nlp.make_doc(spelling) for spelling in known.spellings])

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_names`."""
        doc._.kg_names = tuple(self.find(doc))
        return doc

    def find(self, doc: Doc) -> list[TypedSpan]:
        """Return known names, in order, the longest where several start together."""
        spans = [*self.exact(doc, as_spans=True), *self.loose(doc, as_spans=True)]
        spans.sort(key=lambda s: (s.start, -s.end, s.label_))
        return [
            TypedSpan(s.start, s.end, self.types[s.label_], _CERTAIN, self.component, s.label_)
            for s in filter_spans(spans)
        ]


@Language.factory("kg_names", assigns=["doc._.kg_names"])
def make_names(nlp: Language, name: str) -> NameFinder:
    """Build the component."""
    return NameFinder(nlp)
