"""The W3C's tests of SPARQL 1.1, asked of a running service over HTTP.

    python scripts/w3c_tests.py --from ARCHIVE [--write docs/conformance.md] [--group bind] [--verbose]

ARCHIVE is a folder, a zip (a jar is one) or a tar that holds the suite's manifests; without it, the suite is
fetched from where the W3C publishes it. For each test the store of a scratch service is filled with the
test's data, and its query is sent to `/sparql`. What comes back is read by rdflib and compared with what the
suite expects: rows as a bag, or in their order where the query orders them, blank nodes by isomorphism, terms
to the letter. The table that `--write` puts into a page counts apart what is equal but for the way in which a
number or a language is written, or but for an order that SPARQL leaves open.

It fails if a test fails whose name that page does not explain.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import httpx
import pyoxigraph as ox
import rdflib
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.query import Result
from rdflib.term import Node

from kg.settings import Settings
from kg.stores.folder import Folder
from kg.workspace import open_workspace

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "conformance.md"
PUBLISHED = "https://github.com/w3c/rdf-tests/archive/refs/heads/main.zip"
KNOWN = {
    "b085ef49f807c24cd01b66087f86af1aec1801a3abbe51f519636d8b05659df0": (
        "org.eclipse.rdf4j:rdf4j-sparql-testsuite 5.2.0, which carries the suite as the W3C published it"
    ),
}
"""Archives whose figures have been looked at, by their SHA-256."""

ADDRESS = "http://suite.example/"
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
FORMS = {
    "QueryEvaluationTest": "answers",
    "CSVResultFormatTest": "answers",
    "PositiveSyntaxTest11": "is well-formed",
    "PositiveSyntaxTest": "is well-formed",
    "NegativeSyntaxTest11": "is malformed",
    "NegativeSyntaxTest": "is malformed",
}
"""The tests that are about queries; others are about updates, graph stores, or the protocol."""
ACCEPT = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".tsv": "text/tab-separated-values",
    ".csv": "text/csv",
    ".ttl": "text/turtle",
}
ROW = rdflib.URIRef("urn:row")
NUMBERS = frozenset(
    rdflib.XSD[name]
    for name in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger")
)
PASSED, NEARLY, REFUSED, FAILED = "passed", "not to the letter", "refused", "failed"
_BEGIN, _END = "<!-- the table of scripts/w3c_tests.py -->", "<!-- its end -->"

ENVIRONMENT = {"PYTHONPATH": str(ROOT), "KG_LOG_LEVEL": "warning"}

rdflib.NORMALIZE_LITERALS = False
"""Terms are compared to the letter."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test: what is asked over which graphs, and what must come of it."""

    name: str
    group: str
    form: str
    query: Path
    default: tuple[Path, ...] = ()
    named: tuple[Path, ...] = ()
    result: Path | None = None
    calls_out: bool = False
    entailed: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a test, and why where it is no success."""

    case: Case
    outcome: str
    why: str = ""


# --- the suite ------------------------------------------------------------------------------------------


@contextmanager
def suite(source: Path) -> Iterator[Path]:
    """Yield a folder with the suite of a folder or an archive."""
    if source.is_dir():
        yield source
        return
    with tempfile.TemporaryDirectory() as scratch:
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                archive.extractall(scratch)
        else:
            with tarfile.open(source) as archive:
                archive.extractall(scratch, filter="data")
        yield Path(scratch)


def root_of(folder: Path) -> Path:
    """Return the folder of the manifest that includes the tests of SPARQL 1.1."""
    found = [
        path.parent
        for path in sorted(folder.rglob("manifest-all.ttl"))
        if (path.parent / "csv-tsv-res").is_dir() or (path.parent / "smoke").is_dir()
    ]
    if not found:
        raise SystemExit(f"{folder}: there is no manifest-all.ttl beside the tests of SPARQL 1.1")
    return found[0]


def cases(root: Path) -> Iterator[Case]:
    """Yield the tests of all manifests that are about queries."""
    for manifest in sorted(root.glob("*/manifest.ttl")):
        yield from cases_of(manifest, root)


def cases_of(manifest: Path, root: Path) -> Iterator[Case]:
    """Yield the tests of one manifest, in its order."""
    graph = rdflib.Graph().parse(manifest, publicID=address_of(manifest, root), format="turtle")
    for entries in graph.objects(None, MF.entries):
        for test in Collection(graph, entries):
            kind = str(graph.value(test, rdflib.RDF.type)).partition("#")[2]
            if kind in FORMS and not _is_update(graph, test):
                yield _case(graph, test, FORMS[kind], manifest.parent.name, root)


def _is_update(graph: rdflib.Graph, test: Node) -> bool:
    return str(graph.value(test, MF.action)).endswith(".ru")


def _case(graph: rdflib.Graph, test: Node, form: str, group: str, root: Path) -> Case:
    action = graph.value(test, MF.action)
    assert action is not None

    def files(predicate: rdflib.URIRef) -> tuple[Path, ...]:
        return tuple(_path(address, root) for address in graph.objects(action, predicate))

    result = graph.value(test, MF.result)
    return Case(
        name=str(test).partition("#")[2],
        group=group,
        form=form,
        query=files(QT.query)[0] if (action, QT.query, None) in graph else _path(action, root),
        default=files(QT.data),
        named=files(QT.graphData),
        result=None if result is None else _path(result, root),
        calls_out=group in ("service", "syntax-fed"),
        entailed=(action, SD.entailmentRegime, None) in graph,
    )


def address_of(path: Path, root: Path) -> str:
    """Return the address under which a file of the suite is spoken of."""
    return ADDRESS + path.relative_to(root).as_posix()


def _path(address: Node, root: Path) -> Path:
    return root / str(address).removeprefix(ADDRESS)


# --- the service ----------------------------------------------------------------------------------------


class Place:
    """A running service, and the store under it, which holds what a test says."""

    def __init__(self, address: str, folder: Folder, scratch: Path, root: Path) -> None:
        self._client = httpx.Client(base_url=address, timeout=60)
        self._folder, self._root = folder, root
        self._database = ox.Store(str(scratch))
        self._held: tuple[tuple[Path, ...], tuple[Path, ...]] | None = None

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def fill(self, case: Case) -> None:
        """Show the service the graphs of a test."""
        wanted = (case.default, case.named)
        if wanted == self._held:
            return
        self._database.clear()
        for path in case.default:
            self._load(path, ox.DefaultGraph())
        for path in case.named:
            self._load(path, ox.NamedNode(address_of(path, self._root)))
        for path in graphs_asked_for(case):
            self._load(path, ox.NamedNode(address_of(path, self._root)))
        self._database.flush()
        self._folder.publish(self._database)
        self._held = wanted

    def ask(self, query: str, accept: str) -> httpx.Response:
        """Send a query."""
        headers = {"Accept": accept, "Content-Type": "application/sparql-query"}
        return self._client.post("/sparql", content=query.encode(), headers=headers)

    def _load(self, path: Path, graph: ox.DefaultGraph | ox.NamedNode) -> None:
        format = ox.RdfFormat.from_extension(path.suffix[1:])
        self._database.load(
            path=str(path), format=format, base_iri=address_of(path, self._root), to_graph=graph
        )


def graphs_asked_for(case: Case) -> Iterator[Path]:
    """Yield the files that the query itself names as its dataset, which nobody fetches."""
    for name in re.findall(r"FROM\s+(?:NAMED\s+)?<([^<>:]+)>", case.query.read_text(encoding="utf-8"), re.I):
        if (path := case.query.parent / name).is_file():
            yield path


@contextmanager
def served(root: Path) -> Iterator[Place]:
    """Start `kg serve` on a scratch folder, and stop it in the end."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "db")
        with open_workspace(folder, settings=Settings()) as workspace:
            store = workspace.store_directory
        command = [sys.executable, "-P", "-m", "kg", "serve", "--db", str(folder), "--port", "0"]
        # Its own interpreter and module.
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            text=True,
            cwd=scratch,
            env={**os.environ, **ENVIRONMENT},
        ) as process:
            try:
                assert process.stdout is not None
                address = re.search(r"http://\S+", process.stdout.readline())
                assert address, "the service does not start"
                with closing(Place(address[0], Folder(store), Path(scratch, "suite"), root)) as place:
                    yield place
            finally:
                process.terminate()


# --- judging --------------------------------------------------------------------------------------------


def judge(case: Case, place: Place) -> Verdict:
    """Ask a test's query, and say what came of it."""
    place.fill(case)
    text = case.query.read_text(encoding="utf-8")
    if case.form != "is malformed":
        text = f"BASE <{address_of(case.query, place._root)}>\n{text}"  # noqa: SLF001
    suffix = case.result.suffix if case.result else ".srj"
    answer = place.ask(text, ACCEPT[suffix] if case.form == "answers" else "*/*")
    leaves = case.calls_out or "FROM" in text
    if leaves and answer.status_code == httpx.codes.FORBIDDEN:
        return Verdict(case, REFUSED)
    if case.form == "is malformed":
        right = answer.status_code == httpx.codes.BAD_REQUEST and "malformed" in answer.json()["detail"]
        return Verdict(case, PASSED if right else FAILED, "" if right else f"status {answer.status_code}")
    if answer.status_code != httpx.codes.OK:
        return Verdict(case, FAILED, answer.json()["detail"])
    if case.form == "is well-formed":
        return Verdict(case, PASSED)
    assert case.result is not None
    return _compared(case, answer.content, case.result, ordered=bool(re.search(r"ORDER\s+BY", text, re.I)))


def _compared(case: Case, answer: bytes, result: Path, *, ordered: bool) -> Verdict:
    expected = result.read_bytes()
    if isomorphic(*(as_graph(body, result.suffix, ordered=ordered) for body in (answer, expected))):
        return Verdict(case, PASSED)
    if isomorphic(*(by_value(as_graph(body, result.suffix, ordered=False)) for body in (answer, expected))):
        return Verdict(case, NEARLY)
    return Verdict(case, FAILED, f"gave {answer.decode()!r}, not {expected.decode()!r}")


def as_graph(body: bytes, suffix: str, *, ordered: bool) -> rdflib.Graph:
    """Return an answer as a graph, so that answers are equal where their graphs are isomorphic.

    Each row is a blank node of its own with its cells, and its number where the order counts.
    """
    if suffix == ".ttl":
        return rdflib.Graph().parse(data=body, format="turtle")
    if suffix == ".csv":
        return _rows(_csv_rows(body), ordered=ordered)
    result = Result.parse(io.BytesIO(body), format={".srx": "xml", ".srj": "json", ".tsv": "tsv"}[suffix])
    if result.type == "ASK":
        graph = rdflib.Graph()
        graph.add((ROW, ROW, rdflib.Literal(bool(result.askAnswer))))
        return graph
    rows: list[dict[str, Node]] = [{str(name): term for name, term in row.items()} for row in result.bindings]
    graph = _rows(rows, ordered=ordered)
    for name in result.vars or ():
        graph.add((ROW, ROW, rdflib.Literal(str(name))))
    return graph


def _csv_rows(body: bytes) -> list[dict[str, Node]]:
    """Read CSV, which tells blank nodes from texts, and nothing else."""
    head, *lines = csv.reader(io.StringIO(body.decode(), newline=""))

    def term(cell: str) -> Node:
        return rdflib.BNode(cell[2:]) if cell.startswith("_:") else rdflib.Literal(cell)

    return [{name: term(cell) for name, cell in zip(head, line, strict=True) if cell} for line in lines]


def _rows(rows: Sequence[dict[str, Node]], *, ordered: bool) -> rdflib.Graph:
    graph = rdflib.Graph()
    for number, row in enumerate(rows):
        node = rdflib.BNode()
        graph.add((node, rdflib.RDF.type, ROW))
        if ordered:
            graph.add((node, ROW, rdflib.Literal(number)))
        for name, term in row.items():
            graph.add((node, rdflib.URIRef(f"urn:cell:{name}"), _simple(term)))
    return graph


def _simple(term: Node) -> Node:
    """Return a text as RDF 1.1 has it, where it is the same with its datatype and without."""
    is_text = isinstance(term, rdflib.Literal) and term.datatype == rdflib.XSD.string
    return rdflib.Literal(str(term)) if is_text else term


def by_value(graph: rdflib.Graph) -> rdflib.Graph:
    """Return a graph with each number and language written in one way."""
    plain = rdflib.Graph()
    for subject, predicate, term in graph:
        plain.add((subject, predicate, _plain(term)))
    return plain


def _plain(term: Node) -> Node:
    if not isinstance(term, rdflib.Literal):
        return term
    if term.language:
        return rdflib.Literal(str(term), lang=term.language.lower())
    if term.datatype not in NUMBERS and term.datatype is not None:
        return term
    try:
        number = Decimal(str(term))
    except InvalidOperation:
        return term
    return rdflib.Literal(str(number.normalize()), datatype=term.datatype)


# --- the table ------------------------------------------------------------------------------------------


def run(root: Path, group: str | None) -> list[Verdict]:
    """Judge the tests of one group, or of all, that this service claims to pass."""
    wanted = [case for case in cases(root) if group in (None, case.group) and not case.entailed]
    with served(root) as place:
        return [judge(case, place) for case in wanted]


def table(verdicts: Iterable[Verdict]) -> str:
    """Return the pass table by group, in Markdown."""
    groups: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.case.group, Counter())[verdict.outcome] += 1
    lines = [
        "| group | tests | passed | of these not to the letter | refused | failed |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    lines += [_line(f"`{name}`", counts) for name, counts in sorted(groups.items())]
    lines.append(_line("**all**", sum(groups.values(), Counter())))
    return "\n".join(lines)


def _line(name: str, counts: Counter[str]) -> str:
    passed = counts[PASSED] + counts[NEARLY]
    cells = (sum(counts.values()), passed, counts[NEARLY], counts[REFUSED], counts[FAILED])
    return f"| {name} | {' | '.join(map(str, cells))} |"


def unexplained(verdicts: Iterable[Verdict], page: str) -> list[Verdict]:
    """Return the failures that a page does not name."""
    return [
        verdict for verdict in verdicts if verdict.outcome == FAILED and f"`{verdict.case.name}`" not in page
    ]


def main() -> int:
    """Run the suite; 1 if something fails that nobody has explained."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    options.add_argument("--from", dest="source", type=Path, help="folder or archive with the suite")
    options.add_argument("--group", help="run this group alone")
    options.add_argument("--write", type=Path, help="put the table into this page")
    options.add_argument("--verbose", action="store_true", help="say what came back from what failed")
    asked = options.parse_args()
    with fetched(asked.source) as source, suite(source) as folder:
        verdicts = run(root_of(folder), asked.group)
    print(table(verdicts))
    for verdict in verdicts:
        if verdict.outcome not in (PASSED, REFUSED):
            print(
                f"{verdict.outcome}: {verdict.case.group}/{verdict.case.name}",
                verdict.why if asked.verbose else "",
            )
    if asked.write:
        before, _, rest = asked.write.read_text(encoding="utf-8").partition(_BEGIN)
        after = rest.partition(_END)[2]
        asked.write.write_text(f"{before}{_BEGIN}\n{table(verdicts)}\n{_END}{after}", encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    return 1 if unexplained(verdicts, page) else 0


@contextmanager
def fetched(source: Path | None) -> Iterator[Path]:
    """Yield the archive that is given, or the one that the W3C publishes; say which it is."""
    if source is not None:
        if source.is_file():
            digest = hashlib.sha256(source.read_bytes()).hexdigest()
            print(f"{source.name}: sha256 {digest}: {KNOWN.get(digest, 'not known here')}")
        yield source
        return
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        with urllib.request.urlopen(PUBLISHED, timeout=120) as answer:  # an address of ours
            file.write(answer.read())
        file.flush()
        yield Path(file.name)


if __name__ == "__main__":
    sys.exit(main())
