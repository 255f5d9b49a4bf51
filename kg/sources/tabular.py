"""Papers in tables: CSV and TSV with a first row that names the columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from kg.errors import SourceError
from kg.records import Paper
from kg.sources import shapes
from kg.sources.streams import Rejected, Source
from kg.sources.text import BadRecord, excerpt

_COLUMNS = {
    "abstract note": "abstract",
    "arxiv id": "arxiv",
    "journal title": "venue",
    "publication date": "published",
    "publication title": "venue",
    "publication year": "year",
    "source title": "venue",
    "summary": "abstract",
}
"""Column names of reference managers and databases, in lower case, that mean one of ours."""


def read_csv(source: Source) -> Iterator[Paper | Rejected]:
    """Yield the papers of a table with commas or semicolons between its columns."""
    header, _, _ = source.head.partition(b"\n")
    return _read_table(source, ";" if header.count(b";") > header.count(b",") else ",")


def read_tsv(source: Source) -> Iterator[Paper | Rejected]:
    """Yield the papers of a table with tabs between its columns."""
    return _read_table(source, "\t")


def _read_table(source: Source, delimiter: str) -> Iterator[Paper | Rejected]:
    refused: list[Rejected] = []
    rows = csv.reader(_lines(source, refused), delimiter=delimiter)
    columns = _columns(source.path, rows)
    while columns:
        start = source.line + 1
        try:
            cells = next(rows)
        except StopIteration:
            break
        except csv.Error as error:  # a field over the module's limit; the reader goes on with the next line
            yield Rejected(source.path, start, f"malformed row: {error}")
            continue
        if any(cell.strip() for cell in cells):
            yield _from_cells(source.path, start, columns, cells)
        yield from refused
        refused.clear()
    yield from refused


def _lines(source: Source, refused: list[Rejected]) -> Iterator[str]:
    """Yield the lines for the reader, which cannot take a rejected one; those are put aside."""
    for line in source.lines():
        if isinstance(line, Rejected):
            refused.append(line)
        else:
            yield line.text + "\n"


def _columns(path: str, rows: Iterator[list[str]]) -> list[str]:
    """Return the field that each column holds, none for an empty file."""
    try:
        header = next(rows, [])
    except csv.Error as error:
        raise SourceError(path, f"its first row cannot be read: {error}", line=1) from error
    names = [cell.strip().casefold().replace("_", " ") for cell in header]
    columns = [_COLUMNS.get(name, name) for name in names]
    if header and not {"title", "abstract"} <= set(columns):
        reason = f"its first row must name columns title and abstract; it names {', '.join(columns)[:200]}"
        raise SourceError(path, reason, line=1)
    return columns


def _from_cells(path: str, line: int, columns: list[str], cells: list[str]) -> Paper | Rejected:
    record = dict(zip(columns, cells, strict=False))
    if any(cell.strip() for cell in cells[len(columns) :]):
        reason = f"malformed row: {len(cells)} cells under {len(columns)} columns"
        return Rejected(path, line, reason, excerpt(record))
    try:
        return shapes.plain(record)
    except BadRecord as error:
        return Rejected(path, line, str(error), excerpt(record))
