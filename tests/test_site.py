"""The documentation as a site: it builds, links lead somewhere, no page asks another machine, all is told."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from inspect import getmembers, isclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import kg
import kg.errors
import kg.lookup
import kg.pack
import kg.watch
from kg.errors import KGError
from kg.export import EXPORTERS
from kg.settings import Settings
from kg.sources import IMPORTERS
from kg.vocabulary import Vocabulary, ontology_directory
from kg.workspace import open_workspace

ROOT = Path(__file__).parent.parent
LOADS = {"src", "srcset", "data", "poster"}
"""Attributes whose address a browser opens by itself."""
LINKS_THAT_LOAD = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "modulepreload", "manifest"}
STYLE_LOADS = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


@dataclass
class Built(HTMLParser):
    """What a page holds: its anchors, where its links lead, what it loads, and its words."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        self.loads += [given[name] for name in LOADS & given.keys()]
        self.loads += [found[0] or found[1] for found in STYLE_LOADS.findall(given.get("style", ""))]
        if tag == "link" and LINKS_THAT_LOAD & set(given.get("rel", "").split()):
            self.loads.append(given["href"])
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@cache
def read(page: Path) -> Built:
    built = Built()
    built.feed(page.read_text("utf-8"))
    return built


def said(page: Path) -> str:
    """Return the words of a page, with single spaces."""
    return " ".join("".join(read(page).words).split())


@pytest.fixture(scope="module")
def site(corpus_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site as `make docs` builds it, with every command of its pages run."""
    place = tmp_path_factory.mktemp("site")
    shutil.copytree(corpus_db, place / "graph")
    build = [sys.executable, str(ROOT / "scripts" / "site" / "build.py")]
    options = ["--graph", str(place / "graph"), "--build", str(place / "build")]
    done = subprocess.run([*build, *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return place / "build" / "site"


@pytest.fixture(scope="module")
def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def leads_nowhere(page: Path, link: str) -> bool:
    """Say whether a link into the site has no file, or no such place in it."""
    address = urlsplit(link)
    if address.scheme or address.netloc:
        return False
    target = (page.parent / unquote(address.path)).resolve() if address.path else page
    if not target.is_file():
        return True
    return bool(address.fragment) and unquote(address.fragment) not in read(target).ids


def test_every_link_leads_to_a_page_and_a_place_in_it(site: Path, pages: list[Path]) -> None:
    inside = [page for page in pages if page.name != "404.html"]  # its links count from the root of a host
    broken = [(page.name, link) for page in inside for link in read(page).links if leads_nowhere(page, link)]
    assert broken == []
    assert len(inside) > 60


def test_no_page_loads_anything_from_another_machine(site: Path, pages: list[Path]) -> None:
    loads = {load for page in pages for load in read(page).loads}
    loads |= {
        a or b for sheet in site.rglob("*.css") for a, b in STYLE_LOADS.findall(sheet.read_text("utf-8"))
    }
    assert {load for load in loads if urlsplit(load).netloc} == set()
    assert any(load.endswith(".css") for load in loads)


def test_lists_and_tables_are_no_running_text(pages: list[Path]) -> None:
    paragraphs = re.compile(r"<p>((?:(?!</p>).)*?\n(?:[-*|] |```|1\. ).*?)</p>", re.DOTALL)
    found = {page.name: paragraphs.findall(page.read_text("utf-8")) for page in pages}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_search_finds_what_the_pages_say(site: Path) -> None:
    index = (site / "search" / "search_index.json").read_text("utf-8")
    assert all(
        words in index for words in ("noisy-or", "kg.Workspace", "akg:evaluatedOn", "/v1/leaderboards")
    )


@pytest.mark.parametrize("module", ["links.py", "pages.py"])
def test_examples_in_the_makers_of_pages_hold(module: str) -> None:
    file = ROOT / "scripts" / "site" / module
    done = subprocess.run(
        [sys.executable, "-m", "doctest", str(file)], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (0, "")


def public_names() -> Iterator[str]:
    yield from (f"kg.{name}" for name in kg.__all__ if getattr(kg, name) is not KGError)
    for package in (kg.lookup, kg.pack, kg.watch):
        yield from (f"{package.__name__}.{name}" for name in package.__all__)
    for name, member in getmembers(kg.errors, isclass):
        if issubclass(member, KGError):
            yield f"kg.errors.{name}"


def test_every_public_name_has_a_place_in_the_reference(site: Path) -> None:
    places = {place for page in (site / "library").glob("*.html") for place in read(page).ids}
    assert [name for name in public_names() if name not in places] == []
    methods = [name for name, member in vars(kg.Workspace).items() if callable(member) and name[0] != "_"]
    assert [name for name in methods if f"kg.Workspace.{name}" not in places] == []


def test_every_setting_and_format_stands_in_the_reference(site: Path) -> None:
    settings, formats = (said(site / "library" / f"{page}.html") for page in ("settings", "formats"))
    assert [name for name in Settings.model_fields if name not in settings] == []
    assert [name for name in (*IMPORTERS, *EXPORTERS) if name not in formats] == []


def test_every_address_of_the_service_is_described(site: Path, tmp_path: Path) -> None:
    from api.app import create_app

    with open_workspace(tmp_path) as graph:
        document = create_app(graph, graph.settings).openapi()
    page = said(site / "http.html")
    operations = [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]
    assert [f"{method} {path}" for method, path in operations if f"{method} {path}" not in page] == []
    assert [
        name
        for name in document["components"]["schemas"]
        if f"shape-{name.lower()}" not in read(site / "http.html").ids
    ] == []


def test_every_predicate_has_a_page_with_all_that_the_ontology_says(
    site: Path, vocabulary: Vocabulary
) -> None:
    for predicate in vocabulary.predicates.values():
        page = said(site / "ontology" / "predicates" / f"{predicate.name}.html")
        wanted = {predicate.comment, predicate.label, predicate.inverse, predicate.inverse_label}
        wanted |= {*predicate.domain, *predicate.range, *predicate.words, *predicate.inverse_words}
        assert {words for words in wanted if words not in page} == set(), predicate.name


def test_every_class_has_a_page(site: Path, vocabulary: Vocabulary) -> None:
    terms = (ontology_directory() / "alignment.ttl").read_text("utf-8")
    classes = re.findall(r"^akg:(\w+) a owl:Class", terms, flags=re.MULTILINE)
    assert {page.stem for page in (site / "ontology" / "classes").glob("*.html")} == set(classes)
    for kind in vocabulary.types.values():
        assert kind.comment in said(site / "ontology" / "classes" / f"{kind.name}.html")


def test_every_property_is_defined_in_one_place(site: Path, vocabulary: Vocabulary) -> None:
    terms = (ontology_directory() / "alignment.ttl").read_text("utf-8")
    named = set(re.findall(r"^akg:(\w+) a owl:\w+Property", terms, flags=re.MULTILINE))
    stated = {name for p in vocabulary.predicates.values() for name in (p.name, p.inverse)}
    assert named - stated - read(site / "ontology" / "properties.html").ids == set()


def test_schemes_show_every_concept(site: Path, vocabulary: Vocabulary) -> None:
    trees = " ".join(said(page) for page in (site / "ontology" / "schemes").glob("*.html"))
    assert [
        family for family in vocabulary.families.values() if family.casefold() not in trees.casefold()
    ] == []
    concepts = [known.name for known in vocabulary.names.values() if known.broader]
    assert [name for name in concepts if name not in trees] == []


def test_questions_on_the_pages_of_predicates_have_answers(site: Path, corpus_db: Path) -> None:
    pages = sorted((site / "ontology" / "predicates").glob("*.html"))
    questions = [found for page in pages for found in re.findall(r'kg find "(.+?)"', said(page))]
    assert len(questions) >= 10
    with open_workspace(corpus_db) as graph:
        assert [question for question in questions if not graph.find(question, limit=1).rows] == []


def test_commands_show_what_they_print(site: Path) -> None:
    tutorial = said(site / "tutorial.html")
    assert "methods and models that are evaluated on MT-Bench" in tutorial
    assert "Kindling method outperforms Direct Preference Optimization" in tutorial


def test_belief_is_worked_out_in_real_numbers(site: Path) -> None:
    page = said(site / "belief.html")
    assert re.search(r"belief 0\.\d+ = 1 − \(1 − 0\.\d+\) × \(1 − 0\.\d+\): 2 papers for it", page)
    assert "made:" not in page
