"""CSV in parts for `neo4j-admin database import`: a header and files for each label and relationship type.

What is imported is what `kg push` writes, property by property. An empty cell is no property and `""` an
empty text: a difference that Python's csv module does not write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kg.bulk.parts import Folder, Series
from kg.errors import StoreError
from kg.export.tables import NEO4J_LIST_SEPARATOR, NEO4J_TYPES
from kg.property_graph import MENTIONS, PgNode, PgPiece, PgValue, pieces, statement_types
from kg.records import Node
from kg.schema import ENTITIES, OTHERS, STATEMENTS, properties
from kg.stores.manifest import MANIFEST, Manifest
from kg.stores.writing import constraints
from kg.vocabulary import Vocabulary

README = """Import into an empty Neo4j 5 database, in this folder, while the server is stopped:

    neo4j-admin database import full neo4j @import.args

Start the server, and make ids unique and quick to find:

    cypher-shell --file constraints.cypher

kg push brings what has changed since; kg check --store compares everything.
"""
Columns = Mapping[str, type]
"""Properties and the types of their values."""


def write_neo4j(nodes: Iterable[Node], state: Manifest, vocabulary: Vocabulary, folder: Folder, /) -> None:
    """Write the graph, and the options and queries with which it is imported."""
    files = _Files(folder, vocabulary)
    for node in nodes:
        for piece in pieces(node, vocabulary):
            files.write(piece)
    origin, position = state.origin, state.position
    said: dict[str, PgValue] = {"ledger": origin.ledger, "version": origin.version, "position": position}
    files.write(PgNode(MANIFEST, (MANIFEST,), said))
    folder.write_text("import.args", files.options())
    folder.write_text("constraints.cypher", "".join(f"{text};\n" for text in constraints(vocabulary)))
    folder.write_text("README.txt", README)


class _Files:
    """A series of files for each combination of labels and each relationship type."""

    def __init__(self, folder: Folder, vocabulary: Vocabulary) -> None:
        self._folder, self._vocabulary = folder, vocabulary
        self._known = {
            name: {key: type(value) for key, value in known.items()}
            for name, known in properties(vocabulary).items()
        }
        self._known[MANIFEST] = {"ledger": str, "version": str, "position": int}
        self._statements = frozenset(statement_types(vocabulary))
        self._groups: dict[str, _Group] = {}

    def write(self, piece: PgPiece) -> None:
        """Append a node or a relationship."""
        if isinstance(piece, PgNode):
            self._group("nodes", ":".join(piece.labels)).write((piece.id,), piece.properties)
        else:
            self._group("relationships", piece.type).write((piece.start, piece.end), piece.properties)

    def _group(self, kind: str, name: str) -> _Group:
        if name not in self._groups:
            self._groups[name] = self._begin(kind, name)
        return self._groups[name]

    def _begin(self, kind: str, name: str) -> _Group:
        columns = self._columns(kind, name)
        stem = f"{kind}/{name.partition(':')[0]}"
        header = (":ID",) if kind == "nodes" else (":START_ID", ":END_ID")
        typed = (f"{key}:{NEO4J_TYPES[type_]}" for key, type_ in columns.items())
        self._folder.write_text(f"{stem}.header.csv", ",".join((*header, *typed)) + "\n")
        return _Group(kind, name, f"{stem}.header.csv", columns, self._folder.series(stem, ".csv"))

    def _columns(self, kind: str, name: str) -> Columns:
        first = name.partition(":")[0]
        if kind == "nodes":
            return self._known[ENTITIES if first in self._vocabulary.types else first]
        other = MENTIONS if name == MENTIONS else OTHERS
        return self._known[STATEMENTS if name in self._statements else other]

    def options(self) -> str:
        """Return the options of the import, one a line."""
        how = ["--multiline-fields=true", "--array-delimiter=U+001F"]
        return "\n".join([*how, *(group.option() for group in self._groups.values()), ""])


class _Group:
    """The files of one combination of labels, or of one relationship type."""

    def __init__(self, kind: str, name: str, header: str, columns: Columns, series: Series) -> None:
        self._kind, self._name, self._header = kind, name, header
        self._columns, self._series = columns, series

    def write(self, keys: Sequence[str], values: Mapping[str, PgValue]) -> None:
        """Append one row: what it joins or is called, and its properties."""
        if strange := values.keys() - self._columns.keys():
            raise StoreError(f"{self._name} {keys} has {strange}, for which its files have no column")
        cells = (*keys, *map(values.get, self._columns))
        self._series.write([(",".join(map(_cell, cells)) + "\n").encode()])

    def option(self) -> str:
        """Return what names these files to the import."""
        self._series.close()
        names = ",".join((self._header, *(file.name for file in self._series.files)))
        return f"--{self._kind}={self._name}={names}"


def _cell(value: PgValue | None) -> str:
    """Return a value as a cell: text in quotes, which are doubled inside it.

    >>> ",".join(map(_cell, ("a", "", True, 0.5, None)))
    '"a","",true,0.5,'
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case tuple():
            return _cell(NEO4J_LIST_SEPARATOR.join(value))
    return '"' + value.replace('"', '""') + '"'
