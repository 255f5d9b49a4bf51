"""Papers in JSON: one record a line, an array, an answer page of a service, or records one after another."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import ijson

from kg.errors import SourceError
from kg.records import Paper
from kg.sources import shapes
from kg.sources.streams import Line, Rejected, Source
from kg.sources.text import BadRecord, excerpt

_PAGES = ("results", "data", "papers", "recommendedPapers")
"""Where a service's answer, which is an object, holds its list of records."""

_DEPTH = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}
_DEEPEST = 200
_SMALL_PIECE = 256
"""What ijson sees at a time of a head, which may end in the midst of an object that is not asked for."""


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
    place = _place_of_records(source.head)
    return _read_lines(source, shape) if place is None else _read_stream(source, place, shape)


class _Place(NamedTuple):
    """Where records lie: so many brackets deep, and, in a service's answer, under a field."""

    depth: int
    field: str | None = None


def _place_of_records(head: bytes) -> _Place | None:
    """Return where records lie in a file that begins so, None where each line is a record."""
    start = head.lstrip()
    if start.startswith(b"["):
        return _Place(1)
    if (list_field := _first_object(start)) is None:
        return None
    if list_field:
        return _Place(2, list_field)
    first_line, _, _ = start.partition(b"\n")
    return None if _first_object(first_line) == "" else _Place(0)


def _first_object(head: bytes) -> str | None:
    """Return the first object's field with a list of records, "" without one, None for no whole object."""
    depth, key = 0, ""
    try:
        for event, value in ijson.basic_parse(io.BytesIO(head), buf_size=_SMALL_PIECE, multiple_values=True):
            if event == "start_array" and depth == 1 and key in _PAGES:
                return key
            depth += _DEPTH.get(event, 0)
            if event == "map_key" and depth == 1:
                key = str(value)
            elif event == "end_map" and depth == 0:
                return ""
    except (ijson.JSONError, ValueError):
        return None  # the head ends inside the object, or the reading itself will report what is wrong
    return None


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


def _read_stream(source: Source, place: _Place, shape: shapes.Shape) -> Iterator[Paper | Rejected]:
    events = ijson.basic_parse(source, use_float=True, multiple_values=True)
    try:
        for value in _values(events, place):
            source.record_read()
            try:
                yield to_paper(value, shape)
            except BadRecord as error:
                yield Rejected(source.path, source.line + 1, str(error), excerpt(value))
    except (ijson.JSONError, OverflowError, BadRecord) as error:
        reason = f"invalid JSON ({error}); what follows it in this file cannot be read"
        raise SourceError(source.path, " ".join(reason.split()), line=source.line + 1) from error


def _values(events: Iterable[tuple[str, object]], place: _Place) -> Iterator[object]:
    """Build the values that lie at a place; nothing else is kept."""
    depth, key, builder = 0, "", None
    for event, value in events:
        change = _DEPTH.get(event, 0)
        if event == "map_key" and depth == 1:
            key = str(value)
        here = depth == place.depth and change >= 0 and event != "map_key" and place.field in (None, key)
        if builder is None and here:
            builder = ijson.ObjectBuilder()
        depth += change
        if depth > _DEEPEST:
            raise BadRecord(f"it nests deeper than {_DEEPEST} brackets")
        if builder is not None:
            builder.event(event, value)
            if depth == place.depth:
                yield builder.value
                builder = None


def to_paper(value: object, shape: shapes.Shape = shapes.of_any_shape) -> Paper:
    """Return the paper in a decoded JSON value; `BadRecord` says why there is none."""
    if isinstance(value, dict):
        return shape(value)
    raise BadRecord("a record is an object with a title and an abstract, this is another JSON value")
