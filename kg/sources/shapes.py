"""The shapes in which services and people write one paper down as a record, and the paper in each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from kg.records import Paper
from kg.sources import identity
from kg.sources.text import ABSTRACT_LIMIT, BadRecord, clean, without_markup

Record = Mapping[str, object]
Shape = Callable[[Record], Paper]

_DATE = re.compile(
    r"\s*(\d{4})(?:[-/](0?[1-9]|1[0-2])(?!\d)(?:[-/](0?[1-9]|[12]\d|3[01])(?!\d))?)?", re.ASCII
)
_BETWEEN_NAMES = re.compile(r";|(?:,|(?<!\s))\s++and\s+")
"""Looks at each run of white space once, however long it is."""
_WEB_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_ARXIV_URL = re.compile(r"https?://(?:[a-z]+\.)?arxiv\.org/(?:abs|pdf)/", re.IGNORECASE)
_PLAIN_TYPES = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a record says about its paper, before it is cleaned and identified."""

    title: str | None
    abstract: str | None
    own_id: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    venue: str | None = None
    url: str | None = None
    doi: str | None = None
    arxiv: str | None = None
    categories: tuple[str, ...] = ()
    source: str | None = None

    def paper(self) -> Paper:
        """Return the paper, or refuse the record with a reason."""
        title, abstract = _required(self.title, "title"), _required(self.abstract, "abstract", ABSTRACT_LIMIT)
        doi = identity.doi(self.doi) or identity.doi(self.own_id)
        arxiv = identity.arxiv_id(self.arxiv) or identity.arxiv_of_doi(doi) or identity.arxiv_id(self.own_id)
        own = identity.own_id(clean(self.own_id or "", "id"))
        return Paper(
            id=identity.paper_id(title=title, abstract=abstract, arxiv=arxiv, doi=doi, own=own),
            title=title,
            abstract=abstract,
            authors=_clean_all(self.authors, "author"),
            published=_optional(self.published, "date"),
            venue=_optional(self.venue, "venue"),
            url=_web_address(self.url),
            doi=None if identity.arxiv_of_doi(doi) else doi,
            arxiv=arxiv,
            categories=_clean_all(self.categories, "category"),
            source=_optional(self.source, "source"),
        )


def _required(text: str | None, field: str, limit: int = 2_000) -> str:
    if cleaned := clean(text or "", field, limit):
        return cleaned
    raise BadRecord(f"no {field}")


def _optional(text: str | None, field: str) -> str | None:
    return clean(text or "", field) or None


def _web_address(text: str | None) -> str | None:
    """Return the address where it is one of the web: pages link to it, and `javascript:` is one, too."""
    address = clean(text or "", "url")
    return address if _WEB_ADDRESS.fullmatch(address) else None


def _clean_all(texts: Iterable[str], field: str) -> tuple[str, ...]:
    return tuple(cleaned for text in texts if (cleaned := clean(text, field)))


# --- reading fields whose types are not to be trusted ------------------------------------------------------


def text_of(record: Record, *names: str) -> str | None:
    """Return the first of these fields that holds anything; refuse a record where it is no text."""
    for name in names:
        value = record.get(name)
        if isinstance(value, str) or value is None:
            if value and not value.isspace():
                return value
        else:
            raise BadRecord(f"{name} is {_type_name(value)}, not text")
    return None


def object_of(record: Record, name: str) -> Record:
    """Return a field that holds an object, empty where it is missing or null."""
    value = record.get(name)
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise BadRecord(f"{name} is {_type_name(value)}, not an object")


def objects_of(record: Record, name: str) -> list[Record]:
    """Return a field that holds a list of objects, empty where it is missing or null."""
    value = record.get(name)
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    raise BadRecord(f"{name} is not a list of objects")


def names_of(record: Record, *fields: str) -> tuple[str, ...]:
    """Return the names in the first of these fields: a list of names or of `{"name": …}`, or one text."""
    for field in fields:
        value = record.get(field)
        if isinstance(value, str):
            return split_names(value)
        if isinstance(value, list):
            return tuple(_name(item, field) for item in value)
        if value is not None:
            raise BadRecord(f"{field} is {_type_name(value)}, not a list of names")
    return ()


def split_names(text: str) -> tuple[str, ...]:
    """Split names at semicolons or "and"; at commas only where each part is a full name.

    >>> split_names("Ada Lovelace, Alan Turing and Grace Hopper"), split_names("Lovelace, Ada; Turing, Alan")
    (('Ada Lovelace', 'Alan Turing', 'Grace Hopper'), ('Lovelace, Ada', 'Turing, Alan'))
    """
    parts = [part.strip() for part in _BETWEEN_NAMES.split(text) if part.strip()]
    by_comma = [name.strip() for part in parts for name in part.split(",") if name.strip()]
    return tuple(by_comma if ";" not in text and all(" " in name for name in by_comma) else parts)


def date_of(value: object) -> str | None:
    """Return `YYYY`, `YYYY-MM` or `YYYY-MM-DD` from a year or the start of a date, None elsewhere."""
    found = _DATE.match(str(value)) if isinstance(value, (str, int)) else None
    return "-".join(part.zfill(2) for part in found.groups() if part) if found else None


def _name(value: object, field: str) -> str:
    name = value.get("name") if isinstance(value, dict) else value
    if isinstance(name, str):
        return name
    raise BadRecord(f"{field} holds {_type_name(name)}, not a name")


def _type_name(value: object) -> str:
    return "empty" if value is None else _PLAIN_TYPES.get(type(value), type(value).__name__)


# --- the shapes --------------------------------------------------------------------------------------------


def plain(record: Record) -> Paper:
    """Read a record with fields that say their meaning: title, abstract and any of the others of `Paper`."""
    own = record.get("id")
    return Draft(
        title=text_of(record, "title"),
        abstract=text_of(record, "abstract", "summary"),
        own_id=own if isinstance(own, str) else None,
        authors=names_of(record, "authors", "author"),
        published=next(filter(None, (date_of(record.get(n)) for n in ("published", "date", "year"))), None),
        venue=text_of(record, "venue", "journal", "booktitle"),
        url=text_of(record, "url", "link"),
        doi=text_of(record, "doi"),
        arxiv=text_of(record, "arxiv", "arxiv_id"),
        categories=_categories(record),
        source=text_of(record, "source"),
    ).paper()


def _categories(record: Record) -> tuple[str, ...]:
    value = record.get("categories")
    return (
        tuple(re.split(r"[\s,;]+", value.strip()))
        if isinstance(value, str)
        else names_of(record, "categories")
    )


def arxiv_dump(record: Record) -> Paper:
    """Read a record of the arXiv metadata dump; its date is the first version's."""
    versions = objects_of(record, "versions")
    created = text_of(versions[0], "created") if versions else None
    arxiv = text_of(record, "id")
    return Draft(
        title=text_of(record, "title"),
        abstract=text_of(record, "abstract"),
        own_id=arxiv,
        authors=_parsed_authors(record) or names_of(record, "authors"),
        published=_rfc_date(created) or date_of(record.get("update_date")),
        venue=text_of(record, "journal-ref"),
        url=f"https://arxiv.org/abs/{arxiv}" if arxiv else None,
        doi=(text_of(record, "doi") or "").split(" ")[0],
        arxiv=arxiv,
        categories=_categories(record),
        source="arXiv",
    ).paper()


def _parsed_authors(record: Record) -> tuple[str, ...]:
    """Read `[["Lovelace", "Ada", "", …], …]`: last name, first names, suffix."""
    parsed = record.get("authors_parsed")
    if not isinstance(parsed, list):
        return ()
    parts = [[p for p in name if isinstance(p, str)] for name in parsed if isinstance(name, list)]
    return tuple(" ".join(p for p in (*name[1:2], *name[:1], *name[2:3]) if p) for name in parts)


def _rfc_date(text: str | None) -> str | None:
    try:
        return parsedate_to_datetime(text).date().isoformat() if text else None
    except ValueError:
        return None


def openalex(record: Record) -> Paper:
    """Read an OpenAlex work; the abstract is put together from its inverted index."""
    place = object_of(record, "primary_location")
    pages = [text_of(p, "landing_page_url") or "" for p in (place, *objects_of(record, "locations"))]
    people = (object_of(a, "author") for a in objects_of(record, "authorships"))
    return Draft(
        title=_plain_text(text_of(record, "title", "display_name")),
        abstract=_plain_text(_from_inverted_index(object_of(record, "abstract_inverted_index"))),
        authors=tuple(filter(None, (text_of(person, "display_name") for person in people))),
        published=date_of(record.get("publication_date")) or date_of(record.get("publication_year")),
        venue=text_of(object_of(place, "source"), "display_name"),
        url=text_of(place, "landing_page_url") or text_of(record, "id"),
        doi=text_of(record, "doi"),
        arxiv=next((page for page in pages if _ARXIV_URL.match(page)), None),
        source="OpenAlex",
    ).paper()


def _from_inverted_index(index: Record) -> str:
    places: list[tuple[int, str]] = []
    for word, positions in index.items():
        if not isinstance(positions, list) or not all(isinstance(p, int) for p in positions):
            raise BadRecord("abstract_inverted_index does not give a list of positions for each word")
        places += ((position, word) for position in positions)
        if len(places) > ABSTRACT_LIMIT:
            raise BadRecord(f"abstract has more than {ABSTRACT_LIMIT:,} words")
    return " ".join(word for _, word in sorted(places))


def _plain_text(text: str | None) -> str | None:
    return without_markup(text) if text else None


def semantic_scholar(record: Record) -> Paper:
    """Read a paper of the Semantic Scholar API."""
    ids = object_of(record, "externalIds")
    return Draft(
        title=_plain_text(text_of(record, "title")),
        abstract=_plain_text(text_of(record, "abstract")),
        authors=names_of(record, "authors"),
        published=date_of(record.get("publicationDate")) or date_of(record.get("year")),
        venue=text_of(record, "venue") or text_of(object_of(record, "journal"), "name"),
        url=text_of(record, "url"),
        doi=text_of(ids, "DOI"),
        arxiv=text_of(ids, "ArXiv"),
        source="Semantic Scholar",
    ).paper()


def of_any_shape(record: Record) -> Paper:
    """Read a record in the shape that its own fields show."""
    return shape_of(record.keys())(record)


def shape_of(fields: Iterable[str]) -> Shape:
    """Return the shape that has fields of these names."""
    present = set(fields)
    return next((shape for shape, marks in _MARKS.items() if present & marks), plain)


_MARKS: dict[Shape, set[str]] = {
    openalex: {"abstract_inverted_index", "authorships"},
    semantic_scholar: {"externalIds", "paperId"},
    arxiv_dump: {"authors_parsed", "update_date"},
}
