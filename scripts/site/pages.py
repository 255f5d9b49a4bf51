"""What the makers of pages share: a page, and the pieces of Markdown that it is made of."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from kg.records import Evidence, Span

BLOCK = re.compile(r"^(```.*?\n```)$", re.MULTILINE | re.DOTALL)
LIST = re.compile(r"^((?![-#|>\s]).+\n)(?=- )", re.MULTILINE)
"""A line of running text with a list below it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is made: its address among the sources, its name in the menu, its Markdown."""

    uri: str
    title: str
    text: str


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def spaced(markdown: str) -> str:
    r"""Return a page with the empty lines around code and before lists that makers of sites want.

    >>> spaced("Say:\n```sh\nkg stats\n```\nThen:\n- go on")
    'Say:\n\n```sh\nkg stats\n```\n\nThen:\n\n- go on'
    """
    parts = BLOCK.split(markdown)  # every second one is a block of code
    return "".join(f"\n{part}\n" if n % 2 else LIST.sub(r"\1\n", part) for n, part in enumerate(parts))


def plain(text: str) -> str:
    """Return text that Markdown shows as it stands, in a table, too."""
    return (
        escape(" ".join(text.split()), quote=False)
        .replace("|", "&#124;")
        .replace("*", "&#42;")
        .replace("_", "&#95;")
    )


def code(text: str) -> str:
    return f"`{text}`"


def link(words: str, to: str, *, page: str) -> str:
    """Return a link from one page to another; both are addresses among the sources."""
    target, _, place = to.partition("#")
    way = posixpath.relpath(target, posixpath.dirname(page) or ".")
    return f"[{words}]({way}{'#' + place if place else ''})"


def quoted(evidence: Evidence) -> str:
    """Return the sentence of an evidence in HTML, its two ends marked."""
    ends = [(evidence.subject, "subject"), (evidence.object, "object")]
    marks = sorted((span, kind) for span, kind in ends if span and _inside(span, evidence.sentence))
    out, at = [], evidence.sentence.start
    for span, kind in marks:
        if span.start < at:  # the ends overlap: the first is marked
            continue
        out.append(_part(evidence, at, span.start))
        out.append(f'<mark class="{kind}">{_part(evidence, *span)}</mark>')
        at = span.end
    return "“" + "".join(out) + _part(evidence, at, evidence.sentence.end) + "”"


def _inside(span: Span, sentence: Span) -> bool:
    return sentence.start <= span.start and span.end <= sentence.end


def _part(evidence: Evidence, start: int, end: int) -> str:
    first = evidence.sentence.start
    return plain_html(evidence.text[start - first : end - first])


def plain_html(text: str) -> str:
    """Return text for a block of HTML."""
    return escape(text.replace("\n", " "), quote=False)
