"""How fast a graph goes into a server over Bolt, on a synthetic one in the shape of a real one.

    python scripts/bench_push.py neo4j [--relationships 1000000] [--kill]
    python scripts/bench_push.py embedded [--relationships 1000000] [--heap 1g] [--kill]

`neo4j` pushes into the server of `scripts/neo4j start` (or of KG_NEO4J_URI), whose graph it replaces;
`embedded` into an embedded server in a temporary folder. Each prints one line of JSON: nodes, relationships,
seconds, rows a second (a row is a node or a relationship), the seconds that processors worked at it, and the
most memory that this program and the server took, in MB.

With --kill another process loads first and is killed half-way, the embedded server with it; what goes on is
this program, whose seconds are those of the rest. In the end everything in the server is compared with
everything that should be there, as `kg check --store` does: `faults` is how much differs.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from kg.audit import faults_of_pieces
from kg.property_graph import PgNode, pieces
from kg.records import (
    Entity,
    Evidence,
    GroundedPaper,
    Mention,
    Node,
    Paper,
    Span,
    Statement,
    node_id,
    paper_node,
)
from kg.stores import Origin
from kg.stores.address import Access, read_address
from kg.stores.bolt import BoltStore
from kg.stores.embedded_bolt import EmbeddedBolt
from kg.vocabulary import Vocabulary, load_vocabulary

SENTENCE = (
    "In all of our experiments the first of the two does clearly better than the second, at a lower cost. "
)
MENTIONS, STATEMENTS, EVIDENCE = 12, 7, 2
"""Of one paper, in the mean of twenty thousand real ones: places, statements, and sentences of each."""
RELATIONSHIPS = MENTIONS + STATEMENTS * (1 + EVIDENCE)
"""What one paper adds: a mention each, a statement and where each of its sentences stands."""
PROGRAM = Path(__file__).parent / "neo4j"


def nodes(papers: int, vocabulary: Vocabulary) -> list[Node]:
    """Return a graph of so many papers, its nodes in the order of their ids, the same at every run."""
    draw = Random(4)
    each = range(max(10, papers // 8))
    by_type = {t.name: [f"{t.slug}/thing-{n}" for n in each] for t in vocabulary.types.values()}
    entities = [id_ for ids in by_type.values() for id_ in ids]
    made: dict[str, Node] = {
        id_: Entity(id_, vocabulary.type_of(id_).name, id_.partition("/")[2], ("alias",), 3)
        for id_ in entities
    }
    for number in range(papers):
        paper = Paper(
            f"x:{number}", f"Paper {number}", SENTENCE * 10, ("An Author", "Another Author"), "2025-01-01"
        )
        places = tuple(
            Mention(popular(entities, draw), 20 * n, 20 * n + 9, "the first", "known name")
            for n in range(MENTIONS)
        )
        grounded = GroundedPaper(paper, places)
        made[node_id(grounded)] = grounded
        for statement in statements(paper, by_type, draw, vocabulary):
            made[statement.id] = statement
    return [made[id_] for id_ in sorted(made)]


def popular(entities: list[str], draw: Random) -> str:
    """Draw an entity, few of them often, as in what people write about."""
    return entities[int(len(entities) * draw.random() ** 3)]


def statements(
    paper: Paper, by_type: dict[str, list[str]], draw: Random, vocabulary: Vocabulary
) -> Iterator[Statement]:
    for number in range(STATEMENTS):
        said = tuple(
            Evidence(
                paper.id, Span(n, n + 100), Span(n, n + 50), Span(n, n + 9), Span(n + 30, n + 40),
                SENTENCE, "kg_statements.pairs", "1", 0.8,
            )
            for n in range(number * EVIDENCE, (number + 1) * EVIDENCE)
        )  # fmt: skip
        predicate = draw.choice(list(vocabulary.predicates.values()))
        about = draw.choice(sorted(predicate.domain))
        subject = popular(by_type[about], draw) if about in by_type else paper_node(paper.id)
        object_ = popular(by_type[draw.choice(sorted(predicate.range))], draw)
        yield Statement(subject, predicate.name, object_, 0.8, 1, said)


@dataclass(frozen=True)
class Running:
    """A server to push into, and how to kill it, where it is ours to kill."""

    access: Access
    kill: Callable[[], Access]

    def store(self) -> BoltStore:
        """Open it."""
        return connect(self.access)


def connect(access: Access) -> BoltStore:
    return BoltStore.connect(
        access.uri, access.user, access.password, database=access.database, origin=Origin("bench", "1")
    )


@contextmanager
def server(kind: str, heap: str) -> Iterator[Running]:
    if kind == "embedded":
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(EmbeddedBolt(Path(folder), heap=heap)) as started,
        ):

            def kill() -> Access:
                started.kill()
                return started.writer()

            yield Running(started.writer(), kill)
        return
    told = [subprocess.run([PROGRAM, what], capture_output=True, text=True, check=True).stdout.strip()
            for what in ("uri", "password")]  # fmt: skip
    address = read_address(told[0])
    access = Access(address.uri, address.user, told[1], address.database)
    yield Running(access, lambda: access)


def load_elsewhere(access: Access, relationships: int) -> None:
    """Load the graph: what the process that is killed does."""
    with closing(connect(access)) as store:
        store.load(benchmark_graph(relationships), 1)


def kill_half_way(running: Running, graph: list[Node], relationships: int) -> str:
    """Load half of the graph by a process that is killed; return the last node that is in."""
    half = node_id(graph[len(graph) // 2])
    other = multiprocessing.get_context("spawn").Process(
        target=load_elsewhere, args=(running.access, relationships)
    )
    other.start()
    with closing(running.store()) as store:
        while not ((held := store.manifest()) and (held.loaded or "") >= half):
            assert other.is_alive(), "the load ended by itself"
            time.sleep(0.2)
    other.kill()
    other.join()
    assert held
    return str(held.loaded)


class Watch:
    """What the process that listens on a port takes: most memory, looked at twice a second, and CPU time."""

    def __init__(self, port: int) -> None:
        self.memory, self.cpu, self._process, self._on = 0, 0.0, listener(port), True
        self._began = self._cpu()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while self._on and self._process:
            status = Path(f"/proc/{self._process}/status").read_text()
            kilobytes = next(
                (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")), "0"
            )
            self.memory = max(self.memory, int(kilobytes) // 1024)
            self.cpu = self._cpu() - self._began
            time.sleep(0.5)

    def _cpu(self) -> float:
        if not self._process:
            return 0.0
        user, system = Path(f"/proc/{self._process}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Look no more."""
        self._on = False


def listener(port: int) -> int | None:
    """Return the process that listens on a port, as /proc knows it."""
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()
    ]
    inodes = {f"socket:[{f[9]}]" for f in lines if f[3] == "0A" and f[1].endswith(f":{port:04X}")}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) in inodes:
                return int(link.parts[2])
        except OSError:
            continue
    return None


def benchmark_graph(relationships: int) -> list[Node]:
    # Some statements coincide.
    return nodes(relationships // RELATIONSHIPS * 21 // 20, load_vocabulary())


def push(running: Running, graph: list[Node]) -> dict[str, object]:
    """Load a graph, or the rest of it; return what that took."""
    watch = Watch(int(running.access.uri.rpartition(":")[2]))
    with closing(running.store()) as store, closing(watch):
        began, worked = time.monotonic(), time.process_time()
        store.load(graph, 1)
        return {
            "seconds": round(time.monotonic() - began, 1),
            "client_cpu_seconds": round(time.process_time() - worked, 1),
            "server_cpu_seconds": round(watch.cpu, 1),
            "client_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "server_mb": watch.memory,
        }


def compare(running: Running, graph: list[Node]) -> dict[str, object]:
    """Compare everything that the server holds with the graph."""
    began = time.monotonic()
    with closing(running.store()) as store:
        faults = list(faults_of_pieces(graph, store.pieces(), load_vocabulary()))
        return {
            "faults": len(faults) + store.strangers(),
            "compared_in_seconds": round(time.monotonic() - began, 1),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", choices=("neo4j", "embedded"))
    parser.add_argument("--relationships", type=int, default=1_000_000)
    parser.add_argument("--heap", default="1g", help="of the embedded server")
    parser.add_argument("--kill", action="store_true", help="kill the load half-way, and go on")
    asked = parser.parse_args()
    graph, vocabulary = benchmark_graph(asked.relationships), load_vocabulary()
    counts = [isinstance(piece, PgNode) for node in graph for piece in pieces(node, vocabulary)]
    report: dict[str, object] = {
        "server": asked.server, "nodes": sum(counts), "relationships": len(counts) - sum(counts)
    }  # fmt: skip
    with server(asked.server, asked.heap) as running:
        with closing(running.store()) as store:
            store.clear()
        if asked.kill:
            report["killed_after"] = kill_half_way(running, graph, asked.relationships)
            running = replace(running, access=running.kill())
            report |= push(running, graph) | compare(running, graph)
        else:
            report |= push(running, graph)
            report["rows_per_second"] = round(len(counts) / float(str(report["seconds"])))
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
