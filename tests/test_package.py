"""The wheel: what somebody who installs AlignKG gets, without a checkout."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PathDistribution
from pathlib import Path
from zipfile import ZipFile

import pytest

from kg.extract import load_pipeline

ROOT = Path(__file__).parent.parent
SOURCES = "api/explorer/"
"""The explorer travels built, under api/static."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contents of the wheel, as installing it lays them."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(place)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    with ZipFile(next(place.glob("*.whl"))) as wheel:
        wheel.extractall(place / "site")
    return place / "site"


def files(root: Path, package: str) -> set[str]:
    found = (path for path in (root / package).rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {name for name in (str(path.relative_to(root)) for path in found) if not name.startswith(SOURCES)}


@pytest.mark.parametrize("package", ["kg", "api"])
def test_wheel_holds_all_files_of_a_package(installed: Path, package: str) -> None:
    assert files(ROOT, package) - files(installed, package) == set()


def test_wheel_holds_the_built_explorer(installed: Path) -> None:
    assert "api/static/built/manifest.json" in files(installed, "api")


def test_wheel_holds_the_ontology(installed: Path) -> None:
    assert {f"kg/{name}" for name in files(ROOT, "ontology")} <= files(installed, "kg")


def test_installed_library_reads_its_own_ontology(installed: Path) -> None:
    program = "import kg.vocabulary as v; print(v.ontology_directory(), len(v.load_vocabulary().types))"
    run = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(installed)!r}); {program}"]
    said = subprocess.run(run, cwd=installed.parent, check=True, capture_output=True, text=True).stdout
    assert said.split() == [str(installed / "kg" / "ontology"), "8"]


@pytest.mark.parametrize("group", ["console_scripts", "spacy_factories"])
def test_entry_points_lead_to_something(installed: Path, group: str) -> None:
    found = PathDistribution(next(installed.glob("*.dist-info"))).entry_points.select(group=group)
    assert found
    assert all(callable(point.load()) for point in found)


def test_every_factory_of_the_pipeline_has_an_entry_point(installed: Path) -> None:
    points = PathDistribution(next(installed.glob("*.dist-info"))).entry_points.select(
        group="spacy_factories"
    )
    named = {name for name in load_pipeline().pipe_factories.values() if name.startswith("kg_")}
    assert named == {point.name for point in points}
