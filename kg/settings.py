"""Every setting in one frozen record, with its default; passed, never read from the environment inside."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from kg.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the database is, where the service listens, and what a request may take.

    Each is set by the environment variable of its name in capitals behind `KG_`: `KG_QUERY_SECONDS=10`.
    """

    db: Path = Path("var/kg")
    host: str = "127.0.0.1"
    port: int = 8321
    query_seconds: float = 20.0
    query_rows: int = 100_000
    query_workers: int = 2
    query_bytes: int = 1_000_000
    answer_bytes: int = 64_000_000
    page_size: int = 50
    page_limit: int = 1_000
    batch: int = 200
    store_batch: int = 20_000
    lock_seconds: float = 60.0
    cypher_host: str = "127.0.0.1"
    cypher_port: int = 7687
    cypher_heap: str = "1g"
    mcp_bytes: int = 200_000
    hosts: str = ""
    cors_origins: str = ""
    read: Literal["auto", "open", "token"] = "auto"
    rate: float = 20.0
    rate_burst: int = 200
    costly_rate: float = 2.0
    costly_burst: int = 30
    rate_free: str = "127.0.0.0/8 ::1"
    slow_seconds: float = 20.0
    connections: int = 500
    ingest_bytes: int = 16_000_000
    ingest_papers: int = 1_000
    ingest_seconds: float = 600.0
    neo4j_uri: str = ""
    neo4j_password: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read `KG_…` variables over the defaults; ConfigError names one that does not fit.

        >>> Settings.from_environment({"KG_PORT": "9000"}).port
        9000
        """
        given: dict[str, Any] = {}
        for setting in fields(cls):
            text = environment.get(f"KG_{setting.name.upper()}")
            if text is not None:
                kind = type(getattr(cls(), setting.name))
                try:
                    given[setting.name] = Path(text) if setting.name == "db" else kind(text)
                except ValueError as error:
                    raise ConfigError(f"KG_{setting.name.upper()}", f"{text!r} is not a number") from error
        return cls(**given)
