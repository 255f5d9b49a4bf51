"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from kg.vocabulary import Vocabulary, load_vocabulary
from kg.workspace import open_workspace
from tests.bolt_servers import neo4j_server
from tests.dealing import Dealer, made_once, place
from tests.toy import SCRATCH

if TYPE_CHECKING:
    from xdist.remote import Producer

    from kg.stores.address import Access
    from tests.sparql_servers import SparqlServer

CORPUS = Path(__file__).parent.parent / "corpus" / "papers.jsonl"
SHARED = Path(__file__).parent.parent.parent / "shared"
# Java compiles as for a long life, which takes servers that live for seconds more time than it saves them.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
if SCRATCH:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(SCRATCH))  # for `tmp_path` and the like


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture(scope="session")
def corpus_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a graph of the bundled corpus, to ask; a test that changes it copies it first."""
    return made_once(tmp_path_factory, "corpus", lambda folder: _ingest(CORPUS, folder))


@pytest.fixture(scope="session")
def seeds_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a graph of the seed papers, for tests marked `shared`; a change is for a copy."""
    seeds = next((SHARED / "seeds").glob("*.txt"))
    return made_once(tmp_path_factory, "seeds", lambda folder: _ingest(seeds, folder))


def _ingest(papers: Path, folder: Path) -> None:
    with open_workspace(folder) as graph:
        graph.ingest(papers)


@pytest.fixture(scope="session")
def service_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running service over a few papers."""
    from tests.served import served  # only tests of the service wait for its imports

    with served(tmp_path_factory.mktemp("served")) as address:
        yield address


@pytest.fixture
def client(service_address: str) -> Iterator[httpx.Client]:
    """A client of the running service."""
    with httpx.Client(base_url=service_address, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def neo4j_access(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    """Where a Neo4j server is, started for this run; its one database is cleared by whoever uses it."""
    with neo4j_server(tmp_path_factory.mktemp("neo4j")) as access:
        yield access


@pytest.fixture(scope="session")
def oxigraph() -> Iterator[SparqlServer]:
    """Where Oxigraph's server is; it is emptied by whoever uses it."""
    from tests.sparql_servers import oxigraph_server  # few tests speak to other servers

    with oxigraph_server() as server:
        yield server


@pytest.fixture(scope="session")
def fuseki() -> Iterator[SparqlServer]:
    """Where a Fuseki is, started for this run; its dataset is emptied by whoever uses it."""
    from tests.sparql_servers import fuseki_server

    with fuseki_server() as server:
        yield server


@pytest.fixture
def shared() -> Path:
    """The folder of annotated papers and real abstracts beside the checkout."""
    return SHARED


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Dealer:
    return Dealer(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.path))
    if not SHARED.is_dir():
        skip = pytest.mark.skip(reason=f"{SHARED.name}/ is not beside the checkout")
        for item in items:
            if item.get_closest_marker("shared"):
                item.add_marker(skip)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In continuous integration, fail a test that was skipped although what it needs must be there."""
    report = yield
    server = item.get_closest_marker("neo4j") or item.get_closest_marker("fuseki")
    if report.skipped and server and isinstance(report.longrepr, tuple):
        # One line for all of them, and of no one's place.
        said = (f"tests marked {server.name}", None, report.longrepr[2])
        report.longrepr = said  # type: ignore[assignment]
    needed = item.get_closest_marker("browser") or (SHARED.is_dir() and item.get_closest_marker("shared"))
    must_run = "CI" in os.environ and needed
    if must_run and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = (
            f"{item.nodeid} was skipped in continuous integration, which has what it needs: {report.longrepr}"
        )
    return report
