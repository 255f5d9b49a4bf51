"""Sentences with the words of subject and object marked, in Markdown and in HTML; every text is escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from kg.export.marks import pieces
from kg.export.static_page import web_address
from kg.lookup import Quote

_MARKDOWN = re.compile(r"[\\`*_{}\[\]#|~$]|^[-+=]|^\d+(?=[.)]( |$))")
"""What could mean something to a reader of Markdown or one of its dialects, some of it only at the start."""
Tags = Mapping[str, tuple[str, str]]
IN_MARKDOWN: Tags = {"": ("", ""), "s": ("<b>", "</b>"), "o": ("<i>", "</i>")}
IN_HTML: Tags = {"": ("", ""), "s": ('<mark class="s">', "</mark>"), "o": ('<mark class="o">', "</mark>")}


def to_markdown(text: str) -> str:
    r"""Return text that stands as it is in Markdown, on one line.

    >>> to_markdown("a*b <i>")
    'a\\*b &lt;i&gt;'
    """
    return _MARKDOWN.sub(_escaped, html.escape(" ".join(text.split()), quote=False))


def _escaped(found: re.Match[str]) -> str:
    # A number at the start would begin a list by the dot behind it.
    return f"{found[0]}\\" if found[0].isdecimal() else f"\\{found[0]}"


def marked(said: Quote, escape: Callable[[str], str], tags: Tags) -> str:
    """Return a sentence, escaped, between tags where subject and object stand."""
    cut = pieces(said.text, 0, (("s", said.subject), ("o", said.object)))
    return "".join(f"{tags[mark][0]}{_kept(text, escape)}{tags[mark][1]}" for text, mark in cut)


def _kept(text: str, escape: Callable[[str], str]) -> str:
    """Escape a piece without losing the spaces at its ends."""
    inner = text.strip()
    before, _, after = text.partition(inner) if inner else (" ", "", "")
    return f"{' ' if before else ''}{escape(inner)}{' ' if after else ''}"


def linked(text: str, url: str | None) -> str:
    """Return text as a Markdown link where it leads to the web."""
    address, plain = web_address(url), to_markdown(text)
    return f"[{plain}]({quote(address, safe=':/?#@!$&*+,;=-._~%')})" if address else plain


def flags(said: Quote) -> str:
    """Return what limits a sentence's word: that it denies, or that it is careful."""
    limits = (("negated", said.negated), ("hedged", said.hedged))
    return "".join(f" · {name}" for name, holds in limits if holds)
