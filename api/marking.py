"""Text cut into pieces, so that a page can mark words without ever building HTML by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kg.lookup.answers import Quote
from kg.records import Mention, Span


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `role` says how it is marked ("" is plain) and `node` what it names."""

    text: str
    role: str = ""
    node: str | None = None


@dataclass(frozen=True, slots=True)
class _Marked:
    span: Span
    role: str
    node: str | None = None


def mark_quote(quote: Quote) -> list[Piece]:
    """Cut a sentence at its subject and object.

    Where the two overlap, the one that begins first is marked and the other keeps what is left of it.
    """
    ends = ((quote.subject, "subject"), (quote.object, "object"))
    return _cut(quote.text, [_Marked(span, role) for span, role in ends if span is not None])


def mark_mentions(text: str, mentions: Iterable[Mention], begins: int = 0) -> list[Piece]:
    """Cut a text at everything that it names; of two names in one place the longer is marked.

    `begins` is where the text stands in the paper, from which the mentions count.
    """
    longest_first = sorted(mentions, key=lambda m: (m.start - m.end, m.start, m.entity))
    taken: list[_Marked] = []
    for mention in longest_first:
        span = Span(mention.start - begins, mention.end - begins)
        inside = span.start >= 0 and span.end <= len(text)
        if inside and not any(span.start < t.span.end and t.span.start < span.end for t in taken):
            taken.append(_Marked(span, "mention", mention.entity))
    return _cut(text, taken)


def _cut(text: str, marked: Iterable[_Marked]) -> list[Piece]:
    pieces: list[Piece] = []
    position = 0
    for mark in sorted(marked, key=lambda m: m.span):
        start, end = max(mark.span.start, position), min(mark.span.end, len(text))
        if start >= end:
            continue
        if start > position:
            pieces.append(Piece(text[position:start]))
        pieces.append(Piece(text[start:end], mark.role, mark.node))
        position = end
    if position < len(text):
        pieces.append(Piece(text[position:]))
    return pieces
