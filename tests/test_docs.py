"""Documentation that says what the code does: pages made from it, and commands that run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from typer.testing import CliRunner

import kg
from kg.cli import app
from kg.property_graph import EVIDENCE, MENTIONS, RESULT, ROLES, STATED_IN, SUPPORTS, relationship_type
from kg.settings import Settings, variable
from kg.vocabulary import Vocabulary

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "corpus").glob("*.md")])

BIBLIOGRAPHY = """
@article{own,
  title = {Kinder Answers from Smaller Models},
  abstract = {We propose Kindling, a method that improves the helpfulness of small language models.},
  year = {2025},
}
"""


def page_id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def table(page: str, column: int = 1) -> list[str]:
    """Return the words in one column of all tables of a page, without marks."""
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")]
    return [row[column].strip(" `") for row in rows]


def test_commands_page_is_what_the_code_says(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "scripts" / "write_docs.py", tmp_path], check=True)
    assert {page.name: page.read_text() for page in tmp_path.iterdir()} == {
        page.name: (DOCS / page.name).read_text() for page in tmp_path.iterdir()
    }


def test_the_picture_of_the_schema_shows_every_label_and_relationship(vocabulary: Vocabulary) -> None:
    shown = (DOCS / "images" / "property-graph.svg").read_text(encoding="utf-8")
    stated = {relationship_type(name) for name in vocabulary.predicates}
    others = {*map(relationship_type, ROLES), MENTIONS, SUPPORTS, STATED_IN, RESULT, EVIDENCE}
    labels = {label for type_ in vocabulary.types.values() for label in (type_.name, type_.colour)}
    assert [word for word in sorted(stated | others | labels) if word not in shown] == []


def test_every_setting_is_documented_with_its_default() -> None:
    page = (DOCS / "settings.md").read_text()
    documented = dict(zip(table(page, 1), table(page, 2), strict=True))
    settings = {variable(name): str(field.default) for name, field in Settings.model_fields.items()}
    assert settings.items() <= documented.items()


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = chain(project["dependencies"], *project["optional-dependencies"].values())
    documented = table((DOCS / "dependencies.md").read_text())
    assert {re.split(r"[<>=]", requirement)[0] for requirement in wanted} - set(documented) == set()


def test_every_name_of_the_library_is_documented() -> None:
    page = (DOCS / "python.md").read_text()
    assert [name for name in kg.__all__ if f"kg.{name}" not in page] == []
    assert len(kg.__all__) <= 15


def blocks(page: Path, language: str) -> str:
    """Return all code in one language of a page."""
    found = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return "\n".join(found)


def write_files(page: Path, folder: Path) -> None:
    """Write the files that a page tells its reader to write: blocks with a title."""
    found = re.findall(r'^```\w+ title="(.+?)"\n(.*?)^```', page.read_text("utf-8"), flags=re.M | re.S)
    for name, text in found:
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path, corpus_db: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to follow the documentation in: the bundled corpus, its graph, a bibliography of one's own."""
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    (tmp_path / "papers.bib").write_text(BIBLIOGRAPHY)
    shutil.copytree(corpus_db, tmp_path / "var" / "kg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KG_DB", raising=False)
    return tmp_path


COMMANDS = [line for line in blocks(ROOT / "README.md", "console").splitlines() if line.startswith("kg ")]


def test_readme_commands_have_answers(desk: Path) -> None:
    for command in COMMANDS:
        done = CliRunner().invoke(app, shlex.split(command)[1:], catch_exceptions=False)
        assert (done.exit_code, command) == (0, command)
        assert done.stdout.strip() or "--output" in command
        assert "Nothing in the graph" not in done.stdout


WITH_PYTHON = [ROOT / "README.md", DOCS / "python.md", *sorted((DOCS / "how-to").glob("*.md"))]


@pytest.mark.parametrize("page", [page for page in WITH_PYTHON if blocks(page, "python")], ids=page_id)
def test_python_examples_run(page: Path, desk: Path) -> None:
    write_files(page, desk)
    shutil.copytree(desk / "var" / "kg", desk / "my-papers")
    exec(compile(blocks(page, "python"), page, "exec"), {})


def test_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in DOCS.glob("*.md") if f"](docs/{page.name})" not in readme] == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
