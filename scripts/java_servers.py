"""What scripts/neo4j and scripts/fuseki share: servers in Java, brought by Maven, run on this machine only.

The libraries come with Maven's checksums and stay in the user's cache; data, logs and the drawn password lie
in the server's folder. Exit codes: 0, 1 for a server that does not start or stop as it should, 2 for a
command that there is not, 3 where it cannot be installed, with the reason in one line.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

INSTALL_SECONDS, START_SECONDS, STOP_SECONDS = 300, 120, 60
ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "alignkg"

PROJECT = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>alignkg</groupId><artifactId>server</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>{dependencies}
  </dependencies>
</project>
"""
DEPENDENCY = """
    <dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>
      <version>{version}</version></dependency>"""


class CannotInstall(Exception):
    """What the server needs is not on this machine."""


class Misbehaves(Exception):
    """The server is there and does not do as it should."""


def run(script: str, description: str | None, commands: Mapping[str, Callable[[], int]], log: Path) -> int:
    """Do the one command that was given; return the exit code."""
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        print(description, file=sys.stderr)
        return 2
    try:
        return commands[sys.argv[1]]()
    except CannotInstall as reason:
        print(f"scripts/{script}: no server here: {reason}", file=sys.stderr)
        return 3
    except Misbehaves as reason:
        print(f"scripts/{script}: {reason}; its log is {log}", file=sys.stderr)
        return 1


@dataclass(frozen=True)
class State:
    """What is remembered of a server."""

    process: int
    port: int
    password: str


@dataclass(frozen=True)
class JavaServer:
    """A server: what brings it, and the folder of its data and logs."""

    script: str
    name: str
    version: str
    libraries: Sequence[tuple[str, str]]
    """Group and artifact of each."""
    oldest_java: int
    home: Path

    @property
    def cache(self) -> Path:
        """Where its libraries are."""
        return CACHE / f"{self.script}-{self.version}"

    @property
    def log(self) -> Path:
        """What it says."""
        return self.home / "server.log"

    @property
    def state_file(self) -> Path:
        """What is remembered of it from one command to the next."""
        return self.home / "server.json"

    def state(self) -> State:
        """Return what is remembered."""
        return State(**json.loads(self.state_file.read_text()))

    def port(self) -> int:
        """Return the port that it listens on."""
        if not self.running():
            raise Misbehaves(f"the server does not run; scripts/{self.script} start starts it")
        return self.state().port

    def password(self) -> str:
        """Return the password that was drawn when it was first started."""
        if not self.state_file.is_file():
            raise Misbehaves(f"there is no server; scripts/{self.script} start makes one")
        return self.state().password

    def status(self) -> int:
        """Say whether it runs."""
        print(f"runs as process {self.state().process}" if self.running() else "does not run")
        return 0

    def running(self) -> bool:
        """Say whether the process of the state file is a server of this folder."""
        if not self.state_file.is_file():
            return False
        process = self.state().process
        with suppress(ChildProcessError):
            os.waitpid(process, os.WNOHANG)  # one that this very process started
        try:
            return str(self.home).encode() in Path(f"/proc/{process}/cmdline").read_bytes()
        except FileNotFoundError:
            return False

    def stop(self) -> int:
        """Stop it, if it runs."""
        if not self.running():
            return 0
        process = self.state().process
        os.kill(process, signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while self.running():
            if time.monotonic() > until:
                os.kill(process, signal.SIGKILL)
                raise Misbehaves(f"the server did not stop within {STOP_SECONDS} s and was killed")
            time.sleep(0.1)
        return 0

    # --- installing -------------------------------------------------------------------------------------

    def install(self) -> None:
        """Bring the libraries into the cache, all or none."""
        self._require_java()
        if self.cache.is_dir():
            return
        if not shutil.which("mvn"):
            raise CannotInstall("Maven, which brings it, is not installed")
        self.cache.parent.mkdir(parents=True, exist_ok=True)
        print(f"Installing {self.name} {self.version} into {self.cache}", file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=self.cache.parent) as folder:
            project, libraries = Path(folder, "pom.xml"), Path(folder, "lib")
            project.write_text(self._project())
            command = ["mvn", "--batch-mode", "--quiet", "--strict-checksums", "--file", str(project)]
            command += ["dependency:copy-dependencies", "-DincludeScope=runtime"]
            command += [f"-DoutputDirectory={libraries}"]
            code, said = finish(command, INSTALL_SECONDS)
            if code is None:
                raise CannotInstall(f"Maven did not bring it within {INSTALL_SECONDS} s")
            if code:
                reason = next((line for line in said.splitlines() if "ERROR" in line), "it gave no reason")
                raise CannotInstall(f"Maven cannot bring it: {reason}")
            libraries.rename(self.cache)

    def _project(self) -> str:
        return PROJECT.format(
            dependencies="".join(
                DEPENDENCY.format(group=group, artifact=artifact, version=self.version)
                for group, artifact in self.libraries
            )
        )

    def _require_java(self) -> None:
        if not shutil.which("java"):
            raise CannotInstall("Java is not installed")
        asked = subprocess.run(["java", "-version"], capture_output=True, text=True, timeout=60, check=False)
        found = re.search(r'version "(\d+)', asked.stderr)
        if not found or int(found[1]) < self.oldest_java:
            there = found[1] if found else "unknown"
            raise CannotInstall(f"{self.name} needs Java {self.oldest_java}, this is {there}")

    # --- running ----------------------------------------------------------------------------------------

    def secret(self) -> str:
        """Return the password of before, or draw one: hexadecimal, since one may begin with no dash."""
        return self.state().password if self.state_file.is_file() else secrets.token_hex(18)

    def launch(self, command: Sequence[str], port: int, secret: str, answers: Callable[[], bool]) -> None:
        """Start it, and wait until it answers."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home,
                start_new_session=True,
            )  # fmt: skip
        self.state_file.touch(mode=0o600)
        self.state_file.write_text(json.dumps(asdict(State(process.pid, port, secret))))
        until = time.monotonic() + START_SECONDS
        while not answers():
            if process.poll() is not None:
                raise Misbehaves(f"the server ended with code {process.returncode} as it started")
            if time.monotonic() > until:
                process.kill()
                raise Misbehaves(f"the server did not answer within {START_SECONDS} s and was killed")
            time.sleep(0.2)


def finish(command: list[str], seconds: float) -> tuple[int | None, str]:
    """Run a command with all that it starts; its code is None if it was stopped because its time was up."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None, ""
    return process.returncode, said


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
