"""Intervals, reliability, baselines and faults: small cases whose figures are known."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from kg.cli import app
from kg.errors import ConfigError
from kg.evaluate import Scope, bootstrap, measure
from kg.evaluate.ablation import without
from kg.evaluate.baselines import by_cooccurrence, by_verbs, commonest, lexicon
from kg.evaluate.bootstrap import Interval, interval
from kg.evaluate.calibration import (
    Judged,
    Point,
    bins,
    calibrate,
    calibration_error,
    judge,
    precision_recall,
)
from kg.evaluate.page import PAGE, PICTURES, write_page
from kg.evaluate.pictures import draw_reliability
from kg.evaluate.spread import Scored
from kg.evaluate.tables import tables, to_json
from kg.evaluate.worst import worst
from kg.extract import clauses, extract, to_gold
from kg.extract.clauses import parse
from kg.records import JSON, Claim, Evidence, Extraction, LocalEntity, Paper, Span
from kg.vocabulary import load_vocabulary

TEXT = "We propose Lantern. Lantern is trained on HarborSet. Lantern outperforms Candle."
PAPER = Paper("p", "Lantern", TEXT)


def evidence(probability: float, *, negated: bool = False) -> Evidence:
    words = Span(0, len(PAPER.title))
    return Evidence("p", words, words, None, None, "Lantern", "rules", "1", probability, negated)


def claim(subject: str, predicate: str, object_: str, *probabilities: float) -> Claim:
    return Claim(subject, predicate, object_, tuple(evidence(p) for p in probabilities))


def entity(id_: str, type_: str, name: str) -> LocalEntity:
    places = tuple(Span(*m.span()) for m in re.finditer(name, PAPER.text))
    return LocalEntity(id_, type_, name, (), places, "rules")


ENTITIES = (
    entity("e1", "Method", "Lantern"),
    entity("e2", "Dataset", "HarborSet"),
    entity("e3", "Model", "Candle"),
)
RIGHT = (("PAPER", "proposes", "e1"), ("e1", "trainedOn", "e2"), ("e1", "outperforms", "e3"))


def reading(*claims: Claim) -> Extraction:
    return Extraction("p", PAPER.content, "1", ENTITIES, claims, ())


def annotation(*triples: tuple[str, str, str]) -> JSON:
    said = [{"subject": s, "predicate": p, "object": o} for s, p, o in triples]
    return {**to_gold(reading()), "statements": said}


GOLD = {"p": annotation(*RIGHT)}


# --- intervals ------------------------------------------------------------------------------------------


def test_interval_is_the_same_every_time() -> None:
    counts = [(1, 2, 3), (4, 4, 5), (0, 3, 2), (2, 2, 2)]
    assert interval(counts, bootstrap.f1) == interval(counts, bootstrap.f1)


def test_interval_of_like_papers_is_a_point() -> None:
    assert interval([(1, 2, 4)] * 5, bootstrap.recall) == Interval(0.25, 0.25)


def test_interval_without_papers_is_empty() -> None:
    assert interval([], bootstrap.f1) == Interval(0.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12))
def test_interval_of_a_share_is_between_0_and_1(rows: list[tuple[int, int]]) -> None:
    low, high = interval([(hit, hit + wrong, hit + 1) for hit, wrong in rows], bootstrap.f1)
    assert 0 <= low <= high <= 1


def test_interval_narrows_with_more_papers() -> None:
    few, many = [(1, 2, 2), (2, 2, 2)] * 3, [(1, 2, 2), (2, 2, 2)] * 100
    (a, b), (c, d) = interval(few, bootstrap.f1), interval(many, bootstrap.f1)
    assert d - c < b - a


def test_reader_has_no_more_than_itself() -> None:
    scored = Scored.of(GOLD, {"p": annotation(*RIGHT[:2])})
    assert scored.less(scored, "statements") == Interval(0.0, 0.0)


# --- reliability ----------------------------------------------------------------------------------------


def said(probability: float, right: int, wrong: int) -> list[Judged]:
    return [Judged("p", probability, True)] * right + [Judged("p", probability, False)] * wrong


@pytest.mark.parametrize(
    ("judged", "error"),
    [
        (said(0.25, 1, 3) + said(0.75, 3, 1), 0.0),
        (said(1.0, 0, 5), 1.0),
        (said(0.9, 1, 1), 0.4),
        (said(0.9, 1, 1) + said(0.5, 1, 1), 0.2),
        ([], 0.0),
    ],
)
def test_calibration_error_is_the_mean_distance_of_said_and_right(judged: list[Judged], error: float) -> None:
    assert calibration_error(judged) == pytest.approx(error)


@pytest.mark.parametrize(
    ("probability", "low"), [(0.0, 0.0), (0.3, 0.3), (0.7, 0.7), (0.79, 0.7), (1.0, 0.9)]
)
def test_probability_stands_in_the_bin_that_starts_at_it(probability: float, low: float) -> None:
    assert [b.low for b in bins(said(probability, 1, 0))] == [low]


def test_curve_starts_at_the_surest_and_ends_at_all() -> None:
    curve = precision_recall(said(0.5, 1, 3) + said(0.9, 1, 0), annotated=4)
    assert curve == (Point(0.9, 1.0, 0.25), Point(0.5, 0.4, 0.5))


def test_sure_statements_are_counted_against_all_that_are_annotated() -> None:
    sure = calibrate(said(0.8, 2, 1) + said(0.79, 1, 0), GOLD).sure
    assert (sure.score.hit, sure.score.predicted, sure.score.gold) == (2, 3, 3)


def test_statement_is_judged_once_by_its_surest_evidence() -> None:
    wrong = claim("e1", "uses", "e3", 0.3)
    judged = judge(GOLD, [reading(wrong, claim(*RIGHT[1], 0.4, 0.9))])
    assert judged == [Judged("p", 0.9, True), Judged("p", 0.3, False)]


def test_denied_statement_is_not_judged() -> None:
    denied = Claim(*RIGHT[0], (evidence(0.9, negated=True),))
    assert judge(GOLD, [reading(denied)]) == []


# --- baselines, ablation --------------------------------------------------------------------------------


def test_cooccurrence_joins_all_that_the_ontology_lets_be_joined() -> None:
    vocabulary = load_vocabulary()
    sentences = next(parse([PAPER])).sentences
    found = by_cooccurrence(reading(), sentences, commonest(GOLD.values(), vocabulary), "Paper")
    assert {t for t in found if t[0] != "PAPER"} == {
        ("e1", "trainedOn", "e2"),
        ("e1", "outperforms", "e3"),
        ("e3", "uses", "e1"),
    }


def test_verbs_of_the_ontology_join_their_subjects_and_objects() -> None:
    vocabulary = load_vocabulary()
    found = by_verbs(reading(), PAPER.text, next(parse([PAPER])), lexicon(vocabulary), vocabulary)
    assert set(found) == set(RIGHT)


@pytest.mark.parametrize(
    ("abstract", "triple"),
    [
        ("Candle is outperformed by Lantern on all seas.", ("e1", "outperforms", "e3")),
        ("We evaluate Lantern on HarborSet.", ("e1", "evaluatedOn", "e2")),
        ("We propose Lantern. Our method outperforms Candle.", ("e1", "outperforms", "e3")),
        ("We present Lantern, which outperforms Candle.", ("e1", "outperforms", "e3")),
    ],
)
def test_verbs_are_read_in_every_voice(abstract: str, triple: tuple[str, str, str]) -> None:
    paper, vocabulary = Paper("p", "T", abstract), load_vocabulary()
    names = {"e1": ("Method", "Lantern"), "e2": ("Dataset", "HarborSet"), "e3": ("Model", "Candle")}
    entities = tuple(
        LocalEntity(i, t, n, (), (Span(at, at + len(n)),), "rules")
        for i, (t, n) in names.items()
        if (at := paper.text.find(n)) >= 0
    )
    extraction = Extraction("p", "", "1", entities, (), ())
    parsed = next(parse([paper]))
    assert triple in by_verbs(extraction, paper.text, parsed, lexicon(vocabulary), vocabulary)


def test_parser_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clauses, "PARSER", "no_such_model")
    clauses.parser.cache_clear()
    with pytest.raises(ConfigError, match="no_such_model"):
        next(parse([PAPER]))


def test_component_that_nothing_needs_can_be_switched_off() -> None:
    gold = {"p": to_gold(next(extract([PAPER])))}
    ablation = without("kg_statements", gold, [PAPER])
    assert ablation.scored is not None
    assert ablation.scored.report["statements"].predicted == 0


def test_component_that_another_needs_is_named_with_it() -> None:
    ablation = without("kg_sentences", GOLD, [PAPER])
    assert (ablation.scored, bool(ablation.needed_by)) == (None, True)


# --- what is shown --------------------------------------------------------------------------------------


def test_worst_papers_come_first_with_misses_and_extras() -> None:
    gold = {"p": GOLD["p"], "q": {**annotation(RIGHT[0]), "paper": "q"}}
    predicted = {"p": annotation(RIGHT[0], RIGHT[1], ("e1", "uses", "e3")), "q": gold["q"]}
    faults = worst(gold, predicted, Scored.of(gold, predicted), 1)
    assert [(f.paper, f.missed, f.extra) for f in faults] == [
        ("p", ("Lantern – outperforms → Candle",), ("Lantern – uses → Candle",))
    ]


def test_second_copy_of_an_entity_is_an_extra() -> None:
    copy = {"id": "e9", "type": "Model", "name": "candle", "aliases": []}
    guess = {**GOLD["p"], "entities": [*GOLD["p"]["entities"], copy]}
    (faults,) = worst(GOLD, {"p": guess}, Scored.of(GOLD, {"p": guess}), 1)
    assert faults.extra == ("Model: candle",)


def test_paper_that_was_not_read_misses_all() -> None:
    (faults,) = worst(GOLD, {}, Scored.of(GOLD, {}), 5)
    assert (len(faults.missed), faults.extra) == (6, ())


def test_picture_is_the_same_bytes_every_time() -> None:
    calibration = calibrate(said(0.9, 3, 1) + said(0.4, 1, 1), GOLD)
    streams = BytesIO(), BytesIO()
    for stream in streams:
        draw_reliability(calibration).save(stream, "svg")
    assert streams[0].getvalue() == streams[1].getvalue()


def test_page_shows_tables_pictures_and_the_worst_papers(tmp_path: Path) -> None:
    read = reading(claim(*RIGHT[0], 0.9), claim("e1", "uses", "e3", 0.5))
    scope = Scope(intervals=True, baselines=True, worst=1)
    page = write_page(measure(GOLD, [PAPER], [read], scope), tmp_path).read_text(encoding="utf-8")
    assert {f.name for f in tmp_path.iterdir()} == {
        PAGE,
        *(f"{p}.{f}" for p in PICTURES for f in ("svg", "png")),
    }
    assert "| statements/proposes | 1.000 [1.00, 1.00] |" in page
    assert "| Lantern – trainedOn → HarborSet | Lantern – uses → Candle “Lantern” |" in page


def test_only_what_is_asked_for_is_measured() -> None:
    measured = measure(GOLD, [PAPER], [reading()], Scope())
    assert [t.title for t in tables(measured)][-1] == "Reliability by probability"
    assert {"baselines", "ablation", "worst"}.isdisjoint(to_json(measured))


def test_command_writes_the_page_and_prints_the_same_figures(tmp_path: Path) -> None:
    gold, papers, report = tmp_path / "gold.jsonl", tmp_path / "papers.jsonl", tmp_path / "report"
    gold.write_text(
        json.dumps(GOLD["p"]) + "\n" + json.dumps({**GOLD["p"], "paper": "unread"}), encoding="utf-8"
    )
    papers.write_text(PAPER.to_json(), encoding="utf-8")
    command = ["eval", str(gold), "--papers", str(papers), "--report", str(report), "--worst", "2"]
    shown = CliRunner().invoke(app, command, catch_exceptions=False).stdout
    assert "1 of 2 annotated papers read" in shown
    assert "This paper was not read" in (report / PAGE).read_text(encoding="utf-8")
    figures = json.loads(CliRunner().invoke(app, [*command, "--json"], catch_exceptions=False).stdout)
    assert (figures["papers"], len(figures["worst"])) == (1, 2)
