"""The title is a sentence of its own: tells the parser so before it looks for the others."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.spans import title_end


class TitleBoundary:
    """Marks the first token of the abstract as the start of a sentence."""

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `token.is_sent_start`."""
        start = self.find(doc)
        for token in doc[: start or 0]:
            token.is_sent_start = token.i == 0
        if start is not None:
            doc[start].is_sent_start = True
        return doc

    def find(self, doc: Doc) -> int | None:
        """Return the first token of the abstract that is more than white space, None without an abstract."""
        end = title_end(doc)
        return next((t.i for t in doc if t.idx > end and not t.is_space), None)


@Language.factory("kg_sentences", assigns=["token.is_sent_start"])
def make_sentences(nlp: Language, name: str) -> TitleBoundary:
    """Build the component."""
    return TitleBoundary()
