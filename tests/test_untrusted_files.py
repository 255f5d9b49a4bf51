"""Files and addresses of strangers: XML without entities, archives without bombs, paths that stay inside."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from kg.errors import SourceError
from kg.sources import IMPORTERS, Rejected, read_papers
from kg.sources.streams import MAX_RECORD
from tests.test_access import converse

NAMESPACE = 'xmlns="http://www.w3.org/2005/Atom"'
ENTRY = (
    "<entry><id>http://arxiv.org/abs/2401.00001v1</id>"
    "<title>{}</title><summary>An abstract.</summary></entry>"
)
SECRET = "the-content-of-a-private-file"


def read(path: Path, format: str = "auto") -> tuple[list[str], list[Rejected]]:
    rejected: list[Rejected] = []
    return [paper.text for paper in read_papers(path, format=format, on_reject=rejected.append)], rejected


# --- XML ------------------------------------------------------------------------------------------------


def laughs(levels: int) -> str:
    values = ["ha", *(f"&l{level - 1};" * 10 for level in range(1, levels))]
    entities = "".join(f'<!ENTITY l{level} "{value}">' for level, value in enumerate(values))
    return f"<!DOCTYPE feed [{entities}]>"


DOCUMENT_TYPES = {
    "billion laughs": (laughs(10), "&l9;"),
    "quadratic blow-up": (f'<!DOCTYPE feed [<!ENTITY a "{"a" * 50_000}">]>', "&a;" * 1_000),
    "external file": ('<!DOCTYPE feed [<!ENTITY x SYSTEM "file:///{path}">]>', "&x;"),
    "external address": ('<!DOCTYPE feed [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>', "&x;"),
    "parameter entity": ('<!DOCTYPE feed [<!ENTITY % x SYSTEM "file:///{path}"> %x;]>', "title"),
    "external type": ('<!DOCTYPE feed SYSTEM "file:///{path}">', "title"),
    "an empty type": ("<!DOCTYPE feed>", "title"),
}


@pytest.mark.parametrize("case", DOCUMENT_TYPES)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_xml_with_a_document_type_is_refused_before_it_does_anything(
    tmp_path: Path, case: str, packed: bool
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    head, title = DOCUMENT_TYPES[case]
    head = f'<?xml version="1.0"?>{head.replace("{path}", str(secret))}'
    text = f"{head}<feed {NAMESPACE}>{ENTRY.format(title)}</feed>"
    file = tmp_path / "feed.xml"
    file.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    began = time.monotonic()
    tracemalloc.start()
    with pytest.raises(SourceError, match="forbidden") as told:
        read(file, "arxiv-atom")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert SECRET not in str(told.value)
    assert peak < 20_000_000
    assert time.monotonic() - began < 10


def test_entities_that_nobody_defined_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(f"<feed {NAMESPACE}>{ENTRY.format('&undefined;')}</feed>")
    with pytest.raises(SourceError, match="malformed"):
        read(file)


def test_instructions_and_inclusions_in_xml_do_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text(SECRET)
    inside = (
        f'<?xml-stylesheet href="file://{tmp_path}/secret.txt"?>'
        f'<feed {NAMESPACE} xmlns:xi="http://www.w3.org/2001/XInclude" '
        f'xsi:schemaLocation="x file://{tmp_path}/secret.txt" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        + ENTRY.format(f'A title <xi:include href="{tmp_path}/secret.txt" parse="text"/>')
        + "</feed>"
    )
    file = tmp_path / "feed.xml"
    file.write_text(inside)
    texts, _ = read(file)
    assert texts == ["A title\nAn abstract."]


@pytest.mark.parametrize("format", sorted(set(IMPORTERS) - {"arxiv-atom"}))
def test_no_other_format_reads_xml(tmp_path: Path, format: str) -> None:
    """Of all importers one reads XML; a document with entities is nothing to the others."""
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    head, title = DOCUMENT_TYPES["external file"]
    file = tmp_path / "feed"
    file.write_text(f"{head.replace('{path}', str(secret))}<feed {NAMESPACE}>{ENTRY.format(title)}</feed>")
    try:
        texts, rejected = read(file, format)
    except SourceError as error:
        texts, rejected = [], [Rejected("", None, str(error))]
    assert SECRET not in str(texts) + str(rejected)


# --- archives -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "filled_with", "format"),
    [(b"", b"\0", "csv"), (b"", b"[", "json"), (b'{"title": "', b"a", "json"), (b"<", b"a", "arxiv-atom")],
    ids=["NULs", "brackets", "one string", "one name"],
)
def test_a_gzip_bomb_ends_early_and_takes_little_memory(
    tmp_path: Path, start: bytes, filled_with: bytes, format: str
) -> None:
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(start + filled_with * 70_000_000, 1))
    tracemalloc.start()
    with suppress(SourceError):
        read(bomb, format)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * MAX_RECORD


def test_what_is_packed_twice_is_unpacked_once(tmp_path: Path) -> None:
    file = tmp_path / "papers.jsonl.gz"
    file.write_bytes(gzip.compress(gzip.compress(b'{"title": "A title", "abstract": "An abstract."}\n')))
    texts, _ = read(file, "jsonl")
    assert texts == []


@pytest.mark.parametrize("name", ["papers.zip", "papers.tar", "papers.7z", "papers.bz2", "papers.xz"])
def test_other_archives_are_not_opened(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"PK\x03\x04" + bytes(200))
    with pytest.raises(SourceError, match="format is not known"):
        read(file)


# --- links and paths ------------------------------------------------------------------------------------


def test_a_link_out_of_a_directory_is_not_followed_and_told(tmp_path: Path) -> None:
    record = '{"title": "A title", "abstract": "An abstract."}\n'
    outside = tmp_path / "outside.jsonl"
    outside.write_text(record.replace("A title", SECRET))
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "own.jsonl").write_text(record)
    (folder / "inside.jsonl").symlink_to(folder / "own.jsonl")
    (folder / "a-link.jsonl").symlink_to(outside)
    (folder / "dangling.jsonl").symlink_to(tmp_path / "nowhere")
    (folder / "up").symlink_to(tmp_path)
    texts, rejected = read(folder)
    assert texts == ["A title\nAn abstract."] * 2
    assert [(Path(each.path).name, each.reason) for each in rejected] == [
        ("a-link.jsonl", f"it is a link that leads out of {folder}")
    ]


def test_a_file_that_is_named_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_text('{"title": "A title", "abstract": "An abstract."}\n')
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "own.jsonl")
    assert len(read(tmp_path / "link.jsonl")[0]) == 1


UPWARDS = (
    "..", "../..", "%2e%2e", "%2e%2e%2f%2e%2e", "..%2f..", "..%5c..", "%252e%252e", "....//", ".%2e/", "%00",
    "a%00b",
    "%c0%ae%c0%ae", "%ff", "/etc", "//etc", "file:%2f%2f",
)  # fmt: skip


@pytest.mark.parametrize("up", UPWARDS)
@pytest.mark.parametrize("under", ["/static", "/static/docs", "/id", "/v1/entities"])
def test_no_address_leads_out_of_what_is_served(service_address: str, under: str, up: str) -> None:
    for path in (f"{under}/{up}", f"{under}/{up}/etc/passwd", f"{under}/{up}/app.py"):
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
        answer = converse(service_address, head.encode())
        status = int(answer.split()[1])
        assert status in (303, 307, 400, 404, 405), (path, answer[:200])
        assert b"root:" not in answer
        assert b"def create_app" not in answer


def test_static_files_are_those_of_the_service_alone(client: httpx.Client) -> None:
    assert client.get("/static/style.css").status_code == 200
    for name in ("app.py", "templates/base.html", "built/../../app.py", ".git/config", "built", ""):
        assert client.get(f"/static/{name}").status_code in (404, 405), name
