#!/usr/bin/env python3
"""Look up whether what AlignKG stands on has known holes, and read under which licences it comes.

    .venv/bin/python scripts/audit.py

Exit code 1 if there is a hole, or a licence that is not permissive. What cannot be looked up, because the
data of a registry cannot be reached from here, is said in capitals and fails nothing: it may be sound or not.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
EXPLORER = ROOT / "api" / "explorer"
LOCK = EXPLORER / "package-lock.json"
AUDITOR = ROOT / "var" / "audit"
"""An environment of its own: what pip-audit stands on is nothing that AlignKG needs."""
SECONDS = 60
IGNORED: Mapping[str, str] = {}
"""Holes that do not concern AlignKG, by their ids, each with the reason."""

PERMISSIVE = re.compile(
    r"\b(MIT|0?BSD|Apache|ISC|PSF|Python Software|HPND|Unlicense|MPL|Mozilla|Zlib|W3C|CC0|BlueOak)\b"
)
UNSAID = {"owlrl": "W3C, as its repository says; its metadata only says OSI Approved"}
"""Packages whose licence is known from elsewhere."""


@dataclass(frozen=True)
class Verdict:
    """What came of looking something up: how many of how many, what was found, and why not all."""

    about: str
    looked_up: int
    of: int
    found: Sequence[str] = ()
    why: str = ""

    def said(self) -> str:
        """Return it in a line, and a line for each thing found."""
        if not self.looked_up:
            return f"{self.about}: NOT AUDITED, {self.why}"
        rest = f"; {self.of - self.looked_up} NOT AUDITED, {self.why}" if self.looked_up < self.of else ""
        number = len(self.found) or "nothing"
        return "\n  ".join([f"{self.about}: {number} found in {self.looked_up} packages{rest}", *self.found])


def of_pip_audit(report: str) -> Verdict:
    """Read what pip-audit found; a package that its source does not know is not audited, whatever it says."""
    packages = json.loads(report)["dependencies"]
    known = [package for package in packages if "vulns" in package]
    found = [
        f"{package['name']} {package['version']}: {hole['id']}, mended in {' '.join(hole['fix_versions'])}"
        for package in known
        for hole in package["vulns"]
        if not {hole["id"], *hole.get("aliases", ())} & IGNORED.keys()
    ]
    unknown = next((package["skip_reason"] for package in packages if "skip_reason" in package), "")
    return Verdict("known holes, Python", len(known), len(packages), found, unknown)


def of_npm_audit(report: str, packages: int) -> Verdict:
    """Read what `npm audit --json` found."""
    about, said = "known holes, npm", json.loads(report or "{}")
    if "metadata" not in said:
        return Verdict(about, 0, packages, why=said.get("message", "npm gave no answer"))
    holes = said["vulnerabilities"].values()
    found = [f"{hole['name']} {hole['range']}: {hole['severity']}" for hole in holes]
    return Verdict(about, packages, packages, found)


def audit_python() -> Verdict:
    """Ask pip-audit about the versions that are tested."""
    pins = _pins()
    command = [
        str(AUDITOR / "bin" / "pip-audit"), "--requirement", str(CONSTRAINTS), "--no-deps", "--disable-pip",
        "--format", "json", "--progress-spinner", "off",
    ]  # fmt: skip
    try:
        _bring_auditor()
        report = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return Verdict("known holes, Python", 0, len(pins), why=str(error).splitlines()[0])
    if not report.stdout:
        why = report.stderr.strip().rpartition("\n")[2] or "pip-audit gave no answer"
        return Verdict("known holes, Python", 0, len(pins), why=why)
    return of_pip_audit(report.stdout)


def audit_npm() -> Verdict:
    """Ask npm about the packages of the pages."""
    packages = len(_locked())
    command = ["npm", "audit", "--package-lock-only", "--json"]
    try:
        report = subprocess.run(
            command, cwd=EXPLORER, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Verdict("known holes, npm", 0, packages, why=str(error))
    return of_npm_audit(report.stdout, packages)


def licences() -> Verdict:
    """Read the licences of what is tested, as it is installed here, and of what is built into the pages."""
    tested = {pin.partition("==")[0].lower() for pin in _pins()}
    installed = [package for package in distributions() if package.name.lower() in tested]
    said = {package.name: licence_of(package) for package in installed}
    said |= {name: str(facts.get("license", "")) for name, facts in _locked().items()}
    found = [
        f"{name}: {licence or 'none said'}"
        for name, licence in sorted(said.items())
        if not PERMISSIVE.search(licence) and name not in UNSAID
    ]
    return Verdict("licences", len(said), len(said), found)


def licence_of(package: Distribution) -> str:
    """Return a package's licence as its metadata says it."""
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return expression
    classes = [c.split(" :: ")[-1] for c in metadata.get_all("Classifier", []) if c.startswith("License ::")]
    return "; ".join(classes) or (metadata.get("License") or "").strip().partition("\n")[0]


def _pins() -> Sequence[str]:
    return [line for line in CONSTRAINTS.read_text("utf-8").splitlines() if line[:1] not in ("", "#")]


def _locked() -> Mapping[str, Mapping[str, object]]:
    packages = json.loads(LOCK.read_text("utf-8"))["packages"]
    return {name.rpartition("node_modules/")[2]: facts for name, facts in packages.items() if name}


def _bring_auditor() -> None:
    if (AUDITOR / "bin" / "pip-audit").is_file():
        return
    venv.create(AUDITOR, with_pip=True, clear=True)
    pip = [str(AUDITOR / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "pip-audit>=2.9,<3"], capture_output=True, timeout=SECONDS, check=True)


def _verdicts() -> Iterator[Verdict]:
    yield audit_python()
    yield audit_npm()
    yield licences()


if __name__ == "__main__":
    failed = False
    for verdict in _verdicts():
        print(verdict.said(), flush=True)
        failed = failed or bool(verdict.found)
    sys.exit(failed)
