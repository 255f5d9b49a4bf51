"""A reader for tests: abstracts in a tiny language, so that a test says exactly what papers state.

`"Method:Direct Policy Optimisation (DPO) uses Method:PPO. not Method:PPO improves Task:speech."`: each
sentence is a claim between `Type:name (short form)` ends; `PAPER` is the paper; `not` and `maybe` before it
negate and hedge; `= 9.1` after it makes a result of it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from kg.records import PAPER, Claim, Evidence, Extraction, LocalEntity, LocalResult, Paper, Span
from kg.settings import Settings
from kg.vocabulary import load_vocabulary
from kg.workspace import Workspace

_SENTENCE = re.compile(
    r"(?P<not>not )?(?P<maybe>maybe )?(?P<subject>PAPER|\w+:.+?) (?P<predicate>[a-z]\w+[A-Z]?\w*) "
    r"(?P<object>\w+:[^.=]+?)(?: = (?P<value>[\d.]*\d))?\.(?:\s|$)"
)
_END = re.compile(r"(?P<type>\w+):(?P<name>[^(]+?)(?: \((?P<short>[^)]+)\))?$")
VERSION = "toy-1"
MEMORY = Path("/dev/shm")
ROOM = 6 * 1024**3
SCRATCH = MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None
"""Where hundreds of small databases are made: in memory, where the system has such a place and room in it."""


class ToyReader:
    """Reads the tiny language."""

    version = VERSION

    def read(self, papers: Iterable[Paper], workers: int) -> Iterator[Extraction]:
        assert workers >= 1
        yield from map(read, papers)


def read(paper: Paper) -> Extraction:
    """Read one paper in the tiny language."""
    entities: dict[str, LocalEntity] = {}
    claims, results = [], []
    text = paper.text
    for found in _SENTENCE.finditer(text, len(paper.title) + 1):
        subject, subject_span = _end(text, found, "subject", entities)
        object_, object_span = _end(text, found, "object", entities)
        span = Span(found.start(), found.end())
        evidence = Evidence(
            paper.id, span, span, subject_span, object_span, text[span.start : span.end],
            "toy", VERSION, 0.4 if found["maybe"] else 0.8, bool(found["not"]), bool(found["maybe"]),
        )  # fmt: skip
        claims.append(Claim(subject, found["predicate"], object_, (evidence,)))
        if found["value"]:
            results.append(
                LocalResult(
                    float(found["value"]), "score", "absolute", subject, object_, None, None, (evidence,)
                )
            )
    return Extraction(
        paper.id, paper.content, VERSION, tuple(entities.values()), tuple(claims), tuple(results)
    )


def _end(
    text: str, found: re.Match[str], side: str, entities: dict[str, LocalEntity]
) -> tuple[str, Span | None]:
    if found[side] == PAPER:
        return PAPER, None
    parts = _END.match(found[side])
    assert parts, found[side]
    start = found.start(side) + len(parts["type"]) + 1
    span = Span(start, start + len(parts["name"]))
    key = f"{parts['type']}:{parts['name'].casefold()}"
    there = entities.get(key)
    short = (parts["short"],) if parts["short"] else ()
    entities[key] = LocalEntity(
        id=there.id if there else f"e{len(entities) + 1}",
        type=parts["type"],
        name=there.name if there else parts["name"],
        aliases=tuple(sorted({*(there.aliases if there else ()), *short})),
        mentions=(*(there.mentions if there else ()), span),
        component="toy",
    )
    return entities[key].id, span


def paper(number: int, abstract: str, title: str | None = None) -> Paper:
    """Make a paper of a number and sentences of the tiny language."""
    return Paper(f"arXiv:2401.{number:05}", title or f"Paper number {number}", abstract)


def workspace(directory: Path, *, batch: int = 200) -> Workspace:
    """Open a workspace that reads the tiny language."""
    return Workspace(directory, Settings(batch=batch), load_vocabulary(), ToyReader())
