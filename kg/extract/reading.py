"""A text as the network sees it: word pieces, words, sentences, and the spans that may name something.

Training and inference share this file: a change of what it yields needs new weights
(`scripts/train_network.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
WordSpan = tuple[int, int]
"""First and last word."""

WIDEST = 12
"""Words that a name may have."""
FEATURES = 14

_LOWER, _TITLE, _UPPER, _MIXED, _DIGITS, _SIGN, _CASELESS = range(1, 8)
_ARTICLES = frozenset({"the", "a", "an", "of"})
_LAST = """
framework method methods model models benchmark benchmarks dataset datasets algorithm algorithms approach
paradigm methodology system architecture technique score scores metric leaderboard task tasks
"""
_BETWEEN = """
the a an of and or to for with by from as via that which we our this its their these those at than is are
was were be been has have can may not it they both such while when where how what who also more most into
between across however thus hence i e g
"""
_GENERIC = frozenset(_LAST.split())
_NO_START = frozenset(_BETWEEN.split())
_NO_END = _NO_START | frozenset({"in", "on", "using", "based", "novel", "new"})
_JOINERS = frozenset("-–—_/")
_OURSELVES = frozenset({"we", "our", "us"})
_PAPERS = frozenset({"paper", "work", "study", "article", "survey", "thesis"})
_ABBREVIATED = frozenset({"e.g", "i.e", "al", "etc", "vs", "cf", "fig", "resp", "dr"})
_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Reading:
    """Word pieces, the words (code points) that they make up, how these are written, and their sentences."""

    text: str
    pieces: Ints
    word_of: Ints
    words: tuple[tuple[int, int], ...]
    lower: tuple[str, ...]
    case: Ints
    sentence: Ints


@dataclass(frozen=True, slots=True)
class Candidates:
    """Spans that may name something: first and last word, the key of their name, and surface features."""

    first: Ints
    last: Ints
    key_of: Ints
    keys: tuple[str, ...]
    features: Floats


def read(text: str, tokenizer: Tokenizer) -> Reading:
    """Split a text into pieces, words and sentences."""
    made = tokenizer.encode(text, add_special_tokens=False)
    word_of: list[int] = []
    words: list[tuple[int, int]] = []
    last = None
    for (start, end), word in zip(made.offsets, made.word_ids, strict=True):
        if word != last:
            words.append((start, end))
            last = word
        words[-1] = (words[-1][0], end)
        word_of.append(len(words) - 1)
    surface = [text[a:b] for a, b in words]
    return Reading(
        text=text,
        pieces=np.array(made.ids, np.int64),
        word_of=np.array(word_of, np.int64),
        words=tuple(words),
        lower=tuple(w.lower() for w in surface),
        case=np.array([_case_of(w) for w in surface], np.int64),
        sentence=np.array(_sentence_of(text, words), np.int64),
    )


@lru_cache(maxsize=65536)
def _case_of(word: str) -> int:
    """Say how a word is written."""
    if not any(c.isalnum() for c in word):
        return _SIGN
    if any(c.isdigit() for c in word):
        return _DIGITS
    if word.islower():
        return _LOWER
    if word.isupper():
        return _UPPER if len(word) > 1 else _TITLE
    if word[0].isupper() and word[1:].islower():
        return _TITLE
    return _MIXED if any(c.isupper() for c in word) else _CASELESS


def _sentence_of(text: str, words: list[tuple[int, int]]) -> list[int]:
    """Return the number of the sentence of each word; the title is the first."""
    out, number = [], 0
    for i, (start, _) in enumerate(words):
        if i and _sentence_starts(text, words[i - 1][1], start):
            number += 1
        out.append(number)
    return out


def _sentence_starts(text: str, end_before: int, start: int) -> bool:
    gap = text[end_before:start]
    if "\n" in gap:
        return True
    if not gap or text[end_before - 1] not in ".!?" or text[start].islower():
        return False
    before = text[max(0, end_before - 8) : end_before - 1].lower().split()
    return not (before and before[-1].lstrip("(") in _ABBREVIATED)


def _key(words: list[str]) -> str:
    """Return what is left of a name when signs, articles, a generic last word and a plural are gone."""
    kept = [w for w in words if w not in _ARTICLES and w not in _JOINERS and w not in "()\"'`,:;[]{}"]
    while len(kept) > 1 and kept[-1] in _GENERIC:
        kept.pop()
    if kept and len(kept[-1]) > 3 and kept[-1].endswith("s") and not kept[-1].endswith("ss"):
        kept[-1] = kept[-1][:-1]
    return "".join(kept)


def key_of_name(name: str) -> str:
    """Return the key of a name that stands by itself, without what it has in brackets.

    >>> key_of_name("the GAIA benchmarks (2024)")
    'gaia'
    """
    bare = re.sub(r"\([^)]*\)", " ", name) if not name.startswith("(") else name
    return _key(_WORD.findall(bare.lower()))


def candidates(reading: Reading) -> Candidates:
    """List the spans of at most WIDEST words that may be names, with their keys."""
    lower, sentence = reading.lower, reading.sentence
    breaks, (opens, closes) = _breaks(reading), _ends(reading)
    first, last, key_of = [], [], []
    index: dict[str, int] = {}
    for i in range(len(lower)):
        if not opens[i] or breaks[i]:
            continue
        for j in range(i, min(len(lower), i + WIDEST)):
            if breaks[j] or sentence[j] != sentence[i]:
                break
            name = _key(list(lower[i : j + 1])) if closes[j] else ""
            if name:
                first.append(i)
                last.append(j)
                key_of.append(index.setdefault(name, len(index)))
    f, t, k = (np.array(x, np.int64) for x in (first, last, key_of))
    return Candidates(f, t, k, tuple(index), _features(reading, f, t, k))


def _breaks(reading: Reading) -> list[bool]:
    """Say for each word whether no span may contain it: sentence signs before a space, and brackets."""
    out = []
    text = reading.text
    for (start, end), word in zip(reading.words, reading.lower, strict=True):
        spaced = end >= len(text) or text[end].isspace()
        inner = start > 0 and not text[start - 1].isspace() and not spaced
        out.append((word in ".,;:?!" and not inner) or (word in '()[]"' and not (word in "()" and inner)))
    return out


def _ends(reading: Reading) -> tuple[list[bool], list[bool]]:
    """Say for each word whether a name may begin and whether it may end with it."""
    both = list(zip(reading.lower, reading.case.tolist(), strict=True))
    opens = [w not in _NO_START and (c != _SIGN or w in "$\\") for w, c in both]
    closes = [w not in _NO_END and (c != _SIGN or w in "$}+%*") for w, c in both]
    return opens, closes


def _features(reading: Reading, first: Ints, last: Ints, key_of: Ints) -> Floats:
    """Describe each span: width, case, place, neighbours, and how often its key stands in the text."""
    if not len(first):
        return np.zeros((0, FEATURES), np.float32)
    case, lower, n = reading.case, reading.lower, len(reading.lower)
    upper = np.isin(case, (_TITLE, _UPPER, _MIXED, _DIGITS)).astype(np.float32)
    strange = np.isin(case, (_UPPER, _MIXED, _DIGITS)).astype(np.float32)
    run, run_strange = (np.concatenate([[0], np.cumsum(x)]) for x in (upper, strange))
    width = (last - first + 1).astype(np.float32)
    before = np.array(["", *lower], dtype=object)[first]
    after = np.array([*lower, ""], dtype=object)[np.minimum(last + 1, n)]
    titled = np.zeros(key_of.max() + 1, np.float32)
    in_title = (reading.sentence[first] == 0).astype(np.float32)
    np.maximum.at(titled, key_of, in_title)
    starts = (first == 0) | (reading.sentence[first] != reading.sentence[np.maximum(first - 1, 0)])
    columns = [
        np.log(width),
        (run[last + 1] - run[first]) / width,
        (run_strange[last + 1] - run_strange[first]) / width,
        (width == 1) & (strange[first] > 0),
        before == "(",
        after == "(",
        after == ")",
        (before == "-") | (after == "-"),
        np.isin(before, ("the", "a", "an", "our")),
        np.minimum(np.log(np.bincount(key_of)[key_of]), 2.0),
        in_title,
        titled[key_of],
        starts,
        np.isin(after, ("and", ",")) | np.isin(before, ("and", ",")),
    ]
    return np.stack([np.asarray(c, np.float32) for c in columns], 1)


def spans_of(found: Candidates, key: int) -> list[WordSpan]:
    """Return where a name stands: of overlapping spans the longest."""
    index = np.flatnonzero(found.key_of == key)
    taken: list[WordSpan] = []
    for i in sorted(index, key=lambda i: (found.first[i] - found.last[i], found.first[i])):
        span = (int(found.first[i]), int(found.last[i]))
        if not any(a <= span[1] and span[0] <= b for a, b in taken):
            taken.append(span)
    return sorted(taken)


def paper_words(reading: Reading) -> list[int]:
    """Return the words by which the text speaks of itself: "we", "our", "this paper"."""
    lower = reading.lower
    return [
        i
        for i, w in enumerate(lower)
        if w in _OURSELVES or (w in _PAPERS and i and lower[i - 1] in {"this", "present", "our"})
    ]
