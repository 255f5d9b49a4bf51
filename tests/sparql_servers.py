"""The servers that tests speak SPARQL 1.1 with: Oxigraph's own, and a Fuseki that asks for a password."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from kg.stores import Origin
from kg.stores.address import read_endpoint
from kg.stores.sparql_endpoint import SparqlEndpoint
from scripts.java_servers import free_port
from tests.bolt_servers import CANNOT_BE_INSTALLED
from tests.toy import SCRATCH

SCRIPT = Path(__file__).parent.parent / "scripts" / "fuseki"
PATIENCE = 30.0


@dataclass(frozen=True)
class SparqlServer:
    """A server that runs."""

    address: str
    password: str = ""

    def connect(self, origin: Origin, query: str = "") -> SparqlEndpoint:
        """Open its dataset; `query` is the end of the address."""
        return SparqlEndpoint.connect(read_endpoint(self.address + query), self.password, origin=origin)

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to know beside the address."""
        return {"KG_SPARQL_PASSWORD": self.password}

    def update(self, text: str) -> None:
        """Change the dataset behind the store's back."""
        place = read_endpoint(self.address)
        auth = (place.user, self.password) if place.user else None
        headers = {"Content-Type": "application/sparql-update"}
        httpx.post(place.update, content=text, headers=headers, auth=auth, timeout=60).raise_for_status()

    def empty(self) -> None:
        """Take everything out."""
        self.update("DROP ALL")


def oxigraph_program() -> str:
    """Return the program of that name; skip where it is not installed."""
    program = shutil.which("oxigraph", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("the program `oxigraph` is not installed; pip install oxigraph brings it")
    return program


@contextmanager
def oxigraph_server(*options: str) -> Iterator[SparqlServer]:
    """Run `oxigraph serve`, in memory unless told otherwise."""
    place = f"127.0.0.1:{free_port()}"
    command = [oxigraph_program(), "serve", "--bind", place, *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://{place}/", process)
        yield SparqlServer(f"sparql+http://{place}")
    finally:
        process.kill()
        process.communicate()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            httpx.get(address)
        except httpx.TransportError:
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.02)
        else:
            return


@contextmanager
def fuseki_server() -> Iterator[SparqlServer]:
    """Run Fuseki, its files in memory; skip where it cannot be installed, fail where it does not run."""
    home = tempfile.mkdtemp(dir=SCRATCH)
    environment = {**os.environ, "KG_FUSEKI_HOME": home, "KG_FUSEKI_HEAP": "512m"}

    def told(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([SCRIPT, command], capture_output=True, text=True, env=environment, check=False)

    started = told("start")
    if started.returncode == CANNOT_BE_INSTALLED:
        pytest.skip(started.stderr.strip().splitlines()[-1])
    assert started.returncode == 0, started.stderr
    try:
        yield SparqlServer(started.stdout.strip(), told("password").stdout.strip())
    finally:
        stopped = told("stop")
        shutil.rmtree(home)
    assert stopped.returncode == 0, stopped.stderr


def lines_of(server: SparqlServer, origin: Origin, query: str = "") -> bytes:
    """Return what is in the graph, as sorted N-Quads."""
    with closing(server.connect(origin, query)) as store:
        return "".join(sorted(f"{line}\n" for line in store.lines())).encode()
