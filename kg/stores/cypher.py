"""What may be asked in Cypher: one statement that only reads, from this graph.

The server is what keeps writes out, by a user who may only read or by its read mode; this says so before it
is asked, in a sentence. It also refuses what servers count as reading but leaves the graph: LOAD CSV,
procedures that are not known to stay, commands about users and databases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import dropwhile, islice, pairwise

from kg.errors import QueryForbidden, QuerySyntaxError

WRITING = frozenset(("CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "DROP", "FOREACH", "INSERT"))
"""Words that begin a clause that writes."""
COMMANDS = frozenset(
    ("ALTER", "CREATE", "DENY", "DEALLOCATE", "DISABLE", "DROP", "DRYRUN", "ENABLE", "GRANT", "REALLOCATE",
     "RENAME", "REVOKE", "SHOW", "START", "STOP", "TERMINATE", "USE")
)  # fmt: skip
"""Words that begin a command about the server, its users or its databases."""
PROCEDURES = ("db.", "dbms.components", "algo.", "gds.")
"""What the names of procedures that only read the graph begin with; a server stops `db.` ones that write."""

# What is not closed reaches to the end, and nothing is tried twice, however long a text tries to be.
_TOKEN = re.compile(
    r"""
    (?P<comment> //[^\r\n]* | /\*.*?(?:\*/|\Z) )
  | (?P<string> '(?:\\.|[^'\\])*+(?:'|\Z) | "(?:\\.|[^"\\])*+(?:"|\Z) )
  | (?P<name> `(?:``|[^`])*+(?:`|\Z) )
  | (?P<word> [^\W\d]\w* )
  | (?P<sign> \S )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u+([0-9A-Fa-f]{4})")
# What stands before a word that is a name: a property, label, type or parameter.
_BEFORE_NAMES = frozenset(".:$|&!")
_PREFIXES = frozenset(("EXPLAIN", "PROFILE"))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "word" else ""


_EDGE = _Token("edge", "")


def refuse_writes(text: str) -> None:
    r"""Raise QueryForbidden if a query would write or leave this graph, QuerySyntaxError if it is two.

    A server may read \\u escapes before anything else; so the text is looked at in both ways.
    """
    for reading in dict.fromkeys((text, _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text))):
        tokens = list(_tokens(reading))
        _refuse_commands(tokens)
        _refuse_clauses(tokens)
        _refuse_second_statement(tokens)


def _tokens(text: str) -> Iterator[_Token]:
    """Yield what is not comment."""
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind != "comment":
            yield _Token(kind, found.group())


def _refuse_commands(tokens: list[_Token]) -> None:
    first = next((token for token in tokens if token.word not in _PREFIXES), _EDGE)
    if first.word in COMMANDS - WRITING:
        raise QueryForbidden(f"only queries are answered here, no commands: take {first.word} out")


def _refuse_clauses(tokens: list[_Token]) -> None:
    before = _EDGE
    for number, (token, after) in enumerate(pairwise((*tokens, _EDGE))):
        if before.text not in _BEFORE_NAMES or before is _EDGE:
            _refuse_clause(token, after, islice(tokens, number + 1, None))
        before = token


def _refuse_clause(token: _Token, after: _Token, rest: Iterable[_Token]) -> None:
    if token.word in WRITING and after.text not in (":", ".", ",", ")", "]", "}", "="):
        raise QueryForbidden(
            f"this graph is read-only here: take {token.word} out; a name of your own goes in `backticks`"
        )
    if token.word == "LOAD" and after.word == "CSV":
        raise QueryForbidden("a query may not read files or addresses: take LOAD CSV out")
    if token.word == "CALL" and after.kind in ("word", "name"):
        _refuse_procedure(rest)


def _refuse_procedure(rest: Iterable[_Token]) -> None:
    name = ""
    for token in rest:
        if token.kind not in ("word", "name") and token.text != ".":
            break
        name += token.text.strip("`")
    if not name.lower().startswith(PROCEDURES):
        raise QueryForbidden(f"the procedure {name} may write or leave this graph: only db.… can be called")


def _refuse_second_statement(tokens: list[_Token]) -> None:
    rest = dropwhile(lambda token: token.text != ";", tokens)
    if any(token.text != ";" for token in rest):
        raise QuerySyntaxError("a query is one statement: take what stands behind ; out")


def comment(mark: str) -> str:
    """Return the line that a marked statement begins with, by which servers list it."""
    return f"// kg:{mark}"
