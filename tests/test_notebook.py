"""The notebook of the documentation: its cells run, one after the other, and one of them shows a picture."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parent.parent / "docs" / "notebooks" / "graph.ipynb"


def test_the_notebook_runs_and_shows_a_picture(
    tmp_path: Path, corpus_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("arcadedb_embedded", reason="the extra `cypher` is not installed")
    monkeypatch.setenv("KG_DB", str(shutil.copytree(corpus_db, tmp_path / "kg")))
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert all(not cell.get("outputs") for cell in cells)
    names: dict[str, object] = {}
    shown = [_run("".join(cell["source"]), names) for cell in cells if cell["cell_type"] == "code"]
    assert any(hasattr(value, "_repr_svg_") for value in shown)
    assert all(shown[:-1])


def _run(text: str, names: dict[str, object]) -> object:
    """Run a cell as a notebook does; return what it would show, the value of its last expression."""
    tree = ast.parse(text)
    last = tree.body.pop()
    if not isinstance(last, ast.Expr):
        exec(compile(ast.Module([*tree.body, last], []), "cell", "exec"), names)
        return None
    exec(compile(tree, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
