"""Pages without a script: a picture with what stands behind it, and lists of sentences; they load nothing."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Iterator
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kg.export.marks import marked_pieces
from kg.export.select import Heading
from kg.property_graph import result_name
from kg.records import Evidence, Graph, Paper, Result, paper_node

if TYPE_CHECKING:  # a picture takes matplotlib, and most pages have none
    from kg.export.canvas import Canvas

MARKS = {"s": '<mark class="s">{}</mark>', "o": '<mark class="o">{}</mark>'}
"""How the words of a subject and an object are marked."""


def static_page(title: str, body: Iterable[str]) -> str:
    """Return a page around blocks of HTML; its style is allowed by its hash, and nothing else may load."""
    style = (files("kg.export") / "templates" / "static.css").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    own = f"img-src data:; style-src 'sha256-{allowed}'"
    policy = f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"
    name = html.escape(title)
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{name}</title>",
        f"<style>{style}</style>",
    ]
    lines = ["<!doctype html>", '<html lang="en">', "<head>", *head, "</head>", "<body>", "<main>"]
    return "\n".join([*lines, f"<h1>{name}</h1>", *body, "</main>", "</body>", "</html>", ""])


def inline_picture(canvas: Canvas, said: str) -> str:
    """Return a picture that is part of its page, with words for whoever does not see it."""
    stream = BytesIO()
    canvas.save(stream, "svg")
    data = base64.b64encode(stream.getvalue()).decode()
    return f'<img class="picture" alt="{html.escape(said)}" src="data:image/svg+xml;base64,{data}">'


def picture_page(canvas: Canvas, graph: Graph, heading: Heading) -> str:
    """Return a picture of numbers or papers, and below it every number with its sentences, or every paper."""
    picture = inline_picture(canvas, f"{heading.title}: what the picture shows is told below it")
    told = _numbers(graph) if graph.results else map(_paper, _by_date(graph))
    return static_page(heading.title, [picture, *told])


def _numbers(graph: Graph) -> Iterator[str]:
    for result in sorted(graph.results.values(), key=lambda r: (-r.belief, r.id)):
        yield f"<section>\n<h2>{html.escape(_said(result, graph))}</h2>"
        yield from (_figure(one, graph) for one in result.evidence)
        yield "</section>"


def _said(result: Result, graph: Graph) -> str:
    method = graph.name(result.method) if result.method else "not named"
    on = f" on {graph.name(result.benchmark)}" if result.benchmark else ""
    metric = f", {graph.name(result.metric)}" if result.metric else ""
    over = f", over {graph.name(result.baseline)}" if result.baseline else ""
    return f"{method}: {result_name(result)}{metric}{on}{over} (belief {result.belief:.2f})"


def _figure(evidence: Evidence, graph: Graph) -> str:
    grounded = graph.papers.get(paper_node(evidence.paper))
    source = linked(grounded.paper) if grounded else html.escape(evidence.paper)
    words = "".join(MARKS.get(mark, "{}").format(html.escape(text)) for text, mark in marked_pieces(evidence))
    return f"<figure><blockquote>{words}</blockquote><figcaption>{source}</figcaption></figure>"


def _by_date(graph: Graph) -> list[Paper]:
    papers = (grounded.paper for grounded in graph.papers.values())
    return sorted(papers, key=lambda paper: (paper.published or "9999", paper.id))


def _paper(paper: Paper) -> str:
    facts = " · ".join(filter(None, (paper.published, ", ".join(paper.authors), paper.venue, paper.id)))
    return f"<p>{linked(paper)}<br><small>{html.escape(facts)}</small></p>"


def linked(paper: Paper) -> str:
    """Return a paper's title, as a link where its address leads to the web."""
    title, url = html.escape(paper.title), web_address(paper.url)
    return f'<a href="{html.escape(url)}">{title}</a>' if url else title


def web_address(url: str | None) -> str | None:
    """Return a link of others if it leads to the web, None if it could do anything else."""
    try:
        return url if url and urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None
