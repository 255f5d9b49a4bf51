"""The words of a text with what the parser says of them, as plain lists: asking spaCy for each is slow."""

from __future__ import annotations

from dataclasses import dataclass

from spacy.tokens import Doc

VERB = "VERB"
NONE = "∅"
"""Stands for a word before the first or behind the last."""


@dataclass(frozen=True, slots=True)
class Words:
    """Of each token its text, form in small letters, lemma likewise, tags, head (as a number) and ends."""

    text: list[str]
    lower: list[str]
    lemma: list[str]
    tag: list[str]
    pos: list[str]
    dep: list[str]
    head: list[int]
    start: list[int]
    end: list[int]

    def __len__(self) -> int:
        return len(self.text)

    def around(self, i: int) -> str:
        """Return a word in small letters, or that there is none."""
        return self.lower[i] if 0 <= i < len(self.lower) else NONE

    def verbs(self, start: int, end: int) -> list[int]:
        """Return which tokens from one up to another are verbs."""
        return [i for i in range(start, end) if self.pos[i] == VERB]


def words_of(doc: Doc) -> Words:
    """Return the words of a parsed text, the same object every time."""
    words: Words | None = doc._.kg_words
    if words is None:
        words = doc._.kg_words = _read(doc)
    return words


def _read(doc: Doc) -> Words:
    tokens = list(doc)
    text, start = [t.text for t in tokens], [t.idx for t in tokens]
    return Words(
        text=text,
        lower=[t.lower_ for t in tokens],
        lemma=[t.lemma_.lower() for t in tokens],
        tag=[t.tag_ for t in tokens],
        pos=[t.pos_ for t in tokens],
        dep=[t.dep_ for t in tokens],
        head=[t.head.i for t in tokens],
        start=start,
        end=[at + len(word) for at, word in zip(start, text, strict=True)],
    )
