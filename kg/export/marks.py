"""Sentences cut where a mark begins or ends, so that whoever shows them need not count characters."""

from __future__ import annotations

from collections.abc import Iterable

from kg.records import Evidence, Span


def marked_pieces(evidence: Evidence) -> list[tuple[str, str]]:
    """Cut the sentence into pieces: "s" the subject, "o" the object, "w" other words that state it, or ""."""
    spans = (("w", evidence.words), ("s", evidence.subject), ("o", evidence.object))
    return pieces(evidence.text, evidence.sentence.start, spans)


def pieces(text: str, start: int, spans: Iterable[tuple[str, Span | None]]) -> list[tuple[str, str]]:
    """Cut a text that begins at `start` into pieces with the name of the last span that covers each."""
    marks = [""] * len(text)
    for mark, span in spans:
        for position in range(*span) if span else ():
            if 0 <= position - start < len(marks):
                marks[position - start] = mark
    cut: list[tuple[str, str]] = []
    for character, mark in zip(text, marks, strict=True):
        if cut and cut[-1][1] == mark:
            cut[-1] = (cut[-1][0] + character, mark)
        else:
            cut.append((character, mark))
    return cut
