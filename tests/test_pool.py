"""Queries in processes that can be killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.errors import (
    QueryAbandoned,
    QueryError,
    QueryForbidden,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooHungry,
    ResultTooLarge,
    StoreUnavailable,
)
from kg.records import Entity
from kg.stores import Limits
from kg.stores.caller import Caller
from kg.stores.oxigraph import OxigraphStore
from kg.stores.sparql import Dataset, refuse_service
from kg.vocabulary import ONTOLOGY, Vocabulary, iri
from tests.blocking import Pool, workers_of_this_process

LIMITS = Limits(seconds=20, rows=500)
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }"
COUNT = "SELECT (COUNT(*) AS ?n) { ?entity akg:paperCount ?papers }"


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that another thread brings about."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def some_entities(vocabulary: Vocabulary, count: int) -> list[Entity]:
    kind = sorted(vocabulary.types.values(), key=lambda t: t.name)[0]
    return [Entity(f"{kind.slug}/e{n}", kind.name, f"E{n}") for n in range(count)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, vocabulary: Vocabulary) -> Path:
    path = tmp_path_factory.mktemp("pool")
    store = OxigraphStore.open(path)
    store.load(some_entities(vocabulary, 100), 1)
    store.close()
    return path


@pytest.fixture(scope="module")
def pool(folder: Path) -> Iterator[Pool]:
    with Pool(folder, workers=2) as opened:
        yield opened


def test_the_pool_answers_as_the_store_does(pool: Pool, folder: Path) -> None:
    text = "SELECT ?entity ?name { ?entity rdfs:label ?name } ORDER BY ?entity"
    bound = {"name": "E7"}
    assert pool.query(text, bound, LIMITS) == OxigraphStore.read_only(folder).query(text, bound, LIMITS)


def test_a_query_past_its_time_is_killed_and_the_next_one_is_answered(pool: Pool) -> None:
    pool.query(COUNT, {}, LIMITS)
    began = time.monotonic()
    with pytest.raises(QueryTimeout, match=r"stopped after 0\.3 s"):
        pool.query(ENDLESS, {}, Limits(seconds=0.3))
    assert time.monotonic() - began < 1.3
    assert pool.query(COUNT, {}, LIMITS).rows == ((100,),)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("SELECT * { ?s ?p ", QuerySyntaxError),
        ("DROP ALL", QueryForbidden),
        ("SELECT * { SERVICE <http://localhost:1/> {} }", QueryForbidden),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f }", ResultTooLarge),
        ("SELECT (<http://example.org/f>(1) AS ?x) {}", QueryError),
    ],
)
def test_errors_come_through_whole(pool: Pool, text: str, error: type[QueryError]) -> None:
    with pytest.raises(error) as caught:
        pool.query(text, {}, LIMITS)
    assert type(caught.value) is error
    assert str(caught.value)


def test_a_syntax_error_keeps_its_place(pool: Pool) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        pool.query("SELECT *\n{ ?s }", {}, LIMITS)
    assert (caught.value.line, caught.value.column) == (2, 7)


@pytest.mark.parametrize(
    ("text", "media_type", "start"),
    [
        ("ASK {}", "application/sparql-results+json", b'{"head":{},"boolean":true}'),
        ("SELECT ?x { VALUES ?x {1} }", "text/csv", b"x\r\n1"),
        ("SELECT ?x { VALUES ?x {1} }", "text/turtle", b'{"head":{"vars":["x"]}'),
        (
            "CONSTRUCT { akg:a akg:b 1 } {}",
            "application/n-triples",
            b"<https://w3id.org/alignkg/ontology#a> ",
        ),
    ],
)
def test_answers_are_written_in_standard_formats(
    pool: Pool, text: str, media_type: str, start: bytes
) -> None:
    assert pool.serialize(text, media_type, LIMITS).body.startswith(start)


def test_a_document_past_its_size_is_refused(pool: Pool) -> None:
    with pytest.raises(ResultTooLarge, match="more than 1000 bytes"):
        pool.serialize("SELECT * { ?s ?p ?o }", "text/csv", Limits(bytes=1000))


def test_a_query_can_be_asked_over_chosen_graphs(pool: Pool) -> None:
    text = "SELECT (COUNT(*) AS ?n) { ?s akg:paperCount ?o }"
    only_ontology = Dataset(default=(ONTOLOGY,))
    assert pool.serialize(text, "text/csv", LIMITS, only_ontology).body == b"n\r\n0\r\n"


def test_the_pool_follows_the_store(tmp_path: Path, vocabulary: Vocabulary) -> None:
    writer = OxigraphStore.open(tmp_path)
    with Pool(tmp_path, workers=1) as pool:
        assert pool.query(COUNT, {}, LIMITS).rows == ((0,),)
        writer.load(some_entities(vocabulary, 3), 1)
        assert pool.query(COUNT, {}, LIMITS).rows == ((3,),)
        writer.apply({entity.id: entity for entity in some_entities(vocabulary, 5)}, 2)
        assert pool.query(COUNT, {}, LIMITS).rows == ((5,),)


def test_a_folder_without_a_graph_is_said_to_have_none(tmp_path: Path) -> None:
    no_graph = pytest.raises(StoreUnavailable, match="there is no store here")
    with Pool(tmp_path, workers=1) as pool, no_graph:
        pool.query(COUNT, {}, LIMITS)


def test_callers_in_many_threads_share_the_workers(pool: Pool) -> None:
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda: answers.append(pool.query(COUNT, {}, LIMITS).rows)) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [((100,),)] * 16


def test_too_many_callers_are_turned_away(folder: Path) -> None:
    with Pool(folder, workers=1, waiting=0) as pool:
        pool.query(COUNT, {}, LIMITS)
        errors: list[Exception] = []

        def slow() -> None:
            try:
                pool.query(ENDLESS, {}, Limits(seconds=1))
            except QueryTimeout as error:
                errors.append(error)

        thread = threading.Thread(target=slow)
        thread.start()
        with pytest.raises(StoreUnavailable, match="too many queries"):
            while thread.is_alive():
                pool.query(COUNT, {}, Limits(seconds=0.01))
        thread.join()
        assert len(errors) == 1


def test_a_query_that_eats_memory_ends_only_its_worker(folder: Path) -> None:
    with Pool(folder, workers=1, memory=1024**3) as pool:
        hungry = "SELECT ?a ?d ?g { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?f ?c ?i"
        with pytest.raises(QueryTooHungry, match="more than 1024 MiB"):
            pool.query(hungry, {}, Limits(seconds=30))
        assert pool.query(COUNT, {}, LIMITS).rows == ((100,),)


def test_a_query_ends_when_its_caller_leaves_and_the_next_one_is_answered_at_once(folder: Path) -> None:
    with Pool(folder, workers=1) as pool:
        pool.query(COUNT, {}, LIMITS)
        caller, began = Caller(), time.monotonic()
        threading.Timer(0.2, caller.leave).start()
        with pytest.raises(QueryAbandoned):
            pool.query(ENDLESS, {}, LIMITS, caller)
        assert pool.query(COUNT, {}, LIMITS).rows == ((100,),)
        assert time.monotonic() - began < LIMITS.seconds / 2


def test_a_caller_who_leaves_while_waiting_gives_the_place_up(folder: Path) -> None:
    with Pool(folder, workers=1, waiting=1) as pool, ThreadPoolExecutor() as threads:
        pool.query(COUNT, {}, LIMITS)
        first, second = Caller(), Caller()
        running = threads.submit(pool.query, ENDLESS, {}, LIMITS, first)
        until(lambda: pool.tally().running == 1)
        queued = threads.submit(pool.query, COUNT, {}, LIMITS, second)
        until(lambda: pool.tally().waiting == 1)
        with pytest.raises(StoreUnavailable, match="too many"):
            pool.query(COUNT, {}, LIMITS)
        second.leave()
        assert isinstance(queued.exception(), QueryAbandoned)
        first.leave()
        assert isinstance(running.exception(), QueryAbandoned)
        assert pool.query(COUNT, {}, LIMITS).rows == ((100,),)


def test_a_caller_who_has_left_is_not_answered(pool: Pool) -> None:
    caller = Caller()
    caller.leave()
    with pytest.raises(QueryAbandoned):
        pool.query(COUNT, {}, LIMITS, caller)


def test_waiting_counts_as_a_questions_time(folder: Path) -> None:
    with Pool(folder, workers=1) as pool, ThreadPoolExecutor() as threads:
        pool.query(COUNT, {}, LIMITS)
        caller = Caller()
        running = threads.submit(pool.query, ENDLESS, {}, LIMITS, caller)
        until(lambda: pool.tally().running == 1)
        with pytest.raises(StoreUnavailable, match="no query worker is free"):
            pool.query(COUNT, {}, Limits(seconds=0.1))
        caller.leave()
        assert isinstance(running.exception(), QueryAbandoned)


def test_closing_the_pool_ends_what_runs(folder: Path) -> None:
    with ThreadPoolExecutor() as threads:
        pool = Pool(folder, workers=1)
        pool.query(COUNT, {}, LIMITS)
        running = threads.submit(pool.query, ENDLESS, {}, LIMITS)
        until(lambda: pool.tally().running == 1)
        pool.close()
        assert isinstance(running.exception(), StoreUnavailable)


def test_a_worker_that_dies_while_it_waits_is_replaced(folder: Path) -> None:
    others = workers_of_this_process()
    with Pool(folder, workers=1) as pool:
        pool.query(COUNT, {}, LIMITS)
        for pid in workers_of_this_process() - others:
            os.kill(pid, signal.SIGKILL)
        until(lambda: pool.tally().workers == 0)
        assert pool.query(COUNT, {}, LIMITS).rows == ((100,),)


def test_the_tally_says_what_has_come_of_what_was_asked(folder: Path) -> None:
    with Pool(folder, workers=1, waiting=0) as pool:
        pool.query(COUNT, {}, LIMITS)
        for text, seconds in (("SELECT", 20), (ENDLESS, 0.1)):
            with pytest.raises(QueryError):
                pool.query(text, {}, Limits(seconds=seconds))
        tally = pool.tally()
    assert (tally.running, tally.waiting) == (0, 0)
    assert (tally.answered, tally.failed, tally.timeouts, tally.out_of_memory) == (1, 1, 1, 0)


def test_a_closed_pool_says_so(folder: Path) -> None:
    pool = Pool(folder, workers=1)
    pool.close()
    with pytest.raises(StoreUnavailable, match="have been stopped"):
        pool.query(COUNT, {}, LIMITS)


# --- hostile queries -----------------------------------------------------------------------------------

CALL = "{} <http://localhost:1/> {{ ?s ?p ?o }}"
keywords = st.sampled_from(["SERVICE", "service", "SeRvIcE", "SERVICE SILENT", "SERVICE#>\n", "SERVICE#'\n"])
prefixes = st.sampled_from(
    [
        "",
        "FILTER(?s<?o)",
        "FILTER(?s<?o&&?o>?s)",
        'FILTER(?o = "a\\"b")',
        "FILTER(?o = '''it's''')",
        "# a comment with ' and <\n",
        "?s <http://a/#b> ?o .",
        'BIND("SERVICE" AS ?service)',
    ]
)
wrappings = st.sampled_from(["{{ {} }}", "OPTIONAL {{ {} }}", "GRAPH ?g {{ {} }}", "{{ SELECT * {{ {} }} }}"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(keywords, st.lists(prefixes, max_size=3), st.lists(wrappings, max_size=3))
def test_no_disguise_lets_a_query_call_out(keyword: str, before: list[str], around: list[str]) -> None:
    pattern = f"{' '.join(dict.fromkeys(before))} {CALL.format(keyword)}"
    for wrapping in around:
        pattern = wrapping.format(pattern)
    with pytest.raises(QueryError):
        refuse_service(f"SELECT * {{ {pattern} }}")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters='"\\\n\r')))
def test_words_in_strings_are_only_words(words: str) -> None:
    refuse_service(f'SELECT ?x {{ VALUES ?x {{ "SERVICE {words}" }} }} # service {iri("method/a")}')
