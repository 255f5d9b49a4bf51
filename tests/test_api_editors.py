"""The pages of the two query editors: what they may load, what they complete, and what comes of a query."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import unescape
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.cypher_table import to_cell
from api.drawings import LARGEST, Dot, Drawing, Line, of_pieces
from api.editors import ROWS_SHOWN
from api.guard import SAFE_HEADERS
from api.pages import BUILT
from api.tables import examples
from kg.property_graph import PgNode, PgRelationship, node_labels, relationship_types
from kg.records import JSON
from kg.settings import Settings
from kg.vocabulary import AKG, PREFIXES, Vocabulary
from tests.served import HOSTILE, opened, serving

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SLOW = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }"
WINNERS = "SELECT ?s ?b { ?x rdf:predicate akg:outperforms ; rdf:subject ?s ; akg:belief ?b } ORDER BY ?s"
EDGES = "CONSTRUCT { ?s akg:outperforms ?o } WHERE { ?s akg:outperforms ?o }"

needs_build = pytest.mark.skipif(
    not (BUILT / "manifest.json").is_file(), reason="scripts/build_explorer was not run"
)


def see(client: httpx.Client, address: str, **fields: str) -> httpx.Response:
    return client.get(address, params=fields, headers=BROWSER)


def drawn(page: str) -> dict[str, JSON]:
    """Return the graph that a page holds for its script."""
    found: dict[str, JSON] = json.loads(unescape(re.findall(r'data-graph="([^"]*)"', page)[0]))
    return found


# --- what the pages may do -----------------------------------------------------------------------------


def test_the_sparql_page_may_what_every_page_may_and_one_inline_style(client: httpx.Client) -> None:
    style = b64encode(sha256(b"text-decoration:underline").digest()).decode()
    policy = see(client, "/sparql", query=WINNERS).headers["content-security-policy"]
    everywhere = SAFE_HEADERS["Content-Security-Policy"]
    assert policy == f"{everywhere}; style-src-attr 'unsafe-hashes' 'sha256-{style}'"
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy


@pytest.mark.parametrize("address", ["/", "/cypher", "/ontology", "/id/method/alpha-tuning"])
def test_no_other_page_may_more(client: httpx.Client, address: str) -> None:
    assert see(client, address).headers["content-security-policy"] == SAFE_HEADERS["Content-Security-Policy"]


@needs_build
def test_the_inline_style_is_that_of_the_editor() -> None:
    assert "style='text-decoration:underline'" in built("sparql")


@needs_build
@pytest.mark.parametrize("name", ["sparql", "cypher"])
def test_an_editor_is_loaded_by_its_own_page_only(client: httpx.Client, name: str) -> None:
    script = f'<script type="module" src="/static/built/assets/{name}-'
    assert script in see(client, f"/{name}").text
    others = (
        "/",
        "/ontology",
        "/docs",
        "/id/method/alpha-tuning",
        {"sparql": "/cypher"}.get(name, "/sparql"),
    )
    assert [address for address in others if script in see(client, address).text] == []


def built(name: str) -> str:
    return next((BUILT / "assets").glob(f"{name}-*.js")).read_text("utf-8")


@needs_build
def test_no_style_sheet_loads_anything_from_outside() -> None:
    sheets = {file.name: file.read_text("utf-8") for file in (BUILT / "assets").glob("*.css")}
    loads = r"url\(\s*[\"']?(?!data:|#)[^)]*|@import[^;]*|https?://"
    outside = {name: re.findall(loads, text) for name, text in sheets.items()}
    assert {name: found for name, found in outside.items() if found} == {}


@needs_build
@pytest.mark.parametrize("name", ["sparql", "cypher"])
def test_an_editor_asks_this_service_only(name: str) -> None:
    """What YASQE could ask of others is not registered; nothing else in the script has an address to ask."""
    assert not re.search(r"""(?:import|importScripts|Worker|fetch)\(\s*["'`](?:https?:)?//""", built(name))


@needs_build
@pytest.mark.parametrize(("name", "most"), [("sparql", 160_000), ("cypher", 130_000)])
def test_an_editor_is_no_heavier_than_it_was(name: str, most: int) -> None:
    assert len(gzip.compress(built(name).encode())) < most


# --- completion ----------------------------------------------------------------------------------------


def words(client: httpx.Client, language: str, kind: str) -> list[str]:
    found = client.get(f"/v1/completions/{language}").json()["words"]
    return [word["text"] for word in found if word["kind"] == kind]


def test_sparql_is_completed_with_every_class_and_predicate(
    client: httpx.Client, vocabulary: Vocabulary
) -> None:
    ends = {name for each in vocabulary.predicates.values() for name in (each.name, each.inverse)}
    assert {f"akg:{name}" for name in vocabulary.types} < set(words(client, "sparql", "class"))
    assert set(words(client, "sparql", "relation")) == {f"akg:{name}" for name in ends}
    assert set(words(client, "sparql", "prefix")) == {f"{name}:" for name in PREFIXES}


def test_every_word_of_sparql_is_one_for_the_engine(client: httpx.Client) -> None:
    terms = [word for kind in ("class", "relation", "property") for word in words(client, "sparql", kind)]
    query = f"SELECT ?term {{ VALUES ?term {{ {' '.join(terms)} }} }}"
    rows = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    assert len(rows) == len(terms)
    assert sum(row["term"]["value"].startswith(AKG) for row in rows) > 50


def test_cypher_is_completed_with_every_label_type_and_property(
    client: httpx.Client, vocabulary: Vocabulary
) -> None:
    assert set(node_labels(vocabulary)) < set(words(client, "cypher", "class"))
    assert set(words(client, "cypher", "relation")) == set(relationship_types(vocabulary))
    assert {"name", "belief", "published", "value", "negated"} < set(words(client, "cypher", "property"))


@pytest.mark.parametrize("language", ["sparql", "cypher"])
def test_the_words_of_a_language_are_few_and_each_is_there_once(client: httpx.Client, language: str) -> None:
    answer = client.get(f"/v1/completions/{language}")
    texts = [word["text"] for word in answer.json()["words"]]
    assert len(texts) == len(set(texts)) < 300
    assert len(answer.content) < 40_000


def test_no_other_language_is_completed(client: httpx.Client) -> None:
    assert client.get("/v1/completions/sql").status_code == 422


# --- SPARQL --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.title)
def test_each_query_to_begin_with_runs(client: httpx.Client, example: object) -> None:
    page = see(client, "/sparql", query=getattr(example, "text", ""))
    assert page.status_code == 200
    assert 'id="answer-title"' in page.text


def test_a_page_can_be_shared_with_its_query_and_answer(client: httpx.Client) -> None:
    text = see(client, "/sparql", query=WINNERS).text
    assert f">{WINNERS}</textarea>" in unescape(text)
    assert '<a class="thing type-method" href="/id/method/alpha-tuning">method/alpha-tuning</a>' in text
    assert '<td class="count">' in text
    assert 'data-save="text/csv" data-name="answer.csv"' in text


def test_a_graph_is_there_to_draw_and_as_a_table(client: httpx.Client) -> None:
    text = see(client, "/sparql", query=EDGES).text
    graph = drawn(text)
    names = {node["name"]: (node["type"], node["link"]) for node in graph["nodes"]}
    assert names["Alpha Tuning"] == ("Method", "/id/method/alpha-tuning")
    assert {edge["label"] for edge in graph["edges"]} == {"outperforms"}
    assert text.count("<td>") == 3 * len(graph["edges"])
    assert 'data-save="text/turtle"' in text


def test_a_malformed_query_is_shown_where_it_is_malformed(client: httpx.Client) -> None:
    page = see(client, "/sparql", query="SELECT ?a {\n  ?a ?b ?c\n} LIMIT x")
    assert page.status_code == 400
    assert 'data-line="3" data-column="9"' in page.text
    assert "3 | } LIMIT x\n  |         ^" in page.text
    assert "<textarea" in page.text


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("DELETE WHERE { ?a ?b ?c }", 403, "queries only read here"),
        ("SELECT * { SERVICE <http://example.org/> { ?a ?b ?c } }", 403, "queries only read here"),
        (SLOW, 504, "took too long"),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f }", 413, "More than the service sends"),
    ],
)
def test_a_failure_is_a_part_of_the_page_and_says_what_to_do(
    client: httpx.Client, query: str, status: int, says: str
) -> None:
    page = see(client, "/sparql", query=query)
    assert page.status_code == status
    assert says in page.text
    assert f">{query}</textarea>" in unescape(page.text)


def test_no_rows_are_an_answer_too(client: httpx.Client) -> None:
    text = see(client, "/sparql", query="SELECT ?a { ?a akg:none ?b }").text
    assert "Nothing in the graph fits" in text


def test_a_page_shows_so_many_rows_and_says_how_many_there_are(client: httpx.Client) -> None:
    numbers = " ".join(map(str, range(30)))
    query = f"SELECT * {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} }}"
    text = see(client, "/sparql", query=query).text
    assert text.count("<tr>") == 1 + ROWS_SHOWN
    assert "a download has all 900" in text


@pytest.mark.parametrize("address", ["/sparql", "/cypher"])
def test_hostile_queries_are_shown_and_never_run(client: httpx.Client, address: str) -> None:
    text = see(client, address, query=f"</textarea>{HOSTILE}", parameters=HOSTILE).text
    assert HOSTILE not in text


# --- Cypher --------------------------------------------------------------------------------------------


def test_without_cypher_the_page_says_how_to_start_it(client: httpx.Client) -> None:
    page = see(client, "/cypher")
    assert page.status_code == 200
    assert "kg serve --cypher" in page.text
    assert '<button class="run" disabled>' in page.text


def test_without_cypher_a_shared_query_is_kept(client: httpx.Client) -> None:
    page = see(client, "/cypher", query="RETURN 1 AS one")
    assert page.status_code == 503
    assert "kg serve --cypher" in page.text
    assert ">RETURN 1 AS one</textarea>" in page.text


def test_a_program_that_gets_the_page_of_people_is_told(client: httpx.Client) -> None:
    answer = client.get("/cypher", headers={"Accept": "application/json"})
    assert answer.status_code == 406


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a service that answers Cypher."""
    pytest.importorskip("arcadedb_embedded", reason="the extra `cypher` is not installed")
    settings = Settings(query_seconds=5.0, query_rows=1_000, answer_bytes=200_000, cypher_heap="512m")
    with opened(tmp_path_factory.mktemp("editors"), settings) as workspace:
        app = create_app(workspace, settings, workspace.cypher_door())
        with serving(app) as address, httpx.Client(base_url=address, timeout=60) as session:
            yield session


@pytest.mark.parametrize("example", examples(".cypher"), ids=lambda example: example.title)
def test_each_query_in_cypher_to_begin_with_runs(asked: httpx.Client, example: object) -> None:
    page = see(asked, "/cypher", query=getattr(example, "text", ""))
    assert page.status_code == 200, page.text
    assert 'id="answer-title"' in page.text


def test_an_answer_in_cypher_can_be_shared_with_its_parameters(asked: httpx.Client) -> None:
    query = "MATCH (m)-[r:OUTPERFORMS]->(o {name: $name}) RETURN m, r, o"
    parameters = '{"name": "Beta Search"}'
    text = see(asked, "/cypher", query=query, parameters=parameters).text
    assert f">{parameters}</textarea>" in unescape(text)
    assert '<a class="thing type-method" href="/id/method/alpha-tuning">Alpha Tuning</a>' in text
    graph = drawn(text)
    assert sorted(node["name"] for node in graph["nodes"]) == ["Alpha Tuning", "Beta Search"]
    assert [edge["label"] for edge in graph["edges"]] == ["outperforms"]


@pytest.mark.parametrize(
    ("query", "parameters", "status", "says"),
    [
        ("MATCH (n) DETACH DELETE n", "", 403, "queries only read here"),
        ("MATCH (n RETURN n", "", 400, "The query is malformed"),
        ("RETURN $a", "[1]", 400, "The parameters are malformed"),
        ("RETURN $a", "{", 400, "The parameters are malformed"),
        ("UNWIND range(1, 1001) AS n RETURN n", "", 413, "More than the service sends"),
    ],
)
def test_a_failure_in_cypher_is_a_part_of_the_page(
    asked: httpx.Client, query: str, parameters: str, status: int, says: str
) -> None:
    page = see(asked, "/cypher", query=query, parameters=parameters)
    assert page.status_code == status
    assert says in page.text
    assert f">{query}</textarea>" in unescape(page.text)


def test_a_malformed_query_in_cypher_is_shown_where_it_is_malformed(asked: httpx.Client) -> None:
    page = see(asked, "/cypher", query="MATCH (n)\nRETURN n.,")
    assert 'data-line="2" data-column="10"' in page.text
    assert "2 | RETURN n.,\n  |          ^" in page.text


# --- cells and drawings --------------------------------------------------------------------------------

NODE = PgNode("method/m", ("Contribution", "Method"), {"name": "M"})
OTHER = PgNode("evidence/1", ("Evidence",), {"text": "M beats B.", "about": "statement/ab"})
JOIN = PgRelationship("statement/ab", "OUTPERFORMS", "method/m", "evidence/1", {"belief": 0.9})


@pytest.mark.parametrize(
    ("value", "text", "link"),
    [
        (None, "", None),
        (True, "true", None),
        (0.8571428571428571, "0.857143", None),
        ("method/m", "method/m", "/id/method/m"),
        ("method/m is a slash", "method/m is a slash", None),
        ("https://example.org/", "https://example.org/", None),
        (NODE, "M", "/id/method/m"),
        (OTHER, "M beats B.", "/id/statement/ab"),
        (JOIN, "OUTPERFORMS", "/id/statement/ab"),
    ],
)
def test_a_value_of_cypher_is_text_that_leads_to_its_page(
    vocabulary: Vocabulary, value: str | float | None, text: str, link: str | None
) -> None:
    cell = to_cell(value, vocabulary)
    assert (cell.text, cell.link) == (text, link)


def test_a_path_is_its_things_in_a_row(vocabulary: Vocabulary) -> None:
    assert [part.text for part in to_cell((NODE, JOIN, OTHER), vocabulary).parts] == [
        "M",
        "OUTPERFORMS",
        "M beats B.",
    ]


def test_a_relationship_without_its_ends_is_not_drawn(vocabulary: Vocabulary) -> None:
    assert of_pieces([NODE, JOIN], vocabulary).edges == ()
    assert [edge.id for edge in of_pieces([NODE, JOIN, OTHER, NODE], vocabulary).edges] == ["statement/ab"]


def test_what_is_too_large_to_be_seen_is_not_drawn() -> None:
    nodes = tuple(Dot(str(n), str(n), "") for n in range(LARGEST + 1))
    assert not Drawing(nodes, (Line("e", "0", "1", "to"),)).worthwhile
    assert Drawing(nodes[:2], (Line("e", "0", "1", "to"),)).worthwhile
    assert not Drawing(nodes[:2], ()).worthwhile


def test_the_queries_to_begin_with_are_one_file_each() -> None:
    folder = Path(__file__).parent.parent / "api" / "queries"
    assert len(list(folder.iterdir())) == len(examples()) + len(examples(".cypher"))
