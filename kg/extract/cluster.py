"""Reading on a Dask cluster: batches go to its workers and come back in order, whatever becomes of a worker.

Where a worker dies, Dask gives its batches to another one. Every paper is read by itself, so that it does not
matter which worker reads it. Needs the extra `dask`; the workers need AlignKG, too, in this version.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice

from distributed import CancelledError, Client, Future, KilledWorker

from kg.errors import ClusterError
from kg.extract.reader import read_batch
from kg.extract.version import VERSION
from kg.records import Extraction, Paper

_WAITING = 3
"""Batches per worker that are read ahead: what bounds memory."""
_CONNECT_SECONDS = 10
_pipeline = threading.Lock()
"""A worker with several threads reads one batch at a time: they share one spaCy pipeline."""


def extract_on_cluster(
    papers: Iterable[Paper], *, address: str, batch_size: int = 64
) -> Iterator[Extraction]:
    """Read papers on the cluster of a scheduler, `tcp://host:8786`, in order.

    ClusterError says what is wrong: nobody is there, a worker lacks AlignKG or has another version of it.
    """
    rest = iter(papers)
    waiting: deque[Future[list[Extraction]]] = deque()
    with closing(_connected(address)) as client:
        while batch := list(islice(rest, batch_size)):
            waiting.append(client.submit(_read_alone, batch, pure=False))
            workers = len(client.nthreads())  # type: ignore[no-untyped-call]
            if len(waiting) >= _WAITING * max(1, workers):
                yield from _result(waiting.popleft(), address)
        while waiting:
            yield from _result(waiting.popleft(), address)


def _connected(address: str) -> Client:
    try:
        return Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        reason = f"no Dask scheduler answers ({error}); dask scheduler starts one, dask worker its workers"
        raise ClusterError(address, reason) from error


def _read_alone(papers: list[Paper]) -> list[Extraction]:
    with _pipeline:
        return read_batch(papers)


def _result(batch: Future[list[Extraction]], address: str) -> list[Extraction]:
    with _translated(address):
        extractions = batch.result()
    for extraction in extractions:
        if extraction.version != VERSION:
            reason = (
                f"a worker reads with version {extraction.version}, here it is {VERSION}; bring both to one"
            )
            raise ClusterError(address, reason)
    return extractions


@contextmanager
def _translated(address: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        reason = f"a worker cannot read papers ({error}); install AlignKG there"
        raise ClusterError(address, reason) from error
    except KilledWorker as error:
        reason = f"several workers died over one batch ({error}); see their logs, memory is the usual reason"
        raise ClusterError(address, reason) from error
    except (CancelledError, OSError) as error:
        reason = f"the cluster was lost ({error}); what was taken in is kept, run it again to go on"
        raise ClusterError(address, reason) from error
