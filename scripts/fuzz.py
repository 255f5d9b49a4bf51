#!/usr/bin/env python
"""Let a fuzzer that watches which lines run look for inputs at which a parser fails.

`scripts/fuzz.py TARGET [SECONDS]`; without a target it lists them. What it finds lies in `var/fuzz/`, and
becomes a test. The fuzzer is atheris (`pip install atheris`), which has wheels for Linux alone; it is no part
of the environment for development.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

try:
    import atheris  # type: ignore[import-not-found,unused-ignore]  # comes beside the environment
except ImportError:
    sys.exit("the fuzzer is not there: pip install atheris")

FINDINGS = Path("var/fuzz")
SCRATCH = Path(tempfile.mkdtemp(prefix="kg-fuzz-"))
LONGEST, PATIENCE = 4_096, 20

with atheris.instrument_imports(include=["kg", "api", "bibtexparser", "rispy", "tomllib", "urllib.parse"]):
    from api import protocol
    from api.negotiation import parse_accept
    from api.problems import RequestError
    from kg.errors import KGError
    from kg.lookup.grammar import Grammar
    from kg.lookup.parser import read
    from kg.records import Extraction, Paper
    from kg.settings import FILE_VARIABLE, Settings
    from kg.sources import IMPORTERS, read_papers
    from kg.stores.address import read_address, read_endpoint
    from kg.stores.cypher import refuse_writes
    from kg.vocabulary import load_vocabulary

Target = Callable[[bytes], None]


def source(format: str) -> Target:
    """Return what reads bytes as a file of a format."""

    def target(data: bytes) -> None:
        file = SCRATCH / "papers"
        file.write_bytes(data)
        with suppress(KGError):
            for paper in read_papers(file, format=format, on_reject=str):
                paper.to_json().encode()

    return target


def text(read_one: Callable[[str], object]) -> Target:
    """Return what reads bytes as a text."""

    def target(data: bytes) -> None:
        with suppress(KGError, RequestError):
            read_one(data.decode("utf-8", "surrogateescape"))

    return target


def question() -> Callable[[str], object]:
    """Return what reads a question in which any capital is the beginning of a name."""
    grammar = Grammar(load_vocabulary())
    types = frozenset(load_vocabulary().types)
    return lambda words: read(grammar, words, lambda name: types if name[:1].isupper() else frozenset())


def request(data: bytes) -> None:
    """Read bytes as the body of a query, in both ways."""
    for kind in (protocol.FORM, protocol.QUERY):
        with suppress(KGError, RequestError):
            asked = protocol.read_request(protocol.read_body(data, kind, []), LONGEST)
            protocol.form_of(asked.query if asked else "")


def settings(data: bytes) -> None:
    """Read bytes as a file of settings."""
    file = SCRATCH / "kg.toml"
    file.write_bytes(data)
    os.environ[FILE_VARIABLE] = str(file)
    with suppress(KGError):
        Settings.from_environment()


def record(data: bytes) -> None:
    """Read bytes as a row of the ledger; what is no JSON, or other JSON, is found out by its reader."""
    for kind in (Paper, Extraction):
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            kind.from_json(data.decode("utf-8"))


def targets() -> dict[str, Callable[[], Target]]:
    """Return what makes each target, by its name."""
    return {
        **{f"source-{name}": lambda name=name: source(name) for name in ("auto", *IMPORTERS)},  # type: ignore[misc]
        "question": lambda: text(question()),
        "cypher": lambda: text(refuse_writes),
        "accept": lambda: text(parse_accept),
        "address": lambda: text(read_address),
        "endpoint": lambda: text(read_endpoint),
        "sparql-request": lambda: request,
        "settings": lambda: settings,
        "record": lambda: record,
    }


def main() -> None:
    """Fuzz one target for as long as is asked."""
    known = targets()
    if len(sys.argv) < 2 or sys.argv[1] not in known:
        sys.exit(f"targets: {', '.join(known)}")
    name, seconds = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "60"
    corpus = FINDINGS / name
    corpus.mkdir(parents=True, exist_ok=True)
    limits = (
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={PATIENCE}",
        "-rss_limit_mb=4096",
    )
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={corpus}-", str(corpus)], known[name]())
    atheris.Fuzz()


if __name__ == "__main__":
    main()
