"""Short forms and their long forms: "Direct Preference Optimization (DPO)" and "DPO (Direct …)".

The rule is Schwartz and Hearst's: read from the right, each letter of the short form must be found in the
long form, and the first one at the start of a word.
"""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.spans import Abbreviation

_LONGEST_SHORT = 12
_CLOSERS = {"(": ")", "[": "]"}


class AbbreviationFinder:
    """Finds each pair that brackets make and keeps those that fit."""

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_abbreviations`."""
        doc._.kg_abbreviations = tuple(self.find(doc))
        return doc

    def find(self, doc: Doc) -> list[Abbreviation]:
        """Return the pairs of a text, in order."""
        found = []
        for opening, closing in _brackets(doc):
            pair = _outside_long(doc, opening, closing) or _inside_long(doc, opening, closing)
            if pair:
                found.append(pair)
        return found


def _brackets(doc: Doc) -> list[tuple[int, int]]:
    pairs, opened = [], -1
    for token in doc:
        if token.text in _CLOSERS:
            opened = token.i
        elif opened >= 0 and token.text == _CLOSERS[doc[opened].text]:
            pairs.append((opened, token.i))
            opened = -1
    return [(o, c) for o, c in pairs if 1 < c - o <= 12 and o > 0]


def _outside_long(doc: Doc, opening: int, closing: int) -> Abbreviation | None:
    """Read "long form (SF)"; what follows a comma or semicolon in the brackets is not the short form."""
    end = next((i for i in range(opening + 1, closing) if doc[i].text in ",;"), closing)
    short = doc[opening + 1 : end].text
    if not _may_be_short(short):
        return None
    first = max(doc._.kg_sentences.of(opening)[0], opening - 2 * len(short) - 4)
    start = _long_start(doc, first, opening, short)
    return Abbreviation((opening + 1, end), (start, opening)) if start is not None else None


def _inside_long(doc: Doc, opening: int, closing: int) -> Abbreviation | None:
    """Read "SF (long form)", the short form being one name before the bracket."""
    start = opening - 1
    while start > 0 and doc[start - 1].text == "-" and not doc[start].whitespace_ and start >= 2:
        start -= 2
    short = doc[start:opening].text
    if not _may_be_short(short) or closing - opening < 3:
        return None
    if _long_start(doc, opening + 1, closing, short) != opening + 1:
        return None
    return Abbreviation((start, opening), (opening + 1, closing))


def _may_be_short(text: str) -> bool:
    return (
        2 <= len(text) <= _LONGEST_SHORT
        and text[0].isalnum()
        and any(c.isupper() for c in text)
        and len(text.split()) <= 2
    )


def _long_start(doc: Doc, first: int, end: int, short: str) -> int | None:
    """Return the token at which the shortest long form before `end` starts, None where none fits."""
    text = doc[first:end].text
    position = len(text)
    letters = [c.lower() for c in short.removesuffix("s") if c.isalnum()] or [short[0].lower()]
    for n, letter in reversed(list(enumerate(letters))):
        position -= 1
        while position >= 0 and not _letter_fits(text, position, letter, first=n == 0):
            position -= 1
        if position < 0:
            return None
    place = doc[first].idx + position
    start = next((t.i for t in doc[first:end] if t.idx <= place < t.idx + len(t)), None)
    return start if start is not None and end - start > 1 else None


def _letter_fits(text: str, position: int, letter: str, *, first: bool) -> bool:
    if text[position].lower() != letter:
        return False
    return not first or position == 0 or not text[position - 1].isalnum()


@Language.factory("kg_abbreviations", requires=["doc._.kg_sentences"], assigns=["doc._.kg_abbreviations"])
def make_abbreviations(nlp: Language, name: str) -> AbbreviationFinder:
    """Build the component."""
    return AbbreviationFinder()
