"""DOT for Graphviz: things as boxes in the ontology's colours, statements as labelled arrows."""

from __future__ import annotations

from textwrap import fill
from typing import BinaryIO

from kg.export.select import UNTITLED, Heading, believed, joined
from kg.property_graph import ROLES, result_name
from kg.records import Graph
from kg.vocabulary import Vocabulary

LINE = 36
"""Longer names are broken into lines."""
STYLE = """  graph [rankdir=LR, bgcolor=white, fontname="Helvetica", labelloc=t];
  node [shape=box, style="rounded,filled", fillcolor=white, fontname="Helvetica", fontsize=11, penwidth=1.5];
  edge [fontname="Helvetica", fontsize=9, color="#868e96", fontcolor="#495057"];
"""


def write_dot(graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, heading: Heading = UNTITLED, /) -> None:
    """Write DOT; only what some statement or result joins is drawn."""
    lines = ["digraph alignkg {\n", STYLE]
    if title := "\n".join(filter(None, (heading.title, heading.note))):
        lines.append(f"  label={label(title)};\n")
    lines += [_node(graph, vocabulary, node) for node in joined(graph)]
    lines += _statements(graph, vocabulary)
    lines += _results(graph)
    lines.append("}\n")
    stream.write("".join(lines).encode())


def _node(graph: Graph, vocabulary: Vocabulary, node: str) -> str:
    name = label(fill(graph.name(node), LINE))
    return f'  {quoted(node)} [label={name}, color="{vocabulary.type_of(node).colour}"];\n'


def _statements(graph: Graph, vocabulary: Vocabulary) -> list[str]:
    return [
        f"  {quoted(s.subject)} -> {quoted(s.object)} "
        f"[label={label(vocabulary.predicates[s.predicate].label)}, penwidth={0.5 + 2 * s.belief:.2f}];\n"
        for s in believed(graph)
    ]


def _results(graph: Graph) -> list[str]:
    lines = []
    for result in graph.results.values():
        node = quoted(result.id)
        text = label(result_name(result))
        lines.append(f"  {node} [label={text}, shape=plaintext];\n")
        lines += [
            f"  {node} -> {quoted(end)} [label={role}, style=dashed];\n"
            for role in ROLES
            if (end := getattr(result, role))
        ]
    return lines


def quoted(text: str) -> str:
    """Return a DOT string; what cannot be printed gets a replacement mark."""
    printable = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
    escaped = printable.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def label(text: str) -> str:
    """Return a DOT string for a label, in which ampersands and line ends would mean something."""
    return quoted(text.replace("&", "&amp;")).replace("\n", "\\n")
