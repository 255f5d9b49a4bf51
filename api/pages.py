"""HTML from templates: every text is escaped, words and colours come from the ontology."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from api.marking import mark_quote
from kg.lookup.answers import Figure
from kg.vocabulary import ID, EntityType, Vocabulary, iri

STATIC = Path(__file__).parent / "static"
BUILT = STATIC / "built"
"""Where `scripts/build_explorer` puts the scripts of `api/explorer`."""


NAVIGATION = (
    ("/", "Ask"),
    ("/compare", "Compare"),
    ("/graph", "Graph"),
    ("/disputed", "Disputed"),
    ("/sparql", "SPARQL"),
    ("/cypher", "Cypher"),
    ("/ontology", "Ontology"),
    ("/docs", "API"),
)
"""Where the head of every page leads: addresses and their names."""


class Chunk(TypedDict, total=False):
    """A built file as Vite's manifest describes it: its name, its style sheets, the chunks it imports."""

    file: str
    css: list[str]
    imports: list[str]


def address(node_id: str) -> str:
    """Return where this service shows a node.

    >>> address("paper/arXiv:2305.18290")
    '/id/paper/arXiv:2305.18290'
    """
    return f"/id/{iri(node_id)[len(ID) :]}"


def web_address(url: str | None) -> str | None:
    """Return a link from outside if it leads to the web, None if it could do anything else.

    >>> web_address("javascript:alert(1)") is None
    True
    """
    try:
        return url if url and urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None


def number(value: float) -> str:
    """Return a number as people write it.

    >>> number(9.0), number(12000.5)
    ('9', '12,000.5')
    """
    return f"{value:,.6g}" if abs(value) < 1_000_000 else f"{value:,.0f}"


def amount(figure: Figure) -> str:
    """Return a reported number with its unit: a gain has its sign, a ratio its ×."""
    value = number(figure.value)
    match figure.kind:
        case "ratio":
            return f"{value}×"
        case "gain":
            return f"{'+' if figure.value > 0 else ''}{value}{_unit(figure.unit)}"
        case _:
            return f"{value}{_unit(figure.unit)}"


def _unit(unit: str) -> str:
    return unit if unit in ("", "%") else f" {unit}"


class Scripts:
    """The built scripts of the pages, by the names of their sources; without a build there are none.

    Every page reads without its scripts; `built` says whether those that need them can work.
    """

    def __init__(self, folder: Path = BUILT) -> None:
        manifest = folder / "manifest.json"
        self.built = manifest.is_file()
        self._chunks: dict[str, Chunk] = json.loads(manifest.read_text("utf-8")) if self.built else {}

    def tags(self, name: str) -> Markup:
        """Return the elements that load a script with its style sheets.

        Raises KeyError where a template names a script that was not built with the others.
        """
        if not self.built:
            return Markup()
        chunk = self._chunks[f"src/{name}.ts"]
        styles = dict.fromkeys(style for each in self._with_imports(chunk) for style in each.get("css", ()))
        links = (Markup('<link rel="stylesheet" href="/static/built/{}">').format(each) for each in styles)
        script = Markup('<script type="module" src="/static/built/{}"></script>').format(chunk["file"])
        return Markup("\n").join((*links, script))

    def _with_imports(self, chunk: Chunk) -> Iterator[Chunk]:
        for name in chunk.get("imports", ()):
            yield from self._with_imports(self._chunks[name])
        yield chunk


class Pages:
    """All pages of the service, in the words of one vocabulary; `unserved` are addresses not to lead to."""

    def __init__(self, vocabulary: Vocabulary, *, unserved: Collection[str] = ()) -> None:
        self.vocabulary = vocabulary
        self._environment = Environment(
            loader=PackageLoader("api"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        scripts = Scripts()
        self._environment.globals |= {
            "script": scripts.tags,
            "built": scripts.built,
            "types": tuple(vocabulary.types.values()),
            "navigation": [entry for entry in NAVIGATION if entry[0] not in unserved],
        }
        self._environment.filters |= {
            "address": address,
            "web": web_address,
            "number": number,
            "amount": amount,
            "marked": mark_quote,
            "slug_of": lambda node_id: node_id.partition("/")[0],
            "predicate_label": lambda name: vocabulary.predicates[name].label,
            "type_label": lambda name: self.type(name).label,
            "called": self.called,
        }

    def type(self, name: str) -> EntityType:
        """Return a type by its name; papers have one, too."""
        return self.vocabulary.paper if name == self.vocabulary.paper.name else self.vocabulary.types[name]

    def called(self, node_id: str) -> str:
        """Return what the ontology calls a thing or a family of things, its id where it calls it nothing."""
        known = self.vocabulary.names.get(node_id)
        return known.name if known else self.vocabulary.families.get(node_id, node_id)

    def show(self, template: str, status: int = 200, **values: object) -> Response:
        """Render a template with its values."""
        return HTMLResponse(self._environment.get_template(template).render(**values), status)

    def type_colours(self) -> str:
        """Return the style sheet that gives each type its colour, and lets a reader's ticks hide mentions."""
        types = (self.vocabulary.paper, *self.vocabulary.types.values())
        colours = (f".type-{each.slug} {{ --type: {each.colour} }}\n" for each in types)
        hidden = (
            f"body:has(#show-{each.slug}:not(:checked)) .reader .mention.type-{each.slug} "
            "{ background: none; border-color: transparent }\n"
            for each in types
        )
        return "".join((*colours, *hidden))
