"""What all tests share."""

from __future__ import annotations

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
