"""Measure what our SPARQL endpoint adds to the engine: each query directly and over HTTP, in turns.

    python -m scripts.bench_sparql --db DB [--peers DIR] [--seconds 10] [--clients 4] [--page FILE]

DB is the folder of a graph, to which nothing is written. Each query is asked of pyoxigraph in this process
and of `kg serve`, turn by turn, so that both meet the same machine. Both write the answer in the same format,
and must write the same bytes. Beside them stands a uvicorn that answers at once with as many bytes, asked in
the same turns: what HTTP costs by itself, and so the least that any query over HTTP can take. With --peers, a
virtual environment, `oxigraph serve` is asked as well. At the end some clients ask at once.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox

from kg.vocabulary import PREFIXES, iri
from scripts.load import (
    HUB_ID,
    Asked,
    Client,
    Measured,
    Names,
    ask_sparql,
    drive,
    names_in,
    put_into,
    queries_of,
)
from scripts.servers import Server, bare_server, kg_serve, machine, oxigraph_serve, snapshot_of

TABLE, TURTLE = "application/sparql-results+json", "text/turtle"
SMALL_TURNS, LARGE_TURNS = 200, 20
ENGINE, OURS, BARE, RUST = "pyoxigraph, directly", "kg serve", "uvicorn, bare", "oxigraph serve"
_ALL_PREFIXES = "".join(f"PREFIX {name}: <{address}> " for name, address in PREFIXES.items())
_HUB = f"?s rdf:object <{iri(HUB_ID)}>"
LARGE: Mapping[str, tuple[str, str]] = {
    "sentences about the hub, counted": (
        TABLE,
        f"SELECT ?p (COUNT(?e) AS ?n) {{ {_HUB} ; rdf:predicate ?p ; akg:evidence ?e }} "
        "GROUP BY ?p ORDER BY ?p",
    ),
    "all statements about the hub": (
        TABLE,
        f"SELECT ?s ?p ?o ?b {{ {_HUB} ; rdf:predicate ?p ; rdf:subject ?o ; akg:belief ?b }}",
    ),
    "all sentences about the hub": (TABLE, f"SELECT ?s ?t {{ {_HUB} ; akg:evidence ?e . ?e akg:text ?t }}"),
    "the hub's statements as Turtle": (TURTLE, f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {_HUB} ; ?p ?o }}"),
    "40,000 triples": (TABLE, "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 40000"),
}
FORMATS = {TABLE: ox.QueryResultsFormat.JSON, TURTLE: ox.RdfFormat.TURTLE}


@dataclass(frozen=True)
class Query:
    """A query of some kind, and what its answer is to be."""

    kind: str
    text: str
    media_type: str = TABLE


Ask = Callable[[Query, int], bytes]
"""Asks a query whose answer is known to have so many bytes."""


def queries(names: Names) -> Iterator[Query]:
    """Yield small queries as programs ask them, and large ones."""
    small = [Query(kind, text) for kind, text in islice(queries_of(names, Random(3)), 4 * SMALL_TURNS)]
    large = [Query(kind, _ALL_PREFIXES + text, form) for kind, (form, text) in LARGE.items()]
    yield from small
    for one in large:
        yield from [one] * LARGE_TURNS


def of_the_engine(database: ox.Store) -> Ask:
    def ask(query: Query, _bytes: int) -> bytes:
        answer = database.query(query.text)
        return answer.serialize(format=FORMATS[query.media_type]) or b""  # type: ignore  # each form its own

    return ask


def of_an_endpoint(server: Server, stack: ExitStack) -> Ask:
    measured = Measured()
    client = stack.enter_context(closing(Client(server.sparql, measured)))

    def ask(query: Query, _bytes: int) -> bytes:
        path = f"{urlsplit(server.sparql).path}?{urlencode({'query': query.text})}"
        status, body = client.get(query.kind, path, query.media_type)
        if not status:  # the server had closed the connection, which waited long for its turn
            status, body = client.get(query.kind, path, query.media_type)
        assert status == 200, (query.kind, server.name, status, measured.errors, body[:200])
        return body

    return ask


def of_the_bare(server: Server, stack: ExitStack) -> Ask:
    client = stack.enter_context(closing(Client(server.address, Measured())))
    return lambda query, size: client.get(query.kind, f"/{size}?{urlencode({'query': query.text})}")[1]


@dataclass(frozen=True)
class Taken:
    """Seconds that queries took by kind and by whom was asked, and the bytes of their answers."""

    seconds: Mapping[str, Mapping[str, Sequence[float]]]
    bytes: Mapping[str, Sequence[int]]


def in_turns(asked: Mapping[str, Ask], all_queries: Iterable[Query]) -> Taken:
    """Ask each query of everybody, one after the other, and take the time; answers must be the same."""
    seconds: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    sizes: dict[str, list[int]] = defaultdict(list)
    for query in all_queries:
        first = asked[ENGINE](query, 0)
        sizes[query.kind].append(len(first))
        for who, ask in asked.items():
            began = time.perf_counter()
            body = ask(query, len(first))
            seconds[query.kind][who].append(time.perf_counter() - began)
            if who == OURS and query.media_type == TABLE:
                assert body == first, f"{query.kind}: another answer"
    return Taken(seconds, sizes)


def table(taken: Taken, who: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a table: medians in milliseconds, and what we take to what the engine takes."""
    yield f"| ms, median | bytes | {' | '.join(who)} | ours ÷ the engine's | ours − bare ÷ the engine's |"
    yield f"| --- | --: {'| --: ' * len(who)}| --: | --: |"
    for kind, seconds in taken.seconds.items():
        middle = {one: median(seconds[one]) * 1000 for one in who}
        yield _row(kind, f"{median(taken.bytes[kind]):,.0f}", middle)
    everything = {one: sum(sum(seconds[one]) for seconds in taken.seconds.values()) * 1000 for one in who}
    small = {
        one: sum(sum(seconds[one]) for kind, seconds in taken.seconds.items() if kind not in LARGE) * 1000
        for one in who
    }
    yield _row("all small ones together", "", small)
    yield _row("everything together", "", everything)


def _row(kind: str, size: str, took: Mapping[str, float]) -> str:
    cells = " | ".join(f"{took[one]:,.2f}" for one in took)
    ratio, without = took[OURS] / took[ENGINE], (took[OURS] - took[BARE]) / took[ENGINE]
    return f"| {kind} | {size} | {cells} | {ratio:.2f} | {without:.2f} |"


def at_once(servers: Sequence[Server], names: Names, asked: Asked) -> Iterator[str]:
    """Yield how many small queries a second each server answers."""
    for server in servers:
        load = drive(server, ask_sparql, server.sparql, names, asked).report()
        assert not load["errors"], load["errors"]
        yield f"| {server.name}, {asked.clients} clients at once | {load['requests_per_second']:g}/s |"


def main() -> None:
    """Measure, and write a page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument(
        "--page", type=Path, help="put the tables into a page, where it says `<!-- sparql -->`"
    )
    given = parser.parse_args()
    names, snapshot = names_in(given.db), snapshot_of(given.db)
    with ExitStack() as stack:
        ours, bare = stack.enter_context(kg_serve(given.db)), stack.enter_context(bare_server())
        asked = {ENGINE: of_the_engine(ox.Store.read_only(str(snapshot))), OURS: of_an_endpoint(ours, stack)}
        asked[BARE] = of_the_bare(bare, stack)
        if given.peers:
            program = str(given.peers / "bin" / "oxigraph")
            rust = stack.enter_context(oxigraph_serve(program, snapshot))
            asked[RUST] = of_an_endpoint(rust, stack)
        in_turns(asked, islice(queries(names), 40))  # once before, for what is made at the first asking
        lines = list(table(in_turns(asked, queries(names)), list(asked)))
        servers = [ours, rust] if given.peers else [ours]
        lines += ["", "| | |", "| --- | --: |", *at_once(servers, names, Asked(given.seconds, given.clients))]
    text = f"{names.papers:,} papers; {machine()}\n\n" + "\n".join(lines) + "\n"
    sys.stdout.write(text)
    if given.page:
        put_into(given.page, "sparql", text)


if __name__ == "__main__":
    main()
