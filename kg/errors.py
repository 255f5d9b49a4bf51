"""Every error that AlignKG raises on purpose.

KGError
├─ OntologyError        an ontology file is wrong: file, term
├─ SourceError          a file of papers cannot be read: path, record
├─ ConfigError          a setting is wrong: its name
├─ NotFound             nothing has that name or id: what is nearest
├─ CurationError        a curation decision cannot be taken
├─ LedgerError          the ledger cannot be opened or is damaged
│  └─ LedgerBusy        another process is writing to it
├─ ClusterError         a Dask cluster cannot read papers: its address
├─ BackupError          a backup cannot be made, or is not put in place
├─ TokenError           a token cannot be made or revoked
└─ StoreError           a store cannot do it
   ├─ StoreUnavailable  it is not there, or another process holds it
   │  ├─ StoreHeld      another process writes it
   │  └─ NotShownYet    a decision is in the ledger, and the store could not be brought up to date
   ├─ StoreDamaged      its files cannot be read; it is made anew from the ledger
   ├─ VersionMismatch   it was written by another version
   └─ QueryError        a query failed
      ├─ QuerySyntaxError   with line and column
      ├─ QueryForbidden     it would write, or leave this machine
      ├─ QueryTimeout       it ran past its time
      ├─ QueryTooHungry     it needed more memory than its limit
      ├─ QueryAbandoned     whoever asked has gone
      ├─ ResultTooLarge     it gave more than its limit
      └─ UnknownQuery       no question of that form is known
"""

from __future__ import annotations

from collections.abc import Iterable


class KGError(Exception):
    """The root; its message says what failed, on what, and what to do."""


class OntologyError(KGError):
    """An ontology file contradicts itself or cannot be read."""

    def __init__(self, file: str, term: str, reason: str) -> None:
        super().__init__(f"{file}: {term}: {reason}")
        self.file, self.term, self.reason = file, term, reason


class SourceError(KGError):
    """A file of papers cannot be read, or, with --strict, one of its records."""

    def __init__(self, path: str, reason: str, *, line: int | None = None) -> None:
        super().__init__(f"{path}:{line}: {reason}" if line is not None else f"{path}: {reason}")
        self.path, self.reason, self.line = path, reason, line


class ConfigError(KGError):
    """A setting has a value that it cannot have."""

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(f"setting {setting}: {reason}")
        self.setting, self.reason = setting, reason


class ClusterError(KGError):
    """A Dask cluster is not there, was lost, or has workers that cannot read papers."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address}: {reason}")
        self.address, self.reason = address, reason


class NotFound(KGError):
    """Nothing in the graph or the ontology has that name."""

    def __init__(self, name: str, nearest: Iterable[str] = ()) -> None:
        self.name, self.nearest = name, tuple(nearest)
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        super().__init__(f"nothing is known by the name {name!r}{hint}")


class CurationError(KGError):
    """A curation decision does not fit the graph."""


class LedgerError(KGError):
    """The ledger cannot be opened, or was written by a version that this one does not read."""


class LedgerBusy(LedgerError):
    """Another process writes to the ledger; nothing of what was wanted has been done."""

    def __init__(self, file: str) -> None:
        super().__init__("an ingest or another decision is being written to the graph; try again in a moment")
        self.file = file


class BackupError(KGError):
    """A backup cannot be made, is no sound backup, or would replace what is there."""


class TokenError(KGError):
    """A token cannot be made or revoked as asked."""


class StoreError(KGError):
    """A store cannot do what was asked."""


class StoreUnavailable(StoreError):
    """The store is not there, or another process holds it."""


class StoreHeld(StoreUnavailable):
    """Another process writes the store; it is free when that is done."""


class NotShownYet(StoreUnavailable):
    """A decision is recorded, and shows once the store can be written again."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"decision {number} is recorded, and shows as soon as the store takes it: {reason}")
        self.number = number


class StoreDamaged(StoreError):
    """The files of a store cannot be read; the ledger has it all."""


class VersionMismatch(StoreError):
    """The store was written under another version of the ontology."""


class QueryError(StoreError):
    """A query failed."""


class QuerySyntaxError(QueryError):
    """A query is malformed; `line` and `column` count from 1 where they are known."""

    def __init__(self, reason: str, *, line: int | None = None, column: int | None = None) -> None:
        where = f" at line {line}, column {column}" if line is not None else ""
        super().__init__(f"malformed query{where}: {reason}")
        self.reason, self.line, self.column = reason, line, column


class QueryForbidden(QueryError):
    """A query would write, or would read from outside this graph."""


class QueryTimeout(QueryError):
    """A query ran past its time limit and was stopped."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the query was stopped after {seconds:g} s; narrow it or raise the limit")
        self.seconds = seconds


class QueryTooHungry(QueryError):
    """A query needed more memory than its limit and was stopped."""

    def __init__(self, limit: int | None = None) -> None:
        bound = f"{limit // 1024**2} MiB of memory" if limit else "the memory that there is for one"
        super().__init__(f"the query needed more than {bound} and was stopped; narrow it")
        self.limit = limit


class QueryAbandoned(QueryError):
    """Whoever asked has gone, and the query was stopped."""

    def __init__(self) -> None:
        super().__init__("the query was stopped, because whoever asked has gone")


class ResultTooLarge(QueryError):
    """A query gave more rows or bytes than its limit."""

    def __init__(self, limit: int, unit: str = "rows") -> None:
        super().__init__(f"the answer has more than {limit} {unit}; add LIMIT, or raise the limit")
        self.limit, self.unit = limit, unit


class UnknownQuery(QueryError):
    """The words do not form a question that is known; `examples` are some that do."""

    def __init__(self, text: str, reason: str, examples: Iterable[str] = ()) -> None:
        self.text, self.reason, self.examples = text, reason, tuple(examples)
        tail = f"; try: {' · '.join(self.examples)}" if self.examples else ""
        super().__init__(f"cannot answer {text!r}: {reason}{tail}")
