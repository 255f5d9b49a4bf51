"""What the service needs to answer questions, and what of it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass

from api.service import Service
from kg.errors import KGError, LedgerError, StoreUnavailable
from kg.stores.oxigraph import OxigraphStore
from kg.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Fault:
    """What fails, by which error, and why; the reason may name files, and is for the log."""

    what: str
    error: str
    why: str

    def said(self) -> str:
        """Return what anybody may know."""
        return f"{self.what}: {self.error}"


def positions(workspace: Workspace) -> Mapping[str, Callable[[], int]]:
    """Return what tells how far each part of a graph is; each raises KGError where it cannot be read."""
    return {
        "ledger": lambda: _ledger_position(workspace),
        "index": workspace.index.position,
        "store": lambda: _store_position(workspace),
    }


def faults(here: Service) -> list[Fault]:
    """Return what keeps the service from answering, nothing where it can."""
    checks = dict(positions(here.facts.workspace))
    checks["query workers"] = lambda: _workers(here)
    found = []
    for what, check in checks.items():
        try:
            check()
        except KGError as error:
            found.append(Fault(what, type(error).__name__, str(error)))
    return found


def _ledger_position(workspace: Workspace) -> int:
    # An open file can be read to the end of the process, even where it is no longer there.
    if not workspace.ledger.file.is_file():
        raise LedgerError(f"{workspace.ledger.file}: is gone; put a backup in its place with kg restore")
    return workspace.ledger.position()


def _store_position(workspace: Workspace) -> int:
    """Open the newest snapshot, as the query workers do."""
    ledger = workspace.ledger.identity()
    with closing(
        OxigraphStore.read_only(workspace.store_directory, workspace.vocabulary, ledger=ledger)
    ) as store:
        return store.position()


def _workers(here: Service) -> int:
    alive = here.sparql.tally().workers
    if not alive:
        raise StoreUnavailable("no process that answers queries is alive")
    return alive
