"""Clients that people use, as they come: SPARQLWrapper, rdflib, curl, and what YASGUI and browsers send."""

from __future__ import annotations

import json
import shutil
import subprocess
from http import HTTPStatus

import httpx
import pytest
import rdflib
import SPARQLWrapper as Wrapper
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from kg.records import JSON
from kg.vocabulary import ONTOLOGY, PREFIXES

BETA = "https://w3id.org/alignkg/id/method/beta-search"
ALPHA = "https://w3id.org/alignkg/id/method/alpha-tuning"
WINNERS = f"SELECT ?name WHERE {{ ?s akg:outperforms <{BETA}> ; rdfs:label ?name }}"
AKG = rdflib.Namespace(PREFIXES["akg"])
NAME = "Alpha Tuning"

# --- SPARQLWrapper --------------------------------------------------------------------------------------


@pytest.fixture
def wrapper(service_address: str) -> Wrapper.SPARQLWrapper:
    return Wrapper.SPARQLWrapper(f"{service_address}/sparql", returnFormat=Wrapper.JSON)


def in_json(wrapper: Wrapper.SPARQLWrapper) -> JSON:
    answer: JSON = wrapper.queryAndConvert()
    return answer


@pytest.mark.parametrize("sending", [Wrapper.URLENCODED, Wrapper.POSTDIRECTLY])
def test_sparqlwrapper_posts_in_both_ways(wrapper: Wrapper.SPARQLWrapper, sending: str) -> None:
    wrapper.setMethod(Wrapper.POST)
    wrapper.setRequestMethod(sending)
    wrapper.setQuery(WINNERS)
    assert [row["name"]["value"] for row in in_json(wrapper)["results"]["bindings"]] == [NAME]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # its own use of it
def test_sparqlwrapper_asks_describes_and_chooses_graphs(wrapper: Wrapper.SPARQLWrapper) -> None:
    wrapper.setQuery("ASK { akg:uses a ?kind }")
    assert in_json(wrapper)["boolean"] is False
    wrapper.addDefaultGraph(ONTOLOGY)
    assert in_json(wrapper)["boolean"] is True
    wrapper.setQuery(f"DESCRIBE <{ONTOLOGY}#uses>")
    wrapper.setReturnFormat(Wrapper.XML)
    described = wrapper.queryAndConvert()
    assert isinstance(described, rdflib.Graph)
    assert (AKG.uses, None, None) in described


def test_sparqlwrapper_tells_a_malformed_query_as_such(wrapper: Wrapper.SPARQLWrapper) -> None:
    wrapper.setQuery("SELECT ?x {")
    with pytest.raises(QueryBadFormed):
        wrapper.query()


# --- rdflib ---------------------------------------------------------------------------------------------


@pytest.fixture
def graph(service_address: str) -> rdflib.Graph:
    return rdflib.Graph(SPARQLStore(f"{service_address}/sparql"))


def test_rdflib_reads_triples_and_binds_values(graph: rdflib.Graph) -> None:
    assert (rdflib.URIRef(ALPHA), AKG.outperforms, rdflib.URIRef(BETA)) in graph
    assert list(graph.objects(rdflib.URIRef(ALPHA), AKG.outperforms)) == [rdflib.URIRef(BETA)]
    bound = graph.query("SELECT ?o { ?s akg:outperforms ?o }", initBindings={"s": rdflib.URIRef(ALPHA)})
    assert [tuple(row) for row in bound] == [(rdflib.URIRef(BETA),)]  # type: ignore[arg-type]  # rows are


def test_rdflib_constructs_and_asks(graph: rdflib.Graph) -> None:
    built = graph.query("CONSTRUCT { ?s akg:outperforms ?o } WHERE { ?s akg:outperforms ?o }").graph
    assert built is not None
    assert len(built) == 2
    assert graph.query(f"ASK {{ <{ALPHA}> akg:outperforms <{BETA}> }}").askAnswer is True


# --- curl -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["-G", "--data-urlencode", f"query={WINNERS}"], id="get"),
        pytest.param(["--data-urlencode", f"query={WINNERS}"], id="form"),
        pytest.param(["-H", "Content-Type: application/sparql-query", "--data-binary", WINNERS], id="direct"),
    ],
)
def test_curl_asks_in_three_ways(service_address: str, arguments: list[str]) -> None:
    command = ["curl", "-sS", "--fail", *arguments, "-H", "Accept: text/csv", f"{service_address}/sparql"]
    answer = subprocess.run(command, capture_output=True, check=True).stdout
    assert answer.decode() == f"name\r\n{NAME}\r\n"


# --- browsers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        (WINNERS, "application/sparql-results+json,*/*;q=0.9", "application/sparql-results+json"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "text/turtle,*/*;q=0.9", "text/turtle"),
        ("DESCRIBE ?s { ?s ?p ?o }", "application/n-triples,*/*;q=0.9", "application/n-triples"),
    ],
)
def test_yasgui_asks_as_its_editor_does(
    client: httpx.Client, query: str, accept: str, media_type: str
) -> None:
    """YASQE posts a form, with an Accept header by the form of the query."""
    headers = {"Accept": accept, "X-Requested-With": "XMLHttpRequest"}
    answer = client.post("/sparql", data={"query": query}, headers=headers)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (
        HTTPStatus.OK,
        media_type,
    )


def test_yasgui_is_told_what_is_wrong(client: httpx.Client) -> None:
    answer = client.post("/sparql", data={"query": "SELEC"}, headers={"Accept": "application/json,*/*;q=0.9"})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "line 1" in json.loads(answer.text)["detail"]


def test_a_browser_that_is_given_an_address_shows_a_page(client: httpx.Client) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
    answer = client.get("/sparql", params={"query": WINNERS}, headers={"Accept": accept})
    assert answer.headers["content-type"].startswith("text/html")
    assert NAME in answer.text
