"""Cytoscape JSON, for cytoscape.js and Cytoscape Desktop."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import BinaryIO

from kg.export.networkx import to_networkx
from kg.export.select import UNTITLED, Heading
from kg.records import JSON, Graph
from kg.vocabulary import Vocabulary


def write_cytoscape(
    graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, heading: Heading = UNTITLED, /
) -> None:
    """Write `elements` of nodes and edges; `evidence` of an edge holds its sentences with offsets."""
    made = to_networkx(graph, vocabulary)
    nodes = [
        {"data": {"id": node, **values, "name": values["label"]}} for node, values in made.nodes(data=True)
    ]
    edges = [
        {"data": {"id": key, "source": start, "target": end, **values, **_evidence(graph, key)}}
        for start, end, key, values in made.edges(keys=True, data=True)
    ]
    page = {
        "format_version": "1.0",
        "generated_by": "alignkg",
        "data": {"name": heading.title, "note": heading.note},
        "elements": {"nodes": nodes, "edges": edges},
    }
    stream.write(json.dumps(page, ensure_ascii=False, indent=1).encode())


def _evidence(graph: Graph, key: str) -> dict[str, JSON]:
    statement = graph.statements.get(key)
    return {"evidence": [asdict(one) for one in statement.evidence]} if statement else {}
