"""Writers of the graph: one a format, for the whole graph or a part of it that `kg.export.select` made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import BinaryIO

from kg.export.select import UNTITLED, Exporter, Heading
from kg.records import Graph
from kg.vocabulary import Vocabulary

__all__ = ["EXPORTERS", "Exporter"]


@dataclass(frozen=True, slots=True)
class _Writer:
    """An exporter whose module is imported when it first writes: those that draw take half a second."""

    module: str
    function: str

    def __call__(
        self, graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, heading: Heading = UNTITLED, /
    ) -> None:
        """Write the graph."""
        write: Exporter = getattr(import_module(f"kg.export.{self.module}"), self.function)
        write(graph, vocabulary, stream, heading)


EXPORTERS: Mapping[str, Exporter] = {
    "ttl": _Writer("rdf_files", "write_turtle"),
    "nq": _Writer("rdf_files", "write_nquads"),
    "jsonld": _Writer("rdf_files", "write_jsonld"),
    "graphml": _Writer("networkx", "write_graphml"),
    "gexf": _Writer("networkx", "write_gexf"),
    "cytoscape": _Writer("cytoscape", "write_cytoscape"),
    "dot": _Writer("dot", "write_dot"),
    "csv": _Writer("tables", "write_csv"),
    "neo4j-csv": _Writer("tables", "write_neo4j_csv"),
    "html": _Writer("page", "write_html"),
    "svg": _Writer("pictures", "write_svg"),
    "png": _Writer("pictures", "write_png"),
}
