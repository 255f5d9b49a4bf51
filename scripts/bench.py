"""Measure graphs of several sizes beside what else answers SPARQL, and the extraction beside spaCy alone.

    python -m scripts.bench --db DB [--db BIGGER] [--peers DIR] [--abstracts FILE] [--json FILE] [--page FILE]

For each graph: `kg serve` ready, each look-up and page over HTTP by one client, and the same SPARQL queries
asked of our endpoint, of pyoxigraph called directly on the same snapshot (its answer written as JSON, too),
of `oxigraph serve` and, where the data fit into memory, of rdflib in memory and rdflib-endpoint. --peers is a
virtual environment: `python -m venv DIR; DIR/bin/pip install oxigraph rdflib-endpoint uvicorn`. --abstracts
is JSONL of papers: read by spaCy's en_core_web_sm alone, and by the whole pipeline, in this one process.
--page puts all of it into a page, where it says `<!-- figures -->`. `scripts/bench_push.py` measures loading
into Neo4j and the embedded server.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox

from kg.records import JSON
from kg.sources import read_papers
from scripts.load import Client, Measured, Names, lookups_of, names_in, put_into, queries_of, spread
from scripts.servers import kg_serve, machine, oxigraph_serve, rdflib_endpoint, snapshot_of

REQUESTS, STARTS, SMALL = 100, 3, 2_000
"""How often each question is asked, the service started; the most papers that fit into rdflib's memory."""

Ask = Callable[[str, str], None]


def kinds_of(measured: Measured) -> JSON:
    return {kind: spread(seconds) for kind, seconds in measured.seconds.items()}


def lookups(address: str, names: Names) -> JSON:
    """Return what each look-up takes over HTTP, one after the other."""
    measured, chance = Measured(), Random(7)
    with closing(Client(address, measured)) as client:
        kinds = 15
        for kind, path in islice(lookups_of(names, chance), REQUESTS * kinds):
            client.get(kind, path, "text/html" if kind.startswith("page") else "application/json")
    return kinds_of(measured) | {"errors": measured.errors[:5]}


def queries(names: Names) -> Iterator[tuple[str, str]]:
    return islice(queries_of(names, Random(3)), 4 * REQUESTS)


def over_http(address: str, names: Names) -> JSON:
    measured = Measured()
    with closing(Client(address, measured)) as client:
        for kind, text in queries(names):
            path = f"{urlsplit(address).path}?{urlencode({'query': text})}"
            client.get(kind, path, "application/sparql-results+json")
    return kinds_of(measured)


def timed(ask: Callable[[str], object], names: Names) -> JSON:
    """Return what queries take when a function answers them."""
    measured = Measured()
    for kind, text in queries(names):
        began = time.perf_counter()
        ask(text)
        measured.seconds[kind].append(time.perf_counter() - began)
    return kinds_of(measured)


def directly(database: ox.Store, text: str) -> bytes:
    answer = database.query(text)
    assert isinstance(answer, ox.QuerySolutions)
    return answer.serialize(format=ox.QueryResultsFormat.JSON) or b""


def sparql(db: Path, peers: Path | None, names: Names, scratch: Path) -> Iterator[tuple[str, JSON]]:
    """Yield what the same queries take wherever they are asked."""
    database = ox.Store.read_only(str(snapshot_of(db)))
    yield "pyoxigraph, directly", timed(lambda text: directly(database, text), names)
    with kg_serve(db) as server:
        yield "kg serve", over_http(server.sparql, names)
    if peers is None:
        return
    with oxigraph_serve(str(peers / "bin" / "oxigraph"), snapshot_of(db)) as server:
        yield "oxigraph serve", over_http(server.sparql, names)
    if names.papers <= SMALL:
        data = scratch / "graph.nq"
        database.dump(str(data), format=ox.RdfFormat.N_QUADS)
        yield "rdflib, in memory", timed(rdflib_query(data), names)
        with rdflib_endpoint(str(peers / "bin" / "python"), data) as server:
            yield "rdflib-endpoint", over_http(server.sparql, names)


def rdflib_query(data: Path) -> Callable[[str], object]:
    from rdflib import Dataset

    graph = Dataset(default_union=True)
    graph.parse(data, format="nquads")
    return lambda text: graph.query(text).serialize(format="json")


def of_graph(db: Path, peers: Path | None) -> JSON:
    """Return all figures of one graph."""
    names = names_in(db)
    ready = []
    for _ in range(STARTS):
        with kg_serve(db) as server:
            ready.append(server.ready)
            memory = server.memory()
    with kg_serve(db) as server:
        asked = lookups(server.address, names)
        used = server.memory()
    with tempfile.TemporaryDirectory(dir=db.parent) as scratch:
        return {
            "papers": names.papers,
            "ready_s": round(median(ready), 2),
            "memory_mb": memory,
            "memory_after_mb": used,
            "lookups": asked,
            "sparql": dict(sparql(db, peers, names, Path(scratch))),
        }


def extraction(abstracts: Path) -> JSON:
    """Return how many abstracts a second spaCy's model alone reads, and how many the whole pipeline."""
    import spacy

    from kg.extract import extract
    from kg.extract.clauses import PARSER

    papers = list(read_papers(abstracts, strict=True, on_reject=lambda _: None))
    alone = spacy.load(PARSER)
    whole: Mapping[str, Callable[[], object]] = {
        "spaCy's en_core_web_sm alone": lambda: list(
            alone.pipe((paper.text for paper in papers), batch_size=64)
        ),
        "the whole pipeline": lambda: list(extract(papers)),
    }
    list(extract(papers[:1]))
    found = {}
    for what, read in whole.items():
        began = time.perf_counter()
        read()
        found[what] = round(len(papers) / (time.perf_counter() - began), 1)
    return {"abstracts": len(papers), "a second": found}


# --- the page -------------------------------------------------------------------------------------------


def page(report: JSON, command: str) -> str:
    """Return all figures as Markdown."""
    lines = [f"{report['machine']}. {report['versions']}. `{command}`", ""]
    if extracted := report.get("extraction"):
        rows = ([what, f"{rate:g}"] for what, rate in extracted["a second"].items())
        lines += table([f"{extracted['abstracts']} abstracts, one process", "abstracts/s"], rows)
    graphs = report["graphs"]
    sizes = [f"{graph['papers']:,} papers" for graph in graphs]
    facts: Mapping[str, str] = {
        "`kg serve` answers after, s": "ready_s",
        "its memory then, MB": "memory_mb",
        "its memory after all look-ups, MB": "memory_after_mb",
    }
    lines += table(["", *sizes], ([what, *(f"{g[key]:g}" for g in graphs)] for what, key in facts.items()))
    kinds = [kind for kind in graphs[0]["lookups"] if kind != "errors"]
    cells = ([kind, *(percentiles(g["lookups"].get(kind)) for g in graphs)] for kind in kinds)
    lines += table(["over HTTP, ms: median, p95", *sizes], cells)
    for graph, size in zip(graphs, sizes, strict=True):
        asked = graph["sparql"]
        kinds = list(next(iter(asked.values())))
        rows = ([where, *(percentiles(found.get(kind)) for kind in kinds)] for where, found in asked.items())
        lines += table([f"{size}, ms: median, p95", *kinds], rows)
    return "\n".join(lines)


def percentiles(found: JSON) -> str:
    return f"{found['p50']:.2f}, {found['p95']:.2f}" if found else "–"


def table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    line = [f"| {' | '.join(row)} |" for row in (head, ["---", *["--:"] * (len(head) - 1)], *rows)]
    return [*line, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", type=Path, action="append", required=True)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--abstracts", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args()
    named = ", ".join(f"{name} {version(name)}" for name in ("alignkg", "spacy", "pyoxigraph", "rdflib"))
    report: dict[str, JSON] = {"machine": machine(), "versions": f"{named}, Python {sys.version.split()[0]}"}
    if asked.abstracts:
        report["extraction"] = extraction(asked.abstracts)
    report["graphs"] = [of_graph(db, asked.peers) for db in asked.db]
    command = "python -m scripts.bench " + " ".join(
        Path(word).name if "/" in word else word for word in sys.argv[1:]
    )
    text = page(report, command)
    sys.stdout.write(text)
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1))
    if asked.page:
        put_into(asked.page, "figures", text)


if __name__ == "__main__":
    main()
