"""A graph as look-ups read it: from its store by SPARQL, or from the index that the service reads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import mkdtemp

from kg.ledger import Ledger
from kg.lookup import Lookups
from kg.lookup.index import LookupIndex
from kg.lookup.indexed import Indexed
from kg.lookup.stored import InStore
from kg.records import Node, node_id
from kg.stores import Limits, Origin
from kg.stores.oxigraph import OxigraphStore
from kg.vocabulary import Vocabulary
from tests.toy import SCRATCH

SOURCES = ("store", "index")
"""Both must answer alike."""


def lookups_over(nodes: Iterable[Node], vocabulary: Vocabulary, source: str) -> Lookups:
    """Return look-ups over a graph."""
    if source == "index":
        return Lookups(Indexed(indexed(nodes, vocabulary), Limits()), vocabulary)
    store = OxigraphStore.in_memory()
    store.load(nodes, 1)
    return Lookups(InStore(store.query), vocabulary)


def indexed(nodes: Iterable[Node], vocabulary: Vocabulary) -> LookupIndex:
    """Return an index of a graph, made by way of a ledger."""
    folder = Path(mkdtemp(dir=SCRATCH))
    ledger = Ledger(folder / "ledger.sqlite")
    with ledger.transaction():
        for node in nodes:
            ledger.put_node(node_id(node), node)
    index = LookupIndex(folder / "lookups", vocabulary)
    index.catch_up(ledger, Origin())
    ledger.close()
    return index
