"""Equal doors: every question gets the same rows in SPARQL, in Cypher and under `/v1`, after every change.

SPARQL on the embedded store is the reference. `tests/doors.py` has the questions, `tests/rest_door.py` what
a client of `/v1` does. One graph of each corpus goes through all states; the stores get the differences.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from kg.records import JSON
from kg.settings import Settings
from kg.stores import Limits, Rows, Value
from kg.stores.address import Access
from kg.stores.bolt import BoltStore
from kg.stores.embedded_bolt import EmbeddedBolt
from kg.workspace import Workspace, open_workspace
from tests import rest_door
from tests.doors import COMPETENCY, DPO, LOOKUPS, MT_BENCH, Answer, Question, answer, questions
from tests.http_door import HttpDoor, http_door
from tests.rest_door import Rest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "cypher.md"
QUESTIONS = questions()
STATES = ("ingested", "ingested again", "removed", "merged", "undone")
REWRITTEN = "We compare Simple Preference Optimization (SimPO) with DPO. SimPO outperforms DPO on MT-Bench."
SAMPLE = 12
"""How many statements, and how many results, are asked for their sentences in each state."""


# --- the texts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [*LOOKUPS.glob("*.rq"), *COMPETENCY.glob("*.rq")], ids=lambda f: f.stem)
def test_a_query_in_cypher_says_the_same_question_first(file: Path) -> None:
    texts = (file.with_suffix(suffix).read_text(encoding="utf-8") for suffix in (".rq", ".cypher"))
    in_sparql, in_cypher = (text.splitlines()[0].lstrip("#/ ") for text in texts)
    assert in_cypher.replace("$", "?").startswith(in_sparql.rstrip(".").partition(":")[0])


def test_every_look_up_is_asked() -> None:
    assert {file.stem for file in LOOKUPS.glob("*.cypher")} == {q.name for q in QUESTIONS if not q.number}


# --- one graph behind all doors -------------------------------------------------------------------------


class CypherDoor:
    """A database that is written by one user and asked by another, who may be the same."""

    def __init__(self, workspace: Workspace, writer: Access, reader: Access) -> None:
        self._workspace = workspace
        self._written, self._asked = (
            BoltStore.connect(a.uri, a.user, a.password, database=a.database, origin=workspace.origin)
            for a in (writer, reader)
        )
        self._written.clear()

    def catch_up(self) -> None:
        self._workspace.catch_up_store(self._written)

    def rows(self, text: str, parameters: Mapping[str, Value]) -> Rows:
        return self._asked.query(text, parameters, Limits())

    def ask(self, question: Question) -> Answer:
        rows = self.rows(question.text(".cypher"), question.for_cypher())
        return answer(rows, self._workspace.vocabulary)

    def close(self) -> None:
        self._written.close()
        self._asked.close()


@dataclass
class House:
    """A graph on its way through the states, and its doors."""

    workspace: Workspace
    rest: Rest
    cypher: dict[str, CypherDoor] = field(default_factory=dict)
    over_http: HttpDoor | None = None
    closing: ExitStack = field(default_factory=ExitStack)
    told: dict[str, Answer] = field(default_factory=dict)
    state: int = 0

    def go_on_to(self, state: str) -> None:
        while STATES[self.state] != state:
            self.state += 1
            _change(self.workspace, STATES[self.state])
            self.rest.forget()
            self.told.clear()
            for door in self.cypher.values():
                door.catch_up()

    def door(self, name: str, opened: Callable[[Workspace], CypherDoor]) -> CypherDoor:
        """Return a door to the graph as it is, opened when it is first asked for."""
        if name not in self.cypher:
            self.cypher[name] = opened(self.workspace)
            self.cypher[name].catch_up()
        return self.cypher[name]

    def http(self, server: EmbeddedBolt) -> HttpDoor:
        """Return the doors of a service that answers Cypher from a server, which holds this graph."""
        if self.over_http is None:
            self.over_http = self.closing.enter_context(http_door(self.workspace, server))
        return self.over_http

    def in_sparql(self, question: Question) -> Answer:
        if str(question) not in self.told:
            rows = self.workspace.query(question.text(".rq"), question.for_sparql())
            self.told[str(question)] = answer(rows, self.workspace.vocabulary)
        return self.told[str(question)]

    def sampled(self) -> list[Question]:
        """Return questions for the sentences of some statements and results, of others in every state."""
        graph = self.workspace.graph()
        some = (list(part)[self.state :: len(part) // SAMPLE] for part in (graph.statements, graph.results))
        return [Question(LOOKUPS / "evidence.rq", {"about": about}) for part in some for about in part]

    def close(self) -> None:
        self.closing.close()
        for door in self.cypher.values():
            door.close()
        self.workspace.close()


def _change(workspace: Workspace, to: str) -> None:
    """Take the change that leads to a state from the one before."""
    papers = sorted(workspace.graph().papers.values(), key=lambda paper: paper.id)
    naming = [paper for paper in papers if any(mention.entity == MT_BENCH for mention in paper.mentions)]
    if to == "ingested again":
        workspace.ingest([*(p.paper for p in papers[:3]), replace(naming[0].paper, abstract=REWRITTEN)])
    elif to == "removed":
        workspace.remove(naming[1].id)
    elif to == "merged":
        workspace.merge(_other_method(workspace), DPO)
    elif to == "undone":
        workspace.undo(workspace.history()[-1].number)


def _other_method(workspace: Workspace) -> str:
    """Return the method that the most papers name, but for DPO."""
    kind = workspace.vocabulary.type_of(DPO).name
    methods = [e for e in workspace.graph().entities.values() if e.type == kind and e.id != DPO]
    return max(methods, key=lambda entity: (entity.papers, entity.id)).id


@dataclass
class Houses:
    """The corpora, each opened when it is first asked about; `made` returns the folder of a graph of one."""

    made: Callable[[str], Path]
    folder: Path
    closing: ExitStack = field(default_factory=ExitStack)
    opened: dict[str, House] = field(default_factory=dict)

    def house(self, corpus: str) -> House:
        if corpus not in self.opened:
            workspace = open_workspace(shutil.copytree(self.made(corpus), self.folder / corpus))
            app = create_app(workspace, Settings(query_workers=1))
            client = self.closing.enter_context(TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 1)))
            made = House(workspace, Rest(partial(_body, client), workspace.vocabulary))
            self.opened[corpus] = self.closing.enter_context(closing(made))
        return self.opened[corpus]


def _body(client: TestClient, path: str) -> JSON:
    found = client.get(path)
    if found.status_code == HTTPStatus.NOT_FOUND:
        return None
    found.raise_for_status()
    return found.json()


@pytest.fixture(scope="module")
def houses(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    opened = Houses(request.getfixturevalue, tmp_path_factory.mktemp("doors"))
    with opened.closing:
        yield opened


PLACES = [
    pytest.param((corpus, state), id=f"{corpus.removesuffix('_db')} {state}", marks=marks)
    for corpus, marks in (("corpus_db", ()), ("seeds_db", pytest.mark.shared))
    for state in STATES
]


@pytest.fixture(scope="module", params=PLACES)
def house(request: pytest.FixtureRequest, houses: Houses) -> House:
    """A graph in one of its states."""
    corpus, state = request.param
    found = houses.house(corpus)
    found.go_on_to(state)
    return found


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBolt]:
    pytest.importorskip("arcadedb_embedded", reason="the extra `cypher` is not installed")
    with closing(EmbeddedBolt(tmp_path_factory.mktemp("embedded"))) as server:
        yield server


# --- the same rows behind every door ---------------------------------------------------------------------


Ask = Callable[[Question], Answer]


def differing(asked: Iterable[Question], ask: Ask, reference: Ask) -> list[str]:
    """Return the questions whose answers are not the same, with a few of the rows.

    ArcadeDB sends no columns where it sends no rows.
    """
    found = []
    for question in asked:
        wanted, got = reference(question), ask(question)
        columns = got.columns or wanted.columns
        if (columns, got.rows) != (wanted.columns, wanted.rows):
            lost, strange = list(wanted.rows - got.rows), list(got.rows - wanted.rows)
            found.append(f"{question}: {wanted.columns} {got.columns}, lacks {lost[:3]}, has {strange[:3]}")
    return found


def test_enough_questions_have_answers(house: House) -> None:
    assert len(QUESTIONS) >= 60
    assert sum(bool(house.in_sparql(question).rows) for question in QUESTIONS) >= 30


def test_the_embedded_server_answers_as_sparql_does(house: House, embedded: EmbeddedBolt) -> None:
    door = house.door("embedded", lambda graph: CypherDoor(graph, embedded.writer(), embedded.reader()))
    assert differing([*QUESTIONS, *house.sampled()], door.ask, house.in_sparql) == []


def test_the_service_answers_alike_in_both_languages(house: House, embedded: EmbeddedBolt) -> None:
    house.door("embedded", lambda graph: CypherDoor(graph, embedded.writer(), embedded.reader()))
    http = house.http(embedded)
    assert differing(QUESTIONS, http.ask_sparql, house.in_sparql) == []
    assert differing(QUESTIONS, http.ask_cypher, house.in_sparql) == []


@pytest.mark.neo4j
def test_neo4j_answers_as_sparql_does(house: House, neo4j_access: Access) -> None:
    door = house.door("neo4j", lambda graph: CypherDoor(graph, neo4j_access, neo4j_access))
    assert differing([*QUESTIONS, *house.sampled()], door.ask, house.in_sparql) == []


def test_queries_of_the_documentation_have_answers(houses: Houses, embedded: EmbeddedBolt) -> None:
    house = houses.house("corpus_db")
    door = house.door("embedded", lambda graph: CypherDoor(graph, embedded.writer(), embedded.reader()))
    queries = re.findall(r"^```cypher\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.M | re.S)
    assert len(queries) == 10
    assert [query for query in queries if not door.rows(query, {}).rows] == []


def test_rest_answers_as_sparql_does(house: House) -> None:
    by_rest = [question for question in QUESTIONS if question.name not in rest_door.UNANSWERED]
    statements = [q for q in house.sampled() if q.parameters["about"].startswith("statement/")]

    def reference(question: Question) -> Answer:
        return house.in_sparql(question).only(rest_door.columns(question))

    asked = [*by_rest, *statements]
    assert differing(asked, lambda question: rest_door.ask(house.rest, question), reference) == []
