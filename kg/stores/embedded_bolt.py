"""A server that speaks Bolt, with nothing to install but the extra `cypher`: ArcadeDB in its own process.

Its folder holds the database, two passwords that only its owner can read, and, while it runs, its address: a
second program finds it there and asks it rather than start another. The user `reader` may only read, `writer`
also writes; no other door of the database is open. A process that ends by itself, as one does with a query
that nothing else stops, is started again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import kg.stores.bolt_process
from kg.errors import StoreError, StoreUnavailable
from kg.files import replacing
from kg.stores.address import Access
from kg.stores.bolt import BoltStore
from kg.stores.bolt_process import DATABASE, READER, WRITER, Start
from kg.stores.workers import import_path

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
_ADDRESS = "address.json"
_ROUNDS = 65_536
_START_SECONDS = 90.0
_STOP_SECONDS = 20.0
_TAKEN = ("lock", "in use", "another process")


class EmbeddedBolt:
    """The server of one folder: started here, or found running."""

    def __init__(
        self, folder: Path, *, host: str = LOOPBACK, port: int = 0, seconds: float = 20.0, heap: str = "1g"
    ) -> None:
        self.folder = folder.absolute()
        self._host, self._port, self._seconds, self._heap = host, port, seconds, heap
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.RLock()
        self.starts = 0
        """How often it was started here."""

    def reader(self) -> Access:
        """Return the access of those who ask, starting the server where none runs."""
        return self._access(READER)

    def writer(self) -> Access:
        """Return the access of the loader, starting the server where none runs."""
        return self._access(WRITER)

    def password_file(self, user: str = READER) -> Path:
        """Return the file that holds the password of a user, for its owner only."""
        return self.folder / f"{user}.password"

    def _access(self, user: str) -> Access:
        with self._lock:
            uri = self._running() or self._start()
        return Access(uri, user, self._password(user), DATABASE)

    @property
    def ours(self) -> bool:
        """Whether the server is a child of this process."""
        return self._process is not None and self._process.poll() is None

    def answers(self) -> bool:
        """Whether a server of this folder runs, here or elsewhere."""
        return self.ours or self._running() is not None

    # --- starting and stopping --------------------------------------------------------------------------

    def _running(self) -> str | None:
        """Return the address of a server that answers."""
        try:
            noted = json.loads((self.folder / _ADDRESS).read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        # After a crash another program may listen there by now.
        known = _listens(noted["host"], noted["port"]) and _welcomes(noted["uri"], self._password(READER))
        return noted["uri"] if known else None

    def _start(self) -> str:
        _require_extra()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        failure = self._try_start()
        if failure and not _is_taken(failure):
            # A database that does not open, of another version or damaged, is made anew from the ledger.
            shutil.rmtree(self.folder / "databases", ignore_errors=True)
            failure = self._try_start()
        found = self._running()
        if failure or found is None:
            raise StoreUnavailable(
                f"{self.folder}: the Cypher server does not start: {failure}; see server.log there"
            )
        threading.Thread(target=self._keep_up, args=(self._process,), daemon=True).start()
        return found

    def _keep_up(self, process: subprocess.Popen[str]) -> None:
        """Start the server again if its process ends and nobody here has ended it."""
        code = process.wait()
        with self._lock:
            if self._process is not process:
                return
            self._let_go()
            log.warning("%s: the Cypher server ended with code %s and is started again", self.folder, code)
            try:
                self._start()
            except StoreUnavailable as error:
                log.error("%s", error)  # its sentence says it all

    def _try_start(self) -> str:
        """Start the process; return why it failed, nothing where it is ready."""
        if self._process is not None:  # it has just ended by itself, and its keeper has not seen that yet
            self._let_go()
        port = self._port = self._port or _free_port(self._host)
        hashes = {user: _hashed(self._password(user)) for user in (READER, WRITER)}
        hashes["root"] = _hashed(secrets.token_urlsafe(24))
        start = Start(str(self.folder), self._host, port, self._seconds, self._heap, hashes)
        process = self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-P", "-m", kg.stores.bolt_process.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": import_path()},
            cwd=self.folder,  # the database makes a folder of logs wherever it stands
            start_new_session=True,  # an interrupt at the terminal is for the parent
        )
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.write(start.to_line())
            process.stdin.flush()
        answer = _first_line(process, _START_SECONDS)
        if answer != "ready":
            self.kill()
            return answer or "it ended without a word"
        self._note(port)
        self.starts += 1
        return ""

    def _note(self, port: int) -> None:
        host = LOOPBACK if self._host in ("0.0.0.0", "::") else self._host  # noqa: S104  # not bound here
        name = f"[{host}]" if ":" in host else host
        with replacing(self.folder / _ADDRESS) as file:
            file.write(json.dumps({"uri": f"bolt://{name}:{port}", "host": host, "port": port}).encode())

    def close(self) -> None:
        """Stop the server if this process started it."""
        with self._lock:
            if self._process is None:
                return
            (self.folder / _ADDRESS).unlink(missing_ok=True)
            assert self._process.stdin is not None
            with suppress(BrokenPipeError):
                self._process.stdin.close()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
            self._let_go()

    def kill(self) -> None:
        """End the process at once, as a query must be that nothing else stops; nothing is lost by it."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                self._let_go()

    def _let_go(self) -> None:
        assert self._process is not None
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        self._process = None

    # --- passwords --------------------------------------------------------------------------------------

    def _password(self, user: str) -> str:
        """Return a user's password, made at random where there is none yet."""
        file = self.password_file(user)
        with suppress(FileExistsError):
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(secrets.token_urlsafe(24) + "\n")
        return file.read_text(encoding="utf-8").strip()


def _hashed(password: str) -> str:
    """Return a password as the database keeps it."""
    salt = base64.b64encode(secrets.token_bytes(32)).decode()
    hash_ = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), _ROUNDS, 32)
    return f"PBKDF2WithHmacSHA256${_ROUNDS}${salt}${base64.b64encode(hash_).decode()}"


def _require_extra() -> None:
    missing = [name for name in ("arcadedb_embedded", "neo4j") if find_spec(name) is None]
    if missing:
        raise StoreUnavailable(
            f"the embedded Cypher server needs {' and '.join(missing)}: pip install 'alignkg[cypher]'"
        )


def _is_taken(failure: str) -> bool:
    return any(word in failure.lower() for word in _TAKEN)


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=5.0):
            return True
    except OSError:
        return False


def _welcomes(uri: str, password: str) -> bool:
    try:
        BoltStore.connect(uri, READER, password, database=DATABASE).close()
    except StoreError:
        return False
    return True


def _first_line(process: subprocess.Popen[str], seconds: float) -> str:
    """Return the first line that a process writes; what takes too long is killed."""
    assert process.stdout is not None
    stop = _Alarm(seconds, process.kill)
    line = process.stdout.readline().strip()
    return "it took too long to start" if stop.rang() else line


class _Alarm:
    """Does something after a while, unless it is asked before whether it rang."""

    def __init__(self, seconds: float, act: Callable[[], None]) -> None:
        self._rang = threading.Event()
        self._timer = threading.Timer(seconds, self._ring, (act,))
        self._timer.daemon = True
        self._timer.start()

    def _ring(self, act: Callable[[], None]) -> None:
        self._rang.set()
        act()

    def rang(self) -> bool:
        """Say whether it rang, and let it ring no more."""
        self._timer.cancel()
        return self._rang.is_set()
