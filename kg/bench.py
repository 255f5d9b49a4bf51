"""How fast this machine does each step from papers to answers: what `kg bench` measures and draws.

All is measured by the clock. What is asked is asked again and again: the middle and the slow end are told.
"""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kg.errors import StoreUnavailable
from kg.export import EXPORTERS
from kg.lookup import Lookups, Wanted
from kg.records import Extraction, Graph, Node, Paper, Statement, paper_node
from kg.settings import Settings
from kg.sources import read_papers
from kg.vocabulary import iri, load_vocabulary
from kg.workspace import Pipeline, Workspace, open_workspace

if TYPE_CHECKING:
    from kg.export.canvas import Canvas

REPEATS = 40
_ADDRESS = re.compile(r"http://\S+/")
_QUERIES = {
    "a thing": "SELECT ?hub ?p ?o { ?hub ?p ?o }",
    "its 50 surest statements": (
        "SELECT ?hub ?s { ?s rdf:object ?hub ; akg:belief ?b } ORDER BY DESC(?b) LIMIT 50"
    ),
    "50 of its sentences": (
        "SELECT ?hub ?t { ?s rdf:object ?hub ; akg:evidence ?e . ?e akg:text ?t } LIMIT 50"
    ),
}
_LEFT, _WIDTH, _ROW, _COLOUR = 290.0, 330.0, 20.0, "#1c7ed6"


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured of a part; `slow` is the 95th percentile where it was asked again and again."""

    part: str
    what: str
    value: float
    unit: str
    slow: float | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """All figures, and of what machine, versions and graph."""

    machine: str
    versions: str
    graph: str
    figures: tuple[Figure, ...]


def measure(papers: Path | None, db: Path | None, *, workers: int = 1) -> Bench:
    """Measure reading and taking in papers, where they are given, and answers from `db` or their graph."""
    with TemporaryDirectory() as scratch:
        figures: list[Figure] = []
        made = Path(scratch) / "graph"
        if papers is not None:
            figures += _coming_in(
                list(read_papers(papers, strict=True, on_reject=lambda _: None)), made, workers
            )
        figures += _start(db or made)
        with open_workspace(db or made, settings=Settings()) as graph:
            figures += _answers(graph)
            counts = graph.lookups.counts()
    said = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
    return Bench(_machine(), _versions(), said, tuple(figures))


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()} {platform.machine()}"


def _versions() -> str:
    named = ", ".join(f"{name} {version(name)}" for name in ("alignkg", "spacy", "onnxruntime", "pyoxigraph"))
    return f"{named}, Python {platform.python_version()}"


# --- papers ---------------------------------------------------------------------------------------------


class _Read:
    """Reads what was read before: what taking in costs beside the extraction."""

    def __init__(self, extractions: Sequence[Extraction]) -> None:
        self.version = extractions[0].version
        self._by_paper = {one.paper: one for one in extractions}

    def read(self, papers: Iterable[Paper], _workers: int) -> Iterator[Extraction]:
        """Yield one extraction for each paper, in their order."""
        return (self._by_paper[paper.id] for paper in papers)


def _coming_in(papers: Sequence[Paper], folder: Path, workers: int) -> Iterator[Figure]:
    began = time.perf_counter()
    list(Pipeline().read(papers[:1], 1))
    yield Figure("extraction", "load the pipeline, and one abstract", _since(began), "s")
    began = time.perf_counter()
    extractions = list(Pipeline().read(papers, workers))
    read = _since(began)
    label = "1 process" if workers == 1 else f"{workers} processes"
    yield Figure("extraction", label, len(papers) / read, "abstracts/s")
    with Workspace(folder, Settings(), load_vocabulary(), _Read(extractions)) as graph:
        began = time.perf_counter()
        graph.ingest(papers)
        taken = _since(began)
        yield Figure("ingest", "without the extraction", len(papers) / taken, "abstracts/s")
        yield Figure("ingest", "end to end", len(papers) / (read + taken), "abstracts/s")
        began = time.perf_counter()
        graph.ingest(papers)
        yield Figure("ingest", "again, with nothing new", len(papers) / _since(began), "abstracts/s")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("ingest", "most memory of this process", most, "MB")


# --- answers --------------------------------------------------------------------------------------------


def _start(folder: Path) -> Iterator[Figure]:
    began = time.perf_counter()
    command = [sys.executable, "-m", "kg", "serve", "--db", str(folder), "--port", "0"]
    with subprocess.Popen(  # noqa: S603  # our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        served = any(map(_ADDRESS.search, process.stdout))
        taken = _since(began)
        process.terminate()
    if not served:
        raise StoreUnavailable(f"kg serve --db {folder} ended at once; run it by itself to see why")
    yield Figure("start-up", "kg serve until it says where it is", taken, "s")


def _answers(graph: Workspace) -> Iterator[Figure]:
    lookups, hub = graph.lookups, _hub(graph.lookups)
    for what, ask in _questions(lookups, hub).items():
        yield _asked("look-ups", what, ask)
    for what, text in _QUERIES.items():
        yield _asked("SPARQL", what, partial(graph.query, text, {"hub": iri(hub)}))
    around = _around(graph, hub)
    for form in ("graphml", "svg"):
        yield _asked(
            "export", f"200 statements around it as {form}", partial(_export, form, around, graph), 5
        )
    began = time.perf_counter()
    _export("nq", graph.graph(), graph)
    yield Figure("export", "everything as N-Quads", _since(began), "s")


def _hub(lookups: Lookups) -> str:
    """Return the thing of which most is said."""
    names, types = lookups.reader.refresh(), lookups.vocabulary.types
    first = [things[0].item.id for name in types if (things := names.of_type(name))]
    return max(first, key=lambda one: lookups.about(one, limit=1).total)


def _questions(lookups: Lookups, hub: str) -> Mapping[str, Callable[[], object]]:
    name = lookups.reader.item(hub).name
    most = next(iter(lookups.vocabulary.types))
    return {
        "50 things of a type": partial(lookups.things, most),
        "50 of all statements about the hub": partial(lookups.about, hub),
        "50 statements whose object it is": partial(lookups.statements, Wanted(object=hub)),
        "names that begin like its": partial(lookups.suggest, name[:4]),
        "names that hold a part of its": partial(lookups.search, name[:4]),
        "numbers on it": partial(lookups.results, benchmark=hub),
        "a question in words": partial(lookups.ask, f"papers about {name}"),
        "where papers disagree": lookups.disputed,
    }


def _around(graph: Workspace, hub: str) -> Graph:
    found = graph.lookups.around([hub], limit=200)
    claims = _nodes(graph, [link.statement for link in found.links])
    papers = {
        paper_node(one.paper) for claim in claims if isinstance(claim, Statement) for one in claim.evidence
    }
    return Graph.of([*claims, *_nodes(graph, sorted(papers.union(found.nodes)))])


def _nodes(graph: Workspace, ids: Iterable[str]) -> list[Node]:
    return [node for node in map(graph.index.node, ids) if node]


def _export(form: str, part: Graph, graph: Workspace) -> None:
    EXPORTERS[form](part, graph.vocabulary, BytesIO())


def _asked(part: str, what: str, ask: Callable[[], object], repeats: int = REPEATS) -> Figure:
    """Return how many milliseconds a question takes; the first asking, which fills caches, counts as well."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        ask()
        taken.append(_since(began) * 1000)
    cuts = quantiles(taken, n=20, method="inclusive")
    return Figure(part, what, cuts[9], "ms", cuts[18])


def _since(began: float) -> float:
    return time.perf_counter() - began


# --- the picture ----------------------------------------------------------------------------------------


def draw_times(bench: Bench) -> Canvas:
    """Draw what was asked again and again: a bar to the middle of each, and a line on to the slow end."""
    from kg.export.canvas import GREY, INK, MARGIN, SMALL_SIZE, Canvas, Point  # takes half a second to import

    figures = [figure for figure in bench.figures if figure.slow is not None]
    longest = max((figure.slow or 0.0 for figure in figures), default=1.0)
    canvas = Canvas(_LEFT + _WIDTH + 90, 2 * MARGIN + _ROW * (len(figures) + 1))
    canvas.text(
        Point(MARGIN, MARGIN + 6), "Milliseconds: the median, and on to the 95th percentile", bold=True
    )
    for place, figure in enumerate(figures, 1):
        y = MARGIN + _ROW * place + _ROW / 2
        middle, slow = (_WIDTH * value / longest for value in (figure.value, figure.slow or 0.0))
        canvas.text(Point(_LEFT - 8, y), f"{figure.part}: {figure.what}", size=SMALL_SIZE, align="right")
        canvas.line(Point(_LEFT, y), Point(_LEFT + slow, y), colour=GREY)
        canvas.bar(Point(_LEFT, y - 5), (max(middle, 1.0), 10), _COLOUR)
        said = f"{figure.value:.1f} – {figure.slow:.1f}"
        canvas.text(Point(_LEFT + slow + 6, y), said, size=SMALL_SIZE, colour=INK)
    return canvas
