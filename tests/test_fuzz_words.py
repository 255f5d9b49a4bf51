"""Words made at random, as questions, queries and names of a command: an answer or a reason, no traceback."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg import cli
from tests.fuzzing import ends, tries
from tests.served import PAPERS
from tests.toy import workspace

PARTS = (
    "what", "which methods", "outperforms", "AT", "Alpha Tuning", "MT-Bench", "on", "evaluated on",
    "results of", "not",
    "how many", "since 2024", "in 99999", "and", "or", "compared with", "?", ",", "'s", "\0", "\ud800",
    "\u202e", "\n",
    "best", "at least 2", "papers", "uses", "used", "by", "-", "--", "[red]", "[/]", "\\", "%", "é",
    "\U0001f600",
)  # fmt: skip
words = st.lists(st.sampled_from(PARTS) | st.text(max_size=8), max_size=12).map(" ".join)
ids = st.tuples(
    st.sampled_from(["", "method/", "statement/", "result/", "paper/", "arXiv:", "benchmark/mt-bench"]), words
).map("".join)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("words")
    with workspace(folder) as graph:
        graph.ingest(PAPERS)
    return folder


def said(folder: Path, *arguments: str) -> tuple[object, str]:
    """Run the command; return its exit code and what it says on the way."""
    before = sys.argv, sys.stdout, sys.stderr
    sys.argv = ["kg", *arguments, "--db", str(folder)]
    sys.stdout = io.TextIOWrapper(io.BytesIO(), "utf-8", "surrogateescape")
    sys.stderr = told = io.StringIO()
    try:
        with ends():
            cli.main()
    except SystemExit as ended:
        return ended.code, told.getvalue()
    finally:
        sys.argv, sys.stdout, sys.stderr = before
    return 0, told.getvalue()


@pytest.mark.parametrize(
    "command",
    [
        ("find",),
        ("query",),
        ("query", "--format", "json"),
        ("show",),
        ("leaderboard",),
        ("search",),
        ("path", "AT"),
    ],
    ids=" ".join,
)
@given(words | ids)
@tries(6)
def test_no_words_make_a_command_fail_without_saying_why(
    folder: Path, command: tuple[str, ...], text: str
) -> None:
    code, told = said(folder, *command, text)
    assert "Traceback" not in told
    assert code in (0, None) or told.strip()
