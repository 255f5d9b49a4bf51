"""Patterns of wording over sentences in which each mention is a slot: "{self} evaluate on {Benchmark}".

A pattern names its object slot; things that a list joins to it ("on A, B and C") are its objects too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kg.extract.patterns import Pattern

_SLOT = re.compile(r"«(?:self|[\w:]+)»")
_EXAMPLE = re.compile(r"\[([^|\]]+)\|(\w+)(\*?)\]")
_JOINT = re.compile(r"\s*(?:,|and|or|,\s*and|as well as|\(|both)\s*(?:the\s+)?$")
SELF = "self"


Piece = tuple[str, str, int]
"""Words, the type of what they name (`self` for the proposed thing, empty for other words), its mention."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot at characters `start` to `end` of the slotted text; `thing` is the mention behind it."""

    start: int
    end: int
    type: str
    thing: int


@dataclass(frozen=True)
class Slotted:
    """A sentence with slots for what it names; `self` stands for "we" and the like."""

    text: str
    slots: tuple[Slot, ...]
    types: frozenset[str]


def slotted(pieces: list[Piece]) -> Slotted:
    """Join pieces into a slotted sentence."""
    text, slots = "", []
    for words, kind, thing in pieces:
        if kind:
            mark = f"«{kind}»"
            slots.append(Slot(len(text), len(text) + len(mark), kind, thing))
            text += mark
        else:
            text += words
    return Slotted(text, tuple(slots), frozenset(slot.type for slot in slots))


def hits(pattern: Pattern, sentence: Slotted) -> list[int]:
    """Return the mentions that a pattern finds as objects, in order."""
    if pattern.objects.isdisjoint(sentence.types):
        return []
    found: dict[int, None] = {}
    by_start = {slot.start: n for n, slot in enumerate(sentence.slots)}
    for match in pattern.expression.finditer(sentence.text):
        place = by_start.get(match.start("object"))
        while place is not None:
            found[sentence.slots[place].thing] = None
            place = _joined(sentence, place)
    return list(found)


def _joined(sentence: Slotted, place: int) -> int | None:
    """Return the next slot of a list, None at its end."""
    if place + 1 >= len(sentence.slots):
        return None
    this, following = sentence.slots[place], sentence.slots[place + 1]
    between = sentence.text[this.end : following.start]
    return place + 1 if this.type == following.type and _JOINT.match(between) else None


def read_example(text: str) -> tuple[Slotted, list[int]]:
    """Read "[we|self] use [Candle|Method*]": a slotted sentence and the mentions that must be found."""
    pieces: list[Piece] = []
    expected, end = [], 0
    for number, match in enumerate(_EXAMPLE.finditer(text)):
        pieces += [(text[end : match.start()], "", -1), (match[1], match[2], number)]
        expected += [number] if match[3] else []
        end = match.end()
    return slotted([*pieces, (text[end:], "", -1)]), expected
