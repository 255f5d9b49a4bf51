"""What goes on inside a process of `kg.stores.workers`: questions in, replies out, within limits.

A worker may be killed at any time. It has a bound of memory, and an alarm that ends it where whoever started
it is gone and can end it no more.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, NamedTuple, Protocol, TypeVar

from kg.errors import KGError, ResultTooLarge
from kg.stores import Limits

READY = (False, b"")
"""What a worker sends first."""
OUT_OF_MEMORY = 77
"""The exit code of a worker whose question needed more memory than it has."""
FRAME = struct.Struct("!?Q")
"""What goes before each pickle that a worker sends: whether it is a failure, and how long it is."""
_GRACE_SECONDS = 2.0
_PIPE_BYTES = 1024 * 1024
"""What the pipe to the other process is to hold, so that a long answer takes few turns."""
_WRAPPING_BYTES = 4_096
"""How much longer a pickle may be than the answer inside it."""


class Question(Protocol):
    """What can be asked of a worker; it goes there as a pickle."""

    @property
    def text(self) -> str:
        """Its words."""
        ...

    @property
    def limits(self) -> Limits:
        """What its answer may take."""
        ...


Asked = TypeVar("Asked", bound=Question)


class Failure(NamedTuple):
    """An error on its way to the other process; pickle would call the constructor with the message."""

    kind: type[KGError]
    message: str
    facts: dict[str, object]

    @classmethod
    def of(cls, error: KGError) -> Failure:
        """Take an error apart."""
        return cls(type(error), str(error), dict(vars(error)))

    @staticmethod
    def read(content: memoryview) -> Failure:
        """Read one that came from the other process."""
        failure: Failure = pickle.loads(content)  # noqa: S301  # from our own child only
        return failure

    def error(self) -> KGError:
        """Return the error as it was."""
        error = self.kind.__new__(self.kind, self.message)
        KGError.__init__(error, self.message)
        vars(error).update(self.facts)
        return error


def work(answer: Callable[[Asked], object], memory: int) -> None:
    """Answer what comes by standard input on standard output, until there is no more of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    _limit(memory)
    _widen(sys.stdout.buffer)
    try:
        _serve(answer, sys.stdin.buffer, sys.stdout.buffer)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def _serve(answer: Callable[[Asked], object], questions: BinaryIO, replies: BinaryIO) -> None:
    _send(READY, replies)
    while True:
        try:
            question: Asked = pickle.load(questions)  # noqa: S301  # from our own parent only
        except EOFError:
            return
        with _alarm(question.limits.seconds + _GRACE_SECONDS):
            reply = _reply(answer, question)
        _send(reply, replies)


def _reply(answer: Callable[[Asked], object], question: Asked) -> tuple[bool, bytes]:
    try:
        reply = pickle.dumps(answer(question), pickle.HIGHEST_PROTOCOL)
        if len(reply) > question.limits.bytes + _WRAPPING_BYTES:
            raise ResultTooLarge(question.limits.bytes, "bytes")
    except KGError as error:
        return True, pickle.dumps(Failure.of(error))
    return False, reply


def _send(reply: tuple[bool, bytes], replies: BinaryIO) -> None:
    failed, content = reply
    replies.write(FRAME.pack(failed, len(content)))
    replies.write(content)
    replies.flush()


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """End this process if it works longer, for the case that its parent is gone; not on Windows."""
    if sys.platform == "win32":
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _widen(replies: BinaryIO) -> None:
    """Let the pipe hold more at once, where the system lets us."""
    if sys.platform == "linux":
        import fcntl  # there is none on Windows

        with suppress(OSError):  # beyond what this user may have
            fcntl.fcntl(replies.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _limit(memory: int) -> None:
    """Let a query that needs more memory end this process rather than the machine; not on Windows."""
    if sys.platform != "win32":
        import resource  # there is none on Windows

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # all that memory would go to the disk
