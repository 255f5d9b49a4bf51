"""Sentences: the title is one by itself, the parser finds the others, and who asks later asks cheaply."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.spans import Sentences, title_end

LONGEST = 250
"""Tokens of a sentence that are read together: a text without a full stop must not take for ever."""


class TitleBoundary:
    """Tells the parser that the abstract starts a sentence."""

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
        if end < 0:
            return None
        return next((t.i for t in doc if t.idx > end and not t.is_space), None)


class SentenceIndex:
    """Keeps the sentence of each token; spaCy's own `token.sent` looks through the whole text each time."""

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_sentences`."""
        doc._.kg_sentences = self.find(doc)
        return doc

    def find(self, doc: Doc) -> Sentences:
        """Return the bounds of the sentences, overlong ones in pieces."""
        return Sentences([piece for s in doc.sents for piece in _pieces(s.start, s.end)])


def _pieces(start: int, end: int) -> list[tuple[int, int]]:
    return [(at, min(at + LONGEST, end)) for at in range(start, end, LONGEST)]


@Language.factory("kg_title", assigns=["token.is_sent_start"])
def make_title(nlp: Language, name: str) -> TitleBoundary:
    """Build the component."""
    return TitleBoundary()


@Language.factory("kg_sentences", requires=["token.is_sent_start"], assigns=["doc._.kg_sentences"])
def make_sentences(nlp: Language, name: str) -> SentenceIndex:
    """Build the component."""
    return SentenceIndex()
