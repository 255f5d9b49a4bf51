"""The process behind `kg.stores.door`: it asks a server in Cypher, and takes in what that answers.

It is started as `python -m kg.stores.bolt_worker MEMORY`. An answer may be of any size until it is counted,
so it is taken in where memory is bounded.
"""

from __future__ import annotations

import sys

from kg.stores.address import Access
from kg.stores.bolt import BoltStore
from kg.stores.bolt_question import CypherQuestion
from kg.stores.work import work


class _Connection:
    """The connection to one server, made when it is first asked."""

    def __init__(self) -> None:
        self._access: Access | None = None
        self._store: BoltStore | None = None

    def to(self, access: Access) -> BoltStore:
        if self._store is None or access != self._access:
            if self._store is not None:
                self._store.close()
                self._store = None
            self._store = BoltStore.connect(
                access.uri, access.user, access.password, database=access.database
            )
            self._access = access
        return self._store

    def answer(self, question: CypherQuestion) -> object:
        return question.ask(self.to)


def main() -> None:
    """Serve until there are no more questions."""
    work(_Connection().answer, int(sys.argv[1]))


if __name__ == "__main__":
    main()
