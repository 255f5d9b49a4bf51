"""The whole graph in files for the bulk loaders of other engines, in parts of bounded size.

Neo4j's `neo4j-admin database import` and Oxigraph's `oxigraph load` fill an empty database many times faster
than any server takes changes. What they have loaded bears the same note of its ledger, version and position
that `kg push` leaves, so that `kg check --store` compares it and `kg push` brings what has changed since.

One node of ours is in memory at a time, and the same graph is the same bytes. The files are written into a
folder beside the one that is wanted, which takes its place when all of them are whole.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from kg.bulk.parts import PART_BYTES, Folder, PartFile
from kg.errors import ConfigError
from kg.files import flush_folder
from kg.records import Node
from kg.stores import Origin
from kg.stores.manifest import Manifest
from kg.vocabulary import Vocabulary

__all__ = ["BULK_FORMATS", "PART_BYTES", "BulkManifest", "Exported", "write_bulk"]

MANIFEST_FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """The graph that is written: its nodes in the order of their ids, and where it stands."""

    origin: Origin
    position: int
    counts: Mapping[str, int]
    nodes: Iterable[Node]


@dataclass(frozen=True, slots=True)
class BulkManifest:
    """What was written: which graph, and how much of it in which files."""

    format: str
    ledger: str
    version: str
    position: int
    graph: Mapping[str, int]
    files: tuple[PartFile, ...]


class BulkWriter(Protocol):
    """Writes nodes and then the state of the graph into the files of a folder."""

    def __call__(
        self, nodes: Iterable[Node], state: Manifest, vocabulary: Vocabulary, folder: Folder, /
    ) -> None:
        """Write the graph."""
        ...


@dataclass(frozen=True, slots=True)
class _Writer:
    """A writer whose module is imported when it first writes."""

    module: str
    function: str

    def __call__(
        self, nodes: Iterable[Node], state: Manifest, vocabulary: Vocabulary, folder: Folder, /
    ) -> None:
        """Write the graph."""
        write: BulkWriter = getattr(import_module(f"kg.bulk.{self.module}"), self.function)
        write(nodes, state, vocabulary, folder)


def write_bulk(
    form: str,
    graph: Exported,
    vocabulary: Vocabulary,
    target: Path,
    *,
    part_bytes: int = PART_BYTES,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> BulkManifest:
    """Write a graph in one of BULK_FORMATS into a folder that is not there yet; return what was written."""
    total = sum(graph.counts.values())
    with _replacing_folder(target) as path, closing(Folder(path, part_bytes)) as folder:
        state = Manifest(graph.origin, graph.position)
        BULK_FORMATS[form](_told(graph.nodes, total, tell), state, vocabulary, folder)
        files = tuple(folder.finish())
        manifest = BulkManifest(
            form, graph.origin.ledger, graph.origin.version, graph.position, dict(graph.counts), files
        )
        folder.write_text(MANIFEST_FILE, json.dumps(asdict(manifest), indent=1) + "\n")
    return manifest


def _told(nodes: Iterable[Node], total: int, tell: Callable[[int, int], None]) -> Iterator[Node]:
    for done, node in enumerate(nodes, 1):
        tell(done, total)
        yield node


@contextmanager
def _replacing_folder(target: Path) -> Iterator[Path]:
    """Make a folder that takes the target's place when it is whole; a failure leaves nothing.

    Whoever is killed may leave a hidden folder `.NAME.….part` beside the target, and nothing else.
    """
    target = target.resolve()
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise ConfigError("--output", f"{target} is there already; name a folder that is new or empty")
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir()
        yield part
        part.replace(target)
        flush_folder(target.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)  # nothing is there any more where all went well


BULK_FORMATS: Mapping[str, BulkWriter] = {
    "neo4j-csv": _Writer("neo4j", "write_neo4j"),
    "nq": _Writer("nquads", "write_nquads"),
}
