"""The invariants: determinism, order, idempotence, replacement, removal, undo, and nothing lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import networkx
import pyoxigraph
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.audit import compare_graphs
from kg.cli.terminal import belief_working
from kg.curation import Proposal
from kg.errors import CurationError, LedgerBusy, LedgerError, NotFound, NotShownYet, SourceError
from kg.rdf import sorted_nquads
from kg.records import Entity, Graph, Node, Paper, Statement, statement_id
from kg.settings import Settings
from kg.stores.oxigraph import OxigraphStore
from kg.vocabulary import iri
from kg.workspace import Workspace
from tests.toy import SCRATCH, ToyReader, paper, workspace

METHODS = ["Alpha Tuning (AT)", "AT", "Beta Search", "beta-search", "Beta Searches", "Gamma (GM)", "GM"]
SENTENCES = [
    *(f"Method:{a} uses Method:{b}." for a in METHODS for b in METHODS if a != b),
    *(f"PAPER proposes Method:{a}." for a in METHODS),
    *(f"PAPER proposes Model:{a}." for a in METHODS),
    *(f"Method:{a} evaluatedOn Benchmark:ZZ-Bench = 7.5." for a in METHODS),
    *(f"Method:{a} trainedOn Dataset:ZZ bench." for a in METHODS),
    *(f"not Method:{a} outperforms Method:Beta Search." for a in METHODS),
    *(f"maybe Model:{a} targets Goal:honesty." for a in METHODS),
]
abstracts = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4).map(" ".join)
corpora = st.lists(abstracts, min_size=1, max_size=5).map(
    lambda texts: [paper(i, text) for i, text in enumerate(texts)]
)
relaxed = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def lines(graph: Workspace) -> bytes:
    """Return the sorted N-Quads of the store, having checked that it agrees with the ledger."""
    stored = graph.store.dump_sorted_nquads()
    assert stored == sorted_nquads(graph.graph().nodes(), graph.vocabulary)
    return stored


def built(papers: list[Paper], *, batch: int = 200) -> bytes:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder, workspace(Path(folder), batch=batch) as graph:
        graph.ingest(papers)
        return lines(graph)


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[Workspace]:
    with workspace(tmp_path / "db") as opened:
        yield opened


@given(corpora, st.randoms(), st.integers(1, 5))
@relaxed
def test_order_and_batch_size_do_not_matter(papers: list[Paper], random: object, batch: int) -> None:
    shuffled = list(papers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' Random
    assert built(papers) == built(shuffled, batch=batch)


@given(corpora, st.integers(1, 3))
@relaxed
def test_ingesting_again_changes_nothing(papers: list[Paper], times: int) -> None:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder, workspace(Path(folder)) as graph:
        graph.ingest(papers)
        before, position = lines(graph), graph.ledger.count_changes(0)
        for _ in range(times):
            report = graph.ingest(papers)
        assert lines(graph) == before
        assert (report.unchanged, report.added, report.changed) == (len(papers), 0, 0)
        assert graph.ledger.count_changes(0) == position


@given(corpora, corpora)
@relaxed
def test_a_changed_abstract_replaces_its_papers_evidence(before: list[Paper], after: list[Paper]) -> None:
    final = {p.id: p for p in [*before, *after]}
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder, workspace(Path(folder), batch=2) as graph:
        graph.ingest(before)
        graph.ingest(after)
        assert lines(graph) == built(list(final.values()))


@given(corpora, st.data())
@relaxed
def test_a_removed_paper_takes_its_evidence_along(papers: list[Paper], data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.sampled_from([p.id for p in papers])))
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder, workspace(Path(folder)) as graph:
        graph.ingest(papers)
        for name in sorted(gone):
            graph.remove(name)
        assert lines(graph) == built([p for p in papers if p.id not in gone])


@given(corpora, st.data())
@relaxed
def test_undo_restores_the_graph_exactly(papers: list[Paper], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder, workspace(Path(folder)) as graph:
        graph.ingest(papers)
        states = [lines(graph)]
        numbers = []
        for _ in range(data.draw(st.integers(1, 3))):
            number = _decide(graph, data)
            if number:
                numbers.append(number)
                states.append(lines(graph))
        for number in reversed(numbers):
            assert lines(graph) == states.pop()
            graph.undo(number)
        assert lines(graph) == states.pop()


def _decide(graph: Workspace, data: st.DataObject) -> int | None:
    whole = graph.graph()
    entity = data.draw(st.sampled_from(sorted(whole.entities)))
    statements = sorted(whole.statements)
    action = data.draw(st.sampled_from(["merge", "split", "retype", "accept", "reject"]))
    try:
        if action == "merge":
            return graph.merge(entity, data.draw(st.sampled_from(sorted(whole.entities)))).number
        if action == "split":
            return graph.split(entity, graph.ledger.papers_with(entity)[:1], "Another Thing").number
        if action == "retype":
            return graph.retype(entity, data.draw(st.sampled_from(sorted(graph.vocabulary.types)))).number
        if statements:
            return getattr(graph, action)(data.draw(st.sampled_from(statements))).number  # type: ignore[no-any-return]
    except CurationError:
        return None
    return None


@given(corpora, st.data())
@relaxed
def test_undo_in_any_order_leaves_what_assembling_anew_gives(
    papers: list[Paper], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder, workspace(Path(folder)) as graph:
        graph.ingest(papers)
        before = lines(graph)
        numbers = [number for _ in range(3) if (number := _decide(graph, data))]
        for number in data.draw(st.permutations(numbers)):
            graph.undo(number)
            undone = lines(graph)
            graph.rebuild()
            assert lines(graph) == undone
        assert lines(graph) == before


def test_undoing_a_link_of_a_chain_lets_go_of_what_later_links_moved(graph: Workspace) -> None:
    graph.ingest([paper(1, "Method:Alpha uses Method:Beta."), paper(2, "Method:Gamma uses Method:Delta.")])
    first = graph.merge("method/alpha", "method/beta")
    graph.merge("method/beta", "method/gamma")
    graph.undo(first.number)
    assert set(graph.graph().entities) == {"method/alpha", "method/gamma", "method/delta"}


def test_a_decision_that_changes_nothing_is_refused(graph: Workspace) -> None:
    graph.ingest([paper(1, "Method:Alpha uses Method:Beta.")])
    accepted = graph.accept(statement_id("method/alpha", "uses", "method/beta"))
    with pytest.raises(CurationError, match="accepted already"):
        graph.accept(accepted.node)
    undone = graph.undo(accepted.number)
    with pytest.raises(CurationError, match=f"undo {undone.number} brings it back"):
        graph.undo(accepted.number)
    graph.undo(undone.number)
    assert graph.graph().statements[accepted.node].curated


@pytest.mark.parametrize("name", ["?!", "", "Alpha", "alpha"])
def test_a_split_needs_a_name_of_its_own(graph: Workspace, name: str) -> None:
    graph.ingest([paper(1, "Method:Alpha uses Method:Beta.")])
    with pytest.raises(CurationError, match=r"no name|another spelling"):
        graph.split("method/alpha", ["arXiv:2401.00001"], name)


@given(corpora, st.data())
@relaxed
def test_a_preview_changes_nothing_and_says_what_the_decision_then_does(
    papers: list[Paper], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder, workspace(Path(folder)) as graph:
        graph.ingest(papers)
        before, whole, position = lines(graph), graph.graph(), graph.ledger.position()
        entities = st.sampled_from(sorted(whole.entities))
        wanted = Proposal("merge", data.draw(entities), data.draw(entities))
        try:
            effect = graph.preview(wanted)
        except CurationError:
            return
        assert (lines(graph), graph.ledger.position(), graph.history()) == (before, position, ())
        graph.decide(wanted)
        said = Counter(change.what for change in compare_graphs(whole, graph.graph()))
        counts = (sum(part.values()) for part in (effect.came, effect.went, effect.changed))
        assert dict(zip(("came", "went", "changed"), counts, strict=True)) == {
            what: said[what] for what in ("came", "went", "changed")
        }


def test_a_decision_waits_for_a_writer_and_then_says_that_it_is_busy(tmp_path: Path) -> None:
    with workspace(tmp_path) as graph:
        graph.ingest([paper(1, "Method:Alpha uses Method:Beta.")])
        hasty = Workspace(tmp_path, Settings(lock_seconds=0.05), graph.vocabulary, ToyReader())
        with hasty, graph.ledger.locked(), pytest.raises(LedgerBusy, match="try again"):
            hasty.merge("method/alpha", "method/beta")
        assert graph.history() == ()


def test_a_decision_that_cannot_be_shown_yet_is_recorded_and_shows_later(tmp_path: Path) -> None:
    with workspace(tmp_path) as graph:
        graph.ingest([paper(1, "Method:Alpha uses Method:Beta.")])
        hasty = Workspace(tmp_path, Settings(lock_seconds=0.05), graph.vocabulary, ToyReader())
        writer = OxigraphStore.open(graph.store_directory)
        with hasty, pytest.raises(NotShownYet, match="decision 1 is recorded"):
            hasty.merge("method/alpha", "method/beta")
        writer.close()
    with workspace(tmp_path) as graph:
        assert set(graph.graph().entities) == {"method/beta"}
        lines(graph)


@given(corpora, st.data())
@relaxed
def test_decisions_and_papers_commute(papers: list[Paper], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder, workspace(Path(folder)) as graph:
        graph.ingest(papers)
        _decide(graph, data)
        before = lines(graph)
        graph.ingest([paper(99, "PAPER proposes Method:AT. Method:Beta Search uses Method:GM.")])
        graph.remove("arXiv:2401.00099")
        assert lines(graph) == before
        graph.rebuild()
        assert lines(graph) == before


def statement(graph: Workspace, subject: str, predicate: str, object_: str) -> Statement:
    found = graph.node(statement_id(subject, predicate, object_))
    assert isinstance(found, Statement)
    return found


def test_two_papers_hold_up_one_statement_with_two_evidences(graph: Workspace) -> None:
    said = "Method:Alpha Tuning uses Method:Beta Search."
    graph.ingest([paper(1, said), paper(2, said + " " + said)])
    found = statement(graph, "method/alpha-tuning", "uses", "method/beta-search")
    assert found.papers == 2
    assert len(found.evidence) == 3
    assert found.belief == pytest.approx(0.96)


def test_a_denial_lowers_belief_and_cannot_stand_alone(graph: Workspace) -> None:
    graph.ingest([paper(1, "not Method:A Tuning outperforms Method:B Search.")])
    assert not graph.graph().statements
    graph.ingest([paper(2, "Method:A Tuning outperforms Method:B Search.")])
    found = statement(graph, "method/a-tuning", "outperforms", "method/b-search")
    assert found.papers == 1
    assert found.belief == pytest.approx(0.16)


def test_a_short_form_is_what_another_paper_spells_out(graph: Workspace) -> None:
    graph.ingest([paper(1, "PAPER uses Method:ZQT.")])
    assert "method/zqt" in graph.graph().entities
    graph.ingest([paper(2, "PAPER proposes Method:Zonal Quick Tuning (ZQT).")])
    entities = graph.graph().entities
    assert "method/zqt" not in entities
    assert entities["method/zonal-quick-tuning"].papers == 2
    graph.ingest([paper(3, "PAPER proposes Method:Zero Query Transfer (ZQT).")])
    assert graph.graph().entities["method/zqt"].papers == 1


def test_spellings_of_one_name_are_one_entity(graph: Workspace) -> None:
    graph.ingest(
        [paper(1, "PAPER uses Method:reward-shaping."), paper(2, "PAPER uses Method:Reward Shaping.")]
    )
    assert [e.papers for e in graph.graph().entities.values()] == [2]


def test_known_names_meet_whatever_their_spelling(graph: Workspace) -> None:
    graph.ingest(
        [paper(1, "PAPER evaluatedOn Benchmark:MT bench."), paper(2, "PAPER trainedOn Dataset:MT-Bench.")]
    )
    assert graph.graph().entities["benchmark/mt-bench"].papers == 2


def test_a_title_known_twice_is_one_paper(graph: Workspace) -> None:
    text = "PAPER proposes Method:Alpha Tuning."
    page = Paper("hash:0123456789abcdef", "The alpha paper", text)
    preprint = Paper("arXiv:2401.00001", "The Alpha Paper.", text, authors=("A. Author",))
    for papers in ([page, preprint], [preprint, page]):
        graph.ingest(papers)
        assert list(graph.graph().papers) == ["paper/arXiv:2401.00001"]
    graph.remove("arXiv:2401.00001")
    assert list(graph.graph().papers) == ["paper/hash:0123456789abcdef"]


def test_two_papers_of_one_title_stay_two(graph: Workspace) -> None:
    graph.ingest(
        [paper(1, "PAPER uses Method:A B.", "Editorial"), paper(2, "PAPER uses Method:C D.", "Editorial")]
    )
    assert len(graph.graph().papers) == 2


def test_reject_hides_and_accept_believes(graph: Workspace) -> None:
    graph.ingest([paper(1, "Method:Alpha Tuning uses Method:Beta Search.")])
    name = statement_id("method/alpha-tuning", "uses", "method/beta-search")
    rejected = graph.reject(name, reason="misread")
    assert not graph.graph().statements
    graph.undo(rejected.number)
    graph.accept(name)
    assert graph.graph().statements[name].belief == 1.0
    assert [d.action for d in graph.history()] == ["reject", "undo", "accept"]


def test_a_merge_across_kinds_is_refused(graph: Workspace) -> None:
    graph.ingest([paper(1, "Method:Alpha Tuning evaluatedOn Benchmark:ZZ-Bench.")])
    with pytest.raises(CurationError, match="retype one of them first"):
        graph.merge("method/alpha-tuning", "benchmark/zz-bench")
    with pytest.raises(NotFound):
        graph.merge("method/alpha-tuning", "method/nobody")


def test_what_came_before_a_failing_source_is_kept(graph: Workspace) -> None:
    def failing() -> Iterator[Paper]:
        yield paper(1, "PAPER uses Method:Alpha Tuning.")
        raise SourceError("papers.jsonl", "not JSON", line=2)

    with pytest.raises(SourceError, match=r"papers\.jsonl:2"):
        graph.ingest(failing())
    assert list(graph.graph().papers) == ["paper/arXiv:2401.00001"]
    lines(graph)


def test_a_lost_store_is_made_again(tmp_path: Path) -> None:
    with workspace(tmp_path) as graph:
        graph.ingest([paper(1, "PAPER uses Method:Alpha Tuning.")])
        before = lines(graph)
        directory = graph.store_directory
    for file in sorted(directory.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    with workspace(tmp_path) as graph:
        assert lines(graph) == before


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(LedgerError, match=r"is damaged .*; kg restore BACKUP"):
        workspace(tmp_path)


_ENDLESS = """
import sys
from pathlib import Path
from tests.toy import paper, workspace
graph = workspace(Path(sys.argv[1]), batch=3)
texts = (
    "PAPER proposes Method:Alpha Tuning (AT). Method:AT uses Method:M{0}.",
    "Method:AT uses Method:Beta Search.",
)
while True:
    start = graph.ledger.counts().get("paper", 0)
    graph.ingest(
        (paper(n, texts[n % 2].format(n)) for n in range(start, start + 20)),
        progress=lambda report: print(start + report.added, flush=True),
    )
"""


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.13, 0.31])
def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path, delay: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _ENDLESS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    process.stdout.readline()
    time.sleep(delay)  # the instant of the kill, not a wait for something
    process.send_signal(signal.SIGKILL)
    said, _ = process.communicate()
    acknowledged = max([3, *map(int, said.split())])
    with workspace(tmp_path) as graph:
        papers = [p.paper for p in graph.graph().papers.values()]
        assert len(papers) >= acknowledged
        assert lines(graph) == built(papers)


def test_a_graph_is_its_nodes(graph: Workspace) -> None:
    graph.ingest([paper(1, "Method:Alpha Tuning evaluatedOn Benchmark:ZZ-Bench = 9.5.")])
    whole = graph.graph()
    assert Graph.of(whole.nodes()) == whole
    assert graph.store.read() == whole
    assert [r.value for r in whole.results.values()] == [9.5]


def test_the_toy_reader_reads_what_it_should() -> None:
    (read,) = ToyReader().read([paper(1, "maybe Method:Alpha Tuning (AT) targets Goal:honesty.")], 1)
    assert [(e.name, e.aliases) for e in read.entities] == [("Alpha Tuning", ("AT",)), ("honesty", ())]
    assert read.claims[0].evidence[0].hedged


def test_a_word_that_names_another_known_thing_is_no_alias(graph: Workspace) -> None:
    graph.ingest([paper(1, "PAPER targets Goal:human preferences (RLHF). PAPER uses Method:RLHF.")])
    entities = graph.graph().entities
    assert "RLHF" not in entities["goal/human-preferences"].aliases
    assert "RLHF" in entities["method/reinforcement-learning-from-human-feedback"].aliases


_INGEST_OTHERS = """
import sys
from pathlib import Path
from tests.toy import paper, workspace
with workspace(Path(sys.argv[1]), batch=2) as graph:
    graph.ingest(paper(n, "PAPER uses Method:Alpha Tuning.") for n in range(100, 110))
"""


def test_two_processes_on_one_graph_lose_nothing(tmp_path: Path) -> None:
    with workspace(tmp_path, batch=2) as graph:
        other = subprocess.Popen([sys.executable, "-c", _INGEST_OTHERS, str(tmp_path)])
        graph.ingest(paper(n, "PAPER uses Method:Beta Search.") for n in range(10))
        assert other.wait() == 0
    with workspace(tmp_path) as graph:
        assert len(graph.graph().papers) == 20
        lines(graph)


def test_rdflib_asks_the_live_graph(graph: Workspace) -> None:
    graph.ingest([paper(1, "Method:Alpha Tuning uses Method:Beta Search.")])
    seen = graph.to_rdflib()
    asked = "SELECT ?name WHERE { ?method akg:uses ?other . ?other skos:prefLabel ?name }"
    assert [str(row[0]) for row in seen.query(asked)] == ["Beta Search"]  # type: ignore[index]  # SELECT rows
    assert len(seen) == len(lines(graph).splitlines())


def test_rdflib_sees_what_is_ingested_later_and_writes_nothing(graph: Workspace) -> None:
    graph.ingest([paper(1, "Method:Alpha Tuning uses Method:Beta Search.")])
    seen = graph.to_rdflib()
    before = len(seen)
    graph.ingest([paper(2, "Method:Gamma Walk uses Method:Beta Search.")])
    assert len(seen) == len(lines(graph).splitlines()) > before
    asked = f"SELECT ?method WHERE {{ ?method akg:uses <{iri('method/beta-search')}> }}"
    own, rdflibs = (seen.query(asked, use_store_provided=by_store) for by_store in (True, False))
    assert sorted(map(str, own)) == sorted(map(str, rdflibs))
    assert len(own) == 2
    with pytest.raises(RuntimeError, match="read-write"):
        seen.remove((None, None, None))


def test_networkx_joins_methods_by_their_statements(graph: Workspace) -> None:
    graph.ingest([paper(1, "Method:Alpha Tuning uses Method:Beta Search.")])
    network = graph.to_networkx()
    assert network.has_edge("method/alpha-tuning", "method/beta-search")
    assert network.nodes["method/alpha-tuning"]["label"] == "Alpha Tuning"


def test_all_attributes_of_the_network_survive_graphml(graph: Workspace, tmp_path: Path) -> None:
    graph.ingest([
        paper(1, "Method:Alpha Tuning (AT) evaluatedOn Benchmark:Bench \x0b \"One\" <&> = 7.3. "),
        paper(2, "maybe Method:Alpha Tuning uses Method:Beta Search. PAPER proposes Method:Alpha Tuning."),
    ])  # fmt: skip
    network = graph.to_networkx()
    networkx.write_graphml(network, tmp_path / "graph.graphml")
    back = networkx.read_graphml(tmp_path / "graph.graphml", force_multigraph=True)
    assert isinstance(back, networkx.MultiDiGraph)
    assert dict(back.nodes(data=True)) == dict(network.nodes(data=True))
    assert sorted(back.edges(keys=True, data=True), key=str) == sorted(
        network.edges(keys=True, data=True), key=str
    )


def test_a_notebook_draws_what_lies_around_a_thing(graph: Workspace) -> None:
    graph.ingest([paper(1, "Method:Alpha Tuning uses Method:Beta Search.")])
    drawn = graph.draw("Alpha Tuning")._repr_svg_()
    assert drawn.startswith("<?xml")
    assert "Beta Search" in drawn


def test_check_names_what_the_store_lacks_and_what_it_has_too_much(graph: Workspace) -> None:
    graph.ingest([paper(1, "Method:Alpha Tuning uses Method:Beta Search.")])
    assert graph.check() == []
    stranger = Entity("method/stranger", "Method", "Stranger", (), 1)
    _tamper(graph, {"method/alpha-tuning": None, stranger.id: stranger})
    faults = graph.check()
    assert any(fault.startswith("method/alpha-tuning: the store lacks") for fault in faults)
    assert any("lines that belong to nothing" in fault for fault in faults)
    graph.rebuild()
    assert graph.check() == []


def _tamper(graph: Workspace, changes: dict[str, Node | None]) -> None:
    position = graph.ledger.position()
    graph.close()
    store = OxigraphStore.open(graph.store_directory, graph.vocabulary)
    store.apply(changes, position)
    store.close()
    graph.__init__(graph.directory, graph.settings, graph.vocabulary, ToyReader())  # type: ignore[misc]  # opened anew


def test_two_processes_may_make_the_same_graph(tmp_path: Path) -> None:
    others = [subprocess.Popen([sys.executable, "-c", _INGEST_OTHERS, str(tmp_path)]) for _ in range(2)]
    assert [other.wait() for other in others] == [0, 0]
    with workspace(tmp_path) as graph:
        assert graph.check() == []


def test_a_store_that_was_left_half_made_is_made_anew(tmp_path: Path) -> None:
    with workspace(tmp_path) as graph:
        folder = graph.store_directory
    OxigraphStore.discard(folder)
    pyoxigraph.Store(str(folder / "live-00000001"))
    (folder / "LIVE").write_text("live-00000001\n", encoding="utf-8")
    with workspace(tmp_path) as graph:
        assert graph.check() == []


def test_an_accepted_result_is_not_explained_by_its_evidence(graph: Workspace) -> None:
    graph.ingest([paper(1, "Method:Alpha Tuning evaluatedOn Benchmark:ZZ-Bench = 9.5.")])
    (read,) = graph.graph().results.values()
    assert "1 − (1 − 0.80)" in belief_working(read)
    graph.accept(read.id)
    (accepted,) = graph.graph().results.values()
    assert belief_working(accepted) == "belief 1: a person accepted it"
