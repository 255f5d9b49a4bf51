"""AlignKG: a knowledge graph of AI papers in which every edge opens the sentence that states it.

>>> import kg, tempfile
>>> with tempfile.TemporaryDirectory() as folder, kg.open(folder) as graph:
...     graph.graph().papers
{}
"""

from kg.errors import KGError
from kg.records import Entity, Evidence, Graph, Paper, Result, Statement
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
