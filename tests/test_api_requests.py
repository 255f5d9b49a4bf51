"""What the API reads from a request and says of a failure, without a server."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import problems, protocol
from api.marking import mark_mentions, mark_quote
from api.negotiation import choose, parse_accept
from api.pages import web_address
from api.problems import RequestError
from api.protocol import Form, form_of
from kg.errors import (
    KGError,
    NotFound,
    QueryForbidden,
    QuerySyntaxError,
    QueryTimeout,
    ResultTooLarge,
    UnknownQuery,
)
from kg.lookup.answers import Quote
from kg.records import Mention, Span

JSON, XML, CSV, TURTLE = "application/json", "application/xml", "text/csv", "text/turtle"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV", CSV),
        ("text/*", CSV),
        ("application/*", JSON),
        ("text/csv;q=0.5, application/xml;q=0.9", XML),
        ("text/csv;q=0, */*", JSON),
        ("application/json;q=0, */*;q=0.1", XML),
        ("*/*, text/csv", CSV),
        ("text/csv, application/*;q=0.9", CSV),
        ("application/xml; charset=utf-8; q=0.3", XML),
        ("image/png", None),
        ("image/png, */*;q=0", None),
        ("text/csv;q=2", None),
        ("text/csv;q=much", None),
        ("nonsense", None),
        ("*/csv", None),
        ("nonsense, text/csv", CSV),
    ],
)
def test_the_offer_that_the_client_likes_best_is_chosen(accept: str | None, chosen: str | None) -> None:
    assert choose(accept, [JSON, XML, CSV]) == chosen


def test_a_precise_range_overrules_a_wide_one_with_more_weight() -> None:
    assert choose("*/*;q=0.9, text/csv;q=0.1", [CSV, XML]) == XML


@given(st.text())
def test_any_header_can_be_read(header: str) -> None:
    assert all(0 <= found.quality <= 1 for found in parse_accept(header))


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("SELECT * {}", Form.TABLE),
        ("ask {}", Form.TABLE),
        ("DESCRIBE <urn:a>", Form.GRAPH),
        ("# SELECT\nCONSTRUCT WHERE {}", Form.GRAPH),
        ("PREFIX select: <urn:#>\nBASE <urn:b> construct {} {}", Form.GRAPH),
        ("PREFIX : <urn:x>SELECT * {}", Form.TABLE),
        ("PREFIX a: <urn:a> DELETE WHERE { ?s ?p ?o }", Form.UPDATE),
        ("LOAD <https://example.org/>", Form.UPDATE),
        ("", Form.UNKNOWN),
        ("SELEC * {}", Form.UNKNOWN),
        ("{", Form.UNKNOWN),
    ],
)
def test_the_form_of_a_query_is_its_first_word_behind_the_prologue(query: str, form: Form) -> None:
    assert form_of(query) is form


@given(st.text(alphabet="PREFIXprefixBASE<>:# \n\tasl{}"))
def test_any_text_has_a_form(text: str) -> None:
    assert form_of(text) in Form


def test_a_form_and_its_address_together_give_the_parameters() -> None:
    pairs = protocol.read_body(b"query=ASK+%7B%7D", protocol.FORM, [("default-graph-uri", "urn:g")])
    asked = protocol.read_request(pairs, 100)
    assert asked == protocol.SparqlRequest("ASK {}", ("urn:g",), ())


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"ASK {}", "", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        (b"ASK {}", "text/plain", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        (b"ASK {}", "application/sparql-query; charset=latin-1", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        (b"\xff\xfe", protocol.QUERY, HTTPStatus.BAD_REQUEST),
        (b"query=%ff", protocol.FORM, HTTPStatus.BAD_REQUEST),
        (b"&".join([b"a=1"] * 300), protocol.FORM, HTTPStatus.BAD_REQUEST),
    ],
)
def test_a_body_that_is_no_query_is_refused(body: bytes, content_type: str, status: HTTPStatus) -> None:
    with pytest.raises(RequestError) as refused:
        protocol.read_body(body, content_type, [])
    assert refused.value.status == status


def test_two_queries_in_one_request_are_refused() -> None:
    with pytest.raises(RequestError, match="one query"):
        protocol.read_request([("query", "ASK {}"), ("query", "ASK {}")], 100)


def test_a_query_counts_in_bytes_against_its_limit() -> None:
    with pytest.raises(RequestError, match="4 bytes"):
        protocol.read_request([("query", "ééé")], 4)


@pytest.mark.parametrize("pairs", [[("update", "CLEAR ALL")], [("query", "ASK {}"), ("update", "")]])
def test_an_update_is_forbidden(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(QueryForbidden):
        protocol.read_request(pairs, 100)


def _subclasses(root: type[KGError]) -> set[type[KGError]]:
    return {root}.union(*(_subclasses(child) for child in root.__subclasses__()))


def test_every_error_class_has_a_status() -> None:
    ours = {cls for cls in _subclasses(KGError) if cls.__module__.partition(".")[0] in ("kg", "api")}
    assert ours - problems.STATUS.keys() == set()


@pytest.mark.parametrize(
    ("error", "status", "facts"),
    [
        (NotFound("MT-Bensch", ["MT-Bench"]), 404, {"name": "MT-Bensch", "nearest": ["MT-Bench"]}),
        (UnknownQuery("why", "no verb", ["what uses DPO"]), 422, {"examples": ["what uses DPO"]}),
        (QuerySyntaxError("bad", line=2, column=7), 400, {"line": 2, "column": 7}),
        (QueryTimeout(3.0), 504, {"seconds": 3.0}),
        (ResultTooLarge(10), 413, {"limit": 10}),
        (QueryForbidden("no"), 403, {}),
    ],
)
def test_a_problem_carries_the_facts_of_its_error(
    error: KGError, status: int, facts: dict[str, object]
) -> None:
    body = problems.of_kg_error(error, "/x").model_dump(exclude_none=True)
    assert body["status"] == status
    assert body["detail"] == str(error)
    assert body.keys() - {"type", "title", "status", "detail", "instance"} == facts.keys()
    assert facts.items() <= body.items()


def _quote(subject: Span | None, object_: Span | None) -> Quote:
    return Quote(
        about="statement/1",
        paper="p",
        title="t",
        published=None,
        url=None,
        text="DPO beats PPO here.",
        start=0,
        words=Span(0, 13),
        subject=subject,
        object=object_,
        component="c",
        probability=0.5,
        negated=False,
        hedged=False,
    )


@pytest.mark.parametrize(
    ("subject", "object_", "pieces"),
    [
        (Span(0, 3), Span(10, 13), [("DPO", "subject"), (" beats ", ""), ("PPO", "object"), (" here.", "")]),
        (None, Span(10, 13), [("DPO beats ", ""), ("PPO", "object"), (" here.", "")]),
        (None, None, [("DPO beats PPO here.", "")]),
        (Span(0, 9), Span(4, 13), [("DPO beats", "subject"), (" PPO", "object"), (" here.", "")]),
        (Span(0, 13), Span(10, 13), [("DPO beats PPO", "subject"), (" here.", "")]),
    ],
)
def test_a_sentence_is_cut_at_subject_and_object(
    subject: Span | None, object_: Span | None, pieces: list[tuple[str, str]]
) -> None:
    assert [(p.text, p.role) for p in mark_quote(_quote(subject, object_))] == pieces


def test_the_longer_of_two_names_in_one_place_is_marked() -> None:
    mentions = [Mention("model/llama", 4, 9, "Llama", ""), Mention("model/llama-2", 4, 11, "Llama 2", "")]
    assert [(p.text, p.node) for p in mark_mentions("and Llama 2.", mentions)] == [
        ("and ", None), ("Llama 2", "model/llama-2"), (".", None)
    ]  # fmt: skip


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8),
    st.integers(0, 20),
)
def test_marking_never_changes_the_text(text: str, spans: list[tuple[int, int]], begins: int) -> None:
    mentions = [Mention(f"m/{start}", start, end, "", "") for start, end in spans]
    assert "".join(piece.text for piece in mark_mentions(text, mentions, begins)) == text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil", "http://[", "", None])
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert web_address(url) is None
