"""Papers in the Atom feed with which the arXiv API answers."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError  # types only; defusedxml does the parsing

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from kg.errors import SourceError
from kg.records import Paper
from kg.sources.shapes import Draft, date_of
from kg.sources.streams import Rejected, Source
from kg.sources.text import BadRecord, excerpt

_ATOM = "{http://www.w3.org/2005/Atom}"
_DEEPEST = 100
_ARXIV = "{http://arxiv.org/schemas/atom}"


def read_atom(source: Source) -> Iterator[Paper | Rejected]:
    """Yield the papers of an Atom feed; XML with entities or a document type of its own is refused."""
    for entry in _elements(source, f"{_ATOM}entry"):
        try:
            yield _from_entry(entry)
        except BadRecord as error:
            yield Rejected(source.path, source.line + 1, str(error), excerpt(_text(entry, f"{_ATOM}id")))


def _elements(source: Source, tag: str) -> Iterator[Element]:
    """Yield the elements of that tag, and forget them and all before them."""
    if not source.head.strip():
        return
    try:
        root, depth = None, 0
        for event, element in iterparse(source, events=("start", "end"), forbid_dtd=True):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > _DEEPEST:
                raise ParseError(f"it nests deeper than {_DEEPEST} elements")
            if event == "end" and element.tag == tag:
                source.record_read()
                yield element
                root.clear()
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        reason = f"malformed or forbidden XML ({error}); what follows it in this file cannot be read"
        raise SourceError(source.path, reason, line=source.line + 1) from error


def _from_entry(entry: Element) -> Paper:
    people = (_text(author, f"{_ATOM}name") for author in entry.iter(f"{_ATOM}author"))
    address = _text(entry, f"{_ATOM}id")
    return Draft(
        title=_text(entry, f"{_ATOM}title"),
        abstract=_text(entry, f"{_ATOM}summary"),
        own_id=None,
        authors=tuple(filter(None, people)),
        published=date_of(_text(entry, f"{_ATOM}published")),
        venue=_text(entry, f"{_ARXIV}journal_ref"),
        url=address,
        doi=_text(entry, f"{_ARXIV}doi"),
        arxiv=address,
        categories=tuple(c.get("term", "") for c in entry.iter(f"{_ATOM}category")),
        source="arXiv",
    ).paper()


def _text(element: Element, tag: str) -> str | None:
    found = element.find(tag)
    return None if found is None else "".join(found.itertext())
