"""The pages for people, and the IRIs behind them: escaped, linked, negotiated, with safe headers."""

from __future__ import annotations

import re
from collections import deque
from html.parser import HTMLParser

import httpx
import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS

from kg.vocabulary import AKG, ID, ONTOLOGY, Vocabulary
from tests.served import HOSTILE

ALPHA = "/id/method/alpha-tuning"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
ROUTES = [
    "/",
    "/?q=what+outperforms+AT",
    ALPHA,
    "/id/paper/arXiv:2401.00001",
    "/compare?ids=AT&ids=Margin+Tuning",
    "/path?from=AT&to=MT-Bench",
    "/disputed",
    "/ontology",
    "/sparql",
    "/docs",
    "/nowhere",
]


class _Page(HTMLParser):
    """Collects what a page links to, what it loads, and its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.attributes += given
        leads = tag == "a" and "href" in given and "download" not in given  # files have tests of their own
        self.links += [given["href"] or ""] if leads else []
        self.loaded += [given.get("src") or ""] if tag in ("script", "img", "iframe") else []
        self.loaded += [given.get("href") or ""] if tag == "link" else []


def page(client: httpx.Client, address: str) -> tuple[httpx.Response, _Page]:
    answer = client.get(address, headers=BROWSER, follow_redirects=True)
    return answer, _Page(answer.text)


def test_every_link_of_every_page_leads_somewhere(client: httpx.Client) -> None:
    waiting, seen = deque(["/", "/?q=what+outperforms+AT"]), set[str]()
    while waiting and len(seen) < 150:
        address = waiting.popleft()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address, headers=BROWSER, follow_redirects=True)
        assert answer.status_code == 200, address
        if "html" in answer.headers["content-type"]:
            found = (link.partition("#")[0] for link in _Page(answer.text).links)
            waiting += [link for link in found if link.startswith("/") and link not in seen]
    assert len(seen) > 40


@pytest.mark.parametrize("address", ROUTES)
def test_a_page_loads_everything_from_this_service(client: httpx.Client, address: str) -> None:
    answer, seen = page(client, address)
    assert [load for load in seen.loaded if not load.startswith("/")] == []
    assert {client.get(load).status_code for load in seen.loaded} <= {200}
    inline = [found for found in re.findall(r"<script[^>]*>", answer.text) if "src=" not in found]
    assert inline == []
    assert not [name for name in seen.attributes if name.startswith("on") or name == "style"]


@pytest.mark.parametrize("address", [*ROUTES, "/static/style.css", "/v1/entities/none", "/openapi.json"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_answer_has_the_safe_headers(client: httpx.Client, address: str, method: str) -> None:
    headers = client.request(method, address, headers=BROWSER).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


def test_head_has_the_headers_of_get_and_no_body(client: httpx.Client) -> None:
    answer = client.head("/healthz")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "address",
    [
        "/id/paper/doi:10.1000/ex.3",
        ALPHA,
        "/?q=what+uses+AT",
        f"/?q={HOSTILE}",
        f"/sparql?query={HOSTILE}",
        "/sparql?query=SELECT+*+%7B+?s+rdfs:label+?name+%7D",
        f"/id/method/{HOSTILE}",
        f"/{HOSTILE}",
    ],
)
def test_hostile_text_is_shown_and_never_run(client: httpx.Client, address: str) -> None:
    answer, seen = page(client, address)
    assert HOSTILE not in answer.text
    assert re.sub(r'<script type="module" src="/static/built/', "", answer.text).count("<script") == 0
    assert not [link for link in seen.links if link.startswith("javascript")]


def test_a_sentence_is_shown_with_both_ends_marked(client: httpx.Client) -> None:
    text = client.get("/?q=what outperforms AT", headers=BROWSER).text
    assert '<mark class="subject">Margin Tuning</mark>' in text
    assert '<mark class="object">Alpha Tuning</mark>' in text


def test_an_abstract_links_what_it_names(client: httpx.Client) -> None:
    text = client.get("/id/paper/arXiv:2401.00001", headers=BROWSER).text
    assert '<a class="mention type-benchmark" href="/id/benchmark/mt-bench">MT-Bench</a>' in text


def test_a_statement_shows_who_says_so_and_who_denies_it(client: httpx.Client) -> None:
    text = client.get("/?q=what outperforms AT", headers=BROWSER).text
    statement = re.findall(r'href="(/id/statement/[0-9a-f]+)"', text)[0]
    assert "denies it" in client.get(statement, headers=BROWSER).text


@pytest.mark.parametrize("name", ["AT", "alpha tuning", "method/alpha-tuning"])
def test_a_bare_name_opens_its_page(client: httpx.Client, name: str) -> None:
    answer = client.get("/", params={"q": name})
    assert (answer.status_code, answer.headers["location"]) == (303, ALPHA)


def test_an_unknown_name_gets_the_nearest_as_links(client: httpx.Client) -> None:
    answer, seen = page(client, "/?q=methods evaluated on MT-Bensch")
    assert answer.status_code == 404
    assert "/?q=methods%20evaluated%20on%20MT-Bench" in seen.links


def test_a_question_of_no_known_form_gets_examples_as_links(client: httpx.Client) -> None:
    answer, seen = page(client, "/?q=why is the sky blue")
    assert answer.status_code == 422
    assert len([link for link in seen.links if link.startswith("/?q=")]) > 2


def test_the_types_have_the_colours_of_the_ontology(client: httpx.Client, vocabulary: Vocabulary) -> None:
    sheet = client.get("/static/types.css").text
    assert all(
        f".type-{each.slug} {{ --type: {each.colour} }}" in sheet for each in vocabulary.types.values()
    )


def test_a_family_of_the_ontology_lists_its_members(client: httpx.Client, vocabulary: Vocabulary) -> None:
    family, name = next(iter(sorted(vocabulary.families.items())))
    answer, seen = page(client, f"/id/{family}")
    members = [known.id for known in vocabulary.names.values() if family in known.broader]
    assert name.capitalize() in answer.text
    assert {f"/id/{member}" for member in members} <= set(seen.links)


# --- IRIs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/html", "text/html; charset=utf-8"),
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("application/ld+json", "application/ld+json"),
        ("application/n-triples, text/html;q=0.5", "application/n-triples"),
        ("image/png", "application/problem+json"),
    ],
)
@pytest.mark.parametrize("address", [ALPHA, "/id/paper/arXiv:2401.00001", "/id/paper/doi:10.1000/ex.3"])
def test_an_iri_answers_as_the_client_likes(
    client: httpx.Client, address: str, accept: str, media_type: str
) -> None:
    answer = client.get(address, headers={"Accept": accept})
    assert answer.headers["content-type"] == media_type
    assert answer.headers["vary"].lower().startswith("accept")


@pytest.mark.parametrize(("suffix", "format"), [("ttl", "turtle"), ("nt", "nt")])
def test_a_suffix_names_the_format(client: httpx.Client, suffix: str, format: str) -> None:
    answer = client.get(f"{ALPHA}.{suffix}", headers=BROWSER)
    graph = rdflib.Graph().parse(data=answer.text, format=format)
    thing = rdflib.URIRef(ID + "method/alpha-tuning")
    assert (thing, RDFS.label, rdflib.Literal("Alpha Tuning")) in graph
    assert (rdflib.URIRef(ID + "method/margin-tuning"), rdflib.URIRef(AKG + "outperforms"), thing) in graph


def test_the_iri_of_evidence_leads_to_what_it_holds_up(client: httpx.Client) -> None:
    row = client.get("/v1/statements", params={"subject": "AT", "predicate": "outperforms"}).json()["rows"][0]
    turtle = client.get(f"/id/{row['statement']}.nt").text
    evidence = re.findall(rf"<{ID}({row['statement']}/[0-9a-f]+)>", turtle)[0]
    answer = client.get(f"/id/{evidence}", headers={"Accept": "text/turtle"}, follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, f"/id/{row['statement']}")


@pytest.mark.parametrize("address", ["/id/method/none", "/id/method/none.ttl", "/id/none", "/id/statement/0"])
def test_an_iri_of_nothing_is_not_found(client: httpx.Client, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_the_ontology_answers_as_a_page_and_as_rdf(client: httpx.Client, vocabulary: Vocabulary) -> None:
    text = client.get("/ontology", headers=BROWSER).text
    graph = rdflib.Graph().parse(
        data=client.get("/ontology", headers={"Accept": "text/turtle"}).text, format="turtle"
    )
    assert (rdflib.URIRef(ONTOLOGY), RDF.type, OWL.Ontology) in graph
    named = {str(term).removeprefix(AKG) for term in graph.subjects(RDFS.label) if str(term).startswith(AKG)}
    assert {*vocabulary.types, *vocabulary.predicates} < named
    assert [name for name in named if f'id="{name}"' not in text] == []
