"""No text of a paper, a person or a question is ever more than text, on any page, in any file, in any query.

What was sent is read back by the parsers of those who would be attacked: that of browsers, of XML, of CSV.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import zipfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import defusedxml.ElementTree as ElementTree
import httpx
import pydot
import pyoxigraph as ox
import pytest
from selectolax.lexbor import LexborHTMLParser

from api.app import create_app
from api.v1.export import MEDIA_TYPES
from kg.records import Paper
from kg.settings import Settings
from kg.sources.shapes import Draft
from kg.sources.text import BadRecord
from kg.tokens import Tokens
from kg.vocabulary import load_vocabulary
from kg.workspace import Workspace
from tests.attacks import MARK, NAMES, papers
from tests.served import PAPERS, serving
from tests.toy import ToyReader

BROWSER = {"Accept": "text/html"}
EVERY_ATTACK = "KG_EVERY_ATTACK" in os.environ
"""Ask for each name at each address, and look at four times the pages: the long form, a minute more."""
PAGES = 300 if EVERY_ATTACK else 75
"""So many pages are looked at, breadth first; each kind of page is among the first."""
ASKED = NAMES if EVERY_ATTACK else NAMES[::4]
POLICY = "Content-Security-Policy"
INERT_SCRIPT = "application/json"
FORBIDDEN = ("iframe", "object", "embed", "base", "frame", "applet", "style", MARK)
ADDRESSES = ("href", "src", "action", "formaction", "xlink:href", "srcset", "poster", "data")


@dataclass(frozen=True)
class Attacked:
    """A service over hostile papers, and its graph."""

    client: httpx.Client
    graph: Workspace

    def get(self, path: str, **headers: str) -> httpx.Response:
        answer = self.client.get(path, headers=headers, follow_redirects=True)
        unserved = path.startswith("/cypher") and answer.status_code == 503
        assert answer.status_code < 500 or unserved, (path, answer.text[:300])
        return answer


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """A graph where every title, name, venue, author, reason and token name is an attack."""
    folder, settings = tmp_path_factory.mktemp("attacked"), Settings(query_workers=1)
    with Workspace(folder, settings, load_vocabulary(), ToyReader()) as graph:
        graph.ingest([*PAPERS, *papers()])
        for name in NAMES[:6]:
            token = Tokens(folder).add(name[:60].strip(), ["curate"])
        with (
            serving(create_app(graph, settings)) as address,
            httpx.Client(base_url=address, timeout=60) as client,
        ):
            bearer = {"Authorization": f"Bearer {token}"}
            for number, name in enumerate(NAMES):
                node = f"method/{('alpha-tuning', 'margin-tuning')[number % 2]}"
                wanted = {"action": "retype", "node": node, "type": "Model", "reason": name}
                taken = client.post("/v1/decisions", json=wanted, headers=bearer)
                if taken.status_code == 201:
                    number_of_it = taken.json()["decision"]["number"]
                    client.post(f"/v1/decisions/{number_of_it}/undo", json={"reason": name}, headers=bearer)
                if number == 3:
                    break
            yield Attacked(client, graph)


# --- pages ----------------------------------------------------------------------------------------------


def faults_of(html: str) -> list[str]:
    """Return what a browser would find in a page that no template of ours puts there."""
    tree = LexborHTMLParser(html)
    found = []
    for element in tree.css("*"):
        tag, attributes = (element.tag or "").lower(), element.attributes
        if tag in FORBIDDEN or (tag == "meta" and _does_something(attributes)):
            found.append(f"<{tag}>")
        if tag == "script" and not _is_ours(attributes):
            found.append(f"<script>{element.text()[:80]}")
        for name, value in attributes.items():
            if name.startswith("on") or name in ("style", "srcdoc") or MARK in name or "id" == name == value:
                found.append(f"<{tag} {name}={value!r}>")
            if name in ADDRESSES and not _leads_to_the_web(value or ""):
                found.append(f"<{tag} {name}={value!r}>")
    return found


def _does_something(meta: dict[str, str | None]) -> bool:
    return (meta.get("http-equiv") or POLICY) != POLICY


def _is_ours(attributes: dict[str, str | None]) -> bool:
    source = attributes.get("src") or ""
    return source.startswith("/static/") or attributes.get("type") == INERT_SCRIPT


def _leads_to_the_web(address: str) -> bool:
    return urlsplit(re.sub(r"[\x00-\x20]", "", address)).scheme in ("", "http", "https")


def test_the_parser_sees_what_a_browser_would_run() -> None:
    """The check itself: each attack that needs no more than standing in a page is seen."""
    for page in (
        f"<script>{MARK}</script>", "<p onclick=x>", '<a href=" java\nscript:x">',
        "<svg><a xlink:href=data:x>",
        "<iframe>", '<meta http-equiv=refresh content="0;url=x">', f"<{MARK}>", "<p style=color:red>",
        '<title></title><svg onload=x>',
    ):  # fmt: skip
        assert faults_of(page), page
    assert faults_of('<p title="&lt;script&gt;">x</p><a href="/id/javascript:x">y</a>') == []


START = [
    "/", "/decisions", "/curate", "/disputed", "/compare", "/graph", "/sparql", "/ontology", "/docs",
    "/browse/methods", "/browse/papers", "/browse/goals", "/?q=what+uses+Alpha+Tuning",
    "/?q=methods+evaluated+on+MT-Bench", "/graph?node=method/alpha-tuning", "/no/such/page",
    "/id/method/alpha-tuning", "/id/benchmark/mt-bench",
]  # fmt: skip


def test_no_page_holds_more_than_its_template_says(attacked: Attacked) -> None:
    waiting, seen = deque(START), set[str]()
    while waiting and len(seen) < PAGES:
        path = waiting.popleft()
        if path in seen:
            continue
        seen.add(path)
        answer = attacked.get(path, **BROWSER)
        if "html" not in answer.headers["content-type"]:
            assert answer.headers["x-content-type-options"] == "nosniff"
            continue
        assert faults_of(answer.text) == [], path
        tree = LexborHTMLParser(answer.text)
        for island in tree.css(f'script[type="{INERT_SCRIPT}"]'):
            json.loads(island.text())
        links = (link.attributes.get("href") or "" for link in tree.css("a"))
        waiting += [link.partition("#")[0] for link in links if link.startswith("/")]
    assert len(seen) == PAGES


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_comes_back_as_text(attacked: Attacked, name: str) -> None:
    asked = quote(name, safe="")
    for path in (
        f"/?q={asked}", f"/graph?node={asked}", f"/compare?ids={asked}&ids=Alpha+Tuning",
        f"/path?from={asked}&to=AT",
        f"/sparql?query={asked}", f"/cypher?query={asked}", f"/id/method/{asked}",
        f"/browse/methods?q={asked}",
        f"/{asked}", f"/decisions?node={asked}", f"/v1/entities/{asked}",
    ):  # fmt: skip
        answer = attacked.get(path, **BROWSER)
        if "html" in answer.headers["content-type"]:
            assert faults_of(answer.text) == [], path


def test_a_link_to_the_paper_is_one_of_the_web_or_none(attacked: Attacked) -> None:
    for paper in papers():
        page = LexborHTMLParser(attacked.get(f"/id/paper/{quote(paper.id, safe='')}", **BROWSER).text)
        assert page.css_first("h1") is not None
        outward = [link.attributes.get("href") or "" for link in page.css("a")]
        assert not [link for link in outward if urlsplit(link).scheme not in ("", "http", "https")]


# --- queries --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ASKED)
def test_a_name_in_a_look_up_is_a_name_and_no_query(attacked: Attacked, name: str) -> None:
    before = attacked.graph.ledger.position()
    asked = {"q": name}
    for path, parameters in (
        ("/v1/ask", asked), ("/v1/search", asked), ("/v1/suggest", asked), ("/v1/methods", asked),
        ("/v1/ask", {"q": f"what uses {name}"}), ("/v1/ask", {"q": f"methods evaluated on {name}"}),
        ("/v1/statements", {"subject": name}), ("/v1/statements", {"predicate": name}),
        ("/v1/results", {"benchmark": name}), ("/v1/path", {"from": name, "to": "AT"}),
        ("/v1/compare", {"ids": [name, "AT"]}), ("/v1/export", {"node": name, "format": "nq"}),
        ("/v1/export", {"format": name}), (f"/v1/leaderboards/{quote(name, safe='')}", {}),
        ("/v1/methods", {"cursor": name}), ("/v1/completions/sparql", asked),
    ):  # fmt: skip
        answer = attacked.client.get(path, params=parameters)
        assert answer.status_code in (200, 303, 400, 404, 409, 422), (path, answer.status_code, answer.text)
    assert attacked.graph.ledger.position() == before


def test_every_hostile_name_is_found_by_itself(attacked: Attacked) -> None:
    """The injection that escapes too much is a fault as well: what has a name is found by it."""
    found = attacked.client.get("/v1/ask", params={"q": "what uses Alpha Tuning", "limit": 1000}).json()[
        "rows"
    ]
    there = {row["subject"]["name"] for row in found}
    assert len(there & set(NAMES)) > len(NAMES) - 6
    for name in there & set(NAMES):
        entity = next(row["subject"]["id"] for row in found if row["subject"]["name"] == name)
        answer = attacked.client.get(f"/v1/entities/{quote(entity, safe='')}")
        assert (answer.status_code, answer.json()["name"]) == (200, name)


# --- files ----------------------------------------------------------------------------------------------


def exported(attacked: Attacked, format: str) -> httpx.Response:
    answer = attacked.get(f"/v1/export?format={format}")
    assert answer.status_code == 200, format
    assert answer.headers["content-disposition"].startswith("attachment;")
    return answer


def faults_of_xml(text: bytes) -> list[str]:
    """Return what an XML document has that a browser or a reader would act on."""
    root = ElementTree.fromstring(text, forbid_entities=True, forbid_external=True)
    found = []
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2].lower()
        if name in ("script", "foreignobject", "iframe", MARK):
            found.append(name)
        for attribute, value in element.attrib.items():
            short = attribute.rpartition("}")[2].lower()
            if short.startswith("on") or (short == "href" and not _leads_to_the_web(value)):
                found.append(f"{name} {attribute}={value!r}")
    return found


@pytest.mark.parametrize("format", ["graphml", "gexf", "svg"])
def test_exports_in_xml_are_well_formed_and_hold_nothing_to_run(attacked: Attacked, format: str) -> None:
    assert faults_of_xml(exported(attacked, format).content) == []


def test_the_page_that_an_export_writes_runs_nothing_of_a_paper(attacked: Attacked) -> None:
    tree = LexborHTMLParser(exported(attacked, "html").text)
    for element in tree.css("*"):
        assert not [name for name in element.attributes if name.startswith("on") or MARK in name], (
            element.html
        )
    for script in tree.css("script"):
        text = script.text()
        if MARK in text:
            assert script.attributes.get("type") == INERT_SCRIPT
            json.loads(text)
    for link in tree.css("a"):
        assert _leads_to_the_web(link.attributes.get("href") or "")


@pytest.mark.parametrize("format", ["ttl", "nq"])
def test_exports_in_rdf_say_exactly_the_names(attacked: Attacked, format: str) -> None:
    kind = {"ttl": ox.RdfFormat.TURTLE, "nq": ox.RdfFormat.N_QUADS}[format]
    quads = list(ox.parse(exported(attacked, format).content, format=kind))
    said = {quad.object.value for quad in quads if isinstance(quad.object, ox.Literal)}
    assert not set(NAMES) - said
    terms = (
        term for quad in quads for term in (quad.subject, quad.predicate) if isinstance(term, ox.NamedNode)
    )
    assert not [term for term in terms if term.value.startswith(("javascript:", "data:", "urn:"))]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pydot")  # pydot's own, on loading its parser
def test_dot_holds_no_more_than_nodes_and_edges(attacked: Attacked) -> None:
    graphs = pydot.graph_from_dot_data(exported(attacked, "dot").text)
    assert graphs is not None
    (graph,) = graphs
    assert MARK not in {node.get_name() for node in graph.get_nodes()}
    for node in graph.get_nodes():
        assert not [each for each in node.get_attributes() if MARK in each or each in ("href", "target")]


FORMULA = ("=", "+", "-", "@", "\t", "\r")


def faults_of_csv(text: str) -> list[str]:
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in rows}) == 1, "a name has broken the table"
    return [cell for row in rows for cell in row if cell.startswith(FORMULA) and not _is_number(cell)]


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", cell) is not None


def test_no_table_for_spreadsheets_holds_a_formula(attacked: Attacked) -> None:
    with zipfile.ZipFile(io.BytesIO(exported(attacked, "csv").content)) as archive:
        for name in archive.namelist():
            if name.endswith(".csv"):
                assert faults_of_csv(archive.read(name).decode()) == [], name


@pytest.mark.parametrize("format", MEDIA_TYPES)
@pytest.mark.parametrize("node", ["../../../etc/passwd", 'x"; filename="y.html', "a\r\nSet-Cookie: x=1"])
def test_no_name_of_a_file_leaves_its_header(attacked: Attacked, format: str, node: str) -> None:
    answer = attacked.client.get("/v1/export", params={"format": format, "node": node})
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("number", range(0, len(NAMES), 4))
def test_the_name_of_a_download_is_one_name(attacked: Attacked, number: int) -> None:
    rows = attacked.client.get("/v1/methods", params={"limit": 1000}).json()["rows"]
    ids = sorted(row["subject"]["id"] for row in rows)
    answer = attacked.client.get("/v1/export", params={"format": "nq", "node": ids[number % len(ids)]})
    assert re.fullmatch(
        r"attachment; filename\*=UTF-8''[\w.~%!$&+^`|-]+\.nq", answer.headers["content-disposition"], re.ASCII
    )
    assert "/" not in answer.headers["content-disposition"].partition("''")[2]


@pytest.fixture(scope="module")
def pack(attacked: Attacked) -> dict[str, bytes]:
    """The files of a pack about the hostile papers."""
    answer = attacked.get("/v1/pack?q=what+uses+Alpha+Tuning")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        for name in archive.namelist():
            assert re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name), name
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_pack_holds_no_formula_and_no_markup(pack: dict[str, bytes]) -> None:
    for name, content in pack.items():
        if name.endswith(".csv"):
            assert faults_of_csv(content.decode()) == [], name
        elif name.endswith((".svg", ".graphml")):
            assert faults_of_xml(content) == [], name
        elif name.endswith(".html"):
            assert not [fault for fault in faults_of(content.decode()) if not fault.startswith("<style")], (
                name
            )
        elif name.endswith((".json", ".ipynb", ".jsonld")):
            json.loads(content)


OURS = re.compile(r"\\input\{(table|comparison)\}|\\textbackslash\{\}")


def test_a_pack_gives_latex_nothing_to_run(pack: dict[str, bytes]) -> None:
    for name, content in pack.items():
        if name.endswith((".tex", ".bib")):
            text = OURS.sub("", content.decode())
            assert not re.search(rf"\\(input|write|def|immediate|csname)|\\end\{{document\}} {MARK}", text), (
                name
            )
            unescaped = re.sub(r"\\[{}]", "", text)
            assert unescaped.count("{") == unescaped.count("}"), name


def test_markdown_of_a_pack_has_no_link_but_to_papers_and_no_markup(pack: dict[str, bytes]) -> None:
    for name, content in pack.items():
        if name.endswith(".md"):
            text = re.sub(r'<a id="e\w+"></a>', "", content.decode())
            assert not re.search(r"(?<!\\)\]\(javascript", text), name
            assert not re.search(r"(?<!\\)<(script|img|svg|a)\b", text), name


def test_a_feed_is_well_formed_and_holds_nothing_to_run(attacked: Attacked) -> None:
    attacked.graph.standing.add("what uses Alpha Tuning")
    attacked.graph.ingest(
        [Paper("t:feed", f"News of {NAMES[0]}", f"Method:fresh {NAMES[1]} uses Method:Alpha Tuning. ")]
    )
    number = attacked.graph.standing.book.watches()[0].number
    feed = attacked.get(f"/v1/watch/{number}.atom")
    assert faults_of_xml(feed.content) == []
    root = ElementTree.fromstring(feed.content)
    contents = [each.text or "" for each in root.iter() if each.get("type") == "html"]
    assert contents
    assert [fault for content in contents for fault in faults_of(content)] == []


# --- what never gets in ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field", ["title", "abstract", "authors", "venue", "doi", "url", "own_id", "categories", "source"]
)
@pytest.mark.parametrize(
    "text",
    [
        "a\x00b",
        "a\x1b[2J",
        "a\ud800",
        "a\u202eb",
        "a\u2066b\u2069",
        "a\r\nSet-Cookie: x",
        "a\u2028b",
        "a\u200fb",
    ],
    ids=["NUL", "escape", "surrogate", "override", "isolate", "line", "separator", "mark"],
)
def test_what_could_do_more_than_be_read_does_not_get_in(field: str, text: str) -> None:
    given: dict[str, object] = {"title": "A title", "abstract": "An abstract."}
    given[field] = (text,) if field in ("authors", "categories") else text
    try:
        paper = Draft(**given).paper()  # type: ignore[arg-type]  # what a test says
    except BadRecord:
        return
    texts = (
        paper.id,
        paper.title,
        paper.abstract,
        *paper.authors,
        paper.venue,
        paper.url,
        paper.doi,
        paper.source,
    )
    assert all((each or "").isprintable() for each in (*texts, *paper.categories))
