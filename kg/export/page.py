"""One HTML page that holds its graph: opened from a disk, it asks nothing of any network.

The page's own script and style are allowed by their hashes, and nothing else may run or load. Places are
computed here; the sentences come cut into pieces, so that the script need not count characters.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import BinaryIO, NamedTuple

from kg.export.layout import place
from kg.export.marks import marked_pieces
from kg.export.pictures import draw
from kg.export.select import UNTITLED, Heading, believed, core, joined
from kg.export.static_page import picture_page
from kg.property_graph import ROLES, result_name
from kg.records import JSON, Evidence, Graph, Result, Statement, paper_node
from kg.vocabulary import Vocabulary

MOST_NODES = 2000
"""A page of more is slow to draw."""
LINK = (110.0, 90.0)
GAP = (26.0, 26.0)
DEFAULT_TITLE = "Knowledge graph"
HIDDEN = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
"""What could end the data block or begin markup in it."""
WORDS = {
    "benchmark": ("has a result on", "has a result of"),
    "metric": ("has a result in", "is the metric of a result of"),
    "baseline": ("has a result beside", "is the baseline of a result of"),
}
"""How the line of a result is called, from what it is reported of and back."""
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def write_html(
    graph: Graph, vocabulary: Vocabulary, stream: BinaryIO, heading: Heading = UNTITLED, /
) -> None:
    """Write the page; numbers alone, or papers alone, are a leaderboard or a timeline with all behind it."""
    if not believed(graph) and (graph.results or graph.papers):
        stream.write(
            picture_page(draw(graph, vocabulary, Heading(note=heading.note)), graph, heading).encode()
        )
        return
    if len(joined(graph)) > MOST_NODES:
        part = core(graph, title=heading.title, nodes=MOST_NODES)
        graph, heading = part.graph, part.heading
    stream.write(page(page_data(graph, vocabulary), heading).encode())


def page(data: JSON, heading: Heading) -> str:
    """Return the page around its data; every text of others is escaped."""
    script, style = _template("picture.js") + _template("panel.js"), _template("page.css")
    filled = {
        "policy": (
            f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
            "base-uri 'none'; form-action 'none'"
        ),
        "title": html.escape(heading.title or DEFAULT_TITLE),
        "note": html.escape(heading.note),
        "style": style,
        "script": script,
        "data": embedded(data),
    }
    return PLACEHOLDER.sub(lambda found: filled[found[1]], _template("page.html"))


def embedded(data: JSON) -> str:
    r"""Return JSON that can stand inside a script element.

    >>> embedded("</script>")
    '"\\u003c/script\\u003e"'
    """
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(HIDDEN)


@lru_cache(maxsize=4)
def _template(name: str) -> str:
    return (files("kg.export") / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# --- the data ------------------------------------------------------------------------------------------


def page_data(graph: Graph, vocabulary: Vocabulary) -> dict[str, JSON]:
    """Return what the page's script draws and shows; things name each other by their numbers."""
    nodes = joined(graph)
    number = {node: i for i, node in enumerate(nodes)}
    papers = {key: i for i, key in enumerate(graph.papers)}
    statements = believed(graph)
    types = {vocabulary.type_of(node).name: vocabulary.type_of(node) for node in nodes}
    used = Counter(statement.predicate for statement in statements)
    predicates = [name for name in vocabulary.predicates if name in used]
    links = reported(graph)
    roles = [role for role in ROLES if any(link.role == role for link in links)]
    return {
        "types": [
            {"name": t.name, "label": t.plural, "one": t.label, "colour": t.colour} for t in types.values()
        ],
        "predicates": [
            *(_predicate(vocabulary, name) for name in predicates),
            *({"label": WORDS[role][0], "inverse": WORDS[role][1]} for role in roles),
        ],
        "nodes": _nodes(graph, vocabulary, nodes, list(types)),
        "papers": [{"title": g.paper.title, "url": g.paper.url} for g in graph.papers.values()],
        "statements": [
            {
                "s": number[s.subject],
                "p": predicates.index(s.predicate),
                "o": number[s.object],
                **_support(s, papers),
            }
            for s in statements
        ]
        + [
            {
                "s": number[link.start],
                "p": len(predicates) + roles.index(link.role),
                "o": number[link.end],
                "text": result_name(link.result),
                **_support(link.result, papers),
            }
            for link in links
        ],
        "results": [
            {
                "text": result_name(r),
                "ends": {role: number[end] for role in ROLES if (end := getattr(r, role))},
                **_support(r, papers),
            }
            for r in graph.results.values()
        ],
    }


class Link(NamedTuple):
    """A line for a result: from what it is reported of to another of its ends, in that end's role."""

    start: str
    role: str
    end: str
    result: Result


def reported(graph: Graph) -> list[Link]:
    """Return lines between ends of results that no statement joins: nothing that has a number is alone."""
    joined_pairs = {frozenset((s.subject, s.object)) for s in believed(graph)}
    links = []
    for result in graph.results.values():
        (_, start), *others = [(role, end) for role in ROLES if (end := getattr(result, role))] or [("", "")]
        links += [Link(start, role, end, result) for role, end in others if end != start]
    return [link for link in links if frozenset((link.start, link.end)) not in joined_pairs]


def _predicate(vocabulary: Vocabulary, name: str) -> dict[str, str]:
    predicate = vocabulary.predicates[name]
    return {"label": predicate.label, "inverse": predicate.inverse_label}


def _nodes(graph: Graph, vocabulary: Vocabulary, nodes: Sequence[str], types: list[str]) -> list[JSON]:
    number = {node: i for i, node in enumerate(nodes)}
    pairs = {(s.subject, s.object) for s in believed(graph)} | {(r.start, r.end) for r in reported(graph)}
    links = sorted((number[start], number[end]) for start, end in pairs)
    boxes = place([(14.0, 14.0)] * len(nodes), links, link=LINK, gap=GAP)
    return [
        {
            "id": node,
            "name": graph.name(node),
            "type": types.index(vocabulary.type_of(node).name),
            "x": round(box.x, 1),
            "y": round(box.y, 1),
            **_about(graph, node),
        }
        for node, box in zip(nodes, boxes, strict=True)
    ]


def _about(graph: Graph, node: str) -> dict[str, JSON]:
    if node in graph.entities:
        return {"aliases": graph.entities[node].aliases}
    paper = graph.papers[node].paper
    return {"aliases": (), "authors": paper.authors, "published": paper.published, "url": paper.url}


def _support(fact: Statement | Result, papers: dict[str, int]) -> dict[str, JSON]:
    return {
        "belief": round(fact.belief, 3),
        "papers": fact.papers,
        "evidence": [_quote(one, papers) for one in fact.evidence],
    }


def _quote(evidence: Evidence, papers: dict[str, int]) -> dict[str, JSON]:
    said = {"negated": evidence.negated, "hedged": evidence.hedged}
    return {
        "paper": papers.get(paper_node(evidence.paper)),
        "text": marked_pieces(evidence),
        "found": f"{evidence.component} {evidence.version}, right in {evidence.probability:.0%}",
        **{name: True for name, holds in said.items() if holds},
    }
