"""What is asked of a worker for Cypher: a statement, and of which server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kg.errors import QuerySyntaxError
from kg.records import JSON
from kg.stores import Limits
from kg.stores.address import Access
from kg.stores.cypher import comment

if TYPE_CHECKING:  # the driver under these comes with an extra
    from kg.stores.bolt import BoltStore
    from kg.stores.cells import Table


@dataclass(frozen=True, slots=True)
class CypherQuestion:
    """A statement with a mark, by which it is found among those that a server works at."""

    text: str
    parameters: dict[str, JSON]
    limits: Limits
    access: Access
    mark: str
    seconds: float
    """Its own time; the limits give the server a moment more to end it."""

    @property
    def marked(self) -> str:
        """The statement behind a comment of one line; servers list the beginning of what they work at."""
        return f"{comment(self.mark)}\n{self.text}"

    def ask(self, connected: Callable[[Access], BoltStore]) -> Table:
        """Answer it; a malformed one is asked without its mark, which servers count as a line or do not."""
        limits = replace(self.limits, seconds=self.seconds)
        try:
            return connected(self.access).run(self.marked, self.parameters, limits)
        except QuerySyntaxError:
            return connected(self.access).run(self.text, self.parameters, limits)
