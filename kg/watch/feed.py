"""A standing question as an Atom feed (RFC 4287): an entry an event, the same at every request."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from kg.export.static_page import web_address
from kg.export.xml import xml_text
from kg.lookup import Quote
from kg.pack.marks import flags, marked
from kg.vocabulary import ID
from kg.watch.answers import Changes, Told
from kg.watch.book import Event, Watch

MEDIA_TYPE = "application/atom+xml"
MOST_TOLD = 100
"""Answers of a kind in one entry; the entry says how many more there are."""
MOST_QUOTES = 3
"""Sentences under an answer; the entry says how many more there are."""
_ATOM = "http://www.w3.org/2005/Atom"
_TAGS = {"": ("", ""), "s": ("<b>", "</b>"), "o": ("<i>", "</i>")}


def atom(watch: Watch, events: Sequence[Event], ledger: str, address: str, page: str) -> bytes:
    """Write the feed of a question, the newest event first.

    `ledger` tells this graph from every other, `address` is where the feed is, `page` where its answers are.
    """
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _text(feed, "id", _id(ledger, watch.number))
    _text(feed, "title", f"AlignKG: {watch.question}")
    _text(feed, "updated", max((event.at for event in events), default=watch.added))
    _link(feed, "self", address, MEDIA_TYPE)
    _link(feed, "alternate", page, "text/html")
    author = ET.SubElement(feed, f"{{{_ATOM}}}author")
    _text(author, "name", "AlignKG")
    for event in sorted(events, key=lambda event: -event.number):
        _entry(feed, watch, event, ledger, page)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed) + b"\n"


def _entry(feed: ET.Element, watch: Watch, event: Event, ledger: str, page: str) -> None:
    entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
    _text(entry, "id", _id(ledger, watch.number, event.number))
    _text(entry, "title", f"{event.changes.summary()}: {watch.question}")
    _text(entry, "updated", event.at)
    _link(entry, "alternate", page, "text/html")
    content = _text(entry, "content", "\n".join(_content(event.changes)))
    content.set("type", "html")


def _id(ledger: str, *numbers: int) -> str:
    """Return an id that no other graph's question or event has."""
    return uuid5(NAMESPACE_URL, f"{ID}watch/{ledger}/{'/'.join(map(str, numbers))}").urn


def _text(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_ATOM}}}{name}")
    element.text = xml_text(text)
    return element


def _link(parent: ET.Element, relation: str, address: str, media_type: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}link", rel=relation, href=xml_text(address), type=media_type)


# --- what an entry says --------------------------------------------------------------------------------


def _content(changes: Changes) -> Iterator[str]:
    yield from _part("New", [(one, "", one.quotes) for one in changes.came])
    yield from _part("Gone", [(one, "", one.quotes) for one in changes.went])
    yield from _part("Changed", [(one.now, one.in_words(), one.fresh) for one in changes.changed])


def _part(title: str, answers: Sequence[tuple[Told, str, Sequence[Quote]]]) -> Iterator[str]:
    if not answers:
        return
    yield f"<h3>{title}</h3>"
    for answer, change, quotes in answers[:MOST_TOLD]:
        yield f"<p>{html.escape(answer.in_words())}{html.escape(f' ({change})') if change else ''}</p>"
        yield from map(_quote, quotes[:MOST_QUOTES])
        yield from _more(len(quotes) - MOST_QUOTES, "sentences")
    yield from _more(len(answers) - MOST_TOLD, "answers")


def _more(count: int, what: str) -> Iterator[str]:
    if count > 0:
        yield f"<p>and {count} more {what}</p>"


def _quote(quote: Quote) -> str:
    url, title = web_address(quote.url), html.escape(quote.title)
    paper = f'<a href="{html.escape(url)}">{title}</a>' if url else title
    where = html.escape(f"{quote.paper}{flags(quote)}")
    return f"<blockquote>{marked(quote, html.escape, _TAGS)} — {paper}, {where}</blockquote>"
