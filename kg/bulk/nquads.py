"""N-Quads in parts, for `oxigraph load` and its like: all that a store holds.

The graph is in the default graph, so that its parts are N-Triples as well; the ontology and the state are in
graphs of their own.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad

from kg import rdf
from kg.bulk.parts import PART_BYTES, Folder
from kg.records import Node
from kg.stores.manifest import Manifest
from kg.stores.oxigraph import ontology_quads
from kg.stores.sparql_endpoint import state_quads
from kg.vocabulary import Vocabulary

SUFFIX = ".nq"


def write_nquads(nodes: Iterable[Node], state: Manifest, vocabulary: Vocabulary, folder: Folder, /) -> None:
    """Write the graph in the order of its nodes' ids, and beside it the graphs that are about it."""
    graph = folder.series("graph", SUFFIX)
    for node in nodes:
        graph.write(f"{line}\n".encode() for line in rdf.to_nquads(node, vocabulary))
    for stem, quads in (("ontology", ontology_quads()), ("state", state_quads(state))):
        folder.series(stem, SUFFIX, PART_BYTES).write(_sorted_lines(quads))


def _sorted_lines(quads: Iterable[Quad]) -> list[bytes]:
    """Return quads as lines, the same whatever their blank nodes are called here."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(f"{quad} .\n".encode() for quad in dataset)
