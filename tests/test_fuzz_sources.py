"""Files made at random, and good ones spoilt: papers come out, or a reason with its line, and soon.

`KG_FUZZ=5000` tries that many of each; `scripts/fuzz.py` lets a fuzzer look for what chance does not find.
"""

from __future__ import annotations

import copy
import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import SourceError
from kg.records import Paper
from kg.sources import AUTO, IMPORTERS, Rejected, read_papers
from tests.fuzzing import CASES, CPU_SECONDS, ends, tries
from tests.test_sources import ARXIV_DUMP, FILES, OPENALEX, PLAIN, SEMANTIC_SCHOLAR

PIECES = (
    b"", b"\n", b"\r", b"\r\n", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
    b"\x1a",
    b"\\ud800", b"\\udc00\\ud800", b"\\u0000", b"\\", b'"', b"'", b"`", b"{", b"}", b"[", b"]", b"[[",
    b"]]", b",",
    b";", b"\t", b":", b"=", b"#", b"@", b"%", b"$", b"$$", b"&", b"&lt;", b"&#0;", b"&#x110000;", b"&a;",
    b"<", b">",
    b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x ?>", b"</entry>", b"<entry>", b"<!DOCTYPE x>", b"xmlns:a=''",
    b"@string{a = a # a}", b"@comment{", b"@article{", b"@article(", b"ER  - ", b"TY  - ",
    b"TY  - JOUR\nER  - \n",
    b"AU  - ", b"PY  - ", b"title", b"abstract", b"null", b"true", b"-0", b"1e999", b"NaN", b"-Infinity",
    b"0" * 5_000,
    b"9" * 5_000, "\u202e\u2028\u0130ſǅ".encode(), "a\u0301" .encode() * 9, b" and ", b" ", b"  ",
    b"\\H{o}", b"\\i",
)  # fmt: skip
RECORDS = [PLAIN, ARXIV_DUMP, OPENALEX, SEMANTIC_SCHOLAR]


# --- what may come out ----------------------------------------------------------------------------------


def outcome(
    file: Path, format: str, *, strict: bool = False, seconds: float = CPU_SECONDS
) -> tuple[list[Paper], list[Rejected], str]:
    """Read a file: its papers, what was rejected, and why it could not be read on."""
    papers: list[Paper] = []
    rejected: list[Rejected] = []
    try:
        with ends(seconds):
            papers.extend(read_papers(file, format=format, strict=strict, on_reject=rejected.append))
    except SourceError as error:
        return papers, rejected, str(error)
    return papers, rejected, ""


def check(file: Path, format: str) -> None:
    """Read a file, and hold what comes out to what every importer promises."""
    papers, rejected, stopped = outcome(file, format)
    for paper in papers:
        assert paper.id.split() == [paper.id]
        assert paper.title
        assert paper.abstract
        assert Paper.from_json(paper.to_json()) == paper
        paper.to_json().encode()
    for each in rejected:
        assert each.reason
        assert each.line is None or each.line >= 1
        assert str(each).encode()
        assert each.record_excerpt.isprintable()
    stopped.encode()
    if rejected and not stopped:
        before, passed_over, reason = outcome(file, format, strict=True)
        assert reason
        assert not passed_over
        assert before == papers[: len(before)]


def check_in_every_way(folder: Path, name: str, content: bytes, formats: list[str]) -> None:
    file = folder / name
    file.write_bytes(content)
    for format in formats:
        check(file, format)


# --- good files spoilt ----------------------------------------------------------------------------------


def cut(content: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(content) + 1) for _ in "ab")
    return content[:start] + content[end:]


def cut_short(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def put_in(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + chance.choice(PIECES) * chance.choice((1, 1, 1, 2, 300)) + content[place:]


def change(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + bytes([chance.randrange(256)]) + content[place + 1 :]


def double(content: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(content) + 1) for _ in "ab")
    return content[:end] + content[start:end] * chance.choice((1, 2, 20)) + content[end:]


def join(content: bytes, chance: random.Random) -> bytes:
    other = chance.choice(list(FILES.values())).encode()
    return cut_short(content, chance) + other[chance.randrange(len(other)) :]


def swap(content: bytes, chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def recode(content: bytes, chance: random.Random) -> bytes:
    codec = chance.choice(("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "utf-7", "cp037"))
    return content.decode("utf-8", "replace").encode(codec, "replace")


SPOILINGS: list[Callable[[bytes, random.Random], bytes]] = [
    cut, cut_short, put_in, put_in, change, change, double, join, swap, recode
]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@given(st.randoms(use_true_random=True), st.lists(st.sampled_from(SPOILINGS), min_size=1, max_size=6))
@tries(15)
def test_a_good_file_that_was_spoilt_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    chance: random.Random,
    spoilings: list[Callable[[bytes, random.Random], bytes]],
) -> None:
    content = FILES[name].encode()
    for spoil in spoilings:
        content = spoil(content, chance) or b" "
    check_in_every_way(tmp_path_factory.getbasetemp(), name, content, [AUTO, chance.choice([*IMPORTERS])])


@given(st.binary(max_size=400), st.sampled_from(["x", "x.bib", "x.ris", "x.csv", "x.tsv", "x.txt", "x.json"]))
@tries(40)
def test_any_bytes_are_read_or_refused_in_every_format(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    check_in_every_way(tmp_path_factory.getbasetemp(), name, content, [AUTO, *IMPORTERS])


@pytest.mark.parametrize("name", ["acl.bib", "answer.xml", "works.json", "many.csv"])
@given(st.randoms(use_true_random=True))
@tries(15)
def test_a_damaged_archive_is_read_as_far_as_it_goes_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, chance: random.Random
) -> None:
    packed = gzip.compress(FILES[name].encode() * chance.choice((1, 50)))
    spoilt = chance.choice((cut, cut_short, change, double))(packed, chance)
    check_in_every_way(tmp_path_factory.getbasetemp(), f"{name}.gz", b"\x1f\x8b" + spoilt[2:], [AUTO])


# --- records whose fields are anything ------------------------------------------------------------------

texts = st.text(max_size=30) | st.sampled_from(
    [
        "\ud800",
        "\0",
        "a\ud83d",
        "\ufffe",
        " ",
        "1" * 5_000,
        "Tue, 2 Jan 2024 18:00:00 +99999999999",
        ",",
        "and",
    ]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=6,
)


def places(value: object) -> list[tuple[object, object]]:
    """Return what holds each value inside a record, with its key."""
    if isinstance(value, dict):
        return [(value, key) for key in value] + [p for inner in value.values() for p in places(inner)]
    if isinstance(value, list):
        return [(value, key) for key in range(len(value))] + [p for inner in value for p in places(inner)]
    return []


@given(st.sampled_from(RECORDS), st.lists(st.tuples(st.integers(0, 10_000), values), min_size=1, max_size=4))
@tries(80)
def test_a_record_with_anything_in_its_fields_is_a_paper_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, record: dict[str, object], changes: list[tuple[int, object]]
) -> None:
    spoilt = copy.deepcopy(record)
    for number, value in changes:
        inside = places(spoilt)
        holder, key = inside[number % len(inside)]
        holder[key] = value  # type: ignore[index]  # a list or a dictionary
    for content, name in (([spoilt], "x.json"), (spoilt, "x.jsonl"), ({"data": [spoilt, 1]}, "y.json")):
        written = json.dumps(content).encode()
        check_in_every_way(tmp_path_factory.getbasetemp(), name, written, [AUTO])


@given(
    st.builds(
        Paper,
        id=st.just("x:1"),
        title=texts.filter(str.strip),
        abstract=texts.filter(str.strip),
        authors=st.lists(texts, max_size=3).map(tuple),
        published=st.none() | texts,
        venue=st.none() | texts,
    )
)
@tries(60)
def test_what_is_read_is_read_the_same_once_more(
    tmp_path_factory: pytest.TempPathFactory, paper: Paper
) -> None:
    """What an importer has cleaned is clean: written and read again it is the paper that it was."""
    file = tmp_path_factory.getbasetemp() / "x.jsonl"
    file.write_text(json.dumps(json.loads(paper.to_json())) + "\n", "utf-8")
    first, _, _ = outcome(file, AUTO)
    file.write_text("".join(each.to_json() + "\n" for each in first), "utf-8")
    again, rejected, _ = outcome(file, AUTO)
    assert again == first
    assert not rejected


# --- what is long ---------------------------------------------------------------------------------------

OFTEN = (" ", "{", "\\", "$", "<", "&", ",", " and")
SELDOM = (
    "}", "{}", "[", "(", '"', "'", "`", "\\'", "\\i ", "\\emph", "``", "\\$", "<i", "<p ", "<title>",
    "&#1", "#", "@",
    "=", ";", "\t", "\u00a0", ", ", "a, ", "and ", "a.", "1", "1-", "10.1000/", "http://", "arxiv:", "é",
    "\u0301",
    "\U0001d400", "-", "v1", "x" * 50 + " ", "\\{\\",
)  # fmt: skip
PATIENCE = 5.0
LENGTH, LONG = (150_000, (*OFTEN, *SELDOM)) if CASES else (60_000, OFTEN)
"""Long enough that what is quadratic computes for longer than that, and what is linear for a tenth of it."""
SHAPES: dict[str, Callable[[str], str]] = {
    "authors.json": lambda long: json.dumps(PLAIN | {"authors": long, "categories": long}),
    "title.json": lambda long: json.dumps(PLAIN | {"title": long}),
    "ids.json": lambda long: json.dumps(PLAIN | {"id": long, "doi": long, "arxiv": long, "year": long}),
    "dump.json": lambda long: json.dumps(ARXIV_DUMP | {"abstract": long, "doi": long, "authors_parsed": []}),
    "work.json": lambda long: (
        json.dumps(OPENALEX | {"display_name": long, "abstract_inverted_index": {long: [1]}})
    ),
    "scholar.json": lambda long: json.dumps(SEMANTIC_SCHOLAR | {"abstract": long}),
    "braces.bib": lambda long: (
        f"@article{{k, title = {{{long}}}, abstract = {{{long}}}, author = {{{long}}} }}"
    ),
    "quotes.bib": lambda long: f'@article{{k, title = "{long}", year = {long}, month = {long} }}',
    "outside.bib": lambda long: f"{long}\n@article{{{long}",
    "macro.bib": lambda long: f"@string{{{long} = {long}}}\n@{long}{{k, title = a}}",
    "fields.ris": lambda long: (
        f"TY  - JOUR\nTI  - {long}\nAU  - {long}\nAB  - {long}\nUR  - {long}\nDA  - {long}\nER  - "
    ),
    "outside.ris": lambda long: f"{long}\nTY  - {long}\nER  - {long}\n",
    "lines.txt": lambda long: f"{long}\n\n{long}\n{long}\n",
    "cells.csv": lambda long: f"title,abstract,authors\na,b,{long}\n{long},{long}",
    "head.csv": lambda long: f"title,abstract,{long}\na,b\n",
    "head": lambda long: long,
    "feed.xml": lambda long: FILES["answer.xml"].replace("Ada Lovelace", long).replace("10.1000/XYZ", long),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_the_work_for_a_long_field_is_in_its_length(tmp_path: Path, name: str) -> None:
    """What is quadratic computes for minutes over such a field."""
    file = tmp_path / name
    length = LENGTH // 6 if file.suffix == ".bib" else LENGTH  # that parser is slow, even where it is linear
    for piece in LONG:
        file.write_text(SHAPES[name](f"a{piece * (length // len(piece))}a"), "utf-8")
        outcome(file, AUTO, seconds=PATIENCE)
