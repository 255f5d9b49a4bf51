"""The page of promises names a test for each, and each of them is there."""

from __future__ import annotations

import re

import pytest

from tests.conftest import CORPUS

ROOT = CORPUS.parent.parent
PROMISES = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
ROWS = [line for line in PROMISES.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
NAMED = re.compile(r"`(tests/\w+\.py)?(?:::(\w+))?`")


def named_tests() -> list[tuple[str, str]]:
    """Return files and tests; one without a file is of the file before it."""
    found, file = [], ""
    for path, test in NAMED.findall(PROMISES):
        file = path or file
        found.append((file, test))
    return [(path, test) for path, test in found if path]


@pytest.mark.parametrize(("path", "test"), sorted(set(named_tests())))
def test_a_named_test_is_there(path: str, test: str) -> None:
    source = (ROOT / path).read_text(encoding="utf-8")
    assert not test or re.search(rf"^def {test}\(", source, re.MULTILINE)


def test_each_promise_names_what_holds_it() -> None:
    promises = [row for row in ROWS if not row.startswith("| promise")]
    assert promises
    assert [row for row in promises if row.count("|") < 4 or "`" not in row.split("|")[2]] == []
