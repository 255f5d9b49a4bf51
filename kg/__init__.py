"""AlignKG: a knowledge graph of AI papers in which every edge opens the sentence that states it.

>>> import kg, tempfile
>>> with tempfile.TemporaryDirectory() as folder, kg.open(folder) as graph:
...     graph.graph().papers
{}
"""

from typing import TYPE_CHECKING

from kg.errors import KGError
from kg.records import Entity, Evidence, Graph, Paper, Result, Statement

if TYPE_CHECKING:
    from kg.workspace import IngestReport, Workspace
    from kg.workspace import open_workspace as open  # kg.open reads as what it does

__all__ = [
    "Entity",
    "Evidence",
    "Graph",
    "IngestReport",
    "KGError",
    "Paper",
    "Result",
    "Statement",
    "Workspace",
    "open",
]
_OF_THE_WORKSPACE = {"IngestReport": "IngestReport", "Workspace": "Workspace", "open": "open_workspace"}


def __getattr__(name: str) -> object:
    """Import what opens a graph when it is named: processes that answer queries start five times as fast."""
    if name not in _OF_THE_WORKSPACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kg import workspace

    return getattr(workspace, _OF_THE_WORKSPACE[name])
