"""BibTeX of papers: keys that stay the same, and texts that LaTeX can set."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from kg.pack.latex import to_latex
from kg.records import Paper

_STOP = frozenset(
    ("a", "an", "and", "are", "as", "at", "by", "can", "do", "for", "from", "how", "in", "is", "it", "of",
     "on", "or", "the", "to", "via", "what", "with")
)  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_UNDATED = "nd"


def keys_of(papers: Iterable[Paper]) -> dict[str, str]:
    """Return a key for each paper by its id: author, year, first word of the title; a letter where it must.

    >>> keys_of([Paper("arXiv:1", "The Pebble Way", "", ("Ada Stone",), "2024-05")])
    {'arXiv:1': 'stone2024pebble'}
    """
    wanted = {paper.id: _plain_key(paper) for paper in sorted(papers, key=lambda p: p.id)}
    counted = Counter(wanted.values())
    given: Counter[str] = Counter()
    keys = {}
    for paper, key in wanted.items():
        keys[paper] = key if counted[key] == 1 else key + _letters(given[key])
        given[key] += 1
    return keys


def _plain_key(paper: Paper) -> str:
    author = _ascii(_surname(paper.authors[0])) if paper.authors else ""
    words = [word for word in map(_ascii, paper.title.split()) if word and word not in _STOP]
    year = (paper.published or _UNDATED)[:4]
    return f"{author or 'anonymous'}{_ascii(year)}{words[0] if words else 'untitled'}"


def _letters(number: int) -> str:
    """Return a, b … z, ba, bb … for 0, 1 …, after a dash, so that it is no part of the title's word."""
    text = chr(ord("a") + number % 26)
    while number := number // 26:
        text = chr(ord("a") + number % 26) + text
    return f"-{text}"


def _surname(author: str) -> str:
    family, comma, _ = author.partition(",")
    return family if comma else (author.split() or [""])[-1]


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", plain)


def bibtex(papers: Sequence[Paper], keys: Mapping[str, str]) -> str:
    """Write an entry for each paper, in the order of keys."""
    entries = sorted((keys[paper.id], paper) for paper in papers)
    return "\n".join(_entry(key, paper) for key, paper in entries)


def _entry(key: str, paper: Paper) -> str:
    kind = "article" if paper.venue else "misc"
    fields = {name: value for name, value in _fields(paper).items() if value}
    # A month without braces is one of the names that styles know.
    lines = "".join(
        f"  {name} = {value},\n" if name == "month" else f"  {name} = {{{value}}},\n"
        for name, value in fields.items()
    )
    return f"@{kind}{{{key},\n{lines}}}\n"


def _fields(paper: Paper) -> dict[str, str | None]:
    year, _, rest = (paper.published or "").partition("-")
    month = rest[:2]
    known = month.isdecimal() and 1 <= int(month) <= 12
    return {
        # Double braces keep capitals as the paper has them.
        "title": f"{{{to_latex(paper.title)}}}",
        "author": " and ".join(map(_author, paper.authors)),
        "year": to_latex(year),
        "month": _MONTHS[int(month) - 1] if known else None,
        "journal": to_latex(paper.venue) if paper.venue else None,
        "doi": _address(paper.doi),
        "eprint": _address(paper.arxiv),
        "archiveprefix": "arXiv" if paper.arxiv else None,
        "url": _address(paper.url),
        # No style prints it: with it an entry leads back to the graph.
        "alignkg": to_latex(paper.id),
    }


def _author(name: str) -> str:
    """Return a name of which BibTeX takes no word for its own "and"."""
    text = to_latex(name)
    return f"{{{text}}}" if re.search(r"\band\b", name, re.IGNORECASE) else text


def _address(text: str | None) -> str | None:
    """Return an address without what would end a field or mean something to TeX."""
    return quote(text, safe=":/?#[]@!$&'()*+,;=-._~%") if text else None
