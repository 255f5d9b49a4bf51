"""Tokens: shown once, kept as a hash in a file of their owner's, compared in constant time, ended at once."""

from __future__ import annotations

import re
import stat
import threading
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from pathlib import Path

import pytest
from typer.testing import CliRunner

import kg.tokens
from kg.cli import app
from kg.errors import TokenError
from kg.tokens import SCOPES, TOKENS_FILE, Tokens
from tests.toy import workspace


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path)


def test_a_folder_without_tokens_has_none_and_gets_no_file(tokens: Tokens) -> None:
    assert not tokens.any_valid()
    assert tokens.holder("kg_whatever") is None
    assert not tokens.file.exists()


def test_a_token_is_256_random_bits_and_names_its_holder(tokens: Tokens) -> None:
    first, second = tokens.add("ada", ["curate"]), tokens.add("ben", ["curate", "watch"])
    assert re.fullmatch(r"kg_[\w-]{43}", first)
    assert first != second
    found = tokens.holder(second)
    assert found is not None
    assert (found.name, found.scopes) == ("ben", ("curate", "watch"))
    assert found.state(datetime.now(UTC)) == "valid"


def test_only_the_hash_is_kept_and_only_the_owner_reads_it(tokens: Tokens) -> None:
    token = tokens.add("ada", ["curate"])
    held = tokens.file.read_bytes()
    assert token.encode() not in held
    assert token.removeprefix("kg_").encode() not in held
    assert stat.S_IMODE(tokens.file.stat().st_mode) == 0o600


def test_the_ledger_has_nothing_of_tokens(tmp_path: Path) -> None:
    with workspace(tmp_path) as graph:
        Tokens(tmp_path).add("a-name-to-look-for", ["curate"])
        assert b"a-name-to-look-for" not in graph.ledger.file.read_bytes()
        assert b"a-name-to-look-for" in (tmp_path / TOKENS_FILE).read_bytes()


@pytest.mark.parametrize("given", ["", "kg_", "kg_" + "A" * 43, "ada", "\udcff\x00", "x" * 100_000])
def test_what_is_no_token_has_no_holder(tokens: Tokens, given: str) -> None:
    tokens.add("ada", ["curate"])
    assert tokens.holder(given) is None


def test_every_hash_is_compared_in_constant_time(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []

    def compare(given: str, held: str) -> bool:
        compared.append((given, held))
        return compare_digest(given, held)

    mine, *_ = [tokens.add(name, ["curate"]) for name in ("ada", "ben", "cleo")]
    monkeypatch.setattr(kg.tokens, "compare_digest", compare)
    tokens.holder(mine)
    assert len(compared) == 3, "a match that ends the search says by its time where it was"


def test_a_revoked_token_ends_at_once_and_its_name_is_free_again(tokens: Tokens) -> None:
    before = tokens.add("ada", ["curate"])
    tokens.revoke("ada")
    assert not tokens.any_valid()
    found = tokens.holder(before)
    assert found is not None
    assert found.state(datetime.now(UTC)) == "revoked"
    assert tokens.add("ada", ["curate"]) != before
    assert [holder.state(datetime.now(UTC)) for holder in tokens.holders()] == ["revoked", "valid"]


def test_a_token_ends_when_its_time_is_over(tokens: Tokens) -> None:
    token = tokens.add("ada", ["curate"], days=30)
    found = tokens.holder(token)
    assert found is not None
    now = datetime.now(UTC)
    assert found.state(now + timedelta(days=29)) == "valid"
    assert found.state(now + timedelta(days=31)) == "expired"
    tokens.add("ben", ["curate"], days=-1)
    tokens.revoke("ada")
    assert not tokens.any_valid()


@pytest.mark.parametrize("name", ["", " ada", "a\nb", "a\x00", "x" * 61])
def test_a_holder_needs_a_name_that_can_be_shown(tokens: Tokens, name: str) -> None:
    with pytest.raises(TokenError, match="no name"):
        tokens.add(name, ["curate"])


@pytest.mark.parametrize("scopes", [[], ["root"], ["curate", "everything"]])
def test_a_token_is_for_something_that_there_is(tokens: Tokens, scopes: list[str]) -> None:
    with pytest.raises(TokenError, match=", ".join(SCOPES)):
        tokens.add("ada", scopes)


def test_one_name_has_one_valid_token(tokens: Tokens) -> None:
    tokens.add("ada", ["curate"])
    with pytest.raises(TokenError, match="kg token revoke"):
        tokens.add("ada", ["watch"])
    with pytest.raises(TokenError, match="kg token list"):
        tokens.revoke("ben")


def test_more_days_than_a_calendar_has_are_refused(tokens: Tokens) -> None:
    with pytest.raises(TokenError, match="calendar"):
        tokens.add("ada", ["curate"], days=1e9)


def test_a_damaged_file_says_what_to_do(tokens: Tokens) -> None:
    tokens.file.write_bytes(b"no database at all" * 100)
    with pytest.raises(TokenError, match="make new tokens"):
        tokens.holder("kg_whatever")


def test_tokens_made_at_once_are_all_kept(tokens: Tokens) -> None:
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: made.append(tokens.add(f"holder {n}", ["curate"])))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({holder.name for token in made if (holder := tokens.holder(token))}) == 8


def run(*words: object, code: int = 0) -> tuple[str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def test_the_command_prints_a_token_once_and_alone(tmp_path: Path) -> None:
    workspace(tmp_path).close()
    token, said = run("token", "add", "ada", "--scope", "curate", "--days", 7, "--db", tmp_path)
    assert Tokens(tmp_path).holder(token.strip())
    assert "shown once" in said
    listed, _ = run("token", "list", "--db", tmp_path)
    assert "ada" in listed
    assert token.strip() not in listed
    run("token", "revoke", "ada", "--db", tmp_path)
    assert '"state": "revoked"' in run("token", "list", "--json", "--db", tmp_path)[0]
    assert not Tokens(tmp_path).any_valid()


def test_a_token_without_a_scope_is_no_command(tmp_path: Path) -> None:
    workspace(tmp_path).close()
    run("token", "add", "ada", "--db", tmp_path, code=2)
