"""The notebook of a pack: it reads the files beside it, with networkx and rdflib, and needs no AlignKG."""

from __future__ import annotations

import json

from kg.pack.marks import to_markdown
from kg.records import JSON
from kg.vocabulary import AKG

VERIFY = """\
import hashlib, json
from pathlib import Path

manifest = json.loads(Path("manifest.json").read_text(encoding="utf-8"))
changed = [
    file["path"]
    for file in manifest["files"]
    if hashlib.sha256(Path(file["path"]).read_bytes()).hexdigest() != file["sha256"]
]
print("changed since the pack was made:", changed or "nothing")
manifest["counts"]"""
TABLE = """\
import csv

with open("table.csv", encoding="utf-8", newline="") as file:
    table = list(csv.DictReader(file))
[(row["no"], row["thing"], row["numbers"], row["belief"], row["keys"]) for row in table[:10]]"""
NETWORK = """\
import networkx

network = networkx.read_graphml("graph.graphml")
linked = sorted(network.degree, key=lambda pair: (-pair[1], pair[0]))
[(network.nodes[node]["label"], degree) for node, degree in linked[:10]]"""
SPARQL = f'''\
import rdflib

graph = rdflib.Graph().parse("graph.ttl")
rows = graph.query("""
PREFIX akg: <{AKG}>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?thing ?says ?other ?belief (SAMPLE(?text) AS ?sentence) {{
  ?statement rdf:subject/rdfs:label ?thing ; rdf:predicate ?says ; rdf:object/rdfs:label ?other ;
             akg:belief ?belief ; akg:evidence/akg:text ?text .
}} GROUP BY ?statement ?thing ?says ?other ?belief ORDER BY DESC(?belief) ?thing LIMIT 10
""")
[
    (str(row.thing), str(row.says).rpartition("#")[2], str(row.other), float(row.belief), str(row.sentence))
    for row in rows
]'''
PAPERS = """\
papers = sorted(
    (values["published"], values["label"], values["url"])
    for _, values in network.nodes(data=True)
    if "published" in values
)
papers"""


def notebook(question: str, reading: str, pictures: list[str]) -> bytes:
    """Return the notebook, without outputs."""
    shown = [f"![{name}]({name})" for name in pictures]
    cells = [
        _words(
            f"# {to_markdown(question)}",
            f"{to_markdown(reading)}. This notebook reads the files of the pack beside it; run it in the "
            "folder of the pack. It needs `networkx` and `rdflib`.",
        ),
        _code(VERIFY),
        _words(
            "## The answer",
            "Every row, with its BibTeX keys. The sentences are in [evidence.html](evidence.html).",
        ),
        _code(TABLE),
        _words("## The graph", "Things, papers and results with the statements that join them."),
        _code(NETWORK),
        _words("## SPARQL", "The same as RDF: what is believed most, each with a sentence."),
        _code(SPARQL),
        _words("## The papers", "By their dates."),
        _code(PAPERS),
        *([_words("## The pictures", *shown)] if shown else []),
    ]
    numbered = [{"id": f"c{number:02}", **cell} for number, cell in enumerate(cells, 1)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    book = {"cells": numbered, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(book, ensure_ascii=False, indent=1) + "\n").encode()


def _words(*paragraphs: str) -> dict[str, JSON]:
    return {
        "cell_type": "markdown",
        "metadata": {},
        "source": "\n\n".join(paragraphs).splitlines(keepends=True),
    }


def _code(text: str) -> dict[str, JSON]:
    return {
        "cell_type": "code",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": text.splitlines(keepends=True),
    }
