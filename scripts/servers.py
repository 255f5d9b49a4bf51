"""Servers to measure, each in processes of its own: ours, and those that it stands beside."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from api.server import listen
from kg.keeper import STORE_FOLDER
from kg.stores.folder import Folder

_PATIENCE = 600.0
_ADDRESS = re.compile(r"http://[\w.:\[\]-]+/")


@dataclass(frozen=True)
class Server:
    """A running server: where it is, where its SPARQL is, and how long it took to be ready."""

    name: str
    process: subprocess.Popen[str]
    address: str
    sparql: str
    ready: float

    def memory(self) -> int:
        """Return the memory of its processes in MB, without the files that are mapped into it."""
        return sum(map(own_memory, [self.process.pid, *_descendants(self.process.pid)])) // 1024


@contextmanager
def kg_serve(db: Path, *more: str) -> Iterator[Server]:
    """Run `kg serve` over the graph in a folder."""
    began = time.monotonic()
    command = [sys.executable, "-m", "kg", "serve", "--db", str(db), "--port", "0", *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with _ending(process):
        assert process.stdout is not None
        found = next(filter(None, map(_ADDRESS.search, process.stdout)))
        address = found[0].rstrip("/")
        _wait_for(f"{address}/healthz", process)
        yield Server("kg serve", process, address, f"{address}/sparql", time.monotonic() - began)


@contextmanager
def oxigraph_serve(program: str, database: Path) -> Iterator[Server]:
    """Run `oxigraph serve` over a database of the same engine: a snapshot of our store is one."""
    port, began = _free_port(), time.monotonic()
    bind = f"127.0.0.1:{port}"
    command = [program, "serve-read-only", "--location", str(database), "--bind", bind]
    process = subprocess.Popen(command, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with _ending(process):
        _wait_for(f"http://{bind}/", process)
        yield Server(
            "oxigraph serve", process, f"http://{bind}", f"http://{bind}/query", time.monotonic() - began
        )


@contextmanager
def rdflib_endpoint(python: str, file: Path) -> Iterator[Server]:
    """Run rdflib-endpoint over a file of N-Quads, which rdflib reads into memory."""
    graph = "graph = rdflib.Dataset(default_union=True); graph.parse(sys.argv[1], format='nquads')"
    with _rdflib_endpoint("rdflib-endpoint, in memory", python, graph, file) as server:
        yield server


@contextmanager
def rdflib_endpoint_over(python: str, database: Path) -> Iterator[Server]:
    """Run rdflib-endpoint over a database of Oxigraph's, by oxrdflib."""
    graph = (
        "import pyoxigraph, oxrdflib; store = pyoxigraph.Store.read_only(sys.argv[1]); "
        "graph = rdflib.Dataset(store=oxrdflib.OxigraphStore(store=store), default_union=True)"
    )
    with _rdflib_endpoint("rdflib-endpoint, oxrdflib", python, graph, database) as server:
        yield server


@contextmanager
def bare_server() -> Iterator[Server]:
    """Run a server that is asked for nothing but to answer."""
    port, began = _free_port(), time.monotonic()
    command = [sys.executable, "-m", "uvicorn", "scripts.bare:app", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "warning", "--no-access-log"], text=True)
    with _ending(process):
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, process)
        yield Server("uvicorn, bare", process, address, f"{address}/", time.monotonic() - began)


@contextmanager
def _rdflib_endpoint(name: str, python: str, graph: str, data: Path) -> Iterator[Server]:
    port, began = _free_port(), time.monotonic()
    code = (
        f"import rdflib, uvicorn, sys; from rdflib_endpoint import SparqlEndpoint; {graph}; "
        "uvicorn.run(SparqlEndpoint(graph=graph), port=int(sys.argv[2]), log_level='warning')"
    )
    process = subprocess.Popen([python, "-c", code, str(data), str(port)], text=True)
    with _ending(process):
        _wait_for(f"http://127.0.0.1:{port}/?query=ASK%7B%7D", process)
        address = f"http://127.0.0.1:{port}"
        yield Server(name, process, address, f"{address}/", time.monotonic() - began)


@contextmanager
def _ending(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(address: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with {process.returncode}")
        try:
            urllib.request.urlopen(address, timeout=60).read()
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit(f"{address} never answered")


def _free_port() -> int:
    with closing(listen("127.0.0.1", 0)) as taken:
        return port_of(taken)


def port_of(listener: socket) -> int:
    """Return the port that a socket listens on."""
    port: int = listener.getsockname()[1]
    return port


def snapshot_of(db: Path) -> Path:
    """Return the folder of the database that readers of a graph see."""
    folder = Folder(db / STORE_FOLDER)
    name = folder.snapshot_name()
    assert name, f"{db}: there is no store"
    return folder.path / name


# --- what they take ------------------------------------------------------------------------------------


def _descendants(process: int) -> Sequence[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, waiting = [], [process]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            found.append(child)
            waiting.append(child)
    return found


def own_memory(process: int) -> int:
    """Return the kilobytes that a process holds and no file does."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return int(next((line.split()[1] for line in status.splitlines() if line.startswith("RssAnon")), "0"))


def machine() -> str:
    """Return what kind of machine this is: its cores and its memory."""
    memory = Path("/proc/meminfo").read_text().split()[1]
    return f"{os.cpu_count()} cores, {round(int(memory) / 1024**2)} GiB of memory"
