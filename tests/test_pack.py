"""Survey packs: every row, every sentence, texts that no format misreads, a folder that is whole."""

from __future__ import annotations

import ast
import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Semaphore

import bibtexparser
import httpx
import networkx
import pyoxigraph
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.app import create_app
from api.v1.packs import AT_ONCE
from kg.cli import app
from kg.errors import KGError, NotFound, StoreError, StoreUnavailable
from kg.export.static_page import web_address
from kg.export.tables import write_zip
from kg.lookup import Answer
from kg.pack import Pack, check_target, gather, pack_of, write_pack
from kg.pack.bibliography import bibtex, keys_of
from kg.pack.files import MANIFEST
from kg.pack.latex import in_parts, long_table, to_latex
from kg.pack.marks import to_markdown
from kg.records import Paper
from kg.settings import Settings
from kg.vocabulary import iri
from kg.workspace import Workspace
from tests.served import HOSTILE, PAPERS, serving
from tests.toy import workspace

QUESTION = "methods evaluated on MT-Bench"
TEX_PIECES = [
    "\\",
    "{",
    "}",
    "$",
    "%",
    "&",
    "#",
    "_",
    "^",
    "~",
    "é",
    "ß",
    "ø",
    "ŕ",
    "β",
    "Ω",
    "≥",
    "—",
    "“",
    "中",
    "😀",
    "a",
    " ",
    "]",
    "[",
]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with workspace(tmp_path_factory.mktemp("packed")) as opened:
        opened.ingest(PAPERS)
        yield opened


@pytest.fixture(scope="module")
def pack(graph: Workspace) -> Pack:
    return graph.pack(QUESTION)


def text(pack: Pack, path: str) -> str:
    return pack.files[path].decode()


def table(pack: Pack) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(pack, "table.csv"))))


# --- what is in it --------------------------------------------------------------------------------------


def test_the_table_has_every_row_of_the_answer(graph: Workspace, pack: Pack) -> None:
    answer = graph.find(QUESTION, limit=1000)
    assert [row["thing"] for row in table(pack)] == [row.subject.name for row in answer.rows]
    assert {row["numbers"] for row in table(pack)} == {"7.3 score", "7.34 score", "8.1 score"}


def test_the_appendix_has_every_sentence_with_subject_and_object_marked(graph: Workspace, pack: Pack) -> None:
    answer: Answer = graph.find(QUESTION, limit=1000)
    page = text(pack, "evidence.html")
    assert page.count("<blockquote>") >= sum(len(row.quotes) for row in answer.rows)
    assert '<mark class="s">Margin Tuning</mark>' in page
    assert '<mark class="o">MT-Bench</mark>' in page
    assert "<b>Margin Tuning</b>" in text(pack, "evidence.md")


def test_each_row_of_the_table_leads_to_its_sentences(pack: Pack) -> None:
    wanted = re.findall(r"evidence\.md#(e\d+)", text(pack, "table.md"))
    assert wanted == [f"e{row['no']}" for row in table(pack)]
    assert [anchor for anchor in wanted if f'id="{anchor}"' not in text(pack, "evidence.md")] == []


def test_the_bibliography_has_every_paper_of_the_table_under_its_key(pack: Pack) -> None:
    entries = bibtexparser.loads(text(pack, "references.bib")).entries_dict
    keys = {key for row in table(pack) for key in row["keys"].split("; ")}
    assert keys <= entries.keys()
    assert entries["example2024preference"]["title"] == "{Preference tuning without a reward model}"
    assert set(re.findall(r"\\citep\{([^}]+)\}", text(pack, "table.tex"))) == keys


def test_the_comparison_has_what_several_things_share(pack: Pack) -> None:
    rows = list(csv.reader(io.StringIO(text(pack, "comparison.csv"))))
    across = rows[0].index("MT-Bench")
    assert {row[0]: row[across] for row in rows[1:]} == {
        "Alpha Tuning": "7.3 score", "Margin Tuning": "8.1 score", "Zeta": "7.34 score",
    }  # fmt: skip


def test_the_three_graphs_hold_the_statements_of_the_answer(pack: Pack) -> None:
    wanted = {rdflib.URIRef(iri(row["statement"])) for row in table(pack)}
    turtle = rdflib.Graph().parse(data=text(pack, "graph.ttl"), format="turtle")
    linked = {
        quad.triple for quad in pyoxigraph.parse(pack.files["graph.jsonld"], pyoxigraph.RdfFormat.JSON_LD)
    }
    assert wanted <= set(turtle.subjects())
    assert len(turtle) == len(linked)
    network = networkx.parse_graphml(text(pack, "graph.graphml"))
    assert {row["statement"] for row in table(pack)} <= {key for *_, key in network.edges(keys=True)}


def test_the_manifest_lists_every_file_with_its_hash_and_names_the_graph(
    graph: Workspace, pack: Pack
) -> None:
    manifest = json.loads(pack.files[MANIFEST])
    assert {file["path"] for file in manifest["files"]} == pack.files.keys() - {MANIFEST}
    for file in manifest["files"]:
        assert hashlib.sha256(pack.files[file["path"]]).hexdigest() == file["sha256"]
    assert manifest["graph"]["ledger"] == graph.ledger.identity()
    assert manifest["graph"]["position"] == graph.ledger.position()
    assert (manifest["query"], manifest["counts"]["rows"], manifest["left_out"]) == (QUESTION, 3, [])


def test_the_notebook_runs_in_the_folder_of_the_pack(
    pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pack(pack, tmp_path / "pack")
    monkeypatch.chdir(tmp_path / "pack")
    book = json.loads(Path("notebook.ipynb").read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    shown = [run_cell("".join(c["source"]), names) for c in book["cells"] if c["cell_type"] == "code"]
    assert all(shown)
    assert "nothing" in capsys.readouterr().out


def run_cell(source: str, names: dict[str, object]) -> object:
    """Run a cell and return the value of its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    exec(compile(tree, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


@pytest.mark.parametrize(
    "question",
    ["papers that use Alpha Tuning", "results of Zeta on MT-Bench", "compare Alpha Tuning and Margin Tuning",
     "methods", "does Margin Tuning outperform Alpha Tuning", "what is MT-Bench"],
)  # fmt: skip
def test_every_kind_of_answer_can_be_packed(graph: Workspace, question: str) -> None:
    made = graph.pack(question)
    counts = made.manifest["counts"]
    assert counts["rows"] == counts["rows_in_all"] == len(table(made)) > 0
    assert text(made, "references.bib").count("\n@") + 1 >= (counts["papers"] > 0)


def test_an_answer_without_rows_is_a_pack_that_says_so(graph: Workspace) -> None:
    made = graph.pack("methods evaluated on MT-Bench since 2030")
    assert made.manifest["counts"]["rows"] == 0
    assert made.manifest["hint"]
    assert "comparison.csv" not in made.files


def test_hostile_names_stay_text(graph: Workspace) -> None:
    made = graph.pack("what uses Alpha Tuning")
    assert HOSTILE in text(made, "table.csv")
    for path in ("evidence.html", "evidence.md", "table.md", "README.md"):
        assert "<script" not in text(made, path)
    assert "javascript:" not in text(made, "evidence.html")


def test_rows_beyond_a_limit_are_counted_in_the_manifest(graph: Workspace) -> None:
    contents = gather(QUESTION, graph.lookups, graph.store, rows=2)
    made = pack_of(contents, graph.origin)
    assert len(table(made)) == 2
    assert made.manifest["left_out"] == ["1 of the answer's 3 rows: kg pack writes all of them"]
    assert "1 of the answer" in text(made, "README.md")


def test_a_graph_that_changed_meanwhile_is_no_pack(graph: Workspace) -> None:
    class Older:
        def position(self) -> int:
            return graph.store.position() - 1

        lines_of = graph.store.lines_of

    with pytest.raises(StoreUnavailable, match="changed"):
        gather(QUESTION, graph.lookups, Older())


# --- the same bytes -------------------------------------------------------------------------------------


def test_the_same_graph_and_question_give_the_same_bytes(graph: Workspace, pack: Pack) -> None:
    again = graph.pack(QUESTION)
    assert {path for path in pack.files if again.files[path] != pack.files[path]} == set()
    zips = [io.BytesIO(), io.BytesIO()]
    for stream in zips:
        write_zip(stream, pack.files)
    assert zips[0].getvalue() == zips[1].getvalue()


def test_papers_in_another_order_give_the_same_pack_but_for_the_ledger(tmp_path: Path, pack: Pack) -> None:
    with workspace(tmp_path) as other:
        other.ingest(reversed(PAPERS))
        made = other.pack(QUESTION)
    assert {path for path in pack.files if made.files[path] != pack.files[path]} == {MANIFEST}


# --- keys and texts -------------------------------------------------------------------------------------


def test_papers_that_would_share_a_key_get_letters_in_the_order_of_ids() -> None:
    papers = [Paper(f"hash:{n}", "The Way", "", ("Bo Rock",), "2024") for n in (2, 1)]
    assert keys_of(papers) == {"hash:1": "rock2024way-a", "hash:2": "rock2024way-b"}
    many = keys_of(Paper(f"hash:{n:03}", "Way", "", ("Bo Rock",), "2024") for n in range(60))
    assert len(set(many.values())) == 60


@pytest.mark.parametrize(
    ("paper", "key"),
    [
        (Paper("x", "On the Élan of Ångström", "", ("Müller, Jürgen",), "2021-03"), "muller2021elan"),
        (Paper("x", "中文", ""), "anonymousnduntitled"),
    ],
)
def test_keys_are_plain_letters(paper: Paper, key: str) -> None:
    assert keys_of([paper]) == {"x": key}


def test_fields_of_a_paper_survive_bibtex() -> None:
    paper = Paper(
        "doi:1/2", "50% of R&D {costs} $5_000", "", ("Ada Stone", "Rock and Roll Inc."), "2024-05",
        "Proc. of #1", "https://example.org/a b{c}?x=1%20&y=2", "10.1/x_y",
    )  # fmt: skip
    (entry,) = bibtexparser.loads(bibtex([paper], {"doi:1/2": "k"})).entries
    assert entry["title"] == r"{50\% of R\&D \{costs\} \$5\_000}"
    assert entry["author"] == "Ada Stone and {Rock and Roll Inc.}"
    assert (entry["url"], entry["doi"]) == ("https://example.org/a%20b%7Bc%7D?x=1%20&y=2", "10.1/x_y")


@given(st.lists(st.sampled_from(TEX_PIECES)).map("".join))
def test_latex_has_balanced_braces_and_nothing_that_means_anything(given_text: str) -> None:
    tex = to_latex(given_text)
    bare = re.sub(r"\\ensuremath\{[^{}]*(\{[^{}]*\}[^{}]*)*\}|\\[a-zA-Z]+(\{\})?|\\[#$%&_{}]", "", tex)
    assert not re.search(r"[\\{}$&#^_%]", bare.replace("~", ""))


@given(st.text())
def test_markdown_text_holds_no_markup_and_no_line_break(given_text: str) -> None:
    made = to_markdown(given_text)
    assert "\n" not in made
    assert not re.search(r"[<>]|(?<!\\)[*`|\[\]_]", made.replace("\\\\", ""))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "http://[", None])
def test_only_addresses_of_the_web_become_links(url: str | None) -> None:
    assert web_address(url) is None


def test_cells_that_a_spreadsheet_would_run_are_text(tmp_path: Path) -> None:
    attack = Paper("hash:1", "A", "Method:=cmd|x uses Method:Beta Search.")
    with workspace(tmp_path) as opened:
        opened.ingest([attack])
        (row,) = table(opened.pack("what uses Beta Search"))
    assert row["thing"].startswith("'=")


def test_a_comparison_too_wide_for_a_page_is_cut_into_parts() -> None:
    columns = ["", *"abcdefg"]
    rows = [["x", *"1234567"], ["y", "", "", "", "", "", "6", ""]]
    parts = list(in_parts(columns, rows))
    assert [head for head, _ in parts] == [["", *"abcde"], ["", "f", "g"]]
    assert [len(cells) for _, cells in parts] == [1, 2]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX here")
def test_the_document_compiles_whatever_the_names_are(pack: Pack, tmp_path: Path) -> None:
    write_pack(pack, tmp_path / "pack")
    latin = "".join(map(chr, range(0xA1, 0x180)))
    rows = [[to_latex(piece + name), to_latex(latin)] for piece in TEX_PIECES for name in ("", "x")]
    hostile = long_table(["[a", "*b"], rows, widths=(0.3, 0.5), caption=to_latex("".join(TEX_PIECES)))
    (tmp_path / "pack" / "comparison.tex").write_text(hostile, encoding="utf-8")
    for command in (["pdflatex", "-halt-on-error", "survey"], ["bibtex", "survey"]):
        done = subprocess.run(command, cwd=tmp_path / "pack", capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


@pytest.mark.parametrize("question", ["benchmarks", "methods evaluated on MT-Bench since 2030"])
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX here")
def test_a_document_without_citations_compiles(graph: Workspace, tmp_path: Path, question: str) -> None:
    made = graph.pack(question)
    write_pack(made, tmp_path / "pack")
    commands = [["pdflatex", "-halt-on-error", "survey"]]
    commands += [["bibtex", "survey"], commands[0]] if made.manifest["counts"]["papers"] else []
    for command in commands:
        done = subprocess.run(command, cwd=tmp_path / "pack", capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


# --- the folder -----------------------------------------------------------------------------------------

TINY = Pack({"a.txt": b"a", "figures/b.svg": b"b", MANIFEST: b'{"files": [{"path": "a.txt"}]}'})


def contents_of(folder: Path) -> Mapping[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_a_pack_is_written_into_a_new_or_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for target in (tmp_path / "new" / "er", tmp_path / "empty"):
        write_pack(TINY, target)
        assert contents_of(target) == dict(sorted(TINY.files.items()))


@pytest.mark.parametrize("name", ["full", "file", "there.zip"])
def test_what_is_there_is_not_replaced_unasked(tmp_path: Path, name: str) -> None:
    (tmp_path / "full").mkdir()
    for file in ("full/mine.txt", "file", "there.zip"):
        (tmp_path / file).write_text("mine")
    with pytest.raises(StoreError, match=name):
        write_pack(TINY, tmp_path / name)
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"


def test_force_replaces_an_earlier_pack_and_leaves_what_is_not_its_own(tmp_path: Path) -> None:
    write_pack(TINY, tmp_path / "p")
    (tmp_path / "p" / "notes").mkdir()
    (tmp_path / "p" / "notes" / "mine.txt").write_text("mine")
    write_pack(Pack({"new.txt": b"n", MANIFEST: b"{}"}), tmp_path / "p", force=True)
    assert contents_of(tmp_path / "p").keys() == {"new.txt", MANIFEST, "notes/mine.txt", "figures/b.svg"}


class Unwritable(Mapping[str, bytes]):
    """Files of which the second one fails."""

    def __getitem__(self, path: str) -> bytes:
        if path == "a.txt":
            return b"a"
        raise OSError(28, "No space left on device")

    def __iter__(self) -> Iterator[str]:
        return iter(["a.txt", "b.txt"])

    def __len__(self) -> int:
        return 2


@pytest.mark.parametrize("name", ["pack", "pack.zip"])
def test_a_pack_that_fails_half_way_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match="No space"):
        write_pack(Pack(Unwritable()), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


# --- the command and the address ------------------------------------------------------------------------


def test_the_command_writes_a_folder_and_prints_the_manifest(graph: Workspace, tmp_path: Path) -> None:
    run = ["pack", QUESTION, "-o", str(tmp_path / "p"), "--db", str(graph.directory)]
    done = CliRunner().invoke(app, [*run, "--json"], catch_exceptions=False)
    assert json.loads(done.stdout) == json.loads((tmp_path / "p" / MANIFEST).read_text())
    with pytest.raises(StoreError, match="--force"):
        CliRunner().invoke(app, run, catch_exceptions=False)
    assert "3 rows" in CliRunner().invoke(app, [*run, "--force"], catch_exceptions=False).stdout


def test_kg_stats_says_which_graph_a_pack_is_of(graph: Workspace, pack: Pack) -> None:
    said = CliRunner().invoke(app, ["stats", "--db", str(graph.directory)], catch_exceptions=False).stdout
    of = pack.manifest["graph"]
    assert f"graph {of['ledger']}, change {of['position']}, ontology {of['ontology']}" in said


def test_the_command_refuses_what_it_does_not_know_and_writes_nothing(
    graph: Workspace, tmp_path: Path
) -> None:
    run = ["pack", "methods evaluated on Zzyzx", "-o", str(tmp_path / "p"), "--db", str(graph.directory)]
    with pytest.raises(NotFound):
        CliRunner().invoke(app, run, catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []


def test_the_service_sends_the_same_pack_as_a_zip(graph: Workspace, pack: Pack) -> None:
    with serving(create_app(graph, Settings())) as address:
        response = httpx.get(f"{address}/v1/pack", params={"q": QUESTION}, timeout=60)
    assert response.headers["content-type"] == "application/zip"
    assert "methods-evaluated-on-mt-bench.zip" in response.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == dict(pack.files)


def test_the_service_packs_a_page_and_says_what_is_left(graph: Workspace) -> None:
    with serving(create_app(graph, Settings(page_limit=1, page_size=1))) as address:
        response = httpx.get(f"{address}/v1/pack", params={"q": QUESTION}, timeout=60)
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        manifest = json.loads(archive.read(MANIFEST))
    assert manifest["left_out"] == ["2 of the answer's 3 rows: kg pack writes all of them"]


def test_the_service_refuses_a_pack_of_too_many_bytes(client: httpx.Client) -> None:
    response = client.get("/v1/pack", params={"q": QUESTION})
    assert (response.status_code, response.json()["limit"]) == (413, 200_000)


def test_the_service_makes_only_a_few_packs_at_a_time(
    graph: Workspace, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = Semaphore(0), Event()

    def slow(*_: object) -> Pack:
        begun.release()
        assert go_on.wait(60)
        return pack

    monkeypatch.setattr("api.v1.packs._made", slow)
    with serving(create_app(graph, Settings())) as address, ThreadPoolExecutor(AT_ONCE) as others:
        url = f"{address}/v1/pack"
        waiting = [others.submit(httpx.get, url, params={"q": QUESTION}, timeout=60) for _ in range(AT_ONCE)]
        assert all(begun.acquire(timeout=60) for _ in range(AT_ONCE))
        refused = httpx.get(url, params={"q": QUESTION}, timeout=60)
        go_on.set()
        assert [one.result().status_code for one in waiting] == [200] * AT_ONCE
    assert (refused.status_code, "try again" in refused.json()["detail"]) == (503, True)


def test_the_answer_page_leads_to_its_pack(client: httpx.Client) -> None:
    page = client.get("/", params={"q": QUESTION}, headers={"Accept": "text/html"}).text
    assert 'href="/v1/pack?q=methods+evaluated+on+MT-Bench"' in page


@pytest.mark.parametrize(
    ("question", "status"), [("", 422), ("x" * 301, 422), ("methods evaluated on Zzyzx", 404)]
)
def test_the_service_refuses_what_cannot_be_asked(client: httpx.Client, question: str, status: int) -> None:
    assert client.get("/v1/pack", params={"q": question}).status_code == status


def test_check_target_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(KGError, match=r"\.zip"):
        check_target(tmp_path / "x", force=True)
    assert zipfile.is_zipfile(tmp_path / "x") is False
