"""A small graph of invented papers, with names that try to break every format."""

from __future__ import annotations

from kg.records import Entity, Evidence, Graph, GroundedPaper, Mention, Paper, Result, Span, Statement
from kg.vocabulary import Vocabulary

HOSTILE = 'Tom\'s "R&D", <script>alert(1)</script>\n\\N; $x^2$ —->\t😀 & co\\'
"""Quotes, separators, markup, a line break, an escape, mathematics, a tab, an emoji, a backslash."""

ABSTRACT = (
    "We introduce Pebble, a calm way to tune models. "
    "Pebble beats Gravel on StoneBench by 4.5 points. "
    "It never beats Quartz."
)


def tiny_graph(vocabulary: Vocabulary, name: str = "Pebble") -> Graph:
    """Return two papers, five entities, five statements (one of them only denied) and two results."""
    paper = Paper("arXiv:2501.00001", "Pebble: calm tuning", ABSTRACT, ("Ada Stone", "Bo Rock"), "2025-01-02")
    other = Paper("hash:00aa", f"On {name}", "A second look at it.", published="2024")
    types = {label.slug: label.name for label in vocabulary.types.values()}
    pebble, gravel, quartz = "method/pebble", "method/gravel", "model/quartz"
    bench, metric = "benchmark/stonebench", "metric/win-rate"
    entities = [
        Entity(pebble, types["method"], name, ("PBL", "Pebble; method"), 2),
        Entity(gravel, types["method"], "Gravel", (), 1),
        Entity(quartz, types["model"], "Quartz"),
        Entity(bench, types["benchmark"], "StoneBench", ("SB, the bench",), 1),
        Entity(metric, types["metric"], "win rate"),
    ]
    by_label = {p.label: p.name for p in vocabulary.predicates.values()}

    def said(text: str, subject: str, object_: str, *, negated: bool = False) -> tuple[Evidence, ...]:
        return (_evidence(paper, text, subject, object_, negated=negated),)

    second = "Pebble beats Gravel on StoneBench by 4.5 points."
    third = "It never beats Quartz."
    node = "paper/arXiv:2501.00001"
    first = "We introduce Pebble, a calm way to tune models."
    statements = [
        Statement(node, by_label["proposes"], pebble, 0.9, 1, said(first, "We", "Pebble")),
        Statement(pebble, by_label["outperforms"], gravel, 0.8, 1, said(second, "Pebble", "Gravel")),
        Statement(pebble, by_label["is evaluated on"], bench, 0.7, 1, said(second, "Pebble", "StoneBench")),
        Statement(gravel, by_label["is evaluated on"], bench, 0.5, 1, said(second, "Gravel", "StoneBench")),
        Statement(pebble, by_label["outperforms"], quartz, 0.0, 0, said(third, "It", "Quartz", negated=True)),
    ]
    results = [
        Result(
            pebble, bench, metric, 61.5, "%", "absolute", None, 0.8, 1, said(second, "Pebble", "StoneBench")
        ),
        Result(pebble, bench, None, 4.5, "points", "gain", gravel, 0.9, 1, said(second, "Pebble", "Gravel")),
    ]
    start = paper.text.index("Pebble")
    mentions = (Mention(pebble, start, start + 6, "Pebble", "the same name"),)
    return Graph.of([GroundedPaper(paper, mentions), GroundedPaper(other), *entities, *statements, *results])


def _evidence(paper: Paper, text: str, subject: str, object_: str, *, negated: bool) -> Evidence:
    start = paper.text.index(text)

    def span(words: str) -> Span:
        at = paper.text.index(words, start)
        return Span(at, at + len(words))

    return Evidence(
        paper=paper.id,
        sentence=span(text),
        words=span(text),
        subject=span(subject),
        object=span(object_),
        text=text,
        component="rules",
        version="1",
        probability=0.8,
        negated=negated,
    )
