"""The `kg` command as it is, but that it reads the tiny language of `tests.toy`, and tells of every batch.

    python -m tests.toy_kg ingest papers.jsonl --db my-graph

Its first line on stderr says that its modules are imported, so that whoever kills it knows when it begins.
"""

from __future__ import annotations

import sys

import kg.cli.shared
import kg.workspace
from kg.cli import main
from tests.toy import ToyReader

BEGUN = "begun"

if __name__ == "__main__":
    kg.workspace.Pipeline = ToyReader  # type: ignore[assignment,misc]  # reads as the other does
    kg.cli.shared._SECONDS_BETWEEN_LINES = 0.0
    if "push" in sys.argv:
        import kg.stores.bolt  # the driver takes a moment to import
        import kg.stores.sparql_endpoint

        kg.stores.bolt.NODES_AT_ONCE = kg.stores.sparql_endpoint.NODES_AT_ONCE = 20
    sys.stderr.write(f"{BEGUN}\n")
    sys.stderr.flush()
    main()
