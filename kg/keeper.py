"""The embedded store kept in step with the ledger: opened, caught up, and made anew where it is of no use."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from kg.errors import StoreDamaged, StoreHeld, StoreUnavailable, VersionMismatch
from kg.ledger import Ledger
from kg.projection import Tell, project
from kg.settings import Settings
from kg.stores import Store
from kg.stores.oxigraph import OxigraphStore
from kg.vocabulary import Vocabulary

log = logging.getLogger(__name__)

STORE_FOLDER = "graph"
"""Where the store lies in the folder of a graph."""
_LOCK_INTERVAL = 0.1
_OF_NO_USE = (VersionMismatch, StoreDamaged)
"""Of another version or ledger, half made, or damaged: the ledger has it all."""


class Keeper:
    """Keeps the store of one ledger. What it cannot do now is done by whoever opens the graph next."""

    def __init__(self, ledger: Ledger, folder: Path, vocabulary: Vocabulary, settings: Settings) -> None:
        self.ledger, self.folder, self.vocabulary, self.settings = ledger, folder, vocabulary, settings
        self._open_store: OxigraphStore | None = None

    @property
    def store(self) -> OxigraphStore:
        """The store, open for reading."""
        if self._open_store is None:
            self._open_store = OxigraphStore.read_only(
                self.folder, self.vocabulary, ledger=self.ledger.identity()
            )
        return self._open_store

    def release(self) -> None:
        """Let go of the store; it is opened again where it is asked for."""
        if self._open_store is not None:
            self._open_store.close()
            self._open_store = None

    def catch_up(self) -> None:
        """Catch the store up by bulk where much has changed, else by differences."""
        position, stored = self.ledger.position(), self._stored_position()
        if stored == position:
            return
        if stored is not None and stored > self.ledger.position():
            log.warning(
                "%s is at change %s, and the store has seen %s: the ledger has lost changes. "
                "If no older copy was put in its place, restore a backup with kg restore",
                self.ledger.file, position, stored,
            )  # fmt: skip
        self.release()
        store = self._open_for_writing()
        try:
            self.project(store)
        finally:
            store.close()

    def make_anew(self) -> None:
        """Load everything again, whatever the store holds."""
        self.release()
        store = self._open_for_writing()
        try:
            store.load(self.ledger.nodes(), self.ledger.position())
        finally:
            store.close()

    def project(self, store: Store, *, tell: Tell = lambda _done, _total: None) -> None:
        """Bring any store of this graph to the ledger's position, telling how far it has come."""
        project(self.ledger, store, batch=self.settings.store_batch, tell=tell)

    def _open_for_writing(self) -> OxigraphStore:
        """Open the store, waiting for another process to be done with it."""
        until = time.monotonic() + self.settings.lock_seconds
        while True:
            try:
                with self.ledger.locked():  # two that make the same store would spoil it
                    return self._opened()
            except StoreHeld:
                if time.monotonic() > until:
                    raise
                time.sleep(_LOCK_INTERVAL)

    def _opened(self) -> OxigraphStore:
        try:
            return self._open()
        except _OF_NO_USE as error:
            # Its words alone: whoever keeps the error would keep the store open.
            log.warning("%s; it is made anew", str(error))
        OxigraphStore.discard(self.folder)
        return self._open()

    def _open(self) -> OxigraphStore:
        return OxigraphStore.open(self.folder, self.vocabulary, ledger=self.ledger.identity())

    def _stored_position(self) -> int | None:
        """Return the position of what readers see, None where there is nothing to see."""
        try:
            return self.store.position()
        except (StoreUnavailable, *_OF_NO_USE):
            return None
