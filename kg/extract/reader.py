"""From papers to extractions, one after another or in several processes; the same either way."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache
from itertools import chain, islice

from spacy.language import Language
from spacy.tokens import Doc

from kg.errors import SourceError
from kg.extract.one_thread import on_one_thread
from kg.extract.pipeline import MAX_LENGTH, load_pipeline
from kg.extract.version import VERSION
from kg.records import Extraction, Paper

_WAITING = 3
"""Batches per worker that are read ahead: what bounds memory."""


def extract(
    papers: Iterable[Paper], *, nlp: Language | None = None, batch_size: int = 64
) -> Iterator[Extraction]:
    """Read papers one after another, in order, holding a batch at a time.

    SourceError names a paper whose text is longer than a million code points: nothing is cut off silently.
    """
    pipeline = nlp or _own_pipeline()
    rest = iter(papers)
    while batch := list(islice(rest, batch_size)):
        yield from _read(batch, pipeline)


def extract_parallel(papers: Iterable[Paper], *, workers: int, batch_size: int = 64) -> Iterator[Extraction]:
    """Read papers in several processes, in order; a few batches a worker are read ahead, no more.

    What fits into one batch is read here: it would keep one process busy, and the others only start.
    """
    rest = iter(papers)
    first = list(islice(rest, batch_size + 1))
    if len(first) <= batch_size:
        yield from extract(first, batch_size=batch_size)
        return
    rest = chain(first, rest)
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(max_workers=workers, mp_context=spawn)
    waiting: deque[Future[list[Extraction]]] = deque()
    try:
        while batch := list(islice(rest, batch_size)):
            waiting.append(pool.submit(read_batch, batch))
            if len(waiting) >= workers * _WAITING:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


@lru_cache(maxsize=1)
def _own_pipeline() -> Language:
    return load_pipeline()


def read_batch(papers: list[Paper]) -> list[Extraction]:
    """Read a batch by the pipeline of this process, which is built at the first one."""
    return _read(papers, _own_pipeline())


def _read(papers: list[Paper], nlp: Language) -> list[Extraction]:
    """Read a batch; the words that only its texts have are forgotten after it, or memory would grow."""
    with on_one_thread(), nlp.memory_zone():
        return list(_extractions(papers, nlp))


def _extractions(papers: list[Paper], nlp: Language) -> Iterator[Extraction]:
    # One Doc a batch: matrix sums, and with them near ties of the parser, would depend on its neighbours.
    docs = nlp.pipe((_document(nlp, paper) for paper in papers), batch_size=1)
    for paper, doc in zip(papers, docs, strict=True):
        yield Extraction(
            paper=paper.id,
            content=paper.content,
            version=VERSION,
            entities=doc._.kg_entities,
            claims=doc._.kg_claims,
            results=doc._.kg_results,
        )


def _document(nlp: Language, paper: Paper) -> Doc:
    if len(paper.text) > MAX_LENGTH:
        reason = (
            f"paper {paper.id} has {len(paper.text):,} characters; at most {MAX_LENGTH:,} are read at once"
        )
        raise SourceError(paper.source or paper.id, reason)
    doc = nlp.make_doc(paper.text)
    doc._.kg_paper = paper
    return doc
