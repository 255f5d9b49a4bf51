"""How fast a graph goes into a server over Bolt, on a synthetic one in the shape of a real one.

    python scripts/bench_push.py neo4j [--relationships 1000000]
    python scripts/bench_push.py embedded [--relationships 1000000]

`neo4j` pushes into the server of `scripts/neo4j start` (or of KG_NEO4J_URI), whose graph it replaces;
`embedded` into an embedded server in a temporary folder. Each prints one line of JSON: nodes, relationships,
seconds, rows a second (a row is a node or a relationship), and the most memory that this program
and the server took, in MB.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

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
from kg.stores.address import read_address
from kg.stores.bolt import BoltStore
from kg.stores.embedded_bolt import Access, EmbeddedBolt
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


@contextmanager
def server(kind: str) -> Iterator[Access]:
    if kind == "embedded":
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(EmbeddedBolt(Path(folder), heap="2g")) as started,
        ):
            yield started.writer()
        return
    told = [subprocess.run([PROGRAM, what], capture_output=True, text=True, check=True).stdout.strip()
            for what in ("uri", "password")]  # fmt: skip
    address = read_address(told[0])
    yield Access(address.uri, address.user, told[1], address.database)


class Memory:
    """The most memory that the process which listens on a port takes, looked at twice a second."""

    def __init__(self, port: int) -> None:
        self.most, self._process, self._on = 0, listener(port), True
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while self._on and self._process:
            status = Path(f"/proc/{self._process}/status").read_text()
            kilobytes = next(
                (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")), "0"
            )
            self.most = max(self.most, int(kilobytes) // 1024)
            time.sleep(0.5)

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", choices=("neo4j", "embedded"))
    parser.add_argument("--relationships", type=int, default=1_000_000)
    asked = parser.parse_args()
    vocabulary = load_vocabulary()
    graph = nodes(asked.relationships // RELATIONSHIPS * 21 // 20, vocabulary)  # some statements coincide
    counts = [isinstance(piece, PgNode) for node in graph for piece in pieces(node, vocabulary)]
    with server(asked.server) as access:
        memory = Memory(int(access.uri.rpartition(":")[2]))
        store = BoltStore.connect(
            access.uri, access.user, access.password, database=access.database, origin=Origin("bench", "1")
        )
        with closing(store), closing(memory):
            store.clear()
            began = time.monotonic()
            store.load(graph, 1)
            seconds = time.monotonic() - began
            strange = store.strangers()
    mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    report = {
        "server": asked.server, "nodes": sum(counts), "relationships": len(counts) - sum(counts),
        "seconds": round(seconds, 1), "rows_per_second": round(len(counts) / seconds),
        "client_mb": mine, "server_mb": memory.most, "strangers": strange,
    }  # fmt: skip
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
