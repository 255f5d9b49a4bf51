"""The scorer: its matching by small annotations, its figures by the annotators' own scorer."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.errors import SourceError
from kg.evaluate import Report, read_gold, score, score_objects
from kg.extract import extract, to_gold
from kg.records import JSON, Extraction, Paper


def entity(number: int, kind: str, name: str, *aliases: str) -> JSON:
    return {"id": f"e{number}", "type": kind, "name": name, "aliases": list(aliases)}


def annotation(*entities: JSON, statements: list[JSON] = [], results: list[JSON] = []) -> JSON:  # noqa: B006
    return {"paper": "p", "entities": list(entities), "statements": statements, "results": results}


def statement(subject: str, predicate: str, object_: str) -> JSON:
    return {"subject": subject, "predicate": predicate, "object": object_}


def scored(gold: JSON, guess: JSON) -> Report:
    return score_objects({"p": gold}, {"p": guess})


@pytest.mark.parametrize(
    ("gold", "guess"),
    [
        (entity(1, "Method", "Lantern Tuning"), entity(9, "Method", "the lantern-tuning framework")),
        (entity(1, "Method", "Lantern Tuning", "LT"), entity(9, "Model", "LT")),
        (entity(1, "Benchmark", "HarborBench"), entity(9, "Dataset", "HarborBench dataset")),
        (entity(1, "Method", "lantern tuning (LT)"), entity(9, "Method", "LT")),
        (entity(1, "Task", "ship route planning"), entity(9, "Task", "route planning")),
    ],
)
def test_entities_match_by_name_and_loose_type(gold: JSON, guess: JSON) -> None:
    assert scored(annotation(gold), annotation(guess))["entities"].hit == 1


@pytest.mark.parametrize(
    ("gold", "guess"),
    [
        (entity(1, "Method", "Lantern"), entity(9, "Task", "Lantern")),
        (entity(1, "Method", "ship route planning"), entity(9, "Method", "route planning")),
        (entity(1, "Task", "planning"), entity(9, "Task", "sailing")),
    ],
)
def test_other_entities_do_not_match(gold: JSON, guess: JSON) -> None:
    assert scored(annotation(gold), annotation(guess))["entities"].hit == 0


def test_second_copy_of_an_entity_is_wrong_but_keeps_its_statements() -> None:
    gold = annotation(
        entity(1, "Method", "Lantern"),
        entity(2, "Method", "Candle"),
        statements=[statement("e1", "uses", "e2")],
    )
    guess = annotation(
        entity(1, "Method", "Lantern"),
        entity(2, "Method", "Candle"),
        entity(3, "Method", "candles"),
        statements=[statement("e1", "uses", "e3")],
    )
    report = scored(gold, guess)
    assert (report["entities"].hit, report["entities"].predicted) == (2, 3)
    assert report["statements/uses"].hit == 1


def test_result_needs_its_value_and_the_annotated_benchmark() -> None:
    bench = entity(1, "Benchmark", "HarborBench")
    gold = annotation(bench, results=[{"value": 9, "benchmark": "e1"}, {"value": 7, "benchmark": None}])
    guess = annotation(bench, results=[{"value": 9.0, "benchmark": None}, {"value": 7.0, "benchmark": "e1"}])
    assert scored(gold, guess)["results"].hit == 1


def test_papers_that_were_not_read_count_as_empty() -> None:
    report = score_objects({"p": annotation(entity(1, "Method", "Lantern"))}, {})
    assert (report["entities"].gold, report["entities"].predicted, report["entities"].f1) == (1, 0, 0.0)


def test_line_that_is_no_annotation_is_an_error_with_its_number(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text('{"paper": "p"}\n{"title": "no paper"}\n', encoding="utf-8")
    with pytest.raises(SourceError, match=":2:"):
        read_gold(file)


# --- the annotated papers beside the checkout -----------------------------------------------------------


@pytest.fixture(scope="module")
def dev() -> tuple[list[Paper], list[Extraction]]:
    from tests.conftest import SHARED

    wanted = read_gold(SHARED / "gold" / "seeds-dev.jsonl")
    papers = [p for p in read_papers(SHARED / "seeds" / "papers.jsonl") if p.id in wanted]
    return papers, list(extract(papers))


def read_papers(path: Path) -> Iterator[Paper]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield Paper(row["id"], row["title"], row["abstract"])


@pytest.mark.shared
def test_figures_equal_those_of_the_annotators_scorer(
    shared: Path, dev: tuple[list[Paper], list[Extraction]], tmp_path: Path
) -> None:
    gold = shared / "gold" / "seeds-dev.jsonl"
    guess = tmp_path / "guess.jsonl"
    guess.write_text("".join(json.dumps(to_gold(e)) + "\n" for e in dev[1]), encoding="utf-8")
    scorer = str(shared / "gold" / "score.py")
    done = subprocess.run([sys.executable, scorer, gold, guess, "--json"], capture_output=True, check=True)
    theirs = json.loads(done.stdout)
    report = score(gold, dev[1])
    ours = {name: (s.hit, s.predicted, s.gold, round(s.f1, 4)) for name, s in report.scores.items()}
    assert ours == {name: (s["hit"], s["predicted"], s["gold"], s["f1"]) for name, s in theirs.items()}
    assert round(report.strict_type, 4) == theirs["entities"]["strict type"]


@pytest.mark.shared
@pytest.mark.parametrize(("what", "floor"), [("entities", 0.45), ("statements", 0.22), ("results", 0.55)])
def test_quality_stays_over_its_floor(
    shared: Path, dev: tuple[list[Paper], list[Extraction]], what: str, floor: float
) -> None:
    assert score(shared / "gold" / "seeds-dev.jsonl", dev[1])[what].f1 >= floor


@pytest.mark.shared
def test_all_offsets_reproduce_their_words(shared: Path, dev: tuple[list[Paper], list[Extraction]]) -> None:
    papers, extractions = dev
    texts = {p.id: p.text for p in papers}
    report = score(shared / "gold" / "seeds-dev.jsonl", extractions, texts)
    assert (report.evidence > 100, report.wrong_offsets) == (True, 0)
