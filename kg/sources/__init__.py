"""Read papers from files, streams and directories in every format that people keep them in.

One importer a format yields a `Paper` or a `Rejected` for each record, in the order of the file and in
constant memory. `read_papers` chooses the importer and hands rejected records on; none is lost unseen. Two
records of one paper meet here only where their ids do (see `kg.sources.identity`); the ledger does the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath

from kg.errors import SourceError
from kg.records import Paper
from kg.sources.atom import read_atom
from kg.sources.bibliographic import read_bibtex, read_ris
from kg.sources.identity import paper_id
from kg.sources.json_records import (
    read_arxiv_dump,
    read_json,
    read_json_lines,
    read_openalex,
    read_semantic_scholar,
)
from kg.sources.page_text import read_page_text
from kg.sources.streams import STANDARD_INPUT, Rejected, Source, open_source
from kg.sources.tabular import read_csv, read_tsv

__all__ = ["AUTO", "IMPORTERS", "Importer", "Rejected", "detect_format", "paper_id", "read_papers"]

Importer = Callable[[Source], Iterator[Paper | Rejected]]

AUTO = "auto"

IMPORTERS: dict[str, Importer] = {
    "arxiv-atom": read_atom,
    "arxiv-json": read_arxiv_dump,
    "bibtex": read_bibtex,
    "csv": read_csv,
    "json": read_json,
    "jsonl": read_json_lines,
    "openalex": read_openalex,
    "ris": read_ris,
    "semantic-scholar": read_semantic_scholar,
    "text": read_page_text,
    "tsv": read_tsv,
}

_SUFFIXES = {
    ".bib": "bibtex",
    ".bibtex": "bibtex",
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".ris": "ris",
    ".tab": "tsv",
    ".tsv": "tsv",
    ".txt": "text",
}

_JSON_MARKS = {
    b'"abstract_inverted_index"': "openalex",
    b'"authorships"': "openalex",
    b'"externalIds"': "semantic-scholar",
    b'"paperId"': "semantic-scholar",
    b'"authors_parsed"': "arxiv-json",
    b'"update_date"': "arxiv-json",
}

_CONTENT_MARKS: dict[str, re.Pattern[bytes]] = {
    "arxiv-atom": re.compile(rb"\A\s*<.{0,2000}http://www\.w3\.org/2005/Atom", re.DOTALL),
    "json": re.compile(rb"\A\s*[\[{]"),
    "bibtex": re.compile(rb"^\s*@\s*\w+\s*\{", re.M),
    "ris": re.compile(rb"^TY {1,2}- ", re.M),
    "tsv": re.compile(rb"\A(?=[^\n]*\babstract\b)(?=[^\n]*\btitle\b)[^\n]*\t", re.IGNORECASE),
    "csv": re.compile(rb"\A(?=[^\n]*\babstract\b)(?=[^\n]*\btitle\b)[^\n]*[,;]", re.IGNORECASE),
}


def read_papers(
    path: str | Path,
    *,
    format: str = AUTO,  # the option's name, everywhere
    strict: bool = False,
    on_reject: Callable[[Rejected], None],
) -> Iterator[Paper]:
    """Yield the papers of a file, of standard input (`-`) or of all files under a directory, sorted.

    Records that are no paper go to `on_reject`; with `strict` the first of them raises `SourceError`. A file
    that turns out damaged half-way yields what stands before the damage. Raise `SourceError` at once where
    the path or the format is unknown. Hidden files of a directory are left alone, and a link that leads out
    of it is rejected: who made the directory may not choose which other files are read.
    """
    if format not in (AUTO, *IMPORTERS):
        known = ", ".join((AUTO, *IMPORTERS))
        raise SourceError(str(path), f"the format {format!r} is unknown; known are {known}")
    return _read_files(str(path), _files(str(path)), format, strict, on_reject)


def detect_format(name: str, head: bytes) -> str:
    """Return the format of a file from its name, else from its first bytes.

    >>> detect_format("papers.ris.gz", b""), detect_format("-", b'{"paperId": "x"}')
    ('ris', 'semantic-scholar')
    """
    suffix = PurePath(name.removesuffix(".gz")).suffix.lower()
    found = _SUFFIXES.get(suffix) or _by_content(head)
    if found in ("json", "jsonl"):
        return next((f for mark, f in _JSON_MARKS.items() if mark in head), found)
    if found:
        return found
    if name == STANDARD_INPUT and b"\0" not in head:
        return "text"
    raise SourceError(name, f"its format is not known; name it with --format: {', '.join(IMPORTERS)}")


def _by_content(head: bytes) -> str | None:
    return next((name for name, mark in _CONTENT_MARKS.items() if mark.search(head)), None)


def _files(path: str) -> list[str]:
    if path == STANDARD_INPUT:
        return [path]
    place = Path(path)
    if place.is_dir():
        inside = (file.relative_to(place) for file in place.rglob("*") if file.is_file())
        return [str(place / f) for f in sorted(inside) if not any(part.startswith(".") for part in f.parts)]
    if not place.exists():
        raise SourceError(path, "there is no such file or directory")
    return [path]


def _read_files(
    root: str, files: list[str], format_: str, strict: bool, on_reject: Callable[[Rejected], None]
) -> Iterator[Paper]:
    for file in files:
        for record in _read_file(file, format_, root, alone=len(files) == 1):
            if isinstance(record, Paper):
                yield record
            elif strict:
                raise SourceError(record.path, record.reason, line=record.line)
            else:
                on_reject(record)


def _read_file(file: str, format_: str, root: str, *, alone: bool) -> Iterator[Paper | Rejected]:
    """Yield the records of a file; damage is a rejected record, unless nothing at all can be read."""
    if file != root and not Path(file).resolve().is_relative_to(Path(root).resolve()):
        yield Rejected(file, None, f"it is a link that leads out of {root}")
        return
    read_any = False
    try:
        with open_source(file) as source:
            name = detect_format(file, source.head) if format_ == AUTO else format_
            for record in IMPORTERS[name](source):
                read_any = True
                yield record
    except SourceError as error:
        if alone and not read_any:
            raise
        yield Rejected(error.path, error.line, error.reason)
