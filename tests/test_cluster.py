"""Reading on a Dask cluster of real worker processes, one of which is killed in the middle."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from kg.cli.main import main
from kg.errors import ClusterError
from kg.extract import extract
from kg.extract.cluster import extract_on_cluster
from kg.extract.version import VERSION
from kg.records import Extraction, Paper
from kg.sources import read_papers
from tests.conftest import CORPUS


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    return list(read_papers(CORPUS, on_reject=lambda _: None))[:16]


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A scheduler with two workers, each a process that a nanny starts again when it dies."""
    options = {"threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
    with LocalCluster(n_workers=2, **options) as cluster:  # type: ignore[no-untyped-call]
        yield cluster


def worker_processes(cluster: LocalCluster) -> list[int]:
    return [nanny.pid for nanny in cluster.workers.values()]


def test_a_killed_worker_changes_nothing(cluster: LocalCluster, papers: list[Paper]) -> None:
    address = cluster.scheduler_address
    alone = [extraction.to_json() for extraction in extract(papers)]
    found = extract_on_cluster(papers, address=address, batch_size=2)
    read = [next(found)]
    os.kill(worker_processes(cluster)[0], signal.SIGKILL)
    read += found
    assert [extraction.to_json() for extraction in read] == alone


def test_the_command_reads_on_a_cluster(
    cluster: LocalCluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(CORPUS.read_text(encoding="utf-8").splitlines()[:3]), encoding="utf-8")
    command = ["kg", "ingest", str(few), "--dask", cluster.scheduler_address, "--db", str(tmp_path / "db")]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as done:
        main()
    assert (done.value.code, "3 papers: 3 new" in capsys.readouterr().out) == (0, True)


def test_a_worker_of_another_version_is_named(
    cluster: LocalCluster, papers: list[Paper], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.extract.cluster.VERSION", "0.0.1")
    found: Iterator[Extraction] = extract_on_cluster(papers[:1], address=cluster.scheduler_address)
    with pytest.raises(ClusterError, match=f"reads with version {VERSION}, here it is 0.0.1"):
        next(found)


def test_a_cluster_that_is_not_there_is_said_so(papers: list[Paper], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.extract.cluster._CONNECT_SECONDS", 0.5)
    with pytest.raises(ClusterError, match="no Dask scheduler answers"):
        next(extract_on_cluster(papers, address="tcp://127.0.0.1:1"))


def test_an_address_that_is_none_is_said_so(papers: list[Paper]) -> None:
    with pytest.raises(ClusterError, match="no Dask scheduler answers"):
        next(extract_on_cluster(papers, address="nonsense://here"))
