"""The servers that tests speak Bolt with: a Neo4j of their own, or the one that KG_NEO4J_URI names."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kg.stores.address import Access, read_address

PROGRAM = Path(__file__).parent.parent / "scripts" / "neo4j"
CANNOT_BE_INSTALLED = 3
_HIDDEN = "HIDDEN_"


def _hidden(name: str) -> str | None:
    """Return a variable of the developer's, which goes under another name from now on.

    So no test takes it for a setting of its own, and all processes that run tests know it.
    """
    if name in os.environ:
        os.environ[_HIDDEN + name] = os.environ.pop(name)
    return os.environ.get(_HIDDEN + name)


GIVEN = {name: value for name in ("KG_NEO4J_URI", "KG_NEO4J_PASSWORD") if (value := _hidden(name))}
"""A server of the developer's, for tests that are marked so."""


@contextmanager
def neo4j_server(home: Path) -> Iterator[Access]:
    """Start Neo4j, and stop it in the end; skip where it cannot be installed, fail where it does not run."""
    environment = {**os.environ, **GIVEN, "KG_NEO4J_HOME": str(home)}

    def told(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, command], capture_output=True, text=True, env=environment, check=False
        )

    started = told("start")
    if started.returncode == CANNOT_BE_INSTALLED:
        pytest.skip(started.stderr.strip().splitlines()[-1])
    assert started.returncode == 0, started.stderr
    address = read_address(started.stdout.strip())
    try:
        yield Access(address.uri, address.user, told("password").stdout.strip(), address.database)
    finally:
        stopped = told("stop")
    assert stopped.returncode == 0, stopped.stderr
