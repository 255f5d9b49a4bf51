"""A pack as files, by path: the same graph and question give the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from io import BytesIO

from kg.export import EXPORTERS
from kg.export.select import Fact, Heading
from kg.pack import appendix, tables
from kg.pack.bibliography import bibtex
from kg.pack.contents import Contents, Tell
from kg.pack.latex import document
from kg.pack.marks import to_markdown
from kg.pack.notebook import notebook
from kg.records import JSON
from kg.stores import Origin

FORMAT = 1
"""Version of what a pack holds and of its manifest."""
MANIFEST = "manifest.json"
GRAPHS = ("ttl", "jsonld", "graphml")
ABOUT = {
    "README.md": "what is in the pack",
    "table.csv": "the answer, every row",
    "table.md": "the answer for readers; each number leads to its sentences",
    "table.tex": "the answer as a LaTeX table that cites the papers",
    "comparison.csv": "what the things of the answer share, with their numbers",
    "comparison.md": "the comparison for readers",
    "comparison.tex": "the comparison as LaTeX tables",
    "survey.tex": "a LaTeX document around the tables and the bibliography",
    "references.bib": "BibTeX of the papers behind the answer",
    "evidence.md": "every sentence behind every row, subject and object marked",
    "evidence.html": "every sentence behind every row, as a page",
    "graph.ttl": "the part of the graph as Turtle",
    "graph.jsonld": "the part of the graph as JSON-LD",
    "graph.graphml": "the part of the graph as GraphML, for Gephi, yEd and networkx",
    "figures/answer": "a picture of what the answer joins",
    "figures/results": "a picture of its numbers, by what can be compared",
    "figures/papers": "a picture of its papers over time",
    "notebook.ipynb": "a notebook that opens the pack again",
}
"""What each file is, by its path or by the path without its ending."""


@dataclass(frozen=True, slots=True)
class Pack:
    """The files of a pack, by their paths in it, and what its manifest says."""

    files: Mapping[str, bytes]
    manifest: Mapping[str, JSON] = field(default_factory=dict)


def pack_of(contents: Contents, origin: Origin, *, tell: Tell = lambda _: None) -> Pack:
    """Write every file of a pack, its manifest last."""
    from kg.pack.figures import cut_figures  # what draws takes half a second to import

    made = dict(_files(contents, tell))
    pictures = [path for path in made if path.endswith(".svg")]
    made["notebook.ipynb"] = notebook(contents.answer.question, contents.answer.reading, pictures)
    left_out = (*contents.left_out, *cut_figures(contents))
    made["README.md"] = _readme(contents, made, left_out).encode()
    manifest = _manifest(contents, origin, made, left_out)
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    return Pack({**dict(sorted(made.items())), MANIFEST: text.encode()}, manifest)


def _files(contents: Contents, tell: Tell) -> Iterator[tuple[str, bytes]]:
    tell("tables")
    yield "table.csv", tables.answer_csv(contents).encode()
    yield "table.md", tables.answer_markdown(contents).encode()
    yield "table.tex", tables.answer_latex(contents).encode()
    if contents.comparison:
        yield "comparison.csv", tables.comparison_csv(contents).encode()
        yield "comparison.md", tables.comparison_markdown(contents).encode()
        yield "comparison.tex", tables.comparison_latex(contents).encode()
    answer = contents.answer
    survey = document(answer.question, compared=contents.comparison is not None, papers=bool(contents.papers))
    yield "survey.tex", survey.encode()
    yield "references.bib", bibtex(contents.papers, contents.keys).encode()
    yield "evidence.md", appendix.evidence_markdown(contents).encode()
    yield "evidence.html", appendix.evidence_html(contents).encode()
    for form in GRAPHS:
        tell(f"graph.{form}")
        stream = BytesIO()
        EXPORTERS[form](contents.graph, contents.vocabulary, stream, Heading(answer.question, answer.reading))
        yield f"graph.{form}", stream.getvalue()
    tell("figures")
    from kg.pack.figures import figures  # as above

    yield from figures(contents)


def about(path: str) -> str:
    """Return what a file of a pack is."""
    return ABOUT.get(path) or ABOUT[path.rpartition(".")[0]]


def _counts(contents: Contents) -> dict[str, JSON]:
    graph = contents.graph
    known: list[Fact] = [*graph.statements.values(), *graph.results.values()]
    return {
        "rows": len(contents.answer.rows),
        "rows_in_all": contents.answer.total,
        "papers": len(graph.papers),
        "entities": len(graph.entities),
        "statements": len(graph.statements),
        "results": len(graph.results),
        "evidence": sum(len(fact.evidence) for fact in known),
        "quotes": sum(len(entry.quotes) for entry in contents.entries),
    }


def _manifest(
    contents: Contents, origin: Origin, made: Mapping[str, bytes], left_out: tuple[str, ...]
) -> dict[str, JSON]:
    answer = contents.answer
    return {
        "pack": FORMAT,
        "query": answer.question,
        "reading": answer.reading,
        "hint": answer.hint,
        "graph": {
            "ledger": origin.ledger,
            "position": contents.position,
            "assembly": origin.version,
            "ontology": contents.vocabulary.version,
        },
        "software": f"AlignKG {version('alignkg')}",
        "counts": _counts(contents),
        "left_out": list(left_out),
        "files": [
            {
                "path": path,
                "about": about(path),
                "bytes": len(body),
                "sha256": hashlib.sha256(body).hexdigest(),
            }
            for path, body in sorted(made.items())
        ],
    }


def _readme(contents: Contents, made: Mapping[str, bytes], left_out: tuple[str, ...]) -> str:
    answer = contents.answer
    counts = _counts(contents)
    rows = f"{counts['rows']} of {counts['rows_in_all']} rows"
    said = f"{rows}, {counts['papers']} papers, {counts['quotes']} sentences"
    blocks = [f"# {to_markdown(answer.question)}", f"{to_markdown(answer.reading)}: {said}."]
    if answer.hint:
        blocks.append(to_markdown(answer.hint))
    paths = sorted({*made, "README.md"})
    blocks.append("\n".join(f"- [{path}]({path}): {about(path)}" for path in paths))
    blocks.append(
        f"- [{MANIFEST}]({MANIFEST}): the graph's version, the query, counts, and a hash of each file"
    )
    if left_out:
        blocks += ["Left out:", "\n".join(f"- {to_markdown(what)}" for what in left_out)]
    blocks.append(
        "The document is set with `pdflatex survey && bibtex survey && pdflatex survey && pdflatex survey`."
    )
    return "\n\n".join(blocks) + "\n"
