"""The service as users meet it: a real server on a free port, over a few papers of our own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.connections import Connection
from api.server import listen
from kg.records import Paper
from kg.settings import Settings
from kg.vocabulary import load_vocabulary
from kg.workspace import Workspace
from tests.toy import ToyReader

HOSTILE = "<script>alert`1`</script>"

PAPERS = [
    Paper(
        "arXiv:2401.00001",
        "Preference tuning without a reward model",
        "PAPER proposes Method:Alpha Tuning (AT). "
        "Method:Alpha Tuning outperforms Method:Beta Search. "
        "Method:Alpha Tuning evaluatedOn Benchmark:MT-Bench = 7.3. "
        "Model:Zeta evaluatedOn Benchmark:MT-Bench = 7.34. "
        "PAPER targets Goal:helpfulness. ",
        authors=("Ada Example", "Ben Example"),
        published="2024-01-02",
        venue="Workshop on Examples",
        url="https://example.org/papers/1",
    ),
    Paper(
        "arXiv:2401.00002",
        "Margins help preference tuning",
        "PAPER proposes Method:Margin Tuning. "
        "Method:Margin Tuning outperforms Method:Alpha Tuning. "
        "maybe Method:Margin Tuning improves Benchmark:MT-Bench. "
        "Method:Margin Tuning evaluatedOn Benchmark:MT-Bench = 8.1. "
        "Model:Zeta uses Method:Alpha Tuning. Model:Zeta trainedOn Dataset:Zeta Feedback. ",
        published="2024-05",
    ),
    Paper(
        "doi:10.1000/ex.3",
        f"A title with {HOSTILE} inside",
        f"Method:Tag {HOSTILE} uses Method:Alpha Tuning. Method:Beta Search uses Dataset:Zeta Feedback. "
        "not Method:Beta Search outperforms Method:Alpha Tuning. PAPER inDomain Domain:medicine. ",
        url="javascript:alert(1)",
    ),
]  # fmt: skip


@contextmanager
def serving(app: FastAPI, http: type[asyncio.Protocol] = Connection) -> Iterator[str]:
    """Run an application on a free port; yield its address."""
    with listen("127.0.0.1", 0) as listener:
        config = uvicorn.Config(
            app,
            log_level="critical",
            lifespan="on",
            http=http,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(transport=httpx.HTTPTransport(retries=20), timeout=60) as client:
            client.get(f"{address}/healthz").raise_for_status()
        yield address
        server.should_exit = True
        thread.join()


@contextmanager
def opened(directory: Path, settings: Settings) -> Iterator[Workspace]:
    """Open a workspace that holds the papers of the examples."""
    with Workspace(directory, settings, load_vocabulary(), ToyReader()) as workspace:
        workspace.ingest(PAPERS)
        yield workspace


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """Serve the papers of the examples with small limits; yield the address."""
    settings = Settings(query_seconds=2.0, query_bytes=20_000, answer_bytes=200_000)
    with opened(directory, settings) as workspace:
        app = create_app(workspace, settings)
        app.add_api_route("/broken", _broken)
        with serving(app) as address:
            yield address


def _broken() -> None:
    raise RuntimeError("a fault of ours")
