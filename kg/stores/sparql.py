"""Asking an open pyoxigraph database in SPARQL: parameters in, rows or bytes out, errors translated once.

Queries cannot write, because the engine's `query` takes no updates. They could leave the machine by SERVICE,
so that is refused before the engine sees it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from string import ascii_lowercase

import pyoxigraph as ox

from kg.errors import QueryError, QueryForbidden, QuerySyntaxError, QueryTimeout, ResultTooLarge
from kg.stores import Limits, Rows, Value
from kg.stores.engine import explained, is_of_the_disk
from kg.vocabulary import PREFIXES

Answer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_XSD = PREFIXES["xsd"]
_INTEGERS = {_XSD + name for name in ("integer", "int", "long", "short", "nonNegativeInteger")}
_NUMBERS = {_XSD + name for name in ("double", "float", "decimal")}
_ADDRESSES = tuple(PREFIXES.values())
_CHECK_EVERY = 256
_SOLUTIONS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "application/xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
_GRAPHS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/xml": ox.RdfFormat.RDF_XML,
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs that a query is asked over, as IRIs; none of either means the whole store."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


_EVERYTHING = Dataset()


@dataclass(frozen=True, slots=True)
class Serialized:
    """An answer written out in one of the standard formats."""

    body: bytes
    media_type: str


def select(store: ox.Store, text: str, parameters: Mapping[str, Value], limits: Limits) -> Rows:
    """Answer a query as a table; a graph becomes a table of subject, predicate and object.

    The engine cannot be interrupted: time is looked at between rows here, and enforced by `kg.stores.pool`.
    """
    refuse_service(text)
    with translated(text):
        refuse_outside(store, text, _EVERYTHING)
        return table_of(
            store.query(text, prefixes=dict(PREFIXES), substitutions=bindings(parameters)), limits
        )


def table_of(answer: Answer, limits: Limits) -> Rows:
    """Return an answer as a table."""
    if isinstance(answer, ox.QueryBoolean):
        return Rows(("answer",), ((bool(answer),),))
    if isinstance(answer, ox.QueryTriples):
        return table_of_triples(answer, limits)
    return Rows(tuple(variable.value for variable in answer.variables), tuple(_limited(answer, limits)))


def table_of_triples(triples: Iterable[ox.Triple], limits: Limits) -> Rows:
    """Return a graph as a table."""
    return Rows(("subject", "predicate", "object"), tuple(_limited(triples, limits)))


def serialize(store: ox.Store, text: str, media_type: str, dataset: Dataset, limits: Limits) -> Serialized:
    """Answer a query in a standard format; a type that does not fit its form gives way to the form's own."""
    refuse_service(text)
    with translated(text):
        refuse_outside(store, text, dataset)
        answer = _ask(store, text, dataset)
        body = _LimitedBytes(limits.bytes)
        if isinstance(answer, ox.QueryTriples):
            fitting = media_type if media_type in _GRAPHS else "text/turtle"
            answer.serialize(body, _GRAPHS[fitting])
        else:
            fitting = media_type if media_type in _SOLUTIONS else "application/sparql-results+json"
            answer.serialize(body, _SOLUTIONS[fitting])
    return Serialized(body.getvalue(), fitting)


def _ask(store: ox.Store, text: str, dataset: Dataset) -> Answer:
    prefixes = dict(PREFIXES)
    if not dataset.default and not dataset.named:
        return store.query(text, prefixes=prefixes)
    return store.query(
        text,
        prefixes=prefixes,
        default_graph=[ox.NamedNode(address) for address in dataset.default],
        named_graphs=[ox.NamedNode(address) for address in dataset.named],
    )


class _LimitedBytes(BytesIO):
    """Takes what is written up to a limit."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def write(self, data: bytes) -> int:  # type: ignore[override]  # the engine writes bytes only
        """Take the bytes, or raise ResultTooLarge."""
        if self.tell() + len(data) > self.limit:
            raise ResultTooLarge(self.limit, "bytes")
        return super().write(data)


# --- terms and values ----------------------------------------------------------------------------------


def bindings(parameters: Mapping[str, Value]) -> dict[ox.Variable, Term]:
    """Return the variables that parameters bind, with their terms."""
    return {ox.Variable(name): _term(value) for name, value in parameters.items() if value is not None}


def _term(value: str | float | bool) -> Term:
    """Return the term for a value; text that begins like an address of the ontology's prefixes is an IRI."""
    if isinstance(value, str) and value.startswith(_ADDRESSES):
        return ox.NamedNode(value)
    return ox.Literal(value)


def _limited(answer: Iterable[Iterable[Term | None]], limits: Limits) -> Iterator[tuple[Value, ...]]:
    end = time.monotonic() + limits.seconds
    for number, row in enumerate(answer):
        if number == limits.rows:
            raise ResultTooLarge(limits.rows)
        if number % _CHECK_EVERY == 0 and time.monotonic() > end:
            raise QueryTimeout(limits.seconds)
        yield tuple(_value(term) for term in row)


def _value(term: Term | None) -> Value:
    match term:
        case None:
            return None
        case ox.Literal():
            return _literal_value(term)
        case ox.NamedNode():
            return term.value
        case _:
            return str(term)


def _literal_value(literal: ox.Literal) -> Value:
    kind = literal.datatype.value
    if kind in _INTEGERS:
        return int(literal.value)
    if kind in _NUMBERS:
        return float(literal.value)
    if kind == _XSD + "boolean":
        return literal.value in ("true", "1")
    return literal.value


# --- what may be asked ---------------------------------------------------------------------------------


def _letter(letter: str) -> str:
    escapes = "|".join(f"{ord(case):02X}|{ord(case):02x}" for case in (letter, letter.upper()))
    return rf"(?:[{letter}{letter.upper()}]|\\u00(?:{escapes})|\\U000000(?:{escapes}))"


_SERVICE = re.compile("".join(map(_letter, "service")))
_FROM = re.compile(
    rf"({''.join(map(_letter, 'from'))})\s*(?:named\s*)?(<[^<>]*>|[^\s:<>]*:\S*)", re.IGNORECASE
)
_SERVICE_CALL = re.compile(_SERVICE.pattern + r"(?:\s+silent\b)?", re.IGNORECASE)
_PROLOGUE = re.compile(
    r"((?:\s++|#[^\r\n]*+|BASE\s*+<[^<>]*+>|PREFIX\s*+[^\s:<>]*+\s*+:\s*+<[^<>]*+>)*+)([A-Za-z]*)",
    re.IGNORECASE,
)
_UPDATES = frozenset(("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"))
_POSITION = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


def refuse_service(text: str) -> None:
    """Raise QueryForbidden if a query calls another endpoint.

    The word may stand in strings, comments, names and IRIs. Whether it is the keyword is asked of the
    engine's own parser, on an empty store: with another word in all its places the query is still well-formed
    only if none of them was the keyword. So there is no second lexer here that could be made to disagree.
    """
    if not _SERVICE.search(text):
        return
    stand_in = _unused_word(text)
    if _parses(_SERVICE.sub(stand_in, text)):
        return
    if _parses(_SERVICE_CALL.sub("GRAPH", text)):
        raise QueryForbidden("a query may not call another endpoint: take SERVICE out")
    with translated(text):
        ox.Store().query(_SERVICE.sub(stand_in, text), prefixes=dict(PREFIXES))


def check_query(text: str) -> Answer:
    """Raise what is wrong with a query by itself, before another server sees it; return its empty answer."""
    refuse_service(text)
    with translated(text):
        return ox.Store().query(text, prefixes=dict(PREFIXES))


def refuse_outside(store: ox.Store, text: str, dataset: Dataset) -> None:
    """Raise QueryForbidden if a query is asked over a graph that is not here.

    The engine fetches none. It would answer from an empty one, which looks like an answer.
    """
    outside = next(chain(_absent(store, dataset), _absent_from(store, text)), None)
    if outside:
        raise QueryForbidden(f"a query reads the graphs that are here, and {outside} is none of them")


def _absent(store: ox.Store, dataset: Dataset) -> Iterator[str]:
    for address in (*dataset.default, *dataset.named):
        if not store.contains_named_graph(ox.NamedNode(address)):
            yield f"<{address}>"


def _absent_from(store: ox.Store, text: str) -> Iterator[str]:
    """Yield the graphs of FROM clauses that are not here; where the word is the keyword, no other parses."""
    places = list(_FROM.finditer(text))
    if not places or not _parses(text):
        return
    stand_in, prologue = _unused_word(text), _PROLOGUE.match(text)
    declared = prologue[1] if prologue else ""
    for place in places:
        another_word = text[: place.start(1)] + stand_in + text[place.end(1) :]
        if not _parses(another_word):
            held = store.query(
                f"{declared} ASK {{ GRAPH {place[2]} {{ ?s ?p ?o }} }}", prefixes=dict(PREFIXES)
            )
            if not held:
                yield place[2]


def _unused_word(text: str) -> str:
    """Return a word as long as "service" that the text does not hold, so that errors keep their place."""
    lower = text.lower()
    return next(
        word
        for first in ascii_lowercase
        for second in ascii_lowercase
        if (word := f"xqz{first}{second}jx") not in lower
    )


def _parses(text: str) -> bool:
    try:
        ox.Store().query(text, prefixes=dict(PREFIXES))
    except SyntaxError:
        return False
    return True


@contextmanager
def translated(text: str) -> Iterator[None]:
    """Turn the engine's errors about a query into ours."""
    try:
        yield
    except SyntaxError as error:
        raise _syntax_error(text, error) from error
    except (ValueError, RuntimeError, OSError) as error:
        if is_of_the_disk(error):
            raise explained(error, "the graph") from error
        raise QueryError(f"the query failed: {error}") from error


def _syntax_error(text: str, error: SyntaxError) -> QueryError:
    word = _PROLOGUE.match(text)
    if word and word[2].upper() in _UPDATES:
        return QueryForbidden("this graph is read-only here: send a query, no update")
    place = _POSITION.match(str(error))
    if not place:
        return QuerySyntaxError(str(error))
    return QuerySyntaxError(place[3], line=int(place[1]), column=int(place[2]))
