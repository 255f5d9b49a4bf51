"""Content negotiation by RFC 9110: which of the things that can be sent does the client want."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from api.problems import RequestError


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One element of an Accept header; `*` stands for any type or subtype."""

    type: str
    subtype: str
    quality: float

    @property
    def precision(self) -> int:
        """How exactly it names a media type: 0 for `*/*`, 1 for `text/*`, 2 for `text/html`."""
        return (self.type != "*") + (self.subtype != "*")

    def covers(self, media_type: str) -> bool:
        """Say whether the media type falls into this range."""
        kind, _, subtype = media_type.partition("/")
        return self.type in ("*", kind) and self.subtype in ("*", subtype)


def parse_accept(header: str | None) -> tuple[MediaRange, ...]:
    """Read an Accept header; no header means anything, an element that is no media range is passed over.

    >>> parse_accept("text/*;q=0.5")
    (MediaRange(type='text', subtype='*', quality=0.5),)
    """
    if not header or not header.strip():
        return (MediaRange("*", "*", 1.0),)
    ranges = (_media_range(element) for element in header.lower().split(","))
    return tuple(found for found in ranges if found is not None)


def _media_range(element: str) -> MediaRange | None:
    name, *parameters = (part.strip() for part in element.split(";"))
    kind, slash, subtype = name.partition("/")
    if not (slash and kind and subtype) or (kind == "*" and subtype != "*"):
        return None
    quality = _quality(parameters)
    return None if quality is None else MediaRange(kind, subtype, quality)


def _quality(parameters: Iterable[str]) -> float | None:
    """Return the weight of a media range, None where it is not a number from 0 to 1."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return None
            return quality if 0 <= quality <= 1 else None
    return 1.0


def choose(accept: str | None, offers: Sequence[str]) -> str | None:
    """Return the offer that the client likes best, None when it takes none of them.

    Of offers with one weight the one that the client names more exactly wins, then the one that stands first.

    >>> choose("text/turtle;q=0.4, application/*;q=0.8", ["text/turtle", "application/n-triples"])
    'application/n-triples'
    """
    ranges = parse_accept(accept)
    best: tuple[float, int] = (0.0, 0)
    chosen: str | None = None
    for offer in offers:
        rank = _rank(offer, ranges)
        if rank[0] > 0 and rank > best:
            best, chosen = rank, offer
    return chosen


def agree(accept: str | None, offers: Sequence[str]) -> str:
    """Return the offer that the client likes best; RequestError 406 when it takes none of them."""
    chosen = choose(accept, offers)
    if chosen is None:
        raise RequestError(HTTPStatus.NOT_ACCEPTABLE, f"this is not sent as {accept}", offers=tuple(offers))
    return chosen


def _rank(offer: str, ranges: Iterable[MediaRange]) -> tuple[float, int]:
    """Return the weight that the most precise range gives an offer, and how precise that range is."""
    covering = [found for found in ranges if found.covers(offer)]
    if not covering:
        return (0.0, 0)
    closest = max(covering, key=lambda found: found.precision)
    return (closest.quality, closest.precision)
