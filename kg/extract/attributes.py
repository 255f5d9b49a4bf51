"""What the English model's attribute ruler says of each word, looked up by kind of word.

Most of its 179 patterns are of one token, so what they say depends on the token's tag and dependency, and on
the word where a pattern names it. The few of two tokens are tried on every text; where one holds, the ruler
reads the whole text as it always did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from spacy.attrs import DEP, LEMMA, MORPH, POS, TAG
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.pipeline import AttributeRuler
from spacy.tokens import Doc
from spacy.vocab import Vocab

_SET = (TAG, POS, MORPH, LEMMA, DEP)
_CONDITIONS = frozenset({"TAG", "DEP", "LOWER", "IS_SPACE"})
Key = tuple[int, int, str]
Row = tuple[int, ...]


class AttributeTable(AttributeRuler):
    """Sets what an attribute ruler with the same patterns sets.

    Raises ValueError for a pattern that asks for more than a tag, a dependency and a form in small letters.
    """

    def __init__(self, vocab: Vocab, name: str = "attribute_ruler") -> None:
        super().__init__(vocab, name)
        self._known: dict[Key, Row] = {}
        self._several = Matcher(vocab)
        self._named: frozenset[str] = frozenset()
        self._shaped = re.compile(r"(?!)")

    def add_patterns(self, patterns: Iterable[dict[str, Any]]) -> None:
        """Add patterns, and find out what they ask for."""
        super().add_patterns(patterns)
        rows: list[list[dict[str, Any]]] = [row for p in self.patterns for row in p["patterns"]]  # type: ignore[misc, union-attr]
        tokens = [token for row in rows for token in row]
        if any(not _CONDITIONS.issuperset(token) for token in tokens):
            raise ValueError("a pattern of the attribute ruler asks for more than is looked up here")
        for row in rows:
            if len(row) > 1:
                self._several.add("several", [row])
        words = [token["LOWER"] for token in tokens if "LOWER" in token]
        self._named = frozenset(_named(words))
        shapes = [word["REGEX"] for word in words if isinstance(word, dict) and "REGEX" in word]
        self._shaped = re.compile("|".join(f"(?:{shape})" for shape in shapes) or r"(?!)")

    def __call__(self, doc: Doc) -> Doc:
        """Annotate tags, parts of speech, morphology, lemmas and dependencies as the ruler does."""
        if self._several(doc):
            return super().__call__(doc)
        given = doc.to_array([TAG, DEP])
        keys = [
            (tag, dep, self._word(token.lower_))
            for (tag, dep), token in zip(given.tolist(), doc, strict=True)
        ]
        new = {key: n for n, key in enumerate(keys) if key not in self._known}
        if new:
            self._try(doc, new)
        said = np.array([self._known[key] for key in keys], np.uint64)
        doc.from_array(list(_SET), said)  # type: ignore[arg-type]  # the types know signed numbers only
        return doc

    def _try(self, doc: Doc, new: Mapping[Key, int]) -> None:
        """Keep what the ruler says of tokens of kinds that were not met before, each by itself."""
        for key, n in new.items():
            token = doc[n]
            alone = Doc(doc.vocab, [token.text], [False], tags=[token.tag_], heads=[0], deps=[token.dep_])
            ((*said,),) = super().__call__(alone).to_array(list(_SET)).tolist()
            self._known[key] = tuple(said)

    def _word(self, word: str) -> str:
        """Return a word that some pattern names, else whether it is white space."""
        if word in self._named or self._shaped.search(word):
            return word
        return " " if word.isspace() else ""


def _named(words: list[str | dict[str, Any]]) -> Iterator[str]:
    for word in words:
        if isinstance(word, str):
            yield word
        else:
            yield from word.get("IN", ())
            yield from word.get("NOT_IN", ())


@Language.factory("kg_attributes")
def make_attributes(nlp: Language, name: str) -> AttributeTable:
    """Build a table without patterns."""
    return AttributeTable(nlp.vocab, name)
