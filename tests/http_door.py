"""The doors `/sparql` and `/cypher` of a service, as a client of the standard formats meets them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager

from fastapi.testclient import TestClient

from api.app import create_app
from kg.settings import Settings
from kg.stores import Rows, Value
from kg.stores.door import CypherDoor
from kg.stores.embedded_bolt import EmbeddedBolt
from kg.stores.servers import EmbeddedServer, Projected
from kg.vocabulary import Vocabulary
from kg.workspace import Workspace
from tests.doors import Answer, Question, answer

VALUES: Mapping[str, Callable[[str], Value]] = {
    "integer": int,
    "double": float,
    "decimal": float,
    "boolean": lambda text: text == "true",
}
"""What a literal of the SPARQL results format is in Python, by its datatype's name."""


class HttpDoor:
    """A client of a service."""

    def __init__(self, client: TestClient, vocabulary: Vocabulary) -> None:
        self._client, self._vocabulary = client, vocabulary

    def ask_sparql(self, question: Question) -> Answer:
        accepted = {"Accept": "application/sparql-results+json"}
        found = self._client.get("/sparql", params={"query": question.as_sparql()}, headers=accepted)
        found.raise_for_status()
        columns = tuple(found.json()["head"]["vars"])
        bindings = found.json()["results"]["bindings"]
        rows = (tuple(_value(row.get(column)) for column in columns) for row in bindings)
        return answer(Rows(columns, tuple(rows)), self._vocabulary)

    def ask_cypher(self, question: Question) -> Answer:
        body = {"statement": question.text(".cypher"), "parameters": question.for_cypher()}
        found = self._client.post("/cypher", json=body)
        found.raise_for_status()
        data = found.json()["data"]
        return answer(Rows(tuple(data["fields"]), tuple(map(tuple, data["values"]))), self._vocabulary)


def _value(cell: Mapping[str, str] | None) -> Value:
    if cell is None:
        return None
    return VALUES.get(cell.get("datatype", "").rpartition("#")[2], str)(cell["value"])


class Lent(EmbeddedServer):
    """A server that somebody else stops."""

    def close(self) -> None: ...


@contextmanager
def http_door(graph: Workspace, server: EmbeddedBolt) -> Iterator[HttpDoor]:
    """Serve a graph that answers Cypher from a server."""
    wanted = Projected(graph.vocabulary, graph.origin, graph.ledger.position, graph.catch_up_store)
    with (
        closing(CypherDoor(Lent(server, wanted))) as door,
        TestClient(
            create_app(graph, Settings(query_workers=1), door), "http://127.0.0.1", client=("127.0.0.1", 1)
        ) as client,
    ):
        yield HttpDoor(client, graph.vocabulary)
