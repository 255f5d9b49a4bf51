"""The way from the ledger into a store: everything by bulk, or only what has changed since its position."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kg.ledger import Ledger
from kg.records import Node
from kg.stores import Store

Tell = Callable[[int, int], None]
"""Takes how many nodes are done, and of how many."""


def project(ledger: Ledger, store: Store, *, batch: int, tell: Tell = lambda _done, _total: None) -> None:
    """Bring a store to the ledger's position; what differs goes in transactions of `batch` nodes or more."""
    position = ledger.position()
    since = store.position()
    if _needs_bulk(ledger, since, position, batch):
        store.load(_told(ledger.nodes(), sum(ledger.counts().values()), tell), position)
        since = store.position()  # lower where a load went on: it holds the position that it began with
        if since == position:
            return
    # Even without a change: a store that was killed may hold this position, and not yet show it to readers.
    _apply_changes(ledger, store, since, position, batch=batch, tell=tell)


def _needs_bulk(ledger: Ledger, since: int, position: int, batch: int) -> bool:
    if not since or since > position:
        return True
    pending = ledger.count_changes(since)
    return pending > batch and not ledger.has_over(pending * 2)


def _apply_changes(
    ledger: Ledger, store: Store, since: int, position: int, *, batch: int, tell: Tell
) -> None:
    total, done = ledger.count_changes(since), 0
    changes: dict[str, Node | None] = {}
    for id_, node, changed in ledger.changes(since):
        if len(changes) >= batch and changed > since:
            # A node is read in its latest state, so a position below the last is a safe place to stop.
            store.apply(changes, since)
            done += len(changes)
            tell(done, total)
            changes = {}
        changes[id_], since = node, changed
    store.apply(changes, position)
    tell(total, total)


def _told(nodes: Iterable[Node], total: int, tell: Tell) -> Iterator[Node]:
    for done, node in enumerate(nodes, 1):
        tell(done, total)
        yield node
