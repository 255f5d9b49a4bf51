"""Papers that come over HTTP: read in a process of its own, which holds nobody up and can be killed.

It does what `kg ingest` does. The answer comes when all is in the ledger; whoever never hears it sends the
same once more, and what is there already changes nothing.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import kg
from api import problems
from api.problems import RequestError
from kg.errors import KGError, SourceError, StoreUnavailable
from kg.records import Paper
from kg.settings import Settings
from kg.sources import Rejected, read_papers
from kg.vocabulary import load_vocabulary
from kg.workspace import IngestReport, Reader, Workspace

logger = logging.getLogger(__name__)

_AGAIN_SECONDS = 10
_POLITENESS = 5
"""How far an ingest steps back for those who ask, as `nice` counts."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one request brings, and where it goes."""

    file: Path
    format: str
    directory: Path
    settings: Settings
    reader: Reader


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it. Once it is in the ledger it holds; `shown` says whether readers see it, too."""

    papers: tuple[str, ...]
    report: IngestReport
    position: int
    shown: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing was acknowledged."""

    status: int
    detail: str


class Intake:
    """Takes in what one request at a time brings."""

    def __init__(self, read: Workspace, settings: Settings) -> None:
        self._read, self._settings = read, settings
        self._turn = threading.Lock()
        self._working: subprocess.Popen[bytes] | None = None
        self._closed = False

    def close(self) -> None:
        """Stop: what is in the ledger stays there, and what was not acknowledged is sent again."""
        self._closed = True
        working = self._working
        if working is not None:
            working.kill()

    def take(self, body: bytes, format: str) -> Taken:
        """Read papers and record them; RequestError says what keeps it from that."""
        if not self._turn.acquire(blocking=False):
            raise _busy("papers of another request are being read; send these again in a moment")
        try:
            with _on_disk(body) as file:
                outcome = self._work(self._job(file, format))
        finally:
            self._turn.release()
        if isinstance(outcome, Taken):
            return outcome
        if outcome.status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise _busy(outcome.detail)
        raise RequestError(HTTPStatus(outcome.status), outcome.detail)

    def _job(self, file: Path, format: str) -> Job:
        read = self._read
        return Job(file, format, read.directory, self._settings, read.reader)

    def _work(self, job: Job) -> Taken | Refused:
        if self._closed:
            raise _busy("the service is stopping")
        with subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-P", "-c", f"from {__name__} import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": _import_path()},
        ) as working:
            self._working = working
            try:
                reply, _ = working.communicate(pickle.dumps(job), timeout=self._settings.ingest_seconds)
            except subprocess.TimeoutExpired:
                return Refused(HTTPStatus.GATEWAY_TIMEOUT, self._too_long())
            finally:
                self._working = None
                working.kill()
        return self._outcome(reply, working.returncode)

    def _too_long(self) -> str:
        seconds = self._settings.ingest_seconds
        return (
            f"this took more than {seconds:g} s and was stopped; send fewer papers at a time. {_WHAT_STAYS}"
        )

    def _outcome(self, reply: bytes, code: int) -> Taken | Refused:
        if code == 0:
            outcome: Taken | Refused = pickle.loads(reply)  # noqa: S301  # what our own process wrote
            return outcome
        if self._closed:
            return Refused(HTTPStatus.SERVICE_UNAVAILABLE, f"the service is stopping. {_WHAT_STAYS}")
        logger.error("the process that read the papers of a request ended with code %s", code)
        detail = f"the process that read these papers ended with code {code}. {_WHAT_STAYS}"
        return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


_WHAT_STAYS = "What was taken in stays; to send the same again does no harm"


def main() -> None:
    """Do the job that standard input brings, and tell on standard output how it went."""
    told, sys.stdout = sys.stdout.buffer, sys.stderr  # what a library prints is no reply
    os.nice(_POLITENESS)
    job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301  # what our own process wrote
    pickle.dump(taken(job), told)
    told.flush()


def taken(job: Job) -> Taken | Refused:
    """Do a job here; whoever asked for it is told what became of it, whatever it was."""
    try:
        papers, rejected = _papers_of(job)
        with Workspace(job.directory, job.settings, load_vocabulary(), job.reader) as graph:
            return _ingest(graph, papers, rejected)
    except RequestError as error:
        return Refused(error.status, error.detail)
    except SourceError as error:  # which names a file of ours
        where = f"line {error.line}: " if error.line else ""
        return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"{where}{error.reason}")
    except KGError as error:
        return Refused(problems.STATUS[type(error)], str(error))


def _papers_of(job: Job) -> tuple[list[Paper], list[Rejected]]:
    """Read all that came before anything is recorded, so that too much of it is refused as a whole."""
    papers: list[Paper] = []
    rejected: list[Rejected] = []
    most = job.settings.ingest_papers

    def check() -> None:
        if len(papers) + len(rejected) > most:
            raise RequestError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"a request brings {most} records at most; send more in parts",
            )

    def reject(record: Rejected) -> None:
        rejected.append(record)
        check()

    for paper in read_papers(job.file, format=job.format, on_reject=reject):
        papers.append(paper)
        check()
    return papers, rejected


def _ingest(graph: Workspace, papers: list[Paper], rejected: list[Rejected]) -> Taken:
    done, shown = IngestReport(), True

    def tell(report: IngestReport) -> None:
        nonlocal done
        done = report

    try:
        done = graph.ingest(papers, progress=tell)
    except StoreUnavailable:  # all is in the ledger by then
        shown = False
    report = IngestReport(done.added, done.changed, done.unchanged, tuple(rejected), done.seconds)
    return Taken(tuple(paper.id for paper in papers), report, graph.ledger.position(), shown)


@contextmanager
def _on_disk(body: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="kg-papers-") as folder:
        file = Path(folder) / "body"
        file.write_bytes(body)
        yield file


def _busy(detail: str) -> RequestError:
    after = {"Retry-After": str(_AGAIN_SECONDS)}
    return RequestError(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=after)


def _import_path() -> str:
    here = str(Path(kg.__file__).parent.parent)
    return os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
