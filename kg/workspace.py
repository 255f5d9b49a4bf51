"""The flow end to end: open a folder, ingest papers, decide, catch the stores up, and ask.

A folder holds `ledger.sqlite`, the truth, and `graph/`, the store that answers queries and can be thrown
away. Everything that the command and the service do goes through a `Workspace`.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

import kg.assemble
from kg.audit import faults_of_nodes, faults_of_server, faults_of_store
from kg.curation import Curation, Decision, Effect, Proposal
from kg.deciding import Deciding
from kg.errors import (
    ClusterError,
    LedgerError,
    NotFound,
    NotShownYet,
    QueryError,
    SourceError,
    StoreDamaged,
    StoreUnavailable,
)
from kg.grounding import Grounder
from kg.keeper import STORE_FOLDER, Keeper
from kg.ledger import LEDGER_FILE, Ledger
from kg.lookup import Answer, Lookups
from kg.lookup.index import LookupIndex
from kg.lookup.indexed import Indexed
from kg.lookup.paging import ALL_ROWS
from kg.projection import Tell
from kg.property_graph import MAPPING
from kg.records import JSON, Extraction, Graph, Node, Paper, paper_node
from kg.settings import Settings
from kg.sources import AUTO, Rejected, read_papers
from kg.stores import Limits, Origin, Rows, Store, Value
from kg.stores.opening import open_door
from kg.stores.oxigraph import OxigraphStore, to_rdflib
from kg.vocabulary import Vocabulary, load_vocabulary, ontology_hash
from kg.watch import Book, Standing

if TYPE_CHECKING:
    import networkx
    import rdflib

    from kg.export.pictures import Picture
    from kg.pack import Pack
    from kg.stores.bolt import BoltStore
    from kg.stores.door import CypherDoor
    from kg.stores.sparql_endpoint import SparqlEndpoint

log = logging.getLogger(__name__)

INDEX_FOLDER = "lookups"
"""Where the index that look-ups read lies in it."""
ASSEMBLY = "3"
"""Version of the rules of assembly: a ledger assembled under another one is assembled anew."""


class Reader(Protocol):
    """What reads papers; the pipeline of `kg.extract` unless another one is given."""

    @property
    def version(self) -> str:
        """Part of every reading: another version reads papers again."""
        ...

    def read(self, papers: Iterable[Paper], workers: int) -> Iterator[Extraction]:
        """Yield one extraction for each paper, in their order."""
        ...


@dataclass(frozen=True)
class Pipeline:
    """The spaCy pipeline, in this process, in several, or on the Dask cluster at an address."""

    dask: str | None = None

    @cached_property
    def version(self) -> str:
        """The pipeline's version."""
        from kg.extract import VERSION  # spaCy takes a second to import, and asking needs none of it

        return VERSION

    def read(self, papers: Iterable[Paper], workers: int) -> Iterator[Extraction]:
        """Yield one extraction for each paper, in their order."""
        if self.dask:
            return _on_cluster(papers, self.dask)
        from kg.extract import extract, extract_parallel

        return extract(papers) if workers <= 1 else extract_parallel(papers, workers=workers)


def _on_cluster(papers: Iterable[Paper], address: str) -> Iterator[Extraction]:
    try:
        from kg.extract.cluster import extract_on_cluster
    except ModuleNotFoundError as error:
        raise ClusterError(address, f"Dask needs {error.name}: pip install 'alignkg[dask]'") from error
    return extract_on_cluster(papers, address=address)


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did, so far or in all."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: tuple[Rejected, ...] = ()
    seconds: float = 0.0

    @property
    def papers(self) -> int:
        """How many papers were taken in, new or not."""
        return self.added + self.changed + self.unchanged


class Workspace:
    """A knowledge graph in a folder. Open it with `kg.open`; it is its own context manager."""

    def __init__(
        self, directory: Path, settings: Settings, vocabulary: Vocabulary, reader: Reader | None = None
    ) -> None:
        self.directory, self.settings, self.vocabulary = directory, settings, vocabulary
        self.reader = reader or Pipeline()
        directory.mkdir(parents=True, exist_ok=True)
        _refuse_lost_ledger(directory)
        self.ledger = Ledger(directory / LEDGER_FILE, settings.lock_seconds)
        self.grounder = Grounder(vocabulary)
        self._deciding = Deciding(self.ledger, self.grounder)
        self._keeper = Keeper(self.ledger, self.store_directory, vocabulary, settings)
        self._door: CypherDoor | None = None
        self.index = LookupIndex(directory / INDEX_FOLDER, vocabulary, settings.lock_seconds)
        self._book = Book(directory / LEDGER_FILE, settings.lock_seconds)
        self.standing = Standing(self._book, self._find_all, self.index.position, vocabulary)
        self._bring_up_to_date()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files, and stop the Bolt server if it was started here."""
        if self._door is not None:
            self._door.close()
            self._door = None
        self._keeper.release()
        self.index.close()
        self._book.close()
        self.ledger.close()

    # --- papers in and out ------------------------------------------------------------------------------

    def ingest(
        self,
        source: str | Path | Iterable[Paper],
        *,
        format: str = AUTO,
        workers: int = 1,
        dask: str | None = None,
        strict: bool = False,
        progress: Callable[[IngestReport], None] = lambda _: None,
    ) -> IngestReport:
        """Take in papers from a file, a directory, "-" for standard input, or as records.

        Papers that are there already, with the same content, change nothing. Records that cannot be read
        are reported and passed over; with `strict` the first one raises SourceError, after everything
        before it is safe in the ledger. `progress` is told after each batch. `workers` processes read them,
        or the workers of the Dask scheduler at an address such as `tcp://host:8786`.
        """
        rejected: list[Rejected] = []
        papers: Iterable[Paper]
        if isinstance(source, str | Path):
            papers = read_papers(source, format=format, strict=strict, on_reject=rejected.append)
        else:
            papers = source
        run = _Ingest(self.ledger, Pipeline(dask) if dask else self.reader)
        began = time.monotonic()
        pairs = run.pairs(papers, workers)
        while batch := list(islice(pairs, self.settings.batch)):
            self._write(batch, run)
            progress(run.report(rejected, time.monotonic() - began))
        self.catch_up()
        if run.failure:
            raise run.failure
        return run.report(rejected, time.monotonic() - began)

    def _write(self, batch: Sequence[tuple[Paper, Extraction]], run: _Ingest) -> None:
        with self.ledger.transaction():
            dirty: set[str] = set()
            for paper, extraction in batch:
                dirty |= run.append(paper, extraction)
            kg.assemble.update(self.ledger, dirty, self.grounder, self.curation)

    def remove(self, paper: str) -> None:
        """Take a paper out, and with it all evidence and whatever only it held up; NotFound if not there."""
        if self.ledger.record(paper) is None:
            raise NotFound(paper)
        with self.ledger.transaction():
            dirty = self.ledger.append_removal(paper)
            kg.assemble.update(self.ledger, dirty, self.grounder, self.curation)
        self.catch_up()

    # --- decisions --------------------------------------------------------------------------------------

    @property
    def curation(self) -> Curation:
        """The decisions that are in force."""
        return Curation(self.ledger.decisions())

    def history(self) -> tuple[Decision, ...]:
        """Return all decisions ever taken, oldest first."""
        return self.ledger.decisions()

    def decide(self, wanted: Proposal) -> Decision:
        """Take a decision; CurationError or NotFound where it does not fit the graph.

        Once it is recorded it holds: NotShownYet says what keeps the store from showing it.
        """
        taken = self._deciding.record(wanted)
        try:
            self.catch_up()
        except (StoreUnavailable, StoreDamaged) as error:
            raise NotShownYet(taken.number, str(error)) from error
        return taken

    def preview(self, wanted: Proposal) -> Effect:
        """Say what a decision would change, without taking it."""
        return self._deciding.preview(wanted)

    def merge(self, entity: str, into: str, *, reason: str = "") -> Decision:
        """Decide that one entity is another; both have types that texts confuse."""
        return self.decide(Proposal("merge", entity, into, reason=reason))

    def split(self, entity: str, papers: Iterable[str], name: str, *, reason: str = "") -> Decision:
        """Decide that in these papers an entity is another thing, which gets the name given."""
        return self.decide(Proposal("split", entity, papers=tuple(papers), name=name, reason=reason))

    def retype(self, entity: str, type_name: str, *, reason: str = "") -> Decision:
        """Decide that an entity is of another type."""
        return self.decide(Proposal("retype", entity, type=type_name, reason=reason))

    def accept(self, node: str, *, reason: str = "") -> Decision:
        """Decide that a statement or result is right: it is believed fully."""
        return self.decide(Proposal("accept", node, reason=reason))

    def reject(self, node: str, *, reason: str = "") -> Decision:
        """Decide that a statement or result is wrong: it leaves the graph, and stays in the ledger."""
        return self.decide(Proposal("reject", node, reason=reason))

    def undo(self, number: int, *, reason: str = "") -> Decision:
        """Take a decision back: the graph is exactly as if it had never been taken."""
        return self.decide(Proposal("undo", undoes=number, reason=reason))

    # --- the assembled graph ----------------------------------------------------------------------------

    def graph(self) -> Graph:
        """Return the whole graph in memory."""
        return Graph.of(self.ledger.nodes())

    def counts(self) -> Mapping[str, int]:
        """Return how many nodes there are by the first part of their ids, as the index counted them."""
        slugs = {known.name: slug for slug, known in self.vocabulary.types_by_slug.items()}
        found = self.lookups.counts().items()
        return dict(sorted((slugs.get(kind, kind.lower()), nodes) for kind, nodes in found))

    def node(self, id_: str) -> Node:
        """Return one paper, entity, statement or result; NotFound where there is none."""
        found = self.ledger.node(id_) or self.ledger.node(paper_node(id_))
        if found is None:
            raise NotFound(id_)
        return found

    def check(self) -> list[str]:
        """Return what is wrong: the ledger's file, offsets and ends, and a store that differs from it."""
        damage = self.ledger.damage()
        if damage:
            return damage
        found = list(faults_of_nodes(self.ledger.nodes, self.vocabulary))
        return found + list(faults_of_store(self.ledger.nodes(), self.store, self.vocabulary))

    def check_store(self, store: BoltStore | SparqlEndpoint) -> list[str]:
        """Return in what a server's store differs from the ledger."""
        where = self.origin, self.ledger.position()
        return list(faults_of_server(self.ledger.nodes(), store, where, self.vocabulary))

    def rebuild(self) -> None:
        """Assemble everything anew from papers, readings and decisions, and load the store again."""
        with self.ledger.transaction():
            self._assemble()
        self._keeper.make_anew()
        self.catch_up()

    def _assemble(self) -> None:
        self.ledger.forget_assembled()
        kg.assemble.update(self.ledger, self.ledger.papers(), self.grounder, self.curation)
        self.ledger.note_assembly(self._assembly)

    @cached_property
    def _assembly(self) -> str:
        return f"{ASSEMBLY}:{ontology_hash()}"

    def _bring_up_to_date(self) -> None:
        """Assemble under these rules and this ontology, and catch the store up after a crash."""
        if self.ledger.assembly() != self._assembly:
            if self.ledger.counts():
                log.warning(
                    "the ontology has changed: assembling %s anew, which may take a while", self.directory
                )
            with self.ledger.transaction():
                if self.ledger.assembly() != self._assembly:  # else another process was faster
                    self._assemble()
        self.catch_up()

    # --- the store --------------------------------------------------------------------------------------

    @property
    def store_directory(self) -> Path:
        """Where the embedded store lies."""
        return self.directory / STORE_FOLDER

    def catch_up(self) -> None:
        """Bring the store to the ledger's position, and ask the standing questions again.

        One that cannot be asked stops nothing: it is compared with what it was told last at the next change.
        """
        self._keeper.catch_up()
        self.index.catch_up(self.ledger, self.origin)
        for trouble in self.standing.look():
            log.warning("%s", trouble)

    @property
    def origin(self) -> Origin:
        """What a store of this graph bears, so that no other graph is ever mixed with it."""
        return Origin(self.ledger.identity(), f"{self._assembly}:{MAPPING}")

    def catch_up_store(self, store: Store, *, tell: Tell = lambda _done, _total: None) -> None:
        """Bring any store of this graph to the ledger's position, telling how far it has come."""
        self._keeper.project(store, tell=tell)

    @property
    def store(self) -> OxigraphStore:
        """The store, open for reading."""
        return self._keeper.store

    def query(self, sparql: str, parameters: Mapping[str, Value] | None = None) -> Rows:
        """Answer a SPARQL SELECT or ASK query, `parameters` bound to its variables."""
        limits = Limits(self.settings.query_seconds, self.settings.query_rows)
        return self.store.query(sparql, parameters or {}, limits)

    def cypher(self, text: str, parameters: Mapping[str, JSON] | None = None) -> Rows:
        """Answer a read-only Cypher query; the server that answers starts with the first one."""
        limits = Limits(self.settings.query_seconds, self.settings.query_rows)
        return self.cypher_door().query(text, parameters or {}, limits)

    def cypher_door(self, *, host: str = "127.0.0.1", port: int = 0) -> CypherDoor:
        """Return what answers in Cypher; where its server listens is settled by the first call."""
        if self._door is None:
            self._door = open_door(self, self.ledger.position, host, port)
        return self._door

    def serialize(self, sparql: str, media_type: str) -> bytes:
        """Answer a SPARQL query in a standard format such as text/turtle or text/csv."""
        answer = self.store.serialize(sparql, media_type, Limits(self.settings.query_seconds))
        if answer.media_type != media_type:
            raise QueryError(
                f"this query's answer is not written as {media_type}, but as {answer.media_type}"
            )
        return answer.body

    @cached_property
    def lookups(self) -> Lookups:
        """The named questions over this graph."""
        return Lookups(Indexed(self.index, Limits(self.settings.query_seconds)), self.vocabulary)

    def find(self, question: str, *, limit: int | None = None, cursor: str | None = None) -> Answer:
        """Answer a question in words, each row with its sentences: "methods evaluated on MT-Bench"."""
        return self.lookups.ask(question, limit=limit or self.settings.page_size, cursor=cursor)

    def pack(self, question: str, *, tell: Callable[[str], None] = lambda _: None) -> Pack:
        """Collect all that stands behind the answer to a question, for `kg.pack.write_pack`."""
        from kg.pack import gather, pack_of  # most who open a graph draw nothing

        tell("asking")
        return pack_of(gather(question, self.lookups, self.store), self.origin, tell=tell)

    def _find_all(self, question: str) -> Answer:
        return self.find(question, limit=ALL_ROWS)

    # --- other libraries --------------------------------------------------------------------------------

    def to_networkx(self) -> networkx.MultiDiGraph:
        """Return the graph as networkx knows it; its attributes survive GraphML."""
        from kg.export.networkx import to_networkx  # most who open a graph draw nothing

        return to_networkx(self.graph(), self.vocabulary)

    def to_rdflib(self) -> rdflib.Graph:
        """Return an rdflib graph over the store: read-only, and current after every change made here."""
        return to_rdflib(lambda: self.store.database)

    def draw(self, name: str, *, depth: int = 1, limit: int = 40) -> Picture:
        """Draw what is believed most of what lies around a thing; a notebook shows it where it stands."""
        from kg.export.pictures import picture  # most who open a graph draw nothing
        from kg.export.select import neighbourhood

        node = self.lookups.reader.refresh().require(name)[0]
        return picture(neighbourhood(self.graph(), node, depth=depth, limit=limit), self.vocabulary)


class _Ingest:
    """The counts and the failure of one ingest, and what it appends."""

    def __init__(self, ledger: Ledger, reader: Reader) -> None:
        self.ledger, self.reader = ledger, reader
        self.added = self.changed = self.unchanged = 0
        self.failure: SourceError | None = None

    def pairs(self, papers: Iterable[Paper], workers: int) -> Iterator[tuple[Paper, Extraction]]:
        """Yield each paper that is new or changed with what was read in it."""
        waiting: deque[Paper] = deque()
        for extraction in self.reader.read(self._fresh(papers, waiting), workers):
            yield waiting.popleft(), extraction

    def _fresh(self, papers: Iterable[Paper], waiting: deque[Paper]) -> Iterator[Paper]:
        # A failing source ends the stream here, so that the papers before it are still read and written.
        try:
            for paper in papers:
                if self._is_there(paper):
                    self.unchanged += 1
                else:
                    waiting.append(paper)
                    yield paper
        except SourceError as error:
            self.failure = error

    def _is_there(self, paper: Paper) -> bool:
        same = self.ledger.content(paper.id) == paper.content
        return same and self.ledger.has_reading(paper, self.reader.version)

    def append(self, paper: Paper, extraction: Extraction) -> frozenset[str]:
        """Append one paper and its reading; return the ids of the papers that this may change."""
        there = self.ledger.content(paper.id)
        self.ledger.append_reading(paper, extraction)
        if there == paper.content:
            self.unchanged += 1
            return frozenset({paper.id})
        self.added, self.changed = self.added + (there is None), self.changed + (there is not None)
        return self.ledger.append(paper)

    def report(self, rejected: Iterable[Rejected], seconds: float) -> IngestReport:
        """Return what was done so far."""
        return IngestReport(self.added, self.changed, self.unchanged, tuple(rejected), seconds)


def open_workspace(directory: str | Path | None = None, *, settings: Settings | None = None) -> Workspace:
    """Open the knowledge graph in a folder, made where it is not there; as `kg.open`."""
    settings = settings or Settings.from_environment()
    return Workspace(Path(directory or settings.db), settings, load_vocabulary())


def _refuse_lost_ledger(directory: Path) -> None:
    """Raise LedgerError where a store is there without its ledger: a new one would pass for the graph."""
    file = directory / LEDGER_FILE
    log_of_changes = directory / f"{LEDGER_FILE}-wal"
    there = any(part.is_file() and part.stat().st_size for part in (file, log_of_changes))
    if not there and (directory / STORE_FOLDER / "SNAPSHOT").is_file():
        raise LedgerError(
            f"{file}: is gone or empty, and the store beside it is of a graph; put a backup in its place "
            f"with kg restore BACKUP --db {directory}, or remove {directory / STORE_FOLDER} to begin anew"
        )
