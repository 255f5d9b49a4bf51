"""What holds for the code as a whole, beyond what ruff, mypy and the import contracts hold."""

from __future__ import annotations

import ast
import gzip
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path
from statistics import quantiles

import pytest

from kg import errors
from kg.vocabulary import Vocabulary

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for package in ("kg", "api") for path in (ROOT / package).rglob("*.py"))
LONG_FILES: dict[str, str] = {}
"""Files of more than 500 lines, each with the reason why it is one thing."""

OUTSIDE = {
    "a package registry": r"pypi\.or[g]|pythonhosted\.or[g]|registry\.npm|npmjs\.co|crates\.i[o]|index-ur[l]",
    "a folder of one machine": r"/wor[k]/|/roo[t]/|/hom[e]/\w",
    "who typed it": r"\bCE[O]\b|(?i:co-authored-b[y])",
    "a paper that is not here": r"DESIGN\.m[d]|STYLE\.m[d]|DEVELOPERS\.m[d]",
}
"""What no file may name; the brackets keep these patterns from finding themselves."""


def module_id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def texts_of_the_repository() -> Iterator[tuple[str, str]]:
    """Yield the name and text of each file that git holds or would take, less what is no text."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        path = ROOT / name
        raw = path.read_bytes() if path.is_file() else b""
        if b"\0" not in raw:
            yield name, raw.decode(errors="replace")


# --- names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_no_module_writes_a_class_or_predicate_of_the_ontology(path: Path, vocabulary: Vocabulary) -> None:
    terms = {*vocabulary.types, *vocabulary.predicates}
    written = [
        f"{module_id(path)}:{node.lineno}: {node.value!r}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and node.value in terms
    ]
    assert written == []


def errors_below(root: type[errors.KGError], depth: int = 0) -> Iterator[tuple[int, type[errors.KGError]]]:
    yield depth, root
    for child in root.__subclasses__():
        yield from errors_below(child, depth + 1)


def test_every_error_stands_in_the_tree_at_its_place() -> None:
    drawn = re.findall(r"^([│ ]*)[├└]─ (\w+)", errors.__doc__ or "", flags=re.MULTILINE)
    shown = {("KGError", 0)} | {(name, len(indent) // 3 + 1) for indent, name in drawn}
    assert {(error.__name__, depth) for depth, error in errors_below(errors.KGError)} == shown


# --- shape ----------------------------------------------------------------------------------------------


def is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(c is None or getattr(c, "id", "") in ("Exception", "BaseException") for c in caught)


def test_only_the_two_outermost_handlers_catch_everything() -> None:
    broad = [
        f"{module_id(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and is_broad(node)
    ]
    assert len(broad) <= 2, broad


def test_files_of_more_than_500_lines_are_known() -> None:
    lengths = {module_id(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name for name, lines in lengths.items() if lines > 500} == LONG_FILES.keys()


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, source: list[str]) -> int:
    """Count the lines of a function without its docstring, comments and blank lines."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    doc = range(first.lineno, (first.end_lineno or 0) + 1) if documented else range(0)
    body = range(function.lineno, (function.end_lineno or 0) + 1)
    lines = [source[number - 1].strip() for number in body if number not in doc]
    return sum(bool(line) and not line.startswith("#") for line in lines)


def function_lengths() -> dict[str, int]:
    return {
        f"{module_id(path)}:{node.lineno} {node.name}": code_lines(node, path.read_text().splitlines())
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_functions_are_small() -> None:
    lengths = function_lengths()
    by_tenths = quantiles(lengths.values(), n=10)
    assert by_tenths[4] <= 8
    assert by_tenths[8] <= 25
    assert {name: lines for name, lines in lengths.items() if lines > 50} == {}


# --- libraries ------------------------------------------------------------------------------------------


def imported_libraries() -> set[str]:
    """Return the top-level names of all that our modules import and that is neither ours nor Python's."""
    nodes = [node for path in MODULES for node in ast.walk(tree(path))]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in plain | froms} - sys.stdlib_module_names - {"kg", "api"}


SHELLS = {"fastmcp-slim": "fastmcp", "mcp-types": "mcp"}
"""Packages that come with another, which is the one to install."""


def test_every_imported_library_is_declared() -> None:
    packages = packages_distributions()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = chain(project["dependencies"], extras["cypher"], extras["dask"], extras["mcp"])
    declared = {canonical(requirement) for requirement in wanted}
    imported = {canonical(packages[name][0]) for name in imported_libraries()}
    assert {SHELLS.get(name, name) for name in imported} - declared == set()


def canonical(requirement: str) -> str:
    return re.split(r"[<>=!; ]", requirement)[0].lower().replace("_", "-")


# --- what may not be in the repository ------------------------------------------------------------------


@pytest.mark.parametrize("what", OUTSIDE)
def test_no_file_names(what: str) -> None:
    pattern = re.compile(OUTSIDE[what])
    assert [
        (name, found[0]) for name, text in texts_of_the_repository() for found in pattern.finditer(text)
    ] == []


RUN = 10
"""So many equal words in a row are a copied sentence."""

STEP = RUN // 2
"""A run holds a whole window of this many words that starts at a multiple of it."""


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def windows(words: list[str], size: int, step: int = 1) -> Iterator[tuple[str, ...]]:
    return (tuple(words[i : i + size]) for i in range(0, len(words) - size + 1, step))


def copied_runs(ours: Iterable[str], theirs: Iterable[str]) -> set[str]:
    runs = {run for text in ours for run in windows(words_of(text), RUN)}
    seeds = {run[i : i + STEP] for run in runs for i in range(STEP)}
    copied: set[tuple[str, ...]] = set()
    for text in theirs:
        words = words_of(text)
        if not seeds.isdisjoint(windows(words, STEP, STEP)):
            copied |= runs.intersection(windows(words, RUN))
    return {" ".join(run) for run in copied}


def test_copied_runs_finds_ten_words_wherever_they_stand() -> None:
    sentence = "one two three four five six seven eight nine ten"
    for before in range(6):
        assert copied_runs([f"x {sentence} y"], [f"{'z ' * before}{sentence}."]) == {sentence}
    assert copied_runs([sentence], [sentence.replace("seven", "7")]) == set()


def texts_of_others(shared: Path) -> Iterator[str]:
    """Yield the abstracts that lie beside the checkout; a title is a fact, and may be told."""
    seeds = shared / "seeds" / "papers.jsonl"
    sample = shared / "data" / "arxiv-sample" / "papers.jsonl.gz"
    with seeds.open(encoding="utf-8") as plain, gzip.open(sample, "rt", encoding="utf-8") as zipped:
        for line in chain(plain, zipped):
            yield json.loads(line)["abstract"]


@pytest.mark.shared
def test_no_sentence_of_others_is_in_the_repository(shared: Path) -> None:
    ours = (text for _, text in texts_of_the_repository())
    assert copied_runs(ours, texts_of_others(shared)) == set()
