"""Settings: the environment over a file over the defaults, each checked, each telling where it comes from."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from kg.errors import ConfigError
from kg.settings import DEFAULT, Settings, read_configuration


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and no variable of ours."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("KG_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_a_variable_wins_over_the_file_and_the_file_over_the_default(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk / "kg.toml").write_text('port = 9000\nhost = "::1"\n')
    monkeypatch.setenv("KG_PORT", "9001")
    found = read_configuration()
    assert (found.settings.port, found.settings.host, found.settings.rate) == (9001, "::1", 20.0)
    assert [found.origins[name] for name in ("port", "host", "rate")] == ["KG_PORT", "kg.toml", DEFAULT]


def test_an_option_wins_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_PORT", "9001")
    assert Settings.from_environment().but(port=9002).port == 9002


def test_settings_that_are_passed_come_from_nowhere_else(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk / "kg.toml").write_text("port = 9000\n")
    monkeypatch.setenv("KG_HOST", "::1")
    assert Settings() == Settings(port=8321, host="127.0.0.1")


def test_a_file_elsewhere_is_read_where_it_is_named_and_its_paths_start_there(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = desk / "etc" / "graph.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_text('db = "papers"\n')
    (desk / "kg.toml").write_text('db = "not this one"\n')
    monkeypatch.setenv("KG_CONFIG", str(elsewhere))
    assert Settings.from_environment().db == elsewhere.parent / "papers"


def test_an_empty_name_of_a_file_asks_for_none(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk / "kg.toml").write_text("port = 9000\n")
    monkeypatch.setenv("KG_CONFIG", "")
    assert read_configuration().file is None
    assert Settings.from_environment() == Settings()


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("KG_PORT", "65536", "65536 does not fit: it should be less than or equal to 65535"),
        ("KG_PORT", "many", "'many' does not fit: it should be a valid integer"),
        ("KG_PORT", "", "'' does not fit: it should be a valid integer"),
        ("KG_QUERY_SECONDS", "0", "0.0 does not fit: it should be greater than 0"),
        ("KG_QUERY_SECONDS", "inf", "finite"),
        ("KG_QUERY_SECONDS", "nan", "nan does not fit"),
        ("KG_QUERY_WORKERS", "-1", "-1 does not fit: it should be greater than or equal to 1"),
        ("KG_QUERY_ROWS", "1e99", "'1e99' does not fit"),
        ("KG_READ", "maybe", "'maybe' does not fit: it should be 'auto', 'open' or 'token'"),
        ("KG_CYPHER_HEAP", "1g -Dx=y", "'1g -Dx=y' does not fit"),
        ("KG_CONFIG", "nowhere.toml", "there is no file nowhere.toml"),
    ],
)
def test_a_variable_that_does_not_fit_is_named_with_what_would(
    variable: str, value: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=f"^setting {variable}: ") as raised:
        read_configuration()
    assert why in str(raised.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('port = "9000"', "setting port in kg.toml: '9000' does not fit: it should be a valid integer"),
        ("port = true", "setting port in kg.toml: True does not fit: it should be a valid integer"),
        ("port = -1", "setting port in kg.toml: -1 does not fit: it should be greater than or equal to 0"),
        ("prot = 9000", "setting prot in kg.toml: there is none of that name; nearest: port"),
        ("KG_PORT = 9000", "setting KG_PORT in kg.toml: there is none of that name; nearest: port"),
        ("[serve]\nport = 9000", "setting serve in kg.toml: there is none of that name; kg config lists all"),
        ("port: 9000", "setting kg.toml: is no TOML"),
        ("port = 1\nport = 2", "setting kg.toml: is no TOML"),
        (f"port = {'[' * 3_000}", "setting kg.toml: is no TOML"),
    ],
)
def test_a_line_of_the_file_that_does_not_fit_is_named_with_the_file(
    line: str, message: str, desk: Path
) -> None:
    (desk / "kg.toml").write_text(line)
    with pytest.raises(ConfigError) as raised:
        read_configuration()
    assert str(raised.value).startswith(message)


def test_a_file_in_another_encoding_is_an_error_of_ours(desk: Path) -> None:
    (desk / "kg.toml").write_bytes('db = "Prüfung"'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"kg\.toml: is no TOML"):
        read_configuration()


def test_no_message_says_a_secret(desk: Path) -> None:
    (desk / "kg.toml").write_text("neo4j_password = 123456\n")
    with pytest.raises(ConfigError, match="the value does not fit") as raised:
        read_configuration()
    assert "123456" not in str(raised.value)
    assert "hush" not in repr(Settings(neo4j_password="hush"))


def test_a_mistyped_variable_is_warned_of_and_what_others_set_is_not(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("KG_PROT", "KG_CONTACT", "KG_SERVICE_HOST", "KG_8321_TCP_ADDR"):
        monkeypatch.setenv(name, "1")
    with caplog.at_level(logging.WARNING):
        read_configuration()
    assert [record.getMessage() for record in caplog.records] == [
        "KG_PROT is no setting, so it sets nothing; KG_PORT is one"
    ]


def test_the_file_of_the_documentation_is_read(desk: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "settings.md").read_text("utf-8")
    (desk / "kg.toml").write_text(page.partition("```toml\n")[2].partition("```")[0])
    found = read_configuration()
    assert found.settings.port == 9000
    assert list(found.origins.values()).count("kg.toml") == 4
