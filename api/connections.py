"""Connections with a limit to how slow the other end may be, which uvicorn itself does not have."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

PACE = 1_000
"""Bytes a second that whoever sends a request, or is sent an answer, keeps up with at the least."""


class Connection(H11Protocol):
    """A connection that ends when its client owes the rest of a request, or takes no answer, for too long.

    It is looked at every `slow_seconds`. Who twice in a row moved less than `PACE` bytes for each of these
    seconds is cut off: a head or a body that drips in, or an answer that nobody fetches, holds nothing up. So
    is who goes on sending a body that was refused.
    """

    slow_seconds = 20.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to look."""
        super().connection_made(transport)
        self._arrived, self._unsent, self._slow = 0, 0, 0
        self._next_look = self.loop.call_later(self.slow_seconds, self._look)

    def data_received(self, data: bytes) -> None:
        """Count what arrives."""
        self._arrived += len(data)
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        self._next_look.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        moved = self._arrived + abs(self._unsent - unsent)
        dawdling = moved < PACE * self.slow_seconds and (unsent > 0 or self._owes_a_request())
        self._slow = self._slow + 1 if dawdling or self._sends_what_is_answered() else 0
        self._arrived, self._unsent = 0, unsent
        if self._slow > 1:
            self.transport.abort()
            return
        self._next_look = self.loop.call_later(self.slow_seconds, self._look)

    def _owes_a_request(self) -> bool:
        """Say whether the client is to send more; between two requests uvicorn's own clock runs."""
        state = self.conn.their_state
        if state is h11.IDLE:
            return self.timeout_keep_alive_task is None
        return state is h11.SEND_BODY and not self.flow.read_paused

    def _sends_what_is_answered(self) -> bool:
        """Say whether a body still comes that was refused, and so has no limit but this."""
        return self.conn.their_state is h11.SEND_BODY and self.cycle.response_complete


def connections(slow_seconds: float) -> type[Connection]:
    """Return connections of so much patience, as uvicorn takes them."""
    return type("PatientConnection", (Connection,), {"slow_seconds": slow_seconds})
