"""The audit of dependencies: it finds holes, and never takes what was not looked up for sound."""

from __future__ import annotations

import json
from importlib.metadata import distribution

import pytest

from scripts.audit import licence_of, licences, of_npm_audit, of_pip_audit

FLASK = {
    "name": "flask",
    "version": "0.5",
    "vulns": [{"id": "PYSEC-2019-179", "fix_versions": ["1.0"], "aliases": ["CVE-2019-1010083"]}],
}
SOUND = {"name": "rich", "version": "13.7", "vulns": []}
UNKNOWN = {
    "name": "flask",
    "skip_reason": "Dependency not found on PyPI and could not be audited: flask (0.5)",
}


@pytest.mark.parametrize(
    ("packages", "said", "holes"),
    [
        ([SOUND], "known holes, Python: nothing found in 1 packages", 0),
        (
            [SOUND, FLASK],
            "known holes, Python: 1 found in 2 packages\n  flask 0.5: PYSEC-2019-179, mended in 1.0",
            1,
        ),
        (
            [SOUND, UNKNOWN],
            f"known holes, Python: nothing found in 1 packages; 1 NOT AUDITED, {UNKNOWN['skip_reason']}",
            0,
        ),
        ([UNKNOWN], f"known holes, Python: NOT AUDITED, {UNKNOWN['skip_reason']}", 0),
    ],
)
def test_python_packages_are_sound_only_where_they_were_looked_up(
    packages: list[object], said: str, holes: int
) -> None:
    verdict = of_pip_audit(json.dumps({"dependencies": packages, "fixes": []}))
    assert (verdict.said(), len(verdict.found)) == (said, holes)


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ('{"metadata": {}, "vulnerabilities": {}}', "known holes, npm: nothing found in 70 packages"),
        (
            '{"metadata": {}, "vulnerabilities": '
            '{"vite": {"name": "vite", "range": "<5", "severity": "high"}}}',
            "known holes, npm: 1 found in 70 packages\n  vite <5: high",
        ),
        ('{"message": "405 Method Not Allowed"}', "known holes, npm: NOT AUDITED, 405 Method Not Allowed"),
        ("", "known holes, npm: NOT AUDITED, npm gave no answer"),
    ],
)
def test_npm_packages_are_sound_only_where_npm_answers(report: str, said: str) -> None:
    assert of_npm_audit(report, 70).said() == said


def test_everything_that_is_installed_is_permissively_licensed() -> None:
    assert list(licences().found) == []


def test_a_licence_is_read_from_what_a_package_says() -> None:
    assert "MIT" in licence_of(distribution("typer"))
