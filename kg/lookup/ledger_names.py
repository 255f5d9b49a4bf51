"""The names of a graph as its ledger has them, where they lie ready; a store looks each one up by itself."""

from __future__ import annotations

from kg.ledger import Ledger
from kg.lookup.answers import Item
from kg.lookup.names import Named
from kg.vocabulary import Vocabulary


def names_in(ledger: Ledger, vocabulary: Vocabulary) -> dict[str, Named]:
    """Return all entities and papers by id, the same as a store at the ledger's position gives."""
    found = {}
    for kind in vocabulary.types.values():
        for node_id, name, aliases, papers in ledger.entity_names(kind.slug):
            found[node_id] = Named(Item(node_id, name, kind.name), tuple(sorted(aliases)), papers)
    for node_id, title, published, url in ledger.titles():
        item = Item(node_id, title, vocabulary.paper.name)
        found[node_id] = Named(item, papers=1, published=published, url=url)
    return found
