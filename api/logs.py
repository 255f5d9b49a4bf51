"""What the service writes to stderr: lines to read, or JSON for programs, each with the id of its request.

Nothing that a stranger sends begins a line of its own: control characters are written as escapes.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

from kg.settings import Settings

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered, "" where none is."""
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
FACTS = "facts"
"""What a record may bear for programs: `logger.info("…", extra={FACTS: {"status": 200}})`."""


def configure(settings: Settings) -> None:
    """Write what is logged in this process from now on as the settings say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    level = settings.log_level.upper()
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for talkative in ("uvicorn", "asyncio", "httpx", "httpcore", "mcp", "sse_starlette", "matplotlib"):
        logging.getLogger(talkative).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))


class JsonFormatter(logging.Formatter):
    """One object a line, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line."""
        line = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := request_id.get():
            line["request"] = request
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line | getattr(record, FACTS, {}))


class TextFormatter(logging.Formatter):
    """One line, and the lines of a traceback set in under it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line, or several where there is a traceback."""
        parts = (_time(record), record.levelname, record.name, request_id.get(), record.getMessage())
        lines = [" ".join(filter(None, parts))]
        if record.exc_info:
            lines += self.formatException(record.exc_info).splitlines()
        return "\n    ".join(map(_on_one_line, lines))


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _on_one_line(text: str) -> str:
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
