"""What a property-graph store says of itself, in the one node that is about the graph."""

from __future__ import annotations

from dataclasses import dataclass

from kg.stores import Origin

MANIFEST = "Manifest"
"""The label of that node."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a store holds: of which origin, up to which of the ledger's changes.

    `loaded` is None once a load has ended; before that it is the id of the last node that is in.
    """

    origin: Origin
    position: int
    loaded: str | None = None


def differs(held: Manifest | None, origin: Origin, position: int) -> str:
    """Say why a store is not at a position of a ledger, and what to do; nothing where it is."""
    if held is None:
        return "the store is empty; kg push fills it"
    if held.origin.ledger != origin.ledger:
        return "the store holds the graph of another ledger; kg push --full replaces it by this one"
    if held.origin.version != origin.version:
        return "the store holds the graph under another ontology or other rules; kg push loads it anew"
    if held.loaded is not None:
        return "a load into the store did not end; kg push goes on with it"
    if held.position != position:
        return f"the store is at change {held.position} of {position}; kg push brings it up to date"
    return ""
