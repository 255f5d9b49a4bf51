"""Measure what it costs to add papers to graphs of several sizes, in turns, on one machine.

    python -m scripts.bench_growth --db SMALL --db LARGE [--papers 1000] [--rounds 3] [--page FILE]

Each DB is the folder of a graph that may be spoilt: papers are added to it, with the invented reader, and
stay there. A round adds as many new papers to each graph, in a process of its own that opens the graph,
writes to the ledger, the store and the index, and closes it. Each graph gets a first round that does not
count, since it fetches from the disk what the others find in memory.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import Queue
from pathlib import Path
from statistics import median

from kg.ledger import LEDGER_FILE, Ledger
from kg.settings import Settings
from kg.vocabulary import load_vocabulary
from kg.workspace import Workspace
from scripts.load import put_into
from scripts.servers import machine
from scripts.synthetic import InventedReader, Synthesis, load_figures

FIRST = 5_000_000
"""Papers from here on are in no graph that `scripts.synthetic` made."""


@dataclass(frozen=True)
class Added:
    """What it took to add some papers: seconds by the clock, seconds of processors, and memory in MB."""

    seconds: float
    processor: float
    memory: int


def add(db: Path, first: int, papers: int, results: Queue[Added]) -> None:
    """Add papers to a graph, which have been drawn before the clock starts."""
    reader, synthesis = InventedReader(), Synthesis(load_figures(), seed=first)
    drawn = list(synthesis.papers(first, papers))
    began, worked = time.perf_counter(), time.process_time()
    with Workspace(db, Settings(), load_vocabulary(), reader) as graph:
        graph.ingest(reader.given(drawn))
    seconds, processor = time.perf_counter() - began, time.process_time() - worked
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    results.put(Added(seconds, processor, memory))


def added(db: Path, first: int, papers: int) -> Added:
    """Add papers in a process of its own."""
    context = multiprocessing.get_context("spawn")
    results: Queue[Added] = context.Queue()
    process = context.Process(target=add, args=(db, first, papers, results))
    process.start()
    found = results.get()
    process.join()
    return found


def size_of(db: Path) -> int:
    """Return how many papers a graph has."""
    ledger = Ledger(db / LEDGER_FILE)
    try:
        return sum(1 for _ in ledger.papers())
    finally:
        ledger.close()


def table(sizes: Sequence[int], rounds: Sequence[Sequence[Added]], papers: int) -> Iterator[str]:
    """Yield a table: medians over the rounds, and what they are to those of the first graph."""
    heads = "ms a paper, by the clock | of processors | most memory, MB | to the first: clock | processors"
    yield f"| {papers:,} papers added to | {heads} |"
    yield "| --: | --: | --: | --: | --: | --: |"
    clock = [median(one.seconds for one in each) for each in zip(*rounds, strict=True)]
    processor = [median(one.processor for one in each) for each in zip(*rounds, strict=True)]
    memory = [max(one.memory for one in each) for each in zip(*rounds, strict=True)]
    for place, size in enumerate(sizes):
        figures = f"{clock[place] / papers * 1000:.1f} | {processor[place] / papers * 1000:.1f}"
        ratios = f"{clock[place] / clock[0]:.2f} | {processor[place] / processor[0]:.2f}"
        yield f"| {size:,} | {figures} | {memory[place]} | {ratios} |"


def main() -> None:
    """Measure, and write a page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", type=Path, action="append", required=True)
    parser.add_argument("--papers", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--page", type=Path, help="put the table into a page, where it says `<!-- growth -->`"
    )
    given = parser.parse_args()
    sizes = [size_of(db) for db in given.db]
    taken, first = [], FIRST + int(time.time()) % 1_000_000 * given.papers
    for number in range(given.rounds + 1):
        taken.append([added(db, first + number * given.papers, given.papers) for db in given.db])
        sys.stderr.write(f"round {number}: {taken[-1]}\n")
    text = f"{machine()}\n\n" + "\n".join(table(sizes, taken[1:], given.papers)) + "\n"
    sys.stdout.write(text)
    if given.page:
        put_into(given.page, "growth", text)


if __name__ == "__main__":
    main()
