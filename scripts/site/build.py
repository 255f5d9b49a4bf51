"""Build the documentation as a site: `make docs`.

All pages are put together in one folder: those under docs/, files of the repository that stand elsewhere, and
the pages that are made from the code, the ontology and the graph of the bundled corpus; links are turned to
where pages now lie, and what the commands of the tutorial and the how-to pages print is shown under them.
MkDocs makes a site of that folder; nothing in it but the reference of the library is peculiar to MkDocs.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml
from answers import CommandFailed, followed
from belief_parts import PARTS
from http_pages import http_page
from library_pages import library_pages
from links import BESIDE, in_site
from ontology_pages import ontology_pages
from pages import Page, spaced

from api.app import create_app
from kg.errors import KGError
from kg.records import Graph
from kg.settings import Settings
from kg.vocabulary import Vocabulary
from kg.workspace import Workspace, open_workspace

ROOT = Path(__file__).parent.parent.parent
DOCS, CONFIGURATION = ROOT / "docs", ROOT / "mkdocs.yml"
CORPUS = ROOT / "corpus"
MARK = re.compile(r"<!-- made: (\w+) -->")
Menu = list[object]


class Site:
    """Everything that becomes a page, over the graph of the bundled corpus."""

    def __init__(self, graph: Workspace) -> None:
        self.folder = graph.directory.absolute()
        self.vocabulary: Vocabulary = graph.vocabulary
        self.graph: Graph = graph.graph()
        self.http = http_page(create_app(graph, graph.settings).openapi())
        self.library = library_pages()
        self.ontology = ontology_pages(self.vocabulary, self.graph)

    def made(self) -> list[Page]:
        """Return the pages that nobody wrote."""
        return [self.http, *self.library, *(page for part in self.ontology.values() for page in part)]

    def write(self, place: Path) -> None:
        """Put all pages, and what they show, into a folder."""
        shutil.copytree(DOCS, place)
        for source, uri in BESIDE.items():
            (place / uri).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, place / uri)
        for file in sorted(place.rglob("*.md")):
            file.write_text(self.finished(file.read_text("utf-8"), str(file.relative_to(place))), "utf-8")
        for page in self.made():
            (place / page.uri).parent.mkdir(parents=True, exist_ok=True)
            (place / page.uri).write_text(page.text, "utf-8")

    def finished(self, markdown: str, uri: str) -> str:
        """Return a written page with its links turned, its made parts, and what its commands print."""
        text = MARK.sub(lambda mark: PARTS[mark[1]](self.graph, self.vocabulary), in_site(markdown, uri))
        is_run = uri == "tutorial.md" or uri.startswith("how-to/")
        return spaced(followed(uri, text, self.folder, CORPUS) if is_run else text)

    # --- the menu ---------------------------------------------------------------------------------------

    def menu(self, written: object) -> object:
        """Return a menu, or a part of one, with the pages that are made where one word stands for them."""
        if isinstance(written, dict):
            return {title: self.menu(inside) for title, inside in written.items()}
        if isinstance(written, list):
            return [self.menu(inside) for inside in written]
        return self._stood_for().get(str(written), written)

    def _stood_for(self) -> Mapping[str, object]:
        parts = dict(self.ontology)
        (index,) = parts.pop("")
        groups = [{title: entries(pages)} for title, pages in parts.items()]
        files = {"The files": BESIDE["ontology/README.md"]}
        return {
            "http": self.http.uri,
            "library": entries(self.library),
            "ontology": [index.uri, *groups, files],
        }


def entries(pages: list[Page]) -> Menu:
    return [{page.title: page.uri} for page in pages]


def corpus_graph(folder: Path) -> Workspace:
    """Return the graph of the bundled corpus; reading it takes a while, the first time."""
    settings = Settings(db=folder)
    graph = open_workspace(folder, settings=settings)
    graph.ingest(CORPUS / "papers.jsonl")
    return graph


def render(pages: Path, site: Path, menu: object) -> None:
    """Make a site of a folder of pages; a link that leads nowhere is an error."""
    settings = yaml.safe_load(CONFIGURATION.read_text("utf-8"))
    settings |= {"docs_dir": str(pages), "site_dir": str(site), "nav": menu}
    file = pages.with_name(CONFIGURATION.name)
    file.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), "utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(file)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--graph", type=Path, default=ROOT / "build" / "corpus", help="graph of the bundled corpus"
    )
    parser.add_argument(
        "--build", type=Path, default=ROOT / "build", help="where pages/ and site/ are written"
    )
    chosen = parser.parse_args()
    pages, site = chosen.build.absolute() / "pages", chosen.build.absolute() / "site"
    shutil.rmtree(pages, ignore_errors=True)
    try:
        with corpus_graph(chosen.graph) as graph:
            made = Site(graph)
        made.write(pages)
        written = yaml.safe_load(CONFIGURATION.read_text("utf-8"))["nav"]
        render(pages, site, made.menu(written))
    except (KGError, CommandFailed) as error:
        sys.exit(f"the site cannot be built: {error}")
    except subprocess.CalledProcessError:
        sys.exit("the site cannot be built: the warnings above say why")


if __name__ == "__main__":
    main()
