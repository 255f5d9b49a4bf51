"""Papers in JSON: one record a line, an array, an answer page of a service, or records one after another."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import ijson

from kg.errors import SourceError
from kg.records import Paper
from kg.sources import shapes
from kg.sources.streams import Line, Rejected, Source
from kg.sources.text import BadRecord, excerpt

_PAGES = ("results", "data", "papers", "recommendedPapers")
"""Where a service's answer, which is an object, holds its list of records."""


def read_json(source: Source) -> Iterator[Paper | Rejected]:
    """Yield the papers of a JSON file of any arrangement; each record says its shape by its fields."""
    return _read(source, shapes.of_any_shape)


def read_arxiv_dump(source: Source) -> Iterator[Paper | Rejected]:
    """Yield the papers of arXiv's metadata dump."""
    return _read(source, shapes.arxiv_dump)


def read_openalex(source: Source) -> Iterator[Paper | Rejected]:
    """Yield the papers of OpenAlex works: answer pages or a dump's lines."""
    return _read(source, shapes.openalex)


def read_semantic_scholar(source: Source) -> Iterator[Paper | Rejected]:
    """Yield the papers of Semantic Scholar's answers, or lines of them."""
    return _read(source, shapes.semantic_scholar)


def read_json_lines(source: Source) -> Iterator[Paper | Rejected]:
    """Yield the papers of a file with one JSON object a line."""
    return _read_lines(source, shapes.of_any_shape)


def _read(source: Source, shape: shapes.Shape) -> Iterator[Paper | Rejected]:
    prefix = _arrangement(source.head)
    return _read_lines(source, shape) if prefix is None else _read_stream(source, prefix, shape)


def _arrangement(head: bytes) -> str | None:
    """Return the ijson prefix under which records lie, None where each line is a record."""
    start = head.lstrip()
    if start.startswith(b"["):
        return "item"
    if key := _page_key(start):
        return f"{key}.item"
    first, line_end, _ = start.partition(b"\n")
    return "" if start.startswith(b"{") and line_end and not _is_object(first) else None


def _page_key(head: bytes) -> str | None:
    """Return the field of the first object that holds a list of records, as far as the head shows."""
    events = ijson.parse(io.BytesIO(head))
    try:
        for prefix, event, _ in events:
            if prefix == "" and event == "end_map":
                return None
            if event == "start_array" and prefix in _PAGES:
                return str(prefix)
    except (ijson.JSONError, ValueError):
        return None  # the head ends inside the object, or the reading itself will report what is wrong
    return None


def _is_object(line: bytes) -> bool:
    """Say whether a line may be a whole record, sound or not: it does not only open one."""
    return line.rstrip().endswith(b"}") or line.count(b'"') > 2


def _read_lines(source: Source, shape: shapes.Shape) -> Iterator[Paper | Rejected]:
    for line in source.lines():
        if isinstance(line, Rejected):
            yield line
        elif line.text.strip():
            yield _from_line(source.path, line, shape)


def _from_line(path: str, line: Line, shape: shapes.Shape) -> Paper | Rejected:
    try:
        return to_paper(json.loads(line.text), shape)
    except json.JSONDecodeError as error:
        reason = f"invalid JSON: {error.msg} at column {error.colno}"
    except BadRecord as error:
        reason = str(error)
    except (ValueError, RecursionError) as error:
        reason = f"invalid JSON: {error}"  # a number of thousands of digits, or thousands of brackets
    return Rejected(path, line.number, reason, excerpt(line.text))


def _read_stream(source: Source, prefix: str, shape: shapes.Shape) -> Iterator[Paper | Rejected]:
    try:
        for value in ijson.items(source, prefix, use_float=True, multiple_values=True):
            source.record_read()
            try:
                yield to_paper(value, shape)
            except BadRecord as error:
                yield Rejected(source.path, source.line + 1, str(error), excerpt(value))
    except (ijson.JSONError, OverflowError) as error:
        reason = f"invalid JSON ({error}); what follows it in this file cannot be read"
        raise SourceError(source.path, " ".join(reason.split()), line=source.line + 1) from error


def to_paper(value: object, shape: shapes.Shape = shapes.of_any_shape) -> Paper:
    """Return the paper in a decoded JSON value; `BadRecord` says why there is none."""
    if isinstance(value, dict):
        return shape(value)
    raise BadRecord("a record is an object with a title and an abstract, this is another JSON value")
