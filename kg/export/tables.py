"""Tables in a zip: plain CSV for spreadsheets and notebooks, and CSV with the headers of `neo4j-admin`."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from kg.export.select import UNTITLED, Fact, Heading
from kg.property_graph import PgNode, PgRelationship, PgValue, to_property_graph
from kg.records import Graph
from kg.vocabulary import Vocabulary

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The date of every file in a zip: the same graph is the same bytes on any day."""
LIST_SEPARATOR = "; "
NEO4J_LIST_SEPARATOR = "\x1f"
"""The unit separator, which no name holds."""
NEO4J_TYPES: Mapping[type, str] = {
    str: "string",
    int: "long",
    float: "double",
    bool: "boolean",
    tuple: "string[]",
}
NEO4J_README = """Import into an empty Neo4j 5 database, in this folder:

neo4j-admin database import full neo4j \\
  --multiline-fields=true --array-delimiter=U+001F \\
{files}

Then make the look-ups fast:

{constraints}
"""

Table = tuple[Sequence[str], Iterable[Sequence[PgValue | None]]]
_SIGNED = r"[+-]?[\d.][\w.,:%× ]*"
_FORMULA = re.compile(rf"[=@\t\r＝＠＋－]|[+-](?![\d.][\w.,:%× ]*(?:; {_SIGNED})*$)")
"""How a cell begins that a spreadsheet would work out; a number with its sign and unit is none."""


def write_csv(graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, heading: Heading = UNTITLED, /) -> None:
    """Write a zip of nodes.csv, edges.csv, results.csv and evidence.csv, and a note of what was left out."""
    files = {
        name: _csv(header, ([inert(cell) for cell in row] for row in rows))
        for name, (header, rows) in _plain_tables(graph, vocabulary).items()
    }
    if heading.note:
        files["README.txt"] = f"{heading.title}\n{heading.note}\n"
    write_zip(stream, files)


def inert(cell: PgValue | None) -> PgValue | None:
    """Return a cell that no spreadsheet takes for a formula.

    >>> inert("=1+1"), inert("-1+1"), inert("-1.5 points"), inert(-1.5)
    ("'=1+1", "'-1+1", '-1.5 points', -1.5)
    """
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def _plain_tables(graph: Graph, vocabulary: Vocabulary) -> dict[str, Table]:
    papers = (
        (key, vocabulary.paper.name, g.paper.title, "", None, g.paper.published, g.paper.url)
        for key, g in graph.papers.items()
    )
    entities = (
        (e.id, e.type, e.name, LIST_SEPARATOR.join(e.aliases), e.papers, None, None)
        for e in graph.entities.values()
    )
    statements = (
        (s.subject, s.predicate, s.object, s.belief, s.papers, s.curated, s.id)
        for s in graph.statements.values()
    )
    results = (
        (r.method, r.benchmark, r.metric, r.value, r.unit, r.kind, r.baseline, r.belief, r.papers, r.id)
        for r in graph.results.values()
    )
    return {
        "nodes.csv": (
            ("id", "type", "name", "aliases", "papers", "published", "url"),
            [*papers, *entities],
        ),
        "edges.csv": (("source", "predicate", "target", "belief", "papers", "curated", "id"), statements),
        "results.csv": (
            ("method", "benchmark", "metric", "value", "unit", "kind", "baseline", "belief", "papers", "id"),
            results,
        ),
        "evidence.csv": (
            ("about", "paper", "sentence", "start", "end", "component", "probability", "negated", "hedged"),
            _evidence_rows(graph),
        ),
    }


def _evidence_rows(graph: Graph) -> Iterable[Sequence[PgValue | None]]:
    known: list[Fact] = [*graph.statements.values(), *graph.results.values()]
    for fact in known:
        for e in fact.evidence:
            where = (e.text, e.words.start, e.words.end)
            yield (fact.id, e.paper, *where, e.component, e.probability, e.negated, e.hedged)


def write_neo4j_csv(
    graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, heading: Heading = UNTITLED, /
) -> None:
    """Write a zip of one CSV a label and a relationship type for `neo4j-admin`, with the command to run."""
    nodes: dict[str, list[PgNode]] = defaultdict(list)
    relationships: dict[str, list[PgRelationship]] = defaultdict(list)
    all_nodes, all_relationships = to_property_graph(graph, vocabulary)
    for node in all_nodes:
        nodes[node.labels[0]].append(node)
    for relationship in all_relationships:
        relationships[relationship.type].append(relationship)
    files = {f"nodes-{label}.csv": _node_file(group) for label, group in sorted(nodes.items())}
    files |= {f"relationships-{name}.csv": _edge_file(group) for name, group in sorted(relationships.items())}
    files["README.txt"] = _neo4j_readme(heading, files, sorted(nodes))
    write_zip(stream, files)


def _neo4j_readme(heading: Heading, files: Iterable[str], labels: Iterable[str]) -> str:
    options = " \\\n".join(f"  --{name.partition('-')[0]}={name}" for name in files)
    constraints = "\n".join(
        f"CREATE CONSTRAINT IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE;" for label in labels
    )
    readme = NEO4J_README.format(files=options, constraints=constraints)
    return "\n\n".join(filter(None, (heading.title, heading.note, readme)))


def _node_file(nodes: Sequence[PgNode]) -> str:
    columns = _columns([node.properties for node in nodes])
    header = ("id:ID", *columns.values(), ":LABEL")
    rows = ((n.id, *(n.properties.get(name) for name in columns), n.labels) for n in nodes)
    return _csv(header, rows, NEO4J_LIST_SEPARATOR)


def _edge_file(relationships: Sequence[PgRelationship]) -> str:
    columns = _columns([relationship.properties for relationship in relationships], leave="")
    header = (":START_ID", ":END_ID", ":TYPE", *columns.values())
    rows = ((r.start, r.end, r.type, *(r.properties.get(name) for name in columns)) for r in relationships)
    return _csv(header, rows, NEO4J_LIST_SEPARATOR)


def _columns(groups: Iterable[Mapping[str, PgValue]], leave: str = "id") -> dict[str, str]:
    """Return the header of each property: its name and its type."""
    found: dict[str, type] = {}
    for properties in groups:
        for name, value in properties.items():
            if found.get(name) is not float:
                found[name] = type(value)
    return {name: f"{name}:{NEO4J_TYPES[kind]}" for name, kind in sorted(found.items()) if name != leave}


def _csv(
    header: Sequence[str], rows: Iterable[Sequence[PgValue | None]], separator: str = LIST_SEPARATOR
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value, separator) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: PgValue | None, separator: str) -> str | int | float | None:
    if isinstance(value, bool):
        return str(value).lower()
    return separator.join(value) if isinstance(value, tuple) else value


def write_zip(stream: BinaryIO, files: Mapping[str, str | bytes]) -> None:
    """Write files into a zip that is the same bytes on any day."""
    with ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(ZipInfo(name, EARLIEST), text, ZIP_DEFLATED)
