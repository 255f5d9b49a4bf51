"""The process behind `kg.stores.embedded_bolt`: ArcadeDB in a Java machine of its own, over Bolt only.

It is started as `python -m kg.stores.bolt_process`, reads its settings as a line of JSON from standard input,
answers with one line when it is ready or has failed, and ends when standard input does: so it never outlives
whoever started it, and may be killed at any time. What the database logs goes into the folder.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, TextIO

from kg.stores.bolt_watch import watch

DATABASE = "graph"
READER, WRITER = "reader", "writer"
_PLUGIN = "Bolt:com.arcadedb.bolt.BoltProtocolPlugin"
_LOG = "server.log"
_ANY = "*"
_MILLISECONDS = 1000
# The server's own settings are not looked at for these; the Java machine's properties are.
_NO_WAY_OUT = {
    "arcadedb.opencypher.loadCsv.allowFileUrls": "false",
    "arcadedb.opencypher.loadCsv.allowRemoteUrls": "false",
    "arcadedb.opencypher.loadCsv.blockedIpRanges": "0.0.0.0/0,::/0",
    "arcadedb.polyglotEngineEnabled": "false",
}


@dataclass(frozen=True, slots=True)
class Start:
    """What a server is started with; passwords come as their hashes."""

    folder: str
    host: str
    port: int
    seconds: float
    heap: str
    passwords: Mapping[str, str]

    def to_line(self) -> str:
        """Write it as the one line that the process reads."""
        return json.dumps(asdict(self)) + "\n"


class _Server(Protocol):
    def start(self) -> None: ...

    def stop(self) -> None: ...


def groups(seconds: float) -> str:
    """Return who may do what: readers only read, and no scan of theirs takes longer than their time."""
    rights = {
        "admin": _group(("updateSecurity", "updateSchema"), ("create", "read", "update", "delete")),
        WRITER: _group(("updateSchema",), ("create", "read", "update", "delete")),
        READER: _group((), ("read",), int(seconds * _MILLISECONDS)),
        _ANY: _group((), ()),
    }
    return json.dumps({"version": 2, "databases": {_ANY: {"groups": rights}}})


def _group(schema: tuple[str, ...], records: tuple[str, ...], read_timeout: int = -1) -> dict[str, object]:
    return {
        "access": schema,
        "types": {_ANY: {"access": [f"{action}Record" for action in records]}},
        "readTimeout": read_timeout,
        "resultSetLimit": -1,
    }


def users(passwords: Mapping[str, str]) -> str:
    """Return the file of users: each has the group of its name, and the root of all has no known password."""
    rights = {name: {DATABASE: [name]} for name in (READER, WRITER)} | {"root": {_ANY: ["admin"]}}
    lines = (
        json.dumps({"name": name, "password": passwords[name], "databases": rights[name]}) for name in rights
    )
    return "".join(f"{line}\n" for line in lines)


def write_settings(start: Start) -> None:
    """Write the files that the database reads users and rights from."""
    config = Path(start.folder, "config")
    config.mkdir(parents=True, exist_ok=True)
    (config / "server-groups.json").write_text(groups(start.seconds), encoding="utf-8")
    (config / "server-users.jsonl").write_text(users(start.passwords), encoding="utf-8")


def run(start: Start) -> _Server:
    """Start the server and make its database; what fails is raised as the library raises it."""
    from arcadedb_embedded import ArcadeDBServer

    write_settings(start)
    server = ArcadeDBServer(
        start.folder,
        config={
            "host": start.host,
            "bolt_port": start.port,
            "bolt_defaultDatabase": DATABASE,
            "server_plugins": _PLUGIN,
            "server_logsDirectory": str(Path(start.folder, "log")),
            "http_port": "22480-22999",
            "serverMetrics": False,
        },
        jvm_kwargs={
            "heap_size": start.heap,
            "disable_xml_limits": False,
            "jvm_args": [
                # A machine out of memory answers nobody; one that has ended is started again.
                "-XX:+ExitOnOutOfMemoryError",
                *(f"-D{name}={value}" for name, value in _NO_WAY_OUT.items()),
            ],
        },
    )
    server.start()
    java = server._java_server  # noqa: SLF001  # the library offers no way to serve Bolt alone
    java.getHttpServer().stopService()
    if not java.existsDatabase(DATABASE):
        server.create_database(DATABASE)
    limits = READER, start.seconds, java.getRunningQueries(), _threads
    threading.Thread(target=watch, args=limits, daemon=True).start()
    started: _Server = server
    return started


def _threads() -> dict[str, list[str]]:
    """Return each thread of the Java machine by its name, with the classes that it is inside of."""
    from jpype import JClass

    every = JClass("java.lang.Thread").getAllStackTraces().items()
    return {str(thread.getName()): [str(frame.getClassName()) for frame in stack] for thread, stack in every}


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    start = Start(**json.loads(sys.stdin.readline()))
    answers = _divert_output(Path(start.folder))
    from arcadedb_embedded.exceptions import ArcadeDBError
    from jpype import JException

    try:
        server = run(start)
    except (ArcadeDBError, JException, OSError) as error:
        _answer(answers, f"{type(error).__name__}: {error}")
        os._exit(1)
    _answer(answers, "ready")
    sys.stdin.read()
    server.stop()
    os._exit(0)  # threads of the Java machine would keep it alive


def _answer(answers: TextIO, text: str) -> None:
    answers.write(" ".join(text.split()) + "\n")
    answers.flush()


def _divert_output(folder: Path) -> TextIO:
    """Let everything that is printed go to the log; return the way to whoever started this process."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    log = os.open(folder / _LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    return answers


if __name__ == "__main__":
    main()
