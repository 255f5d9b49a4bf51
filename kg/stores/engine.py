"""The RDF engine's failures in our words: who holds the store, what the disk refuses, what is damaged.

The engine tells them apart by its messages alone. Nothing in a store is lost by any of them: it is a
projection of the ledger, and is made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kg.errors import StoreDamaged, StoreError, StoreHeld, StoreUnavailable

FAILURES = (OSError, RuntimeError)
"""What the engine raises when its files fail it."""
_DISK = ("No space left", "Read-only file system", "Permission denied", "File too large", "quota")


def is_of_the_disk(error: Exception) -> bool:
    """Say whether an error of the engine is about its files, and not about a query."""
    return isinstance(error, OSError) or "Corruption" in str(error) or "IO error" in str(error)


def explained(error: Exception, where: Path | str) -> StoreError:
    """Return the error of ours for one of the engine about its files."""
    said = str(error)
    if "While lock file" in said or "lock hold by" in said:
        return StoreHeld(
            f"{where}: the store cannot be opened: another process writes it; wait for it or stop it"
        )
    if any(reason in said for reason in _DISK):
        return StoreUnavailable(
            f"{where}: the store cannot be written: {said}; what was acknowledged is safe in the ledger: "
            "see to the disk, then run kg check, which brings the store up to date"
        )
    return StoreDamaged(
        f"{where}: the store is damaged: {said}; the ledger has it all, and kg check --rebuild makes it anew"
    )


@contextmanager
def of_the_disk(where: Path | str) -> Iterator[None]:
    """Turn the engine's failures, and the disk's, into ours."""
    try:
        yield
    except FAILURES as error:
        if not is_of_the_disk(error):
            raise
        raise explained(error, where) from error
