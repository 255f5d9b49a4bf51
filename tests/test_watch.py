"""Standing questions: what came, went and changed is told once, with its sentences, come what may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.app import create_app
from kg.cli import app
from kg.errors import NotFound, QueryTimeout, UnknownQuery
from kg.lookup import Answer, Quote
from kg.records import Paper, Span
from kg.settings import Settings
from kg.vocabulary import Vocabulary
from kg.watch import Book, Changes, Event, Standing, Told, Watch
from kg.watch.answers import answers_from_json, changes_from_json, compare, to_json
from kg.watch.feed import MOST_TOLD, atom
from kg.workspace import Workspace
from tests.served import HOSTILE, PAPERS, serving
from tests.toy import paper, workspace

QUESTION = "methods evaluated on MT-Bench"
BENCH = "Benchmark:MT-Bench"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[Workspace]:
    """A graph in which one method is evaluated on MT-Bench, and somebody wants to know of more."""
    with workspace(tmp_path / "kg") as opened:
        opened.ingest([paper(1, f"Method:Alpha evaluatedOn {BENCH} = 7.1.")])
        opened.standing.add(QUESTION)
        yield opened


def told_of(graph: Workspace) -> list[tuple[list[str], list[str], list[str]]]:
    """Return what was news in the first question, event by event."""
    (watch,) = graph.standing.book.watches()
    return [
        (
            [one.in_words() for one in event.changes.came],
            [one.in_words() for one in event.changes.went],
            [f"{one.now.said}: {one.in_words()}" for one in event.changes.changed],
        )
        for event in graph.standing.book.events(watch)
    ]


# --- what is news ---------------------------------------------------------------------------------------


def test_adding_a_question_is_no_news(graph: Workspace) -> None:
    (watch,) = graph.standing.book.watches()
    assert (watch.question, watch.answers, watch.events) == (QUESTION, 1, 0)
    assert told_of(graph) == []


def test_an_answer_that_comes_is_told_with_its_sentence(graph: Workspace) -> None:
    graph.ingest([paper(2, f"Method:Beta evaluatedOn {BENCH} = 8.")])
    assert told_of(graph) == [(["Beta is evaluated on MT-Bench: 8 score, belief 0.80"], [], [])]
    (watch,) = graph.standing.book.watches()
    (event,) = graph.standing.book.events(watch)
    (quote,) = event.changes.came[0].quotes
    assert quote.subject is not None
    assert quote.text[slice(*quote.subject)] == "Beta"


def test_an_answer_that_goes_is_told_with_the_sentence_that_it_had(graph: Workspace) -> None:
    graph.remove("arXiv:2401.00001")
    assert told_of(graph) == [([], ["Alpha is evaluated on MT-Bench: 7.1 score, belief 0.80"], [])]


def test_a_second_paper_changes_belief_and_count_and_brings_its_sentence(graph: Workspace) -> None:
    graph.ingest([paper(2, f"Method:Alpha evaluatedOn {BENCH}.")])
    said = "Alpha is evaluated on MT-Bench: belief 0.80 → 0.96, papers 1 → 2"
    assert told_of(graph) == [([], [], [said])]
    (watch,) = graph.standing.book.watches()
    (event,) = graph.standing.book.events(watch)
    assert [quote.paper for quote in event.changes.changed[0].fresh] == ["arXiv:2401.00002"]


def test_another_number_is_a_change(graph: Workspace) -> None:
    graph.ingest([paper(1, f"Method:Alpha evaluatedOn {BENCH} = 7.3.")])
    assert told_of(graph) == [
        ([], [], ["Alpha is evaluated on MT-Bench: now 7.3 score, no longer 7.1 score"])
    ]


def test_what_does_not_touch_the_answer_is_no_news(graph: Workspace) -> None:
    graph.ingest([paper(2, "Method:Gamma uses Method:Delta.")])
    assert told_of(graph) == []
    (watch,) = graph.standing.book.watches()
    assert watch.position == graph.store.position()


def test_a_decision_and_its_undo_are_news(graph: Workspace) -> None:
    (row,) = graph.find(QUESTION).rows
    decision = graph.reject(row.statement or "")
    graph.undo(decision.number)
    said = "Alpha is evaluated on MT-Bench: 7.1 score, belief 0.80"
    assert told_of(graph) == [([], [said], []), ([said], [], [])]


def test_an_ingest_of_many_batches_is_one_event(tmp_path: Path) -> None:
    with workspace(tmp_path, batch=1) as graph:
        graph.ingest([paper(1, f"Method:Alpha evaluatedOn {BENCH}.")])
        graph.standing.add(QUESTION)
        graph.ingest([paper(n, f"Method:Thing{n} evaluatedOn {BENCH}.") for n in range(2, 7)])
        assert [len(came) for came, _, _ in told_of(graph)] == [5]


def test_a_name_that_nothing_bears_any_more_means_that_all_answers_went(graph: Workspace) -> None:
    graph.standing.add("what uses Beta", unknown=True)
    graph.ingest([paper(2, "Method:Gamma uses Method:Beta.")])
    graph.remove("arXiv:2401.00002")
    watch = graph.standing.book.watch(2)
    events = graph.standing.book.events(watch)
    assert [event.changes.summary() for event in events] == ["1 new", "1 gone"]


def test_rows_beside_a_hint_answer_nothing(graph: Workspace) -> None:
    graph.ingest([paper(2, "Method:Alpha measuredBy Metric:win rate.")])
    near = graph.find("win rate of Alpha on MT-Bench")
    assert near.rows
    assert near.hint
    assert graph.standing.add("win rate of Alpha on MT-Bench").answers == 0


# --- nothing lost, nothing told twice -------------------------------------------------------------------


def test_a_change_that_was_cut_short_is_told_when_the_graph_is_opened(
    graph: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(Standing, "look", lambda _: pytest.fail("killed"))
        with pytest.raises(pytest.fail.Exception):
            graph.ingest([paper(2, f"Method:Beta evaluatedOn {BENCH}.")])
    assert told_of(graph) == []
    with workspace(graph.directory) as again:
        assert [came for came, _, _ in told_of(again)] == [["Beta is evaluated on MT-Bench, belief 0.80"]]


def test_looking_again_tells_nothing_twice(graph: Workspace) -> None:
    graph.ingest([paper(2, f"Method:Beta evaluatedOn {BENCH}.")])
    before = told_of(graph)
    assert graph.standing.look() == []
    graph.rebuild()
    assert told_of(graph) == before


def test_of_two_that_look_at_one_change_one_records_it(graph: Workspace) -> None:
    book = graph.standing.book
    (watch,) = book.watches()
    changes = Changes(came=(TOLD,))
    assert book.record(watch, watch.position + 1, changes, {TOLD.key: TOLD}, "2024-01-01T00:00:00+00:00")
    assert not book.record(watch, watch.position + 1, changes, {TOLD.key: TOLD}, "2024-01-01T00:00:00+00:00")
    assert len(book.events(watch)) == 1


def test_a_question_that_cannot_be_asked_stops_no_ingest_and_is_told_later(
    graph: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def slow(_: str, **__: object) -> Answer:
        raise QueryTimeout(20)

    with monkeypatch.context() as busy:
        busy.setattr(graph.lookups, "ask", slow)
        graph.ingest([paper(2, f"Method:Beta evaluatedOn {BENCH}.")])
    assert "standing question 1 could not be asked" in caplog.text
    assert told_of(graph) == []
    assert graph.standing.look() == []
    assert len(told_of(graph)) == 1


def test_without_standing_questions_nothing_is_asked_and_nothing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Workspace, "find", lambda *_, **__: pytest.fail("asked"))
    with workspace(tmp_path) as graph:
        graph.ingest([paper(1, f"Method:Alpha evaluatedOn {BENCH}.")])
        assert graph.standing.book.watches() == []
        tables = graph.ledger.file.read_bytes()
    assert b"watch_events" not in tables


def test_a_question_stands_once_and_a_removed_one_may_stand_again(graph: Workspace) -> None:
    assert graph.standing.add(f"  {QUESTION} ").number == 1
    graph.standing.remove(1)
    assert graph.standing.book.watches() == []
    graph.ingest([paper(2, f"Method:Beta evaluatedOn {BENCH}.")])
    assert (graph.standing.add(QUESTION).number, graph.standing.add(QUESTION).answers) == (2, 2)
    with pytest.raises(NotFound, match="2: methods"):
        graph.standing.remove(1)


@pytest.mark.parametrize(
    ("question", "error"), [("what uses Zzyzx", NotFound), ("colourless green ideas sleep", UnknownQuery)]
)
def test_what_cannot_be_asked_does_not_stand(graph: Workspace, question: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        graph.standing.add(question)
    assert len(graph.standing.book.watches()) == 1


# --- comparing ------------------------------------------------------------------------------------------

QUOTE = Quote(
    "statement/1", "arXiv:1", "A title", "2024", "https://example.org/1", "Alpha <b> meets Beta.", 10,
    Span(0, 21), Span(0, 5), Span(16, 20), "toy", 0.8, False, False,
)  # fmt: skip
TOLD = Told("k", "Alpha meets Beta", 0.5, 1, ("7 score",), (QUOTE,))


def moves(*beliefs: float) -> list[str]:
    """Return what is told when an answer's belief moves step by step."""
    told, answers = [], {"k": replace(TOLD, belief=beliefs[0])}
    for belief in beliefs[1:]:
        changes, kept = compare(answers, {"k": replace(TOLD, belief=belief)})
        told += [change.in_words() for change in changes.changed]
        answers = dict(kept)
    return told


def test_small_moves_are_no_news_until_they_add_up() -> None:
    assert moves(0.5, 0.53) == []
    assert moves(0.5, 0.53, 0.56) == ["belief 0.50 → 0.56"]
    assert moves(0.5, 0.55) == ["belief 0.50 → 0.55"]


answer_sets = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(
        st.sampled_from([None, 0.2, 0.21, 0.9]), st.integers(1, 3), st.sampled_from([(), ("7",), ("7", "8")])
    ),
).map(lambda drawn: {key: Told(key, key, *facts, ()) for key, facts in drawn.items()})


@given(answer_sets, answer_sets)
def test_came_went_and_changed_lead_from_one_to_the_other(
    before: dict[str, Told], now: dict[str, Told]
) -> None:
    changes, kept = compare(before, now)
    assert {one.key for one in changes.came} == now.keys() - before.keys()
    assert {one.key for one in changes.went} == before.keys() - now.keys()
    assert kept.keys() == now.keys()
    assert not compare(kept, now)[0]
    assert not compare(before, before)[0]


def test_answers_and_changes_survive_json() -> None:
    changes, answers = compare({"k": TOLD, "x": replace(TOLD, key="x")}, {"k": replace(TOLD, papers=3)})
    assert changes_from_json(to_json(changes)) == changes
    assert answers_from_json(to_json(answers)) == answers


# --- the feed -------------------------------------------------------------------------------------------

WATCHED = Watch(3, QUESTION, "2024-01-01T00:00:00+00:00", 7, 1, 0, 2, "2024-02-01T00:00:00+00:00")


def feed(*events: Event) -> ElementTree.Element:
    return ElementTree.fromstring(
        atom(WATCHED, events, "ledger-1", "http://kg/v1/watch/3.atom", "http://kg/?q=methods")
    )


def event(number: int, changes: Changes, at: str = "2024-02-01T00:00:00+00:00") -> Event:
    return Event(3, number, 7, at, changes)


def test_a_feed_has_all_that_atom_requires() -> None:
    made = feed(event(1, Changes(came=(TOLD,))), event(2, Changes(went=(TOLD,)), "2024-03-01T00:00:00+00:00"))
    assert made.tag == f"{ATOM}feed"
    assert [link.get("rel") for link in made.findall(f"{ATOM}link")] == ["self", "alternate"]
    assert made.findtext(f"{ATOM}author/{ATOM}name")
    assert made.findtext(f"{ATOM}updated") == "2024-03-01T00:00:00+00:00"
    entries = made.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [
        f"1 gone: {QUESTION}",
        f"1 new: {QUESTION}",
    ]
    ids = [made.findtext(f"{ATOM}id"), *(entry.findtext(f"{ATOM}id") for entry in entries)]
    assert len(set(ids)) == 3
    assert all(id_ and id_.startswith("urn:uuid:") for id_ in ids)
    for updated in made.iter(f"{ATOM}updated"):
        assert datetime.fromisoformat(updated.text or "").tzinfo


def test_a_feed_without_events_is_valid_and_as_old_as_its_question() -> None:
    made = feed()
    assert made.findtext(f"{ATOM}updated") == WATCHED.added
    assert made.findall(f"{ATOM}entry") == []


def test_an_event_is_the_same_entry_whatever_comes_after_it() -> None:
    first = event(1, Changes(came=(TOLD,)))
    alone, later = feed(first), feed(first, event(2, Changes(went=(TOLD,))))
    assert ElementTree.tostring(alone[-1]) == ElementTree.tostring(later[-1])


def test_an_entry_holds_marked_sentences_and_escapes_what_others_wrote() -> None:
    (content,) = feed(event(1, Changes(came=(TOLD,)))).iter(f"{ATOM}content")
    assert content.get("type") == "html"
    assert "<b>Alpha</b> &lt;b&gt; meets <i>Beta</i>." in (content.text or "")
    hostile = replace(TOLD, said=f"{HOSTILE}\x00", quotes=(replace(QUOTE, url="javascript:alert(1)"),))
    (content,) = feed(event(1, Changes(changed=(), went=(hostile,)))).iter(f"{ATOM}content")
    assert "<script" not in (content.text or "")
    assert "javascript" not in (content.text or "")


def test_an_entry_of_very_many_answers_says_how_many_more() -> None:
    many = tuple(replace(TOLD, key=str(n)) for n in range(MOST_TOLD + 5))
    (content,) = feed(event(1, Changes(came=many))).iter(f"{ATOM}content")
    assert "and 5 more answers" in (content.text or "")


# --- the command and the service ------------------------------------------------------------------------


def kg_watch(graph: Path, *arguments: str) -> str:
    done = CliRunner().invoke(app, ["watch", *arguments, "--db", str(graph)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which one answer came since the question was added."""
    with workspace(tmp_path / "kg") as opened:
        opened.ingest(PAPERS[:1])
        opened.standing.add(QUESTION)
        opened.ingest(PAPERS)
    return tmp_path / "kg"


def test_the_command_tells_news_once_and_all_of_it_on_demand(folder: Path) -> None:
    assert "Margin Tuning is evaluated on MT-Bench: 8.1 score" in kg_watch(folder)
    assert kg_watch(folder).strip() == "nothing new in 1 standing question"
    assert "Margin Tuning is evaluated on MT-Bench: 8.1 score" in kg_watch(folder, "--all")


def test_the_command_adds_lists_and_removes(folder: Path) -> None:
    assert "standing question 2" in kg_watch(folder, "add", "what uses Alpha Tuning")
    listed = json.loads(kg_watch(folder, "list", "--json"))
    assert [(one["number"], one["question"], one["answers"]) for one in listed] == [
        (1, QUESTION, 3), (2, "what uses Alpha Tuning", 2),
    ]  # fmt: skip
    assert QUESTION in kg_watch(folder, "remove", "1")
    assert QUESTION not in kg_watch(folder, "list")


def test_an_option_before_the_subcommand_is_refused(folder: Path) -> None:
    done = CliRunner().invoke(app, ["watch", "--db", str(folder), "list"])
    assert (done.exit_code, "--db behind list" in done.stderr) == (2, True)


def test_the_command_and_the_feed_tell_the_same(folder: Path) -> None:
    (found,) = json.loads(kg_watch(folder, "--json"))
    settings = Settings()
    with workspace(folder) as opened, serving(create_app(opened, settings)) as address:
        client = httpx.Client(base_url=address)
        (listed,) = client.get("/v1/watch").json()
        events = client.get("/v1/watch/1").json()["events"]
        sent = client.get(listed["feed"])
        page = client.get("/", params={"q": QUESTION}, headers={"Accept": "text/html"}).text
        assert client.get("/v1/watch/9").status_code == client.get("/v1/watch/9.atom").status_code == 404
        client.close()
    assert events == found["events"]
    assert sent.headers["content-type"] == "application/atom+xml"
    made = ElementTree.fromstring(sent.content)
    assert made.find(f"{ATOM}link[@rel='self']").get("href") == f"{address}/v1/watch/1.atom"
    came = found["events"][0]["changes"]["came"]
    assert all(one["said"] in sent.text for one in came)
    assert 'href="/v1/watch/1.atom"' in page


def test_a_book_is_part_of_the_ledgers_file(folder: Path) -> None:
    book = Book(folder / "ledger.sqlite")
    assert [watch.question for watch in book.watches()] == [QUESTION]
    book.close()
    assert sorted(path.name for path in folder.iterdir() if not path.is_dir()) == ["ledger.sqlite"]


def test_ingest_says_that_there_is_news(folder: Path, tmp_path: Path, vocabulary: Vocabulary) -> None:
    with workspace(folder) as opened:
        assert opened.standing.unseen() == 1
    (tmp_path / "none.jsonl").write_text(Paper("hash:9", "Nothing", "Nothing is said here.").to_json() + "\n")
    done = CliRunner().invoke(
        app, ["ingest", str(tmp_path / "none.jsonl"), "--db", str(folder)], catch_exceptions=False
    )
    assert "There is news in 1 standing question: kg watch" in done.stdout
