"""Drive a running service from other processes while papers come in, and check what it says.

    python -m scripts.load --db DB [--in-place] [--seconds 60] [--clients 4] [--ingest 100] [--peers DIR]
                           [--page FILE --mark load]

DB is the folder of a graph; it is copied, since papers are added to the copy (with --in-place to DB itself,
which spares ten gigabytes at 100,000 papers): so many at a time (`--ingest`), one lot after the other, in a
process of its own, by the ordinary way with the invented reader. Clients ask look-ups, questions in words and
SPARQL, each waiting for its answer before it asks again.

Every answer is checked for what must hold at any position of the graph: rows are ranked and as many as
counted, each says of as many papers as its sentences come from, each sentence stands in its paper where it is
said to stand, and positions never go back. With --peers, a virtual environment with oxigraph, rdflib-endpoint
and oxrdflib, these get the same SPARQL queries on the same data, one after the other, with no ingest:
rdflib-endpoint over the snapshot, and, up to --rdflib papers, with the graph in rdflib's own memory.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path
from queue import Queue
from random import Random
from urllib.parse import quote, urlencode, urlsplit

import pyoxigraph

from kg.records import JSON
from kg.settings import Settings
from kg.vocabulary import load_vocabulary
from kg.workspace import Workspace
from scripts.servers import (
    Server,
    kg_serve,
    machine,
    oxigraph_serve,
    rdflib_endpoint,
    rdflib_endpoint_over,
    snapshot_of,
)
from scripts.synthetic import HUB, InventedReader, Synthesis, load_figures

HUB_ID = "benchmark/mt-bench"
_ID = "https://w3id.org/alignkg/id/"
_PREFIXES = (
    "PREFIX akg: <https://w3id.org/alignkg/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
    "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
)
_SPARQL: Mapping[str, str] = {
    "sparql a thing": "SELECT ?p ?o {{ <{thing}> ?p ?o }}",
    "sparql its statements": "SELECT ?s ?p ?o ?b {{ ?s rdf:object <{thing}> ; rdf:predicate ?p ; "
    "rdf:subject ?o ; akg:belief ?b }} ORDER BY DESC(?b) LIMIT 50",
    "sparql its sentences": "SELECT ?s ?text ?paper {{ ?s rdf:object <{thing}> ; akg:evidence ?e . "
    "?e akg:text ?text ; akg:paper ?paper }} LIMIT 50",
    "sparql the hub": "SELECT ?o ?name ?b {{ ?s rdf:object <{hub}> ; rdf:subject ?o ; akg:belief ?b . "
    "?o skos:prefLabel ?name }} ORDER BY DESC(?b) LIMIT 50",
}
_HOLDS = (
    "SELECT ?s ?papers (COUNT(DISTINCT ?paper) AS ?n) {{ ?s rdf:object <{thing}> ; akg:paperCount ?papers ; "
    "akg:evidence ?e . ?e akg:paper ?paper FILTER NOT EXISTS {{ ?e akg:negated true }} }} "
    "GROUP BY ?s ?papers HAVING (?papers != ?n)"
)
_POSITION = "SELECT ?n { GRAPH <https://w3id.org/alignkg/state> { ?state akg:position ?n } }"


@dataclass
class Measured:
    """What a client saw: seconds by kind of question, failures, and what did not hold together."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    checked: int = 0


class Client:
    """A connection that asks one question after the other."""

    def __init__(self, address: str, measured: Measured) -> None:
        self._host = urlsplit(address).netloc
        self._connection = http.client.HTTPConnection(self._host, timeout=120)
        self.measured = measured

    def get(self, kind: str, path: str, accept: str = "application/json") -> tuple[int, bytes]:
        """Ask, and take the time until the whole answer is there."""
        began = time.perf_counter()
        try:
            self._connection.request("GET", path, headers={"Accept": accept})
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            self.measured.errors.append(f"{kind}: {error!r}")
            return 0, b""
        self.measured.seconds[kind].append(time.perf_counter() - began)
        if answer.status >= 400 and answer.status not in (404, 422):
            self.measured.errors.append(f"{kind}: {answer.status} {path[:120]}")
        return answer.status, body

    def json(self, kind: str, path: str) -> JSON:
        """Return an answer in JSON, None where there is none."""
        status, body = self.get(kind, path)
        return json.loads(body) if status == 200 else None

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


@dataclass(frozen=True)
class Names:
    """What is asked about: names of things by type, each drawn by its rank."""

    by_type: Mapping[str, Sequence[tuple[str, str]]]
    papers: int = 0

    def draw(self, chance: Random, *types: str) -> tuple[str, str]:
        """Return id and name of a thing: one in ten of the commonest, the others from all over the list."""
        things = self.by_type[chance.choice(types)]
        place = int(len(things) * chance.random() ** 2)
        return things[place]


def names_in(db: Path) -> Names:
    """Return things of a graph, by type: the most named, and as many from all over."""
    with Workspace(db, Settings(), load_vocabulary()) as graph:
        names = graph.lookups.reader.refresh()
        found = {}
        for kind in graph.vocabulary.types.values():
            things = names.of_type(kind.name)
            step = max(1, len(things) // 400)
            picked = [*things[:200], *(things[place] for place in range(200, len(things), step))]
            found[kind.plural] = [(thing.item.id, thing.item.name) for thing in picked]
        papers = names.of_type(graph.vocabulary.paper.name)
        step = max(1, len(papers) // 400)
        found["papers"] = [(papers[n].item.id, papers[n].item.name) for n in range(0, len(papers), step)]
    return Names({kind: things for kind, things in found.items() if things}, len(papers))


# --- what is asked --------------------------------------------------------------------------------------


def lookups_of(names: Names, chance: Random) -> Iterator[tuple[str, str]]:
    """Yield look-ups by kind, for ever."""
    while True:
        thing, name = names.draw(chance, "methods", "benchmarks", "tasks", "metrics", "models")
        method = names.draw(chance, "methods", "models")[0]
        benchmark = names.draw(chance, "benchmarks")[0]
        paper = names.draw(chance, "papers")[0].removeprefix("paper/")
        yield "list", f"/v1/{chance.choice(('methods', 'benchmarks', 'tasks', 'papers'))}"
        yield "entity", f"/v1/entities/{quote(thing)}"
        yield "neighbours", f"/v1/entities/{quote(thing)}/neighbours"
        yield "papers naming", f"/v1/entities/{quote(thing)}/papers"
        yield "statements", f"/v1/statements?{urlencode({'object': thing})}"
        yield "paper", f"/v1/papers/{quote(paper)}"
        yield "search", f"/v1/search?{urlencode({'q': name[: chance.randrange(4, 12)]})}"
        yield "suggest", f"/v1/suggest?{urlencode({'q': name[: chance.randrange(3, 10)]})}"
        yield "leaderboard", f"/v1/leaderboards/{quote(benchmark)}"
        yield "results", f"/v1/results?{urlencode({'method': method})}"
        yield (
            "compare",
            f"/v1/compare?{urlencode({'ids': [method, names.draw(chance, 'methods')[0]]}, doseq=True)}",
        )
        yield "graph", f"/v1/graph?{urlencode({'node': thing, 'limit': 100})}"
        yield "hub statements", f"/v1/statements?{urlencode({'object': HUB_ID})}"
        yield "hub leaderboard", f"/v1/leaderboards/{HUB_ID}"
        yield "page of a thing", f"/id/{quote(thing)}"


def _questions(names: Names, chance: Random) -> Iterator[tuple[str, str]]:
    """Yield questions in words, for ever."""
    while True:
        method, benchmark = names.draw(chance, "methods")[1], names.draw(chance, "benchmarks")[1]
        goal, domain = names.draw(chance, "goals")[1], names.draw(chance, "domains")[1]
        for question in (
            f"methods evaluated on {benchmark}",
            f"what outperforms {method}",
            f"papers that use {method}",
            f"results on {benchmark}",
            f"what targets {goal}",
            f"papers about {domain}",
        ):
            yield "ask", f"/v1/ask?{urlencode({'q': question})}"
        yield "ask the hub", f"/v1/ask?{urlencode({'q': f'methods evaluated on {HUB}'})}"


def queries_of(names: Names, chance: Random) -> Iterator[tuple[str, str]]:
    """Yield SPARQL queries, for ever."""
    while True:
        thing = names.draw(chance, "methods", "benchmarks", "tasks", "models")[0]
        for kind, text in _SPARQL.items():
            yield kind, _PREFIXES + text.format(thing=_ID + thing, hub=_ID + HUB_ID)


# --- what must hold -------------------------------------------------------------------------------------


class Checks:
    """Looks into answers for what must hold at any position."""

    def __init__(self, client: Client, chance: Random, measured: Measured) -> None:
        self._client, self._chance, self._measured = client, chance, measured
        self._position = 0

    def answer(self, kind: str, path: str, found: JSON) -> None:
        """Check an answer of rows."""
        if not isinstance(found, dict) or "rows" not in found or "total" not in found:
            return
        rows, total = found["rows"], found["total"]
        self._holds(
            found["next"] is not None or len(rows) == total or kind == "compare", path, "rows and total"
        )
        if kind in ("neighbours", "statements", "hub statements"):
            beliefs = [(-row["belief"], -row["papers"]) for row in rows]
            self._holds(beliefs == sorted(beliefs), path, "order")
        for row in rows:
            if row["statement"] and kind in ("neighbours", "statements", "hub statements"):
                said = {one["paper"] for one in row["quotes"] if not one["negated"]}
                self._holds(len(said) == row["papers"], path, f"papers of {row['statement']}")
        if rows and self._chance.random() < 0.2:
            self._opens(self._chance.choice(rows), path)

    def _opens(self, row: JSON, path: str) -> None:
        """Open a row's statement, and its sentence in its paper."""
        if row["statement"]:
            status, _ = self._client.get("statement", f"/v1/{row['statement'].replace('/', 's/', 1)}")
            if status != 200:  # it may have gone in the meantime: then the list does not have it either
                again = self._client.json("statement", path)
                there = again and any(one["statement"] == row["statement"] for one in again["rows"])
                self._holds(not there, path, f"{row['statement']} opens")
        if row["quotes"]:
            one = self._chance.choice(row["quotes"])
            paper = self._client.json("paper", f"/v1/papers/{quote(one['paper'])}")
            text = f"{paper['title']}\n{paper['abstract']}" if paper else ""
            start = one["start"]
            self._holds(
                text[start : start + len(one["text"])] == one["text"], path, f"sentence in {one['paper']}"
            )

    def graph(self, ask: Callable[[str, str], JSON], thing: str) -> None:
        """Check that SPARQL counts as many papers as it holds sentences of, and never goes back."""
        found = ask("sparql check", _PREFIXES + _HOLDS.format(thing=_ID + thing))
        if found is not None:
            self._holds(not found["results"]["bindings"], thing, "papers in SPARQL")
        found = ask("sparql position", _PREFIXES + _POSITION)
        if found is not None:
            position = int(found["results"]["bindings"][0]["n"]["value"])
            self._holds(position >= self._position, thing, "position")
            self._position = position

    def _holds(self, held: bool, where: str, what: str) -> None:
        self._measured.checked += 1
        if not held:
            self._measured.broken.append(f"{what}: {where}")


# --- clients --------------------------------------------------------------------------------------------


def ask_ours(address: str, names: Names, seed: int, stop: Event, results: Queue[Measured]) -> None:
    """Ask look-ups, questions and SPARQL in turn, and check what comes."""
    chance, measured = Random(seed), Measured()
    with closing(Client(address, measured)) as client:
        checks = Checks(client, chance, measured)
        kinds = [lookups_of(names, chance)] * 6 + [_questions(names, chance)] * 3
        queries = queries_of(names, chance)

        def sparql(kind: str, text: str) -> JSON:
            path = f"{urlsplit(address).path}/sparql?{urlencode({'query': text})}"
            status, body = client.get(kind, path, "application/sparql-results+json")
            return json.loads(body) if status == 200 else None

        while not stop.is_set():
            for kind, path in map(next, chance.sample(kinds, len(kinds))):
                page = kind.startswith("page")
                status, body = client.get(kind, path, "text/html" if page else "application/json")
                if status == 200 and not page:
                    checks.answer(kind, path, json.loads(body))
                if stop.is_set():
                    break
            for _ in range(3):
                sparql(*next(queries))
            if chance.random() < 0.2:
                checks.graph(sparql, names.draw(chance, "methods", "tasks")[0])
    results.put(measured)


def ask_sparql(address: str, names: Names, seed: int, stop: Event, results: Queue[Measured]) -> None:
    """Ask SPARQL of any endpoint."""
    measured = Measured()
    with closing(Client(address, measured)) as client:
        for kind, text in queries_of(names, Random(seed)):
            path = f"{urlsplit(address).path}?{urlencode({'query': text})}"
            client.get(kind, path, "application/sparql-results+json")
            if stop.is_set():
                break
    results.put(measured)


def ingest(db: Path, first: int, lot: int, stop: Event, results: Queue[int]) -> None:
    """Take in lots of new papers until told to stop; each is in the ledger and the stores before the next."""
    reader, synthesis, taken = InventedReader(), Synthesis(load_figures(), seed=1_000 + first), 0
    with Workspace(db, Settings(), load_vocabulary(), reader) as graph:
        while not stop.is_set():
            graph.ingest(reader.given(synthesis.papers(first + taken, lot)))
            taken += lot
    results.put(taken)


Work = Callable[[str, Names, int, Event, "Queue[Measured]"], None]


def drive(server: Server, work: Work, address: str, names: Names, asked: Asked) -> Load:
    """Let clients ask a server for some time."""
    context = multiprocessing.get_context("spawn")
    stop, results = context.Event(), context.Queue()
    clients = [
        context.Process(target=work, args=(address, names, seed, stop, results))
        for seed in range(asked.clients)
    ]
    began = time.monotonic()
    for client in clients:
        client.start()
    memory = 0
    while time.monotonic() - began < asked.seconds:
        time.sleep(0.5)
        memory = max(memory, server.memory())
    stop.set()
    measured = [results.get(timeout=300) for _ in clients]
    for client in clients:
        client.join()
    return Load(server.name, server.ready, memory, time.monotonic() - began, measured)


@dataclass(frozen=True)
class Asked:
    """How the load is: how long, by how many clients."""

    seconds: float
    clients: int


@dataclass(frozen=True)
class Load:
    """What came of it."""

    server: str
    ready: float
    memory: int
    seconds: float
    measured: Sequence[Measured]

    def by_kind(self) -> dict[str, list[float]]:
        """Return the seconds of each kind of question."""
        found: dict[str, list[float]] = defaultdict(list)
        for one in self.measured:
            for kind, seconds in one.seconds.items():
                found[kind] += seconds
        return dict(found)

    def report(self) -> JSON:
        """Return all figures."""
        kinds = self.by_kind()
        return {
            "server": self.server,
            "ready_s": round(self.ready, 2),
            "memory_mb": self.memory,
            "seconds": round(self.seconds, 1),
            "requests_per_second": round(sum(map(len, kinds.values())) / self.seconds, 1),
            "errors": [error for one in self.measured for error in one.errors],
            "checked": sum(one.checked for one in self.measured),
            "broken": [broken for one in self.measured for broken in one.broken],
            "kinds": {kind: spread(seconds) for kind, seconds in sorted(kinds.items())},
        }


def spread(seconds: Sequence[float]) -> JSON:
    """Return how many there are, and percentiles in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else [*seconds] * 99
    named = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98]}
    return {"n": len(seconds), **{name: round(value * 1000, 2) for name, value in named.items()}}


# --- all of it ------------------------------------------------------------------------------------------


def load_ours(db: Path, asked: Asked, lot: int, names: Names) -> JSON:
    """Measure our service while papers come in."""
    context = multiprocessing.get_context("spawn")
    stop, taken = context.Event(), context.Queue()
    with kg_serve(db) as server:
        writer = context.Process(target=ingest, args=(db, 2_000_000, lot, stop, taken))
        if lot:
            writer.start()
        report = drive(server, ask_ours, server.address, names, asked).report()
        stop.set()
        if lot:
            report["ingested"] = taken.get(timeout=600)
            writer.join()
    return report


def load_peers(db: Path, peers: Path, asked: Asked, names: Names, in_memory: int) -> Iterator[JSON]:
    """Measure the peers, and our own endpoint, with the same SPARQL queries on the same data."""
    with kg_serve(db) as server:
        report = drive(server, ask_sparql, server.sparql, names, asked).report()
        yield report | {"server": "kg serve, SPARQL alone"}
    snapshot, python = snapshot_of(db), str(peers / "bin" / "python")
    with oxigraph_serve(str(peers / "bin" / "oxigraph"), snapshot) as server:
        yield drive(server, ask_sparql, server.sparql, names, asked).report()
    with rdflib_endpoint_over(python, snapshot) as server:
        yield drive(server, ask_sparql, server.sparql, names, asked).report()
    if names.papers > in_memory:
        return
    with tempfile.TemporaryDirectory(dir=db.parent) as folder:
        data = Path(folder) / "graph.nq"
        pyoxigraph.Store.read_only(str(snapshot)).dump(str(data), format=pyoxigraph.RdfFormat.N_QUADS)
        with rdflib_endpoint(python, data) as server:
            yield drive(server, ask_sparql, server.sparql, names, asked).report()


def put_into(page: Path, mark: str, text: str) -> None:
    """Put a text between the marks `<!-- mark -->` and `<!-- end of mark -->` of a page."""
    start, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    before, _, rest = page.read_text("utf-8").partition(start)
    page.write_text(f"{before}{start}\n{text}{end}{rest.partition(end)[2]}", "utf-8")


def tables(reports: Sequence[JSON]) -> str:
    """Return all figures as tables."""
    lines = [
        "| server | requests/s | errors | checks | broken | papers came in | memory | ready |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {r['server']} | {r['requests_per_second']:g} | {len(r['errors'])} | {r['checked']} | "
        f"{len(r['broken'])} | {r.get('ingested', 0)} | {r['memory_mb']} MB | {r['ready_s']} s |"
        for r in reports
    ]
    for r in reports:
        lines += ["", f"{r['server']}, ms:", "", "| asked | n | p50 | p95 | p99 |", "|---|--:|--:|--:|--:|"]
        lines += [
            f"| {kind} | {s['n']} | {s['p50']} | {s['p95']} | {s['p99']} |" for kind, s in r["kinds"].items()
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--ingest", type=int, default=100, help="papers in a lot; 0 for none")
    parser.add_argument("--peers", type=Path, help="a virtual environment with oxigraph and rdflib-endpoint")
    parser.add_argument(
        "--rdflib", type=int, default=2_000, help="most papers that rdflib is to hold in memory"
    )
    parser.add_argument("--in-place", action="store_true", help="add papers to DB itself, not to a copy")
    parser.add_argument("--json", type=Path, help="write all figures here, too")
    parser.add_argument("--page", type=Path, help="put the tables into a page, where it says `<!-- MARK -->`")
    parser.add_argument("--mark", default="load")
    given = parser.parse_args()
    asked = Asked(given.seconds, given.clients)
    with tempfile.TemporaryDirectory(dir=given.db.parent) as folder:
        db = given.db
        if not given.in_place:
            db = Path(shutil.copytree(given.db, Path(folder) / "db"))
        names = names_in(db)
        reports = [load_ours(db, asked, given.ingest, names)]
        if given.peers:
            reports += load_peers(db, given.peers, asked, names, given.rdflib)
    said = f"{names.papers:,} papers; {given.clients} clients, {given.seconds:g} s each; {machine()}"
    text = f"{said}\n\n{tables(reports)}"
    sys.stdout.write(text)
    if given.page:
        put_into(given.page, given.mark, text)
    if given.json:
        given.json.write_text(json.dumps(reports, indent=1))
    if any(r["broken"] for r in reports):
        sys.stdout.write("".join(f"broken: {one}\n" for r in reports for one in r["broken"][:10]))
        raise SystemExit(1)


if __name__ == "__main__":
    main()
