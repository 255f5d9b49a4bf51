"""Numbers in a text with their units: what a reported outcome can be read from.

Numbers inside names ("GPT-4", "Llama-2-7B") are none. A range such as "8-12%" is two numbers of one unit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from kg.extract.patterns import load_patterns

_SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WORDS = {word: float(value) for value, word in enumerate(_SMALL)} | {
    "twenty": 20.0,
    "thirty": 30.0,
    "forty": 40.0,
    "fifty": 50.0,
}
_NUMBER = re.compile(
    r"(?<![\w.\\])(?<![^\W\d]-)(?P<value>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<!\d)\.\d+)"
    rf"|\b(?P<word>{'|'.join(_WORDS)})\b",
    re.IGNORECASE,
)
_NOISE = r"(?:[^\S\n]|[\\,$~{}])*"
_UNIT = re.compile(
    rf"(?P<gap>{_NOISE}(?:\\text(?:bf)?\{{)?)"
    r"(?P<unit>%|percentage[- ]points?|percent\b|per cent\b|(?:absolute |percentage |accuracy )?points?\b"
    r"|pp\b|pts\b|[x×X](?![A-Za-z0-9])|times(?![A-Za-z])|\\times|-?\s?fold\b|dB\b|ms\b"
    r"|milliseconds?\b|seconds?\b|minutes?\b|hours?\b|FPS\b|GB\b|MB\b|tokens?\b|steps\b|rounds\b|days\b|s\b|cm\b|m\b)?"
)
_RANGE = re.compile(rf"{_NOISE}(?:-{{1,3}}|–|—|−|to|and)\s*(?:\\sim)?{_NOISE}$")
_TEXT_BETWEEN = 14


@dataclass(frozen=True, slots=True)
class Number:
    """A number at code points `start` to `end`, its unit included; `unit` is empty for a bare one."""

    start: int
    end: int
    value: float
    unit: str


def find_numbers(text: str) -> list[Number]:
    """Return the numbers of a text, in order.

    >>> [(n.value, n.unit) for n in find_numbers("8-12% higher on GPT-4, 3x faster, by two points")]
    [(8.0, '%'), (12.0, '%'), (3.0, 'x'), (2.0, 'points')]
    """
    found = [number for match in _NUMBER.finditer(text) if (number := _read(text, match))]
    return _share_units(text, found)


def _read(text: str, match: re.Match[str]) -> Number | None:
    start = match.start("word") if match["word"] else match.start("value")
    unit = _UNIT.match(text, match.end())
    name = _unit_name(unit["unit"]) if unit and unit["unit"] else ""
    end = unit.end() if unit and name else match.end()
    if match["word"]:
        return Number(start, end, _WORDS[match["word"].lower()], name) if name else None
    following = text[match.end() : match.end() + 1]
    if not name and (following.isalpha() or following == "_"):
        return None
    return Number(start, end, float(match["value"].replace(",", "")), name)


def _unit_name(word: str) -> str:
    units, words = load_patterns().units, load_patterns().unit_words
    lower = word.lower().strip()
    if "point" in lower or lower in words["point_words"]:
        return units["points"]
    if lower in words["percent_words"] or lower == "per cent":
        return units["percent"]
    if lower in words["factor_words"] or "fold" in lower:
        return units["factor"]
    return word


def _share_units(text: str, numbers: list[Number]) -> list[Number]:
    """Give the first number of a range the unit of the second."""
    out = list(numbers)
    for i in range(len(out) - 2, -1, -1):
        first, second = out[i], out[i + 1]
        between = text[first.end : second.start]
        if not first.unit and second.unit and len(between) < _TEXT_BETWEEN and _RANGE.match(between):
            out[i] = replace(first, unit=second.unit)
    return out
