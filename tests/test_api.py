"""The look-ups under `/v1`: what they answer, page by page, and how they fail."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from api.app import create_app
from api.decided import DecisionShape
from api.openapi import EXAMPLES
from api.problems import Problem
from api.v1.completions import Words
from api.v1.decisions import History, TokenShape
from api.v1.export import MEDIA_TYPES
from api.v1.graph import GraphShape
from api.v1.questions import Suggestions
from api.v1.shapes import EntityShape, PaperList, PaperShape, StatementShape
from api.v1.watches import News, WatchShape
from kg.export import EXPORTERS
from kg.export.select import neighbourhood
from kg.lookup.answers import Answer
from kg.rdf import from_nquads, sorted_nquads
from kg.records import Graph, Paper
from kg.settings import Settings
from kg.vocabulary import Vocabulary
from tests.served import opened, serving

JSON_TYPE = "application/json"
ALPHA, BENCH = "method/alpha-tuning", "benchmark/mt-bench"


def get(client: httpx.Client, path: str, **parameters: object) -> Answer:
    response = client.get(f"/v1/{path}", params={name: str(value) for name, value in parameters.items()})
    assert response.status_code == 200, response.text
    return TypeAdapter(Answer).validate_python(response.json())


def said(answer: Answer) -> list[tuple[str, str | None, str | None]]:
    return [(row.subject.name, row.predicate, row.object.name if row.object else None) for row in answer.rows]


# --- things ---------------------------------------------------------------------------------------------


def test_each_type_has_a_list(client: httpx.Client, vocabulary: Vocabulary) -> None:
    lists = {each.name: get(client, each.plural) for each in (vocabulary.paper, *vocabulary.types.values())}
    assert {row.subject.type for name, answer in lists.items() for row in answer.rows if row} <= set(lists)
    assert lists[vocabulary.type_of(ALPHA).name].rows[0].subject.name == "Alpha Tuning"


def test_a_list_can_be_searched(client: httpx.Client) -> None:
    assert [row.subject.name for row in get(client, "methods", q="margin").rows] == ["Margin Tuning"]


@pytest.mark.parametrize("name", [ALPHA, "Alpha Tuning", "AT"])
def test_an_entity_is_found_by_id_name_and_alias(client: httpx.Client, name: str) -> None:
    entity = EntityShape.model_validate(client.get(f"/v1/entities/{name}").json())
    assert (entity.id, entity.papers) == (ALPHA, 3)
    assert "AT" in entity.aliases


def test_an_entity_brings_what_the_ontology_knows(client: httpx.Client) -> None:
    known = EntityShape.model_validate(client.get(f"/v1/entities/{BENCH}").json()).known
    assert known is not None
    assert (known.direction, known.scale) == ("up", (1.0, 10.0))


def test_neighbours_are_said_in_both_directions(client: httpx.Client) -> None:
    found = said(get(client, f"entities/{ALPHA}/neighbours"))
    assert ("Zeta", "uses", "Alpha Tuning") in found
    assert ("Alpha Tuning", "outperforms", "Beta Search") in found


@pytest.mark.parametrize("paper_id", ["arXiv:2401.00001", "doi:10.1000/ex.3"])
def test_a_paper_names_things_in_its_own_words(client: httpx.Client, paper_id: str) -> None:
    paper = PaperShape.model_validate(client.get(f"/v1/papers/{paper_id}").json())
    text = f"{paper.title}\n{paper.abstract}"
    assert paper.mentions
    assert all(text[mention.start : mention.end] == mention.text for mention in paper.mentions)


# --- statements -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"predicate": "outperforms"}, 2),
        ({"predicate": "outperforms", "subject": "AT"}, 1),
        ({"object": BENCH, "predicate": "evaluatedOn"}, 3),
        ({"object": BENCH, "predicate": "evaluatedOn", "type": "Model"}, 1),
        ({"object": "MT-Bench", "min_belief": 0.5}, 3),
        ({"object": "MT-Bench", "min_belief": 0.9}, 0),
    ],
)
def test_each_filter_narrows_the_statements(
    client: httpx.Client, filters: dict[str, object], count: int
) -> None:
    assert get(client, "statements", **filters).total == count


def test_a_statement_shows_how_its_belief_came_about(client: httpx.Client) -> None:
    row = get(client, "statements", subject="Margin Tuning", predicate="outperforms").rows[0]
    hash = (row.statement or "").removeprefix("statement/")
    statement = StatementShape.model_validate(client.get(f"/v1/statements/{hash}").json())
    assert [(share.paper, share.states, share.denies) for share in statement.working] == [
        ("arXiv:2401.00002", 0.8, 0.0)
    ]
    assert statement.belief == 0.8


def test_every_quote_marks_its_own_words(client: httpx.Client) -> None:
    quotes = [quote for row in get(client, "statements", limit=100).rows for quote in row.quotes]
    spans = [(quote.text, span) for quote in quotes for span in (quote.subject, quote.object) if span]
    assert len(spans) > 15
    assert all(0 <= span.start < span.end <= len(text) for text, span in spans)
    assert {text[span.start : span.end] for text, span in spans} >= {"Alpha Tuning", "MT-Bench"}


# --- questions ------------------------------------------------------------------------------------------


def test_a_question_is_answered_with_numbers_and_sentences(client: httpx.Client) -> None:
    answer = get(client, "ask", q="methods evaluated on MT-Bench")
    rows = {row.subject.name: row for row in answer.rows}
    assert [figure.value for figure in rows["Margin Tuning"].figures] == [8.1]
    assert rows["Margin Tuning"].quotes[0].paper == "arXiv:2401.00002"


def test_a_leaderboard_begins_with_the_best(client: httpx.Client) -> None:
    rows = get(client, "leaderboards/MT-Bench").rows
    assert [row.figures[0].value for row in rows] == [8.1, 7.34, 7.3]


@pytest.mark.parametrize(
    ("path", "parameters", "expected"),
    [
        ("search", {"q": "zeta"}, ("Zeta", None, None)),
        ("path", {"from": "Zeta", "to": "Beta Search"}, ("Zeta", "trainedOn", "Zeta Feedback")),
        ("results", {"method": "Zeta"}, ("Zeta", None, "MT-Bench")),
    ],
)
def test_the_other_questions_have_answers(
    client: httpx.Client, path: str, parameters: dict[str, str], expected: tuple[str, str | None, str | None]
) -> None:
    assert expected in said(get(client, path, **parameters))


def test_things_are_compared_by_what_they_share(client: httpx.Client) -> None:
    response = client.get("/v1/compare", params={"ids": ["AT", "Margin Tuning"]})
    found = said(TypeAdapter(Answer).validate_python(response.json()))
    assert ("Alpha Tuning", "evaluatedOn", "MT-Bench") in found
    assert ("Margin Tuning", "outperforms", "Alpha Tuning") in found


# --- pages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["statements", "methods", "search?q=tuning", "ask?q=AT", f"entities/{ALPHA}/neighbours"]
)
def test_pages_follow_each_other_by_link_and_hold_everything_once(client: httpx.Client, path: str) -> None:
    whole = client.get(f"/v1/{path}", params={"limit": 100} if "?" not in path else None).json()["rows"]
    address, found = f"/v1/{path}{'&' if '?' in path else '?'}limit=2", []
    while address:
        response = client.get(address)
        found += response.json()["rows"]
        address = response.links["next"]["url"] if "next" in response.links else ""
    assert found == whole


def test_a_cursor_from_nowhere_is_a_mistake_of_the_client(client: httpx.Client) -> None:
    assert client.get("/v1/methods", params={"cursor": "nonsense"}).status_code == 422


# --- failures -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/entities/Alpha Tunning", 404),
        ("/v1/entities/none/neighbours", 404),
        ("/v1/papers/arXiv:0000.00000", 404),
        ("/v1/statements/0000", 404),
        ("/v1/leaderboards/MT-Bensch", 404),
        ("/v1/statements?predicate=none", 404),
        ("/v1/statements?min_belief=2", 422),
        ("/v1/export?format=none", 404),
        ("/v1/export?node=none", 404),
        ("/v1/methods?limit=0", 422),
        ("/v1/methods?limit=100000", 422),
        ("/v1/ask?q=why is the sky blue", 422),
        ("/v1/ask", 422),
        ("/v1/compare?ids=AT", 422),
        ("/nowhere", 404),
        ("/broken", 500),
        ("/sparql?query=SELEC", 400),
    ],
)
def test_every_failure_has_one_shape(client: httpx.Client, path: str, status: int) -> None:
    response = client.get(path)
    assert response.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate(response.json())
    assert (response.status_code, problem.status) == (status, status)
    assert problem.detail
    assert problem.instance == path.partition("?")[0]


def test_an_unknown_name_comes_with_the_nearest(client: httpx.Client) -> None:
    problem = Problem.model_validate(client.get("/v1/leaderboards/MT-Bensch").json())
    assert (problem.name, (problem.nearest or [""])[0]) == ("MT-Bensch", "MT-Bench")


def test_an_unforeseen_error_is_logged_under_the_number_that_is_sent(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="api.guard"):
        problem = Problem.model_validate(client.get("/broken").json())
    assert problem.error
    assert problem.error in caplog.text
    assert "a fault of ours" in caplog.text
    assert "a fault of ours" not in problem.detail


# --- the rest -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", sorted(MEDIA_TYPES))
def test_every_format_is_exported(client: httpx.Client, format: str) -> None:
    response = client.get("/v1/export", params={"format": format, "node": ALPHA})
    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == MEDIA_TYPES[format]
    assert "alpha-tuning" in response.headers["content-disposition"]
    assert len(response.content) > 100


def test_every_exporter_has_a_media_type() -> None:
    assert EXPORTERS.keys() == MEDIA_TYPES.keys()


def test_the_whole_graph_is_exported_as_it_is(client: httpx.Client) -> None:
    lines = client.get("/v1/export", params={"format": "nq"}).text.splitlines()
    assert lines == sorted(lines)
    assert sum("ontology#Statement>" in line for line in lines) == get(client, "statements").total


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("node", [ALPHA, BENCH, "goal/helpfulness", "paper/arXiv:2401.00001"])
def test_what_lies_around_a_node_is_a_part_of_the_whole_graph(
    client: httpx.Client, vocabulary: Vocabulary, node: str, depth: int
) -> None:
    whole = Graph.of(from_nquads(client.get("/v1/export", params={"format": "nq"}).content))
    part = client.get("/v1/export", params={"format": "nq", "node": node, "depth": depth}).content
    assert part == sorted_nquads(neighbourhood(whole, node, depth=depth).graph.nodes(), vocabulary)


def test_the_service_says_that_it_is_well(client: httpx.Client, vocabulary: Vocabulary) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "ontology": vocabulary.version}


def test_the_reference_has_an_example_of_every_look_up(client: httpx.Client, vocabulary: Vocabulary) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    answers = {
        path: paths[path]["get"]["responses"]["200"].get("content", {})
        for path in paths
        if "get" in paths[path]
    }
    lookups = {
        path: found for path, found in answers.items() if path.startswith("/v1/") and JSON_TYPE in found
    }
    lists = {f"/v1/{each.plural}" for each in (vocabulary.paper, *vocabulary.types.values())}
    bare = {path for path, found in lookups.items() if "example" not in found[JSON_TYPE]}
    assert lists < lookups.keys()
    assert bare == set()


def _models() -> dict[str, TypeAdapter[object]]:
    one: dict[str, type[object]] = {
        "/v1/completions/{language}": Words,
        "/v1/decisions": History,
        "/v1/decisions/{number}": DecisionShape,
        "/v1/entities/{id}": EntityShape,
        "/v1/entities/{id}/papers": PaperList,
        "/v1/graph": GraphShape,
        "/v1/papers/{id}": PaperShape,
        "/v1/statements/{hash}": StatementShape,
        "/v1/suggest": Suggestions,
        "/v1/token": TokenShape,
        "/v1/watch": list[WatchShape],
        "/v1/watch/{number}": News,
    }
    examples: dict[str, object] = json.loads(Path(EXAMPLES).read_text("utf-8"))
    return {path: TypeAdapter(one.get(path, Answer)) for path in examples}


@pytest.mark.parametrize("path", sorted(_models()))
def test_each_example_is_an_answer_of_its_look_up(path: str) -> None:
    _models()[path].validate_python(json.loads(EXAMPLES.read_text("utf-8"))[path])


def test_what_is_ingested_while_the_service_runs_is_there_at_once(tmp_path: Path) -> None:
    with opened(tmp_path, Settings()) as workspace, serving(create_app(workspace, Settings())) as address:
        before = httpx.get(f"{address}/v1/ask", params={"q": "what outperforms AT"}).json()["total"]
        workspace.ingest([Paper("arXiv:2401.00009", "News", "Method:Omega outperforms Method:Alpha Tuning.")])
        after = httpx.get(f"{address}/v1/ask", params={"q": "what outperforms AT"}).json()["total"]
        page = httpx.get(f"{address}/id/method/omega")
    assert (before, after, page.status_code) == (1, 2, 200)


# --- the documentation ----------------------------------------------------------------------------------

PAGE = Path(__file__).parent.parent / "docs" / "service.md"


@pytest.mark.parametrize("address", re.findall(r"`(/[^`{]*)`", PAGE.read_text("utf-8")))
def test_every_address_of_the_documentation_answers(client: httpx.Client, address: str) -> None:
    # Some are only posted to; and this service's answers are too small for a pack.
    assert client.get(address, follow_redirects=True).status_code in (200, 405, 413)


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=30))
def test_no_words_of_a_client_are_a_fault_of_the_service(client: httpx.Client, text: str) -> None:
    asked = {"q": text, "query": text, "subject": text, "format": text}
    for path in ("/", "/v1/ask", "/v1/search", "/v1/statements", "/v1/export", "/sparql"):
        assert client.get(path, params=asked).status_code < 500
    for path in ("/id/", "/v1/entities/", "/v1/papers/", "/browse/"):
        assert client.get(path + quote(text, safe="")).status_code < 500
