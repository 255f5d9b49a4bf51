"""How a server is filled: in parts, each noted in its manifest, so that a load that was killed goes on.

Until a load has ended the store's position is 0. One that goes on keeps the position that the first attempt
had, and what has changed since is for `apply`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol, TypeVar

from kg.errors import StoreError, VersionMismatch
from kg.records import Node, node_id
from kg.stores import Origin
from kg.stores.manifest import Manifest

Item = TypeVar("Item")


class Fillable(Protocol):
    """A server's database that takes a graph in parts."""

    origin: Origin
    """Of which graph it is to be one."""

    def manifest(self) -> Manifest | None:
        """Return what it holds, None where nothing was ever loaded."""
        ...

    def begin(self, position: int) -> None:
        """Take everything of ours out and make ready for a load; StoreError where it holds other things."""
        ...

    def add(self, nodes: Sequence[Node], manifest: Manifest) -> None:
        """Write nodes of which nothing is there, or only what was cut short, and then the manifest."""
        ...


def position_of(store: Fillable) -> int:
    """Return the number of the last change held; 0 if a load has to come first."""
    held = store.manifest()
    if held is None:
        return 0
    if held.origin.ledger != store.origin.ledger:
        raise VersionMismatch(
            "the store holds the graph of another ledger; kg push --full replaces it by this one"
        )
    return held.position if held == Manifest(store.origin, held.position) else 0


def fill(store: Fillable, nodes: Iterable[Node], position: int, *, at_once: int) -> None:
    """Replace everything by these nodes, which come in the order of their ids, `at_once` of them to a part.

    A load that was cut short goes on behind the last node that is noted.
    """
    held = store.manifest()
    if held is not None and held.loaded and held.origin == store.origin:
        position, last = held.position, held.loaded
    else:
        store.begin(position)
        last = ""
    rest = (node for node in nodes if node_id(node) > last)
    for part in in_parts(rest, at_once):
        last = _last_id(part, last)
        store.add(part, Manifest(store.origin, position, last))
    store.add((), Manifest(store.origin, position))


def in_parts(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield items by lists of a size, the last one shorter."""
    every = iter(items)
    while part := list(islice(every, size)):
        yield part


def _last_id(part: Iterable[Node], last: str) -> str:
    """Return the last id of a part; an id out of order could not be found again after an interruption."""
    for id_ in map(node_id, part):
        if id_ <= last:
            raise StoreError(f"{id_} came after {last}: a load takes nodes in the order of their ids")
        last = id_
    return last
