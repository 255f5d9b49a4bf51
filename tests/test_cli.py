"""Each command once, through the real pipeline on three papers of the bundled corpus."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kg.cli import app, main
from kg.errors import KGError
from kg.records import JSON

CORPUS = Path(__file__).parent.parent / "corpus" / "papers.jsonl"
DPO, ZEPHYR, SIMPO = "arXiv:2305.18290", "arXiv:2310.16944", "arXiv:2405.14734"
METHOD = "method/direct-preference-optimization"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = CORPUS.read_text(encoding="utf-8").splitlines(keepends=True)
    file = tmp_path_factory.mktemp("papers") / "three.jsonl"
    file.write_text("".join(line for line in lines if json.loads(line)["id"] in (DPO, ZEPHYR, SIMPO)))
    return file


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory, papers: Path) -> Path:
    folder = tmp_path_factory.mktemp("db")
    said = run("ingest", papers, "--db", folder)
    assert re.match(r"3 papers: 3 new, 0 changed, 0 unchanged; 0 records skipped", said)
    return folder


def run(*words: object, code: int = 0, given: str | None = None) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words], input=given)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def run_json(*words: object, code: int = 0) -> JSON:
    return json.loads(run(*words, "--json", code=code))


def test_ingest_again_changes_nothing(db: Path, papers: Path) -> None:
    assert run_json("ingest", papers, "--db", db)["unchanged"] == 3


def test_ingest_reads_standard_input(tmp_path: Path, papers: Path) -> None:
    command = [sys.executable, "-m", "kg", "ingest", "-", "--db", str(tmp_path), "--json"]
    with papers.open("rb") as given:
        said = subprocess.run(command, stdin=given, capture_output=True, check=True).stdout
    assert json.loads(said)["added"] == 3


def test_bad_records_are_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "mixed.jsonl"
    file.write_text(
        '{"title": "A paper on beams", "abstract": "We propose Beam Tuning."}\n'
        'not json\n{"title": "No abstract"}\n'
    )
    result = CliRunner().invoke(app, ["ingest", str(file), "--db", str(tmp_path / "db")])
    assert "1 new" in result.stdout
    assert f"{file}:2" in result.stderr.replace("\n", "")
    assert f"{file}:3" in result.stderr.replace("\n", "")
    with pytest.raises(KGError, match=r"mixed\.jsonl:2"):
        run("ingest", file, "--db", tmp_path / "strict", "--strict")
    assert run_json("stats", "--db", tmp_path / "strict")["paper"] == 1


def test_find_answers_with_marked_sentences(db: Path) -> None:
    answer = run_json("find", "methods evaluated on MT-Bench", "--db", db)
    assert answer["rows"]
    for row in answer["rows"]:
        assert row["object"]["name"] == "MT-Bench"
        assert all("MT-Bench" in quote["text"] for quote in row["quotes"])
        assert all(quote["text"][slice(*quote["object"])] == "MT-Bench" for quote in row["quotes"])
    assert "is evaluated on MT-Bench" in run("find", "methods evaluated on MT-Bench", "--db", db)


def test_an_unknown_name_gets_the_nearest(db: Path) -> None:
    with pytest.raises(KGError, match="nearest: MT-Bench"):
        run("find", "methods evaluated on MT-Bensch", "--db", db)


def test_an_error_is_one_line_and_exit_code_1(
    db: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["kg", "find", "methods evaluated on MT-Bensch", "--db", str(db)])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    assert capsys.readouterr().err.startswith("kg: nothing is known by the name")


def test_show_prints_an_entity_a_paper_and_a_statement_with_its_working(db: Path) -> None:
    row = run_json("find", "methods evaluated on MT-Bench", "--db", db)["rows"][0]
    assert METHOD in run("show", "DPO", "--db", db)
    assert "Direct Preference Optimization" in run("show", DPO, "--db", db)
    shown = run("show", row["statement"], "--db", db)
    assert re.search(r"belief 0\.\d+ = 1 − \(1 − 0\.\d\d\)", shown)


def test_query_prints_tables_and_standard_formats(db: Path, tmp_path: Path) -> None:
    text = "SELECT ?name WHERE { id:benchmark/mt-bench skos:prefLabel ?name }"
    text = text.replace("id:benchmark/mt-bench", "<https://w3id.org/alignkg/id/benchmark/mt-bench>")
    file = tmp_path / "question.rq"
    file.write_text(text)
    assert "MT-Bench" in run("query", text, "--db", db)
    assert run("query", file, "--db", db, "--format", "csv").split() == ["name", "MT-Bench"]
    found = json.loads(run("query", file, "--db", db, "--format", "json"))
    assert found["results"]["bindings"][0]["name"]["value"] == "MT-Bench"
    with pytest.raises(KGError, match="line 1, column"):
        run("query", "SELECT WHERE", "--db", db)


def test_look_ups_have_their_commands(db: Path) -> None:
    assert run_json("search", "direct pref", "--db", db)["rows"][0]["subject"]["id"] == METHOD
    assert run_json("leaderboard", "MT-Bench", "--db", db)["rows"]
    assert run_json("compare", "SimPO", "DPO", "--db", db)["reading"]
    assert "Preference" in run("compare", "SimPO", "DPO", "--on", "AlpacaEval 2", "--db", db)
    assert run_json("path", "SimPO", "DPO", "--db", db)["rows"]
    assert run_json("stats", "--db", db)["paper"] == 3


def test_decisions_are_taken_listed_and_undone(db: Path) -> None:
    before = run("export", "--format", "nq", "--db", db)
    row = run_json("find", "methods evaluated on MT-Bench", "--db", db)["rows"][0]
    said = run("reject", row["statement"], "--reason", "misread", "--db", db)
    number = int(re.findall(r"decision (\d+)", said)[0])
    assert run("export", "--format", "nq", "--db", db) != before
    assert run_json("history", "--db", db)[-1]["reason"] == "misread"
    run("undo", number, "--db", db)
    assert run("export", "--format", "nq", "--db", db) == before


def test_check_finds_nothing_and_diff_finds_what_went(db: Path, tmp_path: Path, papers: Path) -> None:
    assert run_json("check", "--db", db)["faults"] == []
    other = tmp_path / "other"
    run("ingest", papers, "--db", other)
    assert run_json("diff", db, other) == []
    run("remove", DPO, "--db", other)
    gone = run_json("diff", db, other, code=3)
    assert {"what": "went", "node": f"paper/{DPO}"}.items() <= gone[-1].items() or any(
        change["node"] == f"paper/{DPO}" and change["what"] == "went" for change in gone
    )


@pytest.mark.parametrize("form", ["ttl", "html", "svg", "graphml", "dot", "cytoscape"])
def test_export_writes_a_neighbourhood_and_an_answer(db: Path, tmp_path: Path, form: str) -> None:
    for number, part in enumerate((["--node", "DPO"], ["--find", "methods evaluated on MT-Bench"])):
        file = tmp_path / f"{number}.{form}"
        run("export", "--format", form, *part, "-o", file, "--db", db)
        assert file.stat().st_size > 200


@pytest.mark.parametrize("form", ["svg", "png", "html"])
@pytest.mark.parametrize(
    "part", [["--leaderboard", "MT-Bench"], ["--timeline"], ["--timeline", "--node", "DPO"], ["--ontology"]]
)
def test_export_draws_leaderboards_timelines_and_the_ontology(
    db: Path, tmp_path: Path, part: list[str], form: str
) -> None:
    file = tmp_path / f"picture.{form}"
    run("export", "--format", form, *part, "-o", file, "--db", db)
    assert file.stat().st_size > 2_000


@pytest.mark.parametrize(
    "arguments",
    [["--format", "ttl", "--timeline"], ["--format", "nq", "--ontology"],
     ["--format", "svg", "--node", "DPO", "--leaderboard", "MT-Bench"]],
)  # fmt: skip
def test_export_refuses_what_does_not_go_together(db: Path, arguments: list[str]) -> None:
    run("export", *arguments, "--db", db, code=2)


def test_extract_prints_the_guidelines_form(papers: Path) -> None:
    lines = [json.loads(line) for line in run("extract", papers, "--format", "gold").splitlines()]
    assert [line["paper"] for line in lines] == [json.loads(p)["id"] for p in papers.read_text().splitlines()]
    assert {"entities", "statements", "results"} <= lines[0].keys()


def test_eval_scores_a_perfect_reader_perfectly(papers: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(run("extract", papers, "--format", "gold"))
    scores = run_json("eval", gold, "--papers", papers)["scores"]
    assert scores["entities"]["f1"] == scores["statements"]["f1"] == 1.0


def test_config_tells_each_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_PORT", "9000")
    assert run_json("config")["port"] == {"value": 9000, "from": "KG_PORT", "variable": "KG_PORT"}
    monkeypatch.setenv("KG_PORT", "many")
    with pytest.raises(KGError, match="KG_PORT"):
        run("config")


def test_config_tells_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_NEO4J_PASSWORD", "hush")
    assert "hush" not in run("config")
    assert run_json("config")["neo4j_password"]["value"] == "(set)"


def test_a_mistyped_folder_is_no_empty_graph(tmp_path: Path) -> None:
    with pytest.raises(KGError, match="there is no graph; kg ingest PAPERS"):
        run("stats", "--db", tmp_path / "typo")
    assert not (tmp_path / "typo").exists()


def test_a_file_that_cannot_be_written_is_one_line(db: Path, tmp_path: Path) -> None:
    target = tmp_path / "no-folder" / "graph.nq"
    command = [sys.executable, "-m", "kg", "export", "--format", "nq", "--db", str(db), "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, f"kg: {target}: No such file or directory\n")


def test_a_table_is_not_sent_as_turtle(db: Path) -> None:
    with pytest.raises(KGError, match="not written as text/turtle, but as application/sparql-results"):
        run("query", "SELECT * { ?s ?p ?o } LIMIT 1", "--format", "ttl", "--db", db)
