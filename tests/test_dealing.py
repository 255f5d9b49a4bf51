"""What the dealing of tests to several processes rests on."""

from __future__ import annotations

from pathlib import Path

from tests.dealing import LONG, NEO4J, place

FILES = [file for file in Path(__file__).parent.glob("test_*.py") if file != Path(__file__)]


def test_all_that_need_the_one_neo4j_share_a_process() -> None:
    assert {file.name for file in FILES if "neo4j_access" in file.read_text(encoding="utf-8")} == set(NEO4J)


def test_what_takes_long_comes_first() -> None:
    assert [file.name for file in sorted(FILES, key=place)[: len(LONG)]] == list(LONG)
