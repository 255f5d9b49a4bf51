"""How tests are dealt out to the processes that `scripts/check` runs, and what one of them makes for all.

A process gets whole files, since what a file starts serves all of its tests. Those that take longest come
first, so that no process is left alone with one of them in the end.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

NEO4J = ("test_doors.py", "test_bolt.py", "test_push.py", "test_cypher_neo4j.py")
"""They share the one database of one Neo4j, and so a process."""
LONG = (
    *NEO4J, "test_explorer.py", "test_site.py", "test_kills.py", "test_sparql_endpoint.py", "test_cypher.py",
    "test_workspace.py", "test_hostile_cypher.py", "test_bulk.py", "test_faults.py", "test_extract.py",
    "test_api_ingest.py", "test_mcp.py",
)  # fmt: skip


class Dealer(LoadFileScheduling):  # type: ignore[misc]  # it comes without types
    """Deals out files in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "neo4j" if Path(file).name in NEO4J else file


def place(file: Path) -> int:
    """Return where a file comes among the others: what takes long comes first."""
    return LONG.index(file.name) if file.name in LONG else len(LONG)


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that one process of a run makes, for each process a copy of it."""
    own = factory.mktemp(name) / "kg"
    if "PYTEST_XDIST_WORKER" not in os.environ:
        make(own)
        return own
    first = factory.getbasetemp().parent / name  # beside the folders of the processes
    with FileLock(first.with_suffix(".lock")):
        if not first.is_dir():
            make(own)
            shutil.copytree(own, first)
        else:
            shutil.copytree(first, own)
    return own
