"""`/sparql` by the SPARQL 1.1 Protocol: what clients send, what they get, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from xml.dom.minidom import Document
from xml.etree import ElementTree

import httpx
import pytest
import rdflib
import SPARQLWrapper as Wrapper
from pyoxigraph import RdfFormat, parse
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from rdflib.query import ResultRow

from kg.vocabulary import ONTOLOGY

BETA = "<https://w3id.org/alignkg/id/method/beta-search>"
WINNERS = f"SELECT ?name WHERE {{ ?s akg:outperforms {BETA} ; rdfs:label ?name }}"
EDGES = "CONSTRUCT { ?s akg:outperforms ?o } WHERE { ?s akg:outperforms ?o }"
SLOW = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }"
ALPHA = "Alpha Tuning"


def ask(client: httpx.Client, query: str, accept: str = "*/*") -> httpx.Response:
    return client.get("/sparql", params={"query": query}, headers={"Accept": accept})


@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_a_query_can_be_sent_in_three_ways(client: httpx.Client, way: str) -> None:
    match way:
        case "get":
            answer = ask(client, WINNERS)
        case "form":
            answer = client.post("/sparql", data={"query": WINNERS})
        case _:
            headers = {"Content-Type": "application/sparql-query; charset=UTF-8"}
            answer = client.post("/sparql", content=WINNERS, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/sparql-results+json"
    assert answer.headers["vary"].lower().startswith("accept")
    assert [row["name"]["value"] for row in answer.json()["results"]["bindings"]] == [ALPHA]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/sparql-results+json"),
        ("application/json", "application/json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("text/csv;q=0.2, application/sparql-results+xml;q=0.7", "application/sparql-results+xml"),
        ("text/turtle, */*;q=0.1", "application/sparql-results+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
    ],
)
def test_a_table_is_sent_as_the_client_likes(client: httpx.Client, accept: str, media_type: str) -> None:
    answer = ask(client, WINNERS, accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert ALPHA in answer.text


@pytest.mark.parametrize(
    ("accept", "media_type", "format"),
    [
        ("*/*", "text/turtle; charset=utf-8", RdfFormat.TURTLE),
        ("application/n-triples", "application/n-triples", RdfFormat.N_TRIPLES),
        ("application/ld+json", "application/ld+json", RdfFormat.JSON_LD),
        ("application/rdf+xml", "application/rdf+xml", RdfFormat.RDF_XML),
        ("application/sparql-results+json, application/rdf+xml", "application/rdf+xml", RdfFormat.RDF_XML),
    ],
)
def test_a_graph_is_sent_as_the_client_likes(
    client: httpx.Client, accept: str, media_type: str, format: RdfFormat
) -> None:
    answer = ask(client, EDGES, accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert len(list(parse(answer.content, format))) == 2


@pytest.mark.parametrize(
    ("query", "accept"),
    [(WINNERS, "text/turtle"), (EDGES, "text/csv"), (WINNERS, "image/png"), (EDGES, "*/*;q=0")],
)
def test_nothing_that_fits_is_not_acceptable(client: httpx.Client, query: str, accept: str) -> None:
    answer = ask(client, query, accept)
    assert answer.status_code == 406
    assert len(answer.json()["offers"]) > 4


def test_the_four_result_formats_hold_the_same(client: httpx.Client) -> None:
    as_json = json.loads(ask(client, WINNERS, "application/sparql-results+json").content)
    as_xml = ElementTree.fromstring(ask(client, WINNERS, "application/sparql-results+xml").content)
    as_csv = list(csv.reader(io.StringIO(ask(client, WINNERS, "text/csv").text)))
    as_tsv = ask(client, WINNERS, "text/tab-separated-values").text.splitlines()
    literals = as_xml.findall(".//{http://www.w3.org/2005/sparql-results#}literal")
    assert as_json["results"]["bindings"] == [{"name": {"type": "literal", "value": ALPHA}}]
    assert [literal.text for literal in literals] == [ALPHA]
    assert (as_csv, as_tsv) == ([["name"], [ALPHA]], ["?name", f'"{ALPHA}"'])


def test_ask_answers_with_a_truth_value(client: httpx.Client) -> None:
    assert ask(client, "ASK { ?s akg:uses ?o }").json()["boolean"] is True


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [("SELECT ?x WHERE {\n  ?x akg:uses }", 2, 15), ("SELEC", 1, 6)],
)
def test_a_malformed_query_says_where(client: httpx.Client, query: str, line: int, column: int) -> None:
    answer = ask(client, query, "text/csv")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["line"], answer.json()["column"]) == (line, column)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", "application/sparql-query"),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", "application/sparql-update"),
        ("update=CLEAR+ALL", "application/x-www-form-urlencoded"),
        ("query=CLEAR+ALL", "application/x-www-form-urlencoded"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "application/sparql-query"),
    ],
)
def test_writing_and_leaving_the_machine_are_forbidden(
    client: httpx.Client, body: str, content_type: str
) -> None:
    answer = client.post("/sparql", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (("GET", "/sparql?query=ASK%7B%7D&query=ASK%7B%7D", "", ""), 400),
        (("GET", "/sparql?query=%FF", "", ""), 400),
        (("POST", "/sparql", "", "application/x-www-form-urlencoded"), 400),
        (("POST", "/sparql?query=ASK%7B%7D", "query=ASK%7B%7D", "application/x-www-form-urlencoded"), 400),
        (("POST", "/sparql", "ASK{}", "text/plain"), 415),
        (("POST", "/sparql", "ASK{}", ""), 415),
        (("POST", "/sparql", "#" * 30_000, "application/sparql-query"), 413),
        (("GET", f"/sparql?query={'a' * 20_001}", "", ""), 413),
        (("GET", f"/sparql?query={'%23' * 20_001}", "", ""), 414),
        (("PUT", "/sparql", "", ""), 405),
        (("DELETE", "/sparql", "", ""), 405),
    ],
)
def test_what_is_no_request_of_the_protocol_is_refused(
    client: httpx.Client, request_: tuple[str, str, str, str], status: int
) -> None:
    method, path, body, content_type = request_
    headers = {"Content-Type": content_type} if content_type else {}
    answer = client.request(method, path, content=body.encode(), headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_a_body_of_unknown_length_is_cut_off_at_the_limit(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"#" * 1_000

    headers = {"Content-Type": "application/sparql-query"}
    assert client.post("/sparql", content=endless(), headers=headers).status_code == 413


def test_a_query_that_runs_too_long_is_stopped_and_the_next_one_answered(client: httpx.Client) -> None:
    answer = ask(client, SLOW)
    assert (answer.status_code, answer.json()["seconds"]) == (504, 2.0)
    assert ask(client, "ASK {}").status_code == 200


def test_slow_queries_hold_up_no_page_and_no_look_up(client: httpx.Client) -> None:
    with ThreadPoolExecutor() as threads:
        slow = [threads.submit(ask, client, SLOW) for _ in range(4)]
        answers = [
            client.get(address).status_code
            for address in ("/healthz", "/", "/v1/methods", "/id/method/beta-search")
        ]
        still_running = not any(one.done() for one in slow)
        assert (answers, still_running) == ([200] * 4, True)
        assert {one.result().status_code for one in slow} <= {503, 504}


def test_an_answer_that_is_too_large_is_an_error_and_no_part_of_an_answer(client: httpx.Client) -> None:
    answer = ask(client, "SELECT * { ?a ?b ?c . ?d ?e ?f }")
    assert (answer.status_code, answer.json()["limit"]) == (413, 200_000)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("parameter", "query"),
    [
        ("default-graph-uri", "ASK { akg:uses a owl:ObjectProperty }"),
        ("named-graph-uri", f"ASK {{ GRAPH <{ONTOLOGY}> {{ akg:uses a owl:ObjectProperty }} }}"),
    ],
)
def test_the_request_chooses_the_graphs(client: httpx.Client, parameter: str, query: str) -> None:
    params = {"query": query, parameter: ONTOLOGY}
    assert client.get("/sparql", params=params).json()["boolean"] is True
    assert client.get("/sparql", params={**params, parameter: "urn:none"}).status_code == 403


def test_a_graph_that_is_no_iri_is_a_bad_request(client: httpx.Client) -> None:
    answer = client.get("/sparql", params={"query": "ASK {}", "default-graph-uri": "no iri"})
    assert answer.status_code == 400


def test_without_a_query_the_endpoint_describes_itself(client: httpx.Client, service_address: str) -> None:
    answer = client.get("/sparql", headers={"Accept": "text/turtle"})
    graph = rdflib.Graph().parse(data=answer.text, format="turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    endpoint = rdflib.URIRef(f"{service_address}/sparql")
    assert (endpoint, sd.endpoint, endpoint) in graph
    assert (endpoint, sd.supportedLanguage, sd.SPARQL11Query) in graph


def test_a_browser_gets_a_form(client: httpx.Client) -> None:
    assert "<textarea" in client.get("/sparql", headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("format", [Wrapper.JSON, Wrapper.XML, Wrapper.CSV])
def test_sparqlwrapper_reads_a_table(service_address: str, method: str, format: str) -> None:
    asking = Wrapper.SPARQLWrapper(f"{service_address}/sparql")
    asking.setQuery(WINNERS)
    asking.setMethod(method)
    asking.setReturnFormat(format)
    answer = asking.query().convert()
    assert ALPHA in (answer.toxml() if isinstance(answer, Document) else str(answer))


def test_sparqlwrapper_reads_a_graph(service_address: str) -> None:
    asking = Wrapper.SPARQLWrapper(f"{service_address}/sparql")
    asking.setQuery(EDGES)
    asking.setReturnFormat(Wrapper.TURTLE)
    turtle = asking.query().convert()
    assert isinstance(turtle, bytes)
    assert len(rdflib.Graph().parse(data=turtle, format="turtle")) == 2


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_reads_the_endpoint_as_a_graph(service_address: str, method: str) -> None:
    graph = rdflib.Graph(SPARQLStore(f"{service_address}/sparql", method=method))
    assert [str(row.name) for row in graph.query(WINNERS) if isinstance(row, ResultRow)] == [ALPHA]
