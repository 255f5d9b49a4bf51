"""A SPARQL 1.1 Protocol request, read from HTTP without asking the graph anything."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request

from api.negotiation import agree, choose
from api.problems import RequestError
from kg.errors import QueryForbidden

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
HTML = "text/html"
MOST_PARAMETERS = 200

RESULT_TYPES: Mapping[str, str] = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
"""What the answer of SELECT and ASK can be sent as, the default first."""

GRAPH_TYPES: Mapping[str, str] = {
    "text/turtle": "ttl",
    "application/n-triples": "nt",
    "application/ld+json": "jsonld",
    "application/rdf+xml": "rdf",
    "text/plain": "nt",
    "application/json": "jsonld",
    "application/xml": "rdf",
}
"""What the answer of CONSTRUCT and DESCRIBE can be sent as, the default first."""


class Form(Enum):
    """What kind of thing a query answers with."""

    TABLE = "table"
    GRAPH = "graph"
    UPDATE = "update"
    UNKNOWN = "unknown"


_PROLOGUE = re.compile(
    # Possessive throughout: nothing is tried twice, however long a query tries to be.
    r"""(?: \s++ | \#[^\r\n]*+ | BASE\s*+<[^<>]*+> | PREFIX\s*+[^\s:<>]*+\s*+:\s*+<[^<>]*+> )*+""",
    re.IGNORECASE | re.VERBOSE,
)
_KEYWORD = re.compile(r"[A-Za-z]+")
_FORMS = {
    **dict.fromkeys(("SELECT", "ASK"), Form.TABLE),
    **dict.fromkeys(("CONSTRUCT", "DESCRIBE"), Form.GRAPH),
    **dict.fromkeys(
        ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"), Form.UPDATE
    ),
}


def form_of(query: str) -> Form:
    r"""Return the form of a query by the first word behind its prologue.

    >>> form_of("PREFIX ask: <https://example.org/select#> # CONSTRUCT\nDESCRIBE ask:me")
    <Form.GRAPH: 'graph'>
    """
    prologue = _PROLOGUE.match(query)
    word = _KEYWORD.match(query, prologue.end() if prologue else 0)
    return _FORMS.get(word.group().upper(), Form.UNKNOWN) if word else Form.UNKNOWN


@dataclass(frozen=True, slots=True)
class SparqlRequest:
    """A query and the graphs that the protocol asks it over; no graphs means the whole dataset."""

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    timeout: str | None = None
    """The seconds that the client gives it, as it says them."""


def read_request(pairs: Sequence[tuple[str, str]], query_bytes: int) -> SparqlRequest | None:
    """Read the parameters of a request; None when there is no query, which asks for the description.

    Raises QueryForbidden for an update and RequestError for a request that is not one query.
    """
    named: dict[str, list[str]] = {}
    for name, value in pairs:
        named.setdefault(name, []).append(value)
    if "update" in named:
        raise QueryForbidden("this endpoint is read-only: send a query, no update")
    queries = named.get("query", [])
    if len(queries) > 1:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"a request holds one query, this one {len(queries)}")
    if not queries:
        return None
    check_size(queries[0].encode(), query_bytes)
    return SparqlRequest(
        queries[0],
        tuple(named.get("default-graph-uri", ())),
        tuple(named.get("named-graph-uri", ())),
        next(iter(named.get("timeout", ())), None),
    )


def read_body(body: bytes, content_type: str, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the parameters of a POST: those of its address and those in its body."""
    media_type, _, parameters = content_type.partition(";")
    if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "queries are read in UTF-8 only")
    match media_type.strip().lower():
        case "application/sparql-query":
            return [*pairs, ("query", _utf8(body))]
        case "application/x-www-form-urlencoded":
            return [*pairs, *read_pairs(_utf8(body))]
        case "application/sparql-update":
            raise QueryForbidden("this endpoint is read-only: send a query, no update")
        case _:
            raise RequestError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"the body of a query is {QUERY} or {FORM}, not {content_type or 'without a type'}",
                offers=(QUERY, FORM),
            )


def read_pairs(text: str) -> list[tuple[str, str]]:
    """Read URL-encoded parameters in UTF-8."""
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except UnicodeDecodeError as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, "the parameters are not UTF-8") from error
    except ValueError as error:
        raise RequestError(
            HTTPStatus.BAD_REQUEST, f"a request has {MOST_PARAMETERS} parameters at most"
        ) from error


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"the body is not UTF-8: {error.reason}") from error


def check_size(query: bytes, limit: int) -> None:
    """Raise RequestError 413 for a query that is longer than the service takes."""
    if len(query) > limit:
        raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a query has {limit} bytes at most")


def choose_type(accept: str | None, form: Form) -> str:
    """Return the media type to answer with; RequestError 406 when the client takes none that fits the form.

    A query of unknown form is malformed; the engine says where, whatever the client would have taken. An
    update is refused, on a page where a page is wanted.
    """
    if form is Form.UPDATE:
        if choose(accept, (*RESULT_TYPES, HTML)) == HTML:
            return HTML
        raise QueryForbidden("this endpoint is read-only: send a query, no update")
    if form is Form.UNKNOWN:
        return choose(accept, (*RESULT_TYPES, HTML)) or next(iter(RESULT_TYPES))
    return agree(accept, (*(GRAPH_TYPES if form is Form.GRAPH else RESULT_TYPES), HTML))


async def read_limited(request: Request, most: int) -> bytes:
    """Return the body; RequestError 413 as soon as it is known to be longer than allowed."""
    body = bytearray()
    announced = int(request.headers.get("content-length", "0"))
    async for chunk in request.stream():
        body += chunk
        if max(announced, len(body)) > most:
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request has {most} bytes at most")
    return bytes(body)
