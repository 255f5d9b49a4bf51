"""The W3C's cases of the SPARQL 1.1 Protocol, by the names that its manifest gives them.

They have no files: each is a request in words. Where one has graphs loaded first, which only an update could
do here, the graphs that every store holds take their place: the ontology and the state of the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
import pytest
import rdflib

from kg.stores.oxigraph import STATE
from kg.vocabulary import ONTOLOGY, PREFIXES

FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
UPDATE = "application/sparql-update"
IN_DEFAULT = f"ASK {{ <{ONTOLOGY}#uses> a ?kind . <{STATE}> ?about ?what }}"
IN_NAMED = f"ASK {{ GRAPH ?a {{ <{ONTOLOGY}#uses> a ?kind }} GRAPH ?b {{ <{STATE}> ?about ?what }} }}"
IN_BOTH = f"ASK {{ <{ONTOLOGY}#uses> a ?kind . GRAPH ?b {{ <{STATE}> ?about ?what }} }}"
DEFAULTS = [("default-graph-uri", ONTOLOGY), ("default-graph-uri", STATE)]
NAMED = [("named-graph-uri", ONTOLOGY), ("named-graph-uri", STATE)]
BOTH = [("default-graph-uri", ONTOLOGY), ("named-graph-uri", STATE)]
INSERT = "INSERT DATA { <urn:a> <urn:b> <urn:c> }"


@dataclass(frozen=True)
class Sent:
    """A request: the parameters in its address, its body, and the type that this is said to be of."""

    method: str = "POST"
    address: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    type: str | None = None

    def by(self, client: httpx.Client) -> httpx.Response:
        headers = {"Content-Type": self.type} if self.type else {}
        path = f"/sparql?{urlencode(self.address)}" if self.address else "/sparql"
        return client.request(self.method, path, content=self.body, headers=headers)


def get(query: str, *more: tuple[str, str]) -> Sent:
    return Sent("GET", (("query", query), *more))


def form(*pairs: tuple[str, str]) -> Sent:
    return Sent(body=urlencode(pairs).encode(), type=FORM)


def direct(query: str, *more: tuple[str, str]) -> Sent:
    return Sent(address=more, body=query.encode(), type=DIRECT)


QUERIES: dict[str, Sent] = {
    "query_get": get("ASK {}"),
    "query_post_form": form(("query", "ASK {}")),
    "query_post_direct": direct("ASK {}"),
    "query_dataset_default_graphs_get": get(IN_DEFAULT, *DEFAULTS),
    "query_dataset_default_graphs_post": direct(IN_DEFAULT, *DEFAULTS),
    "query_dataset_default_graphs_form": form(("query", IN_DEFAULT), *DEFAULTS),
    "query_dataset_named_graphs_get": get(IN_NAMED, *NAMED),
    "query_dataset_named_graphs_post": direct(IN_NAMED, *NAMED),
    "query_dataset_named_graphs_form": form(("query", IN_NAMED), *NAMED),
    "query_dataset_full": direct(IN_BOTH, *BOTH),
    "query_multiple_dataset": get(f"{IN_BOTH[:4]}FROM <{STATE}> {IN_BOTH[4:]}", *BOTH),
}

BAD: dict[str, tuple[Sent, int]] = {
    "bad_query_method": (Sent("PUT", (("query", "ASK {}"),)), 405),
    "bad_multiple_queries": (get("ASK {}", ("query", "SELECT * {}")), 400),
    "bad_multiple_queries_form": (form(("query", "ASK {}"), ("query", "SELECT * {}")), 400),
    "bad_query_wrong_media_type": (Sent(body=b"ASK {}", type="text/plain"), 415),
    "bad_query_missing_form_type": (Sent(body=urlencode({"query": "ASK {}"}).encode()), 415),
    "bad_query_missing_direct_type": (Sent(body=b"ASK {}"), 415),
    "bad_query_non_utf8": (Sent(body="ASK {}".encode("utf-16"), type=f"{DIRECT}; charset=UTF-16"), 415),
    "bad_query_non_utf8_unsaid": (Sent(body="ASK { ?s ?p 'ü' }".encode("latin-1"), type=DIRECT), 400),
    "bad_query_syntax": (get("ASK {"), 400),
    "bad_query_empty": (direct(""), 400),
    "bad_update_get": (Sent("GET", (("update", INSERT),)), 403),
    "bad_multiple_updates": (form(("update", INSERT), ("update", INSERT)), 403),
    "bad_update_wrong_media_type": (Sent(body=INSERT.encode(), type="text/plain"), 415),
    "bad_update_missing_form_type": (Sent(body=urlencode({"update": INSERT}).encode()), 415),
    "bad_update_non_utf8": (Sent(body=INSERT.encode("utf-16"), type=f"{UPDATE}; charset=UTF-16"), 415),
    "bad_update_syntax": (form(("update", "INSERT DATA {")), 403),
    "bad_update_dataset_conflict": (form(("update", INSERT), ("using-graph-uri", ONTOLOGY)), 403),
    "update_post_form": (form(("update", INSERT)), 403),
    "update_post_direct": (Sent(body=INSERT.encode(), type=UPDATE), 403),
    "update_dataset_default_graph": (
        Sent(address=(("using-graph-uri", ONTOLOGY),), body=INSERT.encode(), type=UPDATE), 403
    ),
    "update_base_uri": (form(("update", f"BASE <urn:b> {INSERT}")), 403),
}  # fmt: skip

TABLES = {"application/sparql-results+json", "application/sparql-results+xml"}
GRAPHS = {"text/turtle", "application/rdf+xml", "application/n-triples"}
TYPES: dict[str, tuple[str, set[str]]] = {
    "query_content_type_select": (
        "SELECT * { ?s ?p ?o } LIMIT 1", TABLES | {"text/csv", "text/tab-separated-values"}
    ),
    "query_content_type_ask": ("ASK {}", TABLES),
    "query_content_type_describe": (f"DESCRIBE <{ONTOLOGY}#uses>", GRAPHS),
    "query_content_type_construct": ("CONSTRUCT WHERE { ?s ?p ?o }", GRAPHS),
}  # fmt: skip


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_of_the_protocol_is_answered(client: httpx.Client, name: str) -> None:
    answer = QUERIES[name].by(client)
    assert answer.status_code == 200, answer.text
    assert answer.json()["boolean"] is True


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_query_of_the_protocol_is_refused(client: httpx.Client, name: str) -> None:
    sent, status = BAD[name]
    answer = sent.by(client)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("name", "media_type"), [(name, t) for name in TYPES for t in sorted(TYPES[name][1])]
)
def test_an_answer_is_of_a_type_that_its_form_has(client: httpx.Client, name: str, media_type: str) -> None:
    query, types = TYPES[name]
    unasked = client.get("/sparql", params={"query": query})
    assert unasked.headers["content-type"].partition(";")[0] in types
    asked = client.get("/sparql", params={"query": query}, headers={"Accept": media_type})
    assert (asked.status_code, asked.headers["content-type"].partition(";")[0]) == (200, media_type)


@pytest.mark.parametrize("media_type", ["text/turtle", "application/rdf+xml"])
def test_the_service_describes_itself_validly(client: httpx.Client, media_type: str) -> None:
    """Tests returns-rdf, has-endpoint-triple and conforms-to-schema of the service description."""
    answer = client.get("/sparql", headers={"Accept": media_type})
    graph = rdflib.Graph().parse(data=answer.content, format=media_type)
    sd = rdflib.Namespace(PREFIXES.get("sd", "http://www.w3.org/ns/sparql-service-description#"))
    [service] = graph.subjects(rdflib.RDF.type, sd.Service)
    assert graph.value(service, sd.endpoint) == rdflib.URIRef(
        f"{client.base_url}/sparql".replace("//sparql", "/sparql")
    )
    for predicate in graph.predicates(service):
        assert str(predicate).startswith((str(sd), str(rdflib.RDF), str(rdflib.RDFS), "http://")), predicate
    assert (service, sd.supportedLanguage, sd.SPARQL11Query) in graph
    assert (service, sd.supportedLanguage, sd.SPARQL11Update) not in graph
    assert list(graph.objects(service, sd.resultFormat))
