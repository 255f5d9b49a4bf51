"""What can be held of the container's files without an engine: who runs, what is open, what goes in."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from kg.settings import Settings, variable

ROOT = Path(__file__).parent.parent
IMAGE = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
COMPOSE = (ROOT / "compose.yaml").read_text("utf-8")
SERVICES = yaml.safe_load(COMPOSE)["services"]


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} +(.+)$", IMAGE, flags=re.M)


def test_the_image_runs_as_a_user_without_rights() -> None:
    assert instructions("USER") == ["10001:10001"]


def test_the_image_looks_after_the_address_that_says_whether_it_is_ready() -> None:
    [check] = instructions("HEALTHCHECK")
    assert "http://127.0.0.1:8321/readyz" in check
    assert Settings().port == 8321


def test_every_base_has_a_version() -> None:
    bases = [base.split()[0] for base in instructions("FROM")]
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    assert [base for base in [*bases, *images] if not re.search(r":\d", base)] == []


def test_what_is_copied_is_there_and_goes_to_the_builder() -> None:
    copied = {
        source
        for line in instructions("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    }
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[0] == "!"]
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert [s for s in copied if not any(Path(s).is_relative_to(place) for place in let_in)] == []


def test_what_a_wheel_is_built_of_is_copied() -> None:
    build = (ROOT / "pyproject.toml").read_text("utf-8")
    for needed in ("README.md", "LICENSE", "scripts/hatch_build.py", "ontology", "kg", "api"):
        assert f'"{needed}"' in build
        assert any(needed in line for line in instructions("COPY"))


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_compose_publishes_to_this_machine_only(service: str) -> None:
    assert SERVICES[service]["ports"]
    assert [port for port in SERVICES[service]["ports"] if not port.startswith("127.0.0.1:")] == []


def test_compose_holds_no_secret_and_asks_for_one() -> None:
    assert set(re.findall(r"(?i)\w*(?:password|auth|secret|token)\w*: *(.+)", COMPOSE)) == {
        "${NEO4J_PASSWORD:?set a password for Neo4j}",
        "neo4j/${NEO4J_PASSWORD:?set a password for Neo4j}",
    }
    ignored = subprocess.run(["git", "check-ignore", ".env"], cwd=ROOT, capture_output=True, check=False)
    assert ignored.returncode == 0


def test_the_service_of_compose_can_write_to_its_graph_alone() -> None:
    service = SERVICES["kg"]
    assert (service["read_only"], service["tmpfs"], service["cap_drop"]) == (True, ["/tmp"], ["ALL"])
    assert service["volumes"] == ["graph:/graph"]


def test_each_variable_is_a_setting() -> None:
    named = set(re.findall(r"\bKG_[A-Z_0-9]+", IMAGE + COMPOSE))
    assert named - set(map(variable, Settings.model_fields)) == set()
