"""Papers in reference managers' formats: BibTeX and RIS, split into entries that the libraries then parse."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping

import rispy
from bibtexparser.bibdatabase import UndefinedString
from bibtexparser.bparser import BibTexParser

from kg.records import Paper
from kg.sources.shapes import Draft, date_of, names_of, split_names, text_of
from kg.sources.streams import Line, Rejected, Source
from kg.sources.text import ABSTRACT_LIMIT, TITLE_LIMIT, BadRecord, excerpt, without_latex, without_markup

_BIBTEX_START = re.compile(r"\s*@\s*(\w+)\s*[{(]")
_AND = re.compile(r"(?<!\s)\s++and\s+")
_RIS_START = re.compile(r"TY {1,2}- ?")
_ENTRY_LIMIT = 4 * ABSTRACT_LIMIT
_MOST_MACROS = 200
_DEEPEST_BRACES = 40
"""The library's parser calls itself for each brace; no real entry nests a quarter as deep."""

_WHITE_SPACE = re.compile(r"(\s)\s+")
"""The parser's work is in the square of a run of it, which says no more than its first character."""

_MONTHS = [name.casefold() for name in calendar.month_name]


# --- BibTeX ------------------------------------------------------------------------------------------------


def read_bibtex(source: Source) -> Iterator[Paper | Rejected]:
    """Yield the papers of a BibTeX file; its own macros and the usual ones for months are known."""
    parser = BibTexParser(common_strings=True, ignore_nonstandard_types=False)
    parser.expect_multiple_parse = True
    for entry in _entries(source, _BIBTEX_START):
        if isinstance(entry, Rejected):
            yield entry
        elif started := _BIBTEX_START.match(entry.text):
            kind = started[1].casefold()
            if kind not in ("comment", "preamble"):
                yield from _read_bibtex_entry(source.path, entry, parser, is_macro=kind == "string")


def _read_bibtex_entry(
    path: str, entry: Line, parser: BibTexParser, *, is_macro: bool
) -> Iterator[Paper | Rejected]:
    try:
        if is_macro:
            _define_macro(parser, entry.text)
        else:
            yield _from_bibtex(_parse_bibtex(parser, entry.text))
    except BadRecord as error:
        yield Rejected(path, entry.number, str(error), excerpt(entry.text))


def _define_macro(parser: BibTexParser, text: str) -> None:
    """Let the parser remember an `@string`; one that doubles others again and again is forgotten."""
    _run(parser, text)
    macros = parser.bib_database.strings
    for name in [name for name, value in macros.items() if len(value) > TITLE_LIMIT]:
        del macros[name]
        raise BadRecord(f"the macro {name[:50]} is longer than {TITLE_LIMIT:,} characters")


def _parse_bibtex(parser: BibTexParser, text: str) -> Mapping[str, object]:
    database = parser.bib_database
    database.entries.clear()
    database.comments.clear()
    _run(parser, text)
    if len(database.entries) != 1:
        raise BadRecord("malformed BibTeX entry: look for a missing comma, quote or brace")
    fields: Mapping[str, object] = database.entries[0]
    return fields


def _run(parser: BibTexParser, text: str) -> None:
    if text.count("#") > _MOST_MACROS:
        raise BadRecord(f"malformed BibTeX entry: it has more than {_MOST_MACROS} signs #, which join macros")
    depth = deepest = 0
    for brace in re.findall(r"[{}]", text):
        depth += 1 if brace == "{" else -1
        deepest = max(depth, deepest)
    if deepest > _DEEPEST_BRACES:
        raise BadRecord(f"malformed BibTeX entry: braces nest deeper than {_DEEPEST_BRACES}")
    try:
        parser.parse(_WHITE_SPACE.sub(r"\1", text), partial=True)
    except UndefinedString as error:
        raise BadRecord(f"the BibTeX macro {error} is defined nowhere above") from error


def _from_bibtex(fields: Mapping[str, object]) -> Paper:
    values = {name: without_latex(text) for name, text in fields.items() if isinstance(text, str)}
    authors = _AND.split(values.get("author", ""))
    eprint = values.get("eprint") if values.get("archiveprefix", "arxiv").casefold() == "arxiv" else None
    return Draft(
        title=values.get("title"),
        abstract=values.get("abstract"),
        authors=tuple(_first_names_first(name) for name in authors if name.strip()),
        published=_bibtex_date(values),
        venue=text_of(values, "booktitle", "journal", "journaltitle", "school", "institution"),
        url=values.get("url"),
        doi=values.get("doi"),
        arxiv=eprint or values.get("url"),
    ).paper()


def _first_names_first(name: str) -> str:
    last, _, first = (part.strip() for part in name.partition(","))
    return f"{first} {last}" if first else last


def _bibtex_date(values: Mapping[str, str]) -> str | None:
    date = date_of(values.get("date")) or date_of(values.get("year"))
    month = values.get("month", "").strip().casefold()
    return f"{date}-{_MONTHS.index(month):02}" if date and month in _MONTHS[1:] and "-" not in date else date


# --- RIS ---------------------------------------------------------------------------------------------------


def read_ris(source: Source) -> Iterator[Paper | Rejected]:
    """Yield the papers of a RIS file."""
    for entry in _entries(source, _RIS_START):
        if isinstance(entry, Rejected):
            yield entry
        elif entry.text.strip():
            yield _read_ris_entry(source.path, entry)


def _read_ris_entry(path: str, entry: Line) -> Paper | Rejected:
    try:
        return _from_ris(_parse_ris(entry.text))
    except BadRecord as error:
        return Rejected(path, entry.number, str(error), excerpt(entry.text))


def _parse_ris(text: str) -> Mapping[str, object]:
    if not _RIS_START.match(text):
        raise BadRecord("these lines stand outside of any record, which TY begins")
    closed = re.sub(r"(?ms)^ER {1,2}-.*", "", text) + "\nER  - "
    records = rispy.loads(closed, skip_unknown_tags=True)
    if len(records) != 1:
        raise BadRecord("malformed RIS record")
    fields: Mapping[str, object] = records[0]
    return fields


def _from_ris(fields: Mapping[str, object]) -> Paper:
    authors = names_of(fields, "authors", "first_authors")
    urls = names_of(fields, "urls")
    title = text_of(fields, "title", "primary_title")
    abstract = text_of(fields, "abstract", "notes_abstract")
    year = text_of(fields, "year", "publication_year")
    return Draft(
        title=without_markup(title or ""),
        abstract=without_markup(abstract or ""),
        authors=tuple(_first_names_first(name) for author in authors for name in split_names(author)),
        published=date_of(fields.get("date")) or date_of(year),
        venue=text_of(fields, "secondary_title", "journal_name", "alternate_title3", "tertiary_title"),
        url=urls[0] if urls else None,
        doi=text_of(fields, "doi"),
        arxiv=urls[0] if urls else None,
    ).paper()


# --- both --------------------------------------------------------------------------------------------------


def _entries(source: Source, start: re.Pattern[str]) -> Iterator[Line | Rejected]:
    """Yield the text from each line that starts an entry to the next; an unclosed entry costs only itself."""
    number, lines, size = 1, list[str](), 0
    for line in source.lines():
        if isinstance(line, Rejected):
            yield line
            continue
        if start.match(line.text):
            yield _entry(source.path, number, lines, size)
            number, lines, size = line.number, [], 0
        size += len(line.text)
        if size <= _ENTRY_LIMIT or not lines:
            lines.append(line.text[:_ENTRY_LIMIT])
    yield _entry(source.path, number, lines, size)


def _entry(path: str, number: int, lines: list[str], size: int) -> Line | Rejected:
    text = "\n".join(lines)
    if size > _ENTRY_LIMIT:
        return Rejected(
            path, number, f"an entry of {size:,} characters; at most {_ENTRY_LIMIT:,}", excerpt(text)
        )
    return Line(number, text)
