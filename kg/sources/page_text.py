"""Papers in the text of a web page: each title on a line, its abstract in the paragraph below it.

Pages carry other lines as well (menus, dates, "Subscribe"). Which line is a title is told by what follows it:
an abstract. Every other line comes as rejected, none is dropped unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.records import Paper
from kg.sources.shapes import Draft
from kg.sources.streams import Line, Rejected, Source
from kg.sources.text import BadRecord, excerpt

_LONG_TITLE = 300
_WRAPPED_WIDTH = range(40, 200)
_MOST_WRAPPED_LINES = 500
_FURNITURE = re.compile(
    r"[\W\d]*"
    r"|(?:submitted|published|posted) (?:on|by) .{1,80}|by(?-i:[A-Z]).{1,80}"
    r"|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}(?:,? \d{4})?"
    r"|\W{0,3}\d+ (?:authors?|upvotes?|comments?|citations?|likes?|stars?)"
    r"|subscribe|sign up|log in|new|abstract:?|view pdf|read more|show more",
    re.IGNORECASE,
)


def read_page_text(source: Source) -> Iterator[Paper | Rejected]:
    """Yield a paper for each title line with a paragraph below it, and all other lines as rejected."""
    title: Line | None = None
    for line in _paragraphs(source):
        if isinstance(line, Rejected):
            yield line
        elif _FURNITURE.fullmatch(line.text.strip()):
            yield _rejected(source, line, "neither a title nor an abstract")
        elif title and _is_abstract(line.text):
            yield _paper(source, title, line)
            title = None
        elif len(line.text) > _LONG_TITLE:
            yield _rejected(source, line, "no title stands above this paragraph")
        else:
            if title:
                yield _rejected(source, title, "no abstract follows this line")
            title = line
    if title:
        yield _rejected(source, title, "no abstract follows this line")


def _paper(source: Source, title: Line, abstract: Line) -> Paper | Rejected:
    try:
        return Draft(title.text, abstract.text).paper()
    except BadRecord as error:
        return _rejected(source, title, str(error))


def _is_abstract(text: str) -> bool:
    """Tell a paragraph from a title: it is long, or several words that end as a sentence ends."""
    words = len(text.split())
    return words >= 40 or len(text) > _LONG_TITLE or (words >= 12 and text.rstrip(" \"')”’").endswith("."))


def _rejected(source: Source, line: Line, reason: str) -> Rejected:
    return Rejected(source.path, line.number, reason, excerpt(line.text))


def _paragraphs(source: Source) -> Iterator[Line | Rejected]:
    """Yield the lines of a page, with those joined that its width has wrapped."""
    block: list[Line] = []
    for line in source.lines():
        if isinstance(line, Line) and line.text.strip() and len(block) < _MOST_WRAPPED_LINES:
            block.append(line)
            continue
        yield from _joined(block)
        block = [line] if isinstance(line, Line) and line.text.strip() else []
        if isinstance(line, Rejected):
            yield line
    yield from _joined(block)


def _joined(block: list[Line]) -> list[Line]:
    """Join a block of lines where it is one wrapped paragraph, or a title over one."""
    if _is_wrapped(block):
        return [_join(block)]
    if _is_wrapped(block[1:]):
        return [block[0], _join(block[1:])]
    return block


def _is_wrapped(lines: list[Line]) -> bool:
    """Tell wrapped lines by their like widths: only the last may be short."""
    widths = [len(line.text) for line in lines]
    if len(lines) < 2 or max(widths) not in _WRAPPED_WIDTH:
        return False
    return min(widths[:-1]) >= 0.7 * max(widths) and _is_abstract(_join(lines).text)


def _join(lines: list[Line]) -> Line:
    return Line(lines[0].number, " ".join(line.text for line in lines))
