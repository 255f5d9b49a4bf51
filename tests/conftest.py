"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from kg.vocabulary import Vocabulary, load_vocabulary

SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture
def shared() -> Path:
    """The folder of annotated papers and real abstracts beside the checkout."""
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not SHARED.is_dir():
        skip = pytest.mark.skip(reason=f"{SHARED.name}/ is not beside the checkout")
        for item in items:
            if item.get_closest_marker("shared"):
                item.add_marker(skip)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In continuous integration, fail a test on shared/ that was skipped although shared/ is there."""
    report = yield
    must_run = "CI" in os.environ and SHARED.is_dir() and item.get_closest_marker("shared")
    if must_run and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = (
            f"{item.nodeid} was skipped in CI although {SHARED.name}/ is there: {report.longrepr}"
        )
    return report
