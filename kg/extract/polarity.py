"""What a text denies and what it only supposes, as sets of tokens under the cue."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc, Token

from kg.extract.patterns import load_patterns


class PolarityFinder:
    """Marks the tokens that a negation or a hedge governs."""

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_negated` and `doc._.kg_hedged`."""
        doc._.kg_negated, doc._.kg_hedged = self.find(doc)
        return doc

    def find(self, doc: Doc) -> tuple[frozenset[int], frozenset[int]]:
        """Return the negated and the hedged tokens."""
        words = load_patterns().words
        negated: set[int] = set()
        hedged: set[int] = set()
        for token in doc:
            if token.lower_ in words["negation"] and not _not_only(token):
                negated.update(_scope(token))
            elif token.lemma_.lower() in words["denial"] and token.pos_ == "VERB":
                negated.update(t.i for t in token.subtree if t.i > token.i)
            if token.lemma_.lower() in words["hedge"]:
                hedged.update(_scope(token))
        return frozenset(negated), frozenset(hedged)


def _not_only(token: Token) -> bool:
    """Say whether this is "not only …" or "no …" within a name."""
    following = token.doc[token.i + 1 : token.i + 2]
    return bool(following) and following[0].lower_ in ("only", "just", "merely")


def _scope(cue: Token) -> list[int]:
    """Return the tokens after a cue in the phrase that it belongs to, up to the next clause."""
    head = cue if cue.dep_ in ("prep", "ROOT") or cue.pos_ == "VERB" else cue.head
    out = []
    for token in head.subtree:
        if token.i < cue.i:
            continue
        if token.i > cue.i and token.dep_ in ("conj", "advcl", "ccomp") and token.head.i == head.i:
            break
        if token.text in (",", ";") and token.i > cue.i:
            break
        out.append(token.i)
    return out


@Language.factory(
    "kg_polarity",
    requires=["token.dep", "token.lemma"],
    assigns=["doc._.kg_negated", "doc._.kg_hedged"],
)
def make_polarity(nlp: Language, name: str) -> PolarityFinder:
    """Build the component."""
    return PolarityFinder()
