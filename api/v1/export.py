"""`/v1/export`: the graph, or what lies around one node, in a format that other programs read."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.service import Here, Service
from kg.errors import NotFound
from kg.export import EXPORTERS
from kg.export.select import Selection, neighbourhood

router = APIRouter(prefix="/v1", tags=["Export"])

MEDIA_TYPES: Mapping[str, str] = {
    "ttl": "text/turtle",
    "nq": "application/n-quads",
    "jsonld": "application/ld+json",
    "graphml": "application/graphml+xml",
    "gexf": "application/gexf+xml",
    "cytoscape": "application/json",
    "dot": "text/vnd.graphviz",
    "csv": "application/zip",
    "neo4j-csv": "application/zip",
    "html": "text/html",
    "svg": "image/svg+xml",
    "png": "image/png",
}
SUFFIXES = {"cytoscape": "json", "csv": "zip", "neo4j-csv": "zip"}
"""How the names of files end where the format's own name does not say it."""


@router.get("/export", summary="The graph, or a part of it, as a file", response_class=Response)
def export(
    here: Here,
    format: Annotated[str, Query(description=f"One of {', '.join(MEDIA_TYPES)}")] = "ttl",
    node: Annotated[str | None, Query(description="An id, or a name; without it, everything")] = None,
    depth: Annotated[int, Query(ge=1, le=3, description="How many steps to go from the node")] = 1,
    limit: Annotated[
        int, Query(ge=1, le=5_000, description="The most statements and results around it")
    ] = 200,
) -> Response:
    """Write the whole file before a byte of it is sent, so that a failure is never half a file."""
    if format not in EXPORTERS:
        raise NotFound(format, EXPORTERS)
    part = _around(node, depth, limit, here) if node else _everything(here)
    stream = BytesIO()
    EXPORTERS[format](part.graph, here.vocabulary, stream, part.heading)
    name = f"{(part.centre or 'alignkg').rpartition('/')[2]}.{SUFFIXES.get(format, format)}"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(stream.getvalue(), media_type=MEDIA_TYPES[format], headers=headers)


def _everything(here: Service) -> Selection:
    graph = here.facts.workspace.graph()
    return Selection(graph, "AlignKG", len(graph.statements) + len(graph.results))


def _around(name: str, depth: int, limit: int, here: Service) -> Selection:
    centre = here.lookups.reader.refresh().require(name)[0]
    # One step needs what stands at the node; more steps soon reach most of the graph.
    graph = here.facts.near(centre) if depth == 1 else here.facts.workspace.graph()
    return neighbourhood(graph, centre, depth=depth, limit=limit)
