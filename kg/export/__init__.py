"""Writers of the graph: one a format, for the whole graph or a part of it that `kg.export.select` made."""

from __future__ import annotations

from collections.abc import Mapping

from kg.export.cytoscape import write_cytoscape
from kg.export.dot import write_dot
from kg.export.networkx import write_gexf, write_graphml
from kg.export.page import write_html
from kg.export.pictures import write_png, write_svg
from kg.export.rdf_files import write_jsonld, write_nquads, write_turtle
from kg.export.select import Exporter
from kg.export.tables import write_csv, write_neo4j_csv

__all__ = ["EXPORTERS", "Exporter"]

EXPORTERS: Mapping[str, Exporter] = {
    "ttl": write_turtle,
    "nq": write_nquads,
    "jsonld": write_jsonld,
    "graphml": write_graphml,
    "gexf": write_gexf,
    "cytoscape": write_cytoscape,
    "dot": write_dot,
    "csv": write_csv,
    "neo4j-csv": write_neo4j_csv,
    "html": write_html,
    "svg": write_svg,
    "png": write_png,
}
