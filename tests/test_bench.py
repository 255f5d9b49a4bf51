"""Measuring this machine: every part has its figures, in a table, in JSON and as a picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kg.bench import Bench, measure
from kg.cli import app
from tests.served import PAPERS
from tests.toy import workspace


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bench") / "graph"
    with workspace(made) as graph:
        graph.ingest(PAPERS)
    return made


@pytest.fixture(scope="module")
def measured(folder: Path) -> Bench:
    return measure(None, folder)


def test_start_up_look_ups_queries_and_exports_are_measured(measured: Bench) -> None:
    assert {figure.part for figure in measured.figures} == {"start-up", "look-ups", "SPARQL", "export"}
    assert all(figure.value > 0 for figure in measured.figures)
    assert all(figure.slow >= figure.value for figure in measured.figures if figure.slow is not None)


def test_figures_say_of_which_machine_and_graph_they_are(measured: Bench) -> None:
    assert "cores" in measured.machine
    assert "pyoxigraph" in measured.versions
    assert "3 Paper" in measured.graph


def test_the_command_prints_json_and_draws_a_picture(folder: Path, tmp_path: Path) -> None:
    picture = tmp_path / "times.svg"
    done = CliRunner().invoke(app, ["bench", "--db", str(folder), "--picture", str(picture), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["figures"][0]["part"] == "start-up"
    assert picture.read_bytes().startswith(b"<?xml")


def test_without_papers_or_a_graph_there_is_nothing_to_measure() -> None:
    done = CliRunner().invoke(app, ["bench"])
    assert done.exit_code == 2
    assert "--db" in done.output
