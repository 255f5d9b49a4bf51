"""Every setting in one frozen record, with its default; passed, never read from the environment inside.

`read_configuration` reads it once, at the edge: the environment over a file over the defaults.
"""

from __future__ import annotations

import logging
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from kg.errors import ConfigError

log = logging.getLogger(__name__)

PREFIX = "KG_"
FILE = Path("kg.toml")
"""Read where it lies in the folder that a command is started in, unless KG_CONFIG names another."""
FILE_VARIABLE = "KG_CONFIG"
BESIDE = (
    FILE_VARIABLE,
    "KG_CONTACT",
    "KG_OPENALEX_KEY",
    "KG_NEO4J_HOME",
    "KG_NEO4J_HEAP",
    "KG_FUSEKI_HOME",
    "KG_FUSEKI_HEAP",
)
"""Variables that are no settings of a graph, and mean something all the same."""
DEFAULT = "default"
_LOOKS_LIKE = 0.8

Port = Annotated[int, Field(ge=0, le=65_535)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Patience = Annotated[float, Field(ge=0, le=86_400)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Rows = Annotated[int, Field(ge=1, le=10_000_000)]
Processes = Annotated[int, Field(ge=1, le=256)]
Waiting = Annotated[int, Field(ge=0, le=100_000)]
Bytes = Annotated[int, Field(ge=1, le=4_000_000_000)]
Memory = Annotated[int, Field(ge=64 * 1024**2, le=1024**4)]
Rate = Annotated[float, Field(ge=0, le=1_000_000)]
JavaMemory = Annotated[str, Field(pattern=r"^[1-9][0-9]*[kmgKMG]$")]


class Settings(BaseSettings):
    """Where the database is, where the service listens, and what a request may take.

    Each is set by its name in a file `kg.toml`, or by the environment variable of its name in capitals behind
    `KG_`: `KG_QUERY_SECONDS=10`.
    """

    model_config = SettingsConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, env_prefix=PREFIX
    )

    db: Annotated[Path, Field(strict=False)] = Path("var/kg")
    host: str = "127.0.0.1"
    port: Port = 8321
    query_seconds: Seconds = 20.0
    query_rows: Rows = 100_000
    query_workers: Processes = 2
    query_waiting: Waiting = 32
    query_memory: Memory = 2 * 1024**3
    query_bytes: Bytes = 1_000_000
    answer_bytes: Bytes = 64_000_000
    page_size: Count = 50
    page_limit: Count = 1_000
    batch: Count = 200
    store_batch: Count = 20_000
    lock_seconds: Patience = 60.0
    cypher_host: str = "127.0.0.1"
    cypher_port: Port = 7687
    cypher_heap: JavaMemory = "1g"
    mcp_bytes: Bytes = 200_000
    hosts: str = ""
    cors_origins: str = ""
    read: Literal["auto", "open", "token"] = "auto"
    rate: Rate = 20.0
    rate_burst: Count = 200
    costly_rate: Rate = 2.0
    costly_burst: Count = 30
    rate_free: str = "127.0.0.0/8 ::1"
    slow_seconds: Seconds = 20.0
    connections: Count = 500
    ingest_bytes: Bytes = 16_000_000
    ingest_papers: Count = 1_000
    ingest_seconds: Seconds = 600.0
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    stop_seconds: Patience = 10.0
    neo4j_uri: str = ""
    neo4j_password: str = Field(default="", repr=False)
    sparql_password: str = Field(default="", repr=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is passed, and nothing else: `Settings()` is the defaults wherever it runs."""
        return (init_settings,)

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the file and the environment over the defaults; ConfigError names what does not fit."""
        return read_configuration().settings

    def but(self, **changes: object) -> Settings:
        """Return these settings with some of them changed, as the options of a command change them.

        >>> Settings().but(port=9000).port
        9000
        """
        return _checked({**dict(self), **changes}, {})


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings that hold, and where each comes from: "default", the file, or a variable."""

    settings: Settings
    file: Path | None
    """The file that was read, None where there is none."""
    origins: Mapping[str, str]


def read_configuration() -> Configuration:
    """Read the environment over the file over the defaults; ConfigError names a value that does not fit.

    A variable that looks like a mistyped setting is warned of; others behind the same prefix are not ours.
    """
    file = _file()
    in_file = _read_file(file) if file else {}
    in_environment = EnvSettingsSource(Settings)()
    origins = dict.fromkeys(Settings.model_fields, DEFAULT)
    origins |= dict.fromkeys(in_file, str(file)) | {name: variable(name) for name in in_environment}
    _warn_of_mistyped(os.environ)
    return Configuration(_checked(in_file | in_environment, origins), file, origins)


def variable(name: str) -> str:
    """Return the environment variable that sets a setting.

    >>> variable("port")
    'KG_PORT'
    """
    return PREFIX + name.upper()


def is_secret(name: str) -> bool:
    """Say whether a setting's value is never shown."""
    return not Settings.model_fields[name].repr


def _file() -> Path | None:
    """Return the file to read; one that is asked for must be there, and an empty name asks for none."""
    named = os.environ.get(FILE_VARIABLE)
    if named is None:
        return FILE if FILE.is_file() else None
    if named and not Path(named).is_file():
        raise ConfigError(FILE_VARIABLE, f"there is no file {named}; write it, or unset the variable")
    return Path(named) if named else None


def _read_file(file: Path) -> dict[str, object]:
    """Return what a file sets; a path in it starts where the file lies."""
    try:
        given: dict[str, object] = TomlConfigSettingsSource(Settings, toml_file=file)()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(str(file), f"is no TOML ({error}); a line is like port = 9000") from error
    for name in given:
        if name not in Settings.model_fields:
            raise ConfigError(f"{name} in {file}", f"there is none of that name{_nearest(name)}")
    if isinstance(folder := given.get("db"), str):
        given["db"] = file.parent / folder
    return given


def _checked(given: Mapping[str, object], origins: Mapping[str, str]) -> Settings:
    try:
        return Settings(**given)  # type: ignore[arg-type]  # what it is, pydantic finds out
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0])
        raise ConfigError(
            _where(name, origins.get(name, DEFAULT)), _reason(name, fault["msg"], fault["input"])
        ) from error


def _where(name: str, origin: str) -> str:
    if origin == DEFAULT:
        return name
    return origin if origin == variable(name) else f"{name} in {origin}"


def _reason(name: str, message: str, value: object) -> str:
    """Say what does not fit, and what would; never a secret."""
    wanted = message.replace("Input should", "it should").partition(", unable to parse")[0]
    return f"the value does not fit: {wanted}" if is_secret(name) else f"{value!r} does not fit: {wanted}"


def _nearest(name: str) -> str:
    nearest = get_close_matches(name.lower().removeprefix(PREFIX.lower()), Settings.model_fields, n=1)
    return f"; nearest: {nearest[0]}" if nearest else "; kg config lists all that there are"


def _warn_of_mistyped(environment: Mapping[str, str]) -> None:
    known = {*map(variable, Settings.model_fields), *BESIDE}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            for nearest in get_close_matches(name, known, n=1, cutoff=_LOOKS_LIKE):
                log.warning("%s is no setting, so it sets nothing; %s is one", name, nearest)
