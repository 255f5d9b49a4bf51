"""Every format in, papers out, and every record that is no paper reported with its place and reason."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tracemalloc
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kg.errors import SourceError
from kg.records import Paper
from kg.sources import IMPORTERS, Rejected, detect_format, read_papers
from kg.sources.identity import arxiv_id, doi, paper_id
from kg.sources.json_records import to_paper
from kg.sources.shapes import date_of
from kg.sources.text import BadRecord, clean, without_latex, without_markup

TITLE = "Careful Answers: Teaching a Model to Wait"
ABSTRACT = "We train a model to wait before it answers. It answers better than a model that does not wait."
PLAIN = {"title": TITLE, "abstract": ABSTRACT}

ATOM = f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">
  <title>an answer</title>
  <entry>
    <id>http://arxiv.org/abs/2401.01234v2</id>
    <published>2024-01-02T18:00:00Z</published>
    <title>{TITLE.replace(": ", ":{0}  ").format(chr(10))}</title>
    <summary>  {ABSTRACT}
    </summary>
    <author><name>Ada Lovelace</name></author>
    <author><name>Alan Turing</name></author>
    <arxiv:doi>10.1000/XYZ</arxiv:doi>
    <category term="cs.CL"/><category term="cs.LG"/>
  </entry>
</feed>
"""
BIBTEX = f"""% our references
@string{{conf = "Conference of Careful Models"}}
@inproceedings{{lovelace-2024,
    title = "{{C}}areful {{A}}nswers: Teaching a {{M}}odel to Wait",
    author = "Lovelace, Ada  and  Erd{{\\H{{o}}}}s, P{{\\'a}}l",
    booktitle = conf, month = jan, year = 2024, doi = {{10.1000/XYZ}},
    abstract = "{ABSTRACT}"
}}
"""
RIS = f"""TY  - CONF
TI  - {TITLE}
AU  - Lovelace, Ada
AU  - Turing, Alan
PY  - 2024
DA  - 2024/01/02/
AB  - We train a model to wait before it answers.
  It answers better than a model that does not wait.
DO  - 10.1000/XYZ
T2  - Conference of Careful Models
ER  -
"""
ARXIV_DUMP = {
    "id": "2401.01234",
    "authors": "Ada Lovelace and Alan Turing",
    "title": "Careful Answers:\n  Teaching a Model to Wait",
    "abstract": f"  {ABSTRACT}\n",
    "categories": "cs.CL cs.LG",
    "journal-ref": None,
    "doi": "10.1000/XYZ",
    "versions": [{"version": "v1", "created": "Tue, 2 Jan 2024 18:00:00 GMT"}],
    "update_date": "2024-02-03",
    "authors_parsed": [["Lovelace", "Ada", ""], ["Turing", "Alan", ""]],
}
OPENALEX = {
    "id": "https://openalex.org/W1",
    "doi": "https://doi.org/10.1000/XYZ",
    "display_name": TITLE,
    "publication_date": "2024-01-02",
    "authorships": [
        {"author": {"display_name": "Ada Lovelace"}},
        {"author": {"display_name": "Alan Turing"}},
    ],
    "primary_location": {"landing_page_url": "https://doi.org/10.1000/XYZ", "source": None},
    "locations": [{"landing_page_url": "http://arxiv.org/abs/2401.01234"}],
    "abstract_inverted_index": {
        word: [i for i, other in enumerate(ABSTRACT.split()) if other == word] for word in ABSTRACT.split()
    },
}
SEMANTIC_SCHOLAR = {
    "paperId": "0123abcd",
    "externalIds": {"ArXiv": "2401.01234", "DOI": "10.1000/XYZ"},
    "title": TITLE,
    "abstract": ABSTRACT,
    "authors": [{"authorId": "1", "name": "Ada Lovelace"}, {"authorId": "2", "name": "Alan Turing"}],
    "year": 2024,
    "publicationDate": None,
    "venue": "",
}
PAGE = f"Trending\n\nSubscribe\n\n{TITLE}\n\n{ABSTRACT}\n"

Reader = Callable[..., tuple[list[Paper], list[Rejected]]]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Write a file and read it: the papers, and the rejected records."""

    def run(content: str | bytes, name: str, **options: object) -> tuple[list[Paper], list[Rejected]]:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        rejected: list[Rejected] = []
        papers = list(read_papers(file, on_reject=rejected.append, **options))  # type: ignore[arg-type]
        return papers, rejected

    return run


def fail(rejected: Rejected) -> None:
    pytest.fail(str(rejected))


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


FILES = {
    "page.txt": PAGE,
    "plain.jsonl": lines(PLAIN),
    "plain.json": json.dumps([PLAIN], indent=1),
    "one.json": json.dumps(PLAIN, indent=1),
    "two lines.json": json.dumps(PLAIN).replace('", "', '",\n"'),
    "many.csv": f'id,Title,Abstract\n1,"{TITLE}","{ABSTRACT}"\n',
    "german.csv": f'Title;Abstract\n"{TITLE}";"{ABSTRACT}"\n',
    "many.tsv": f"title\tabstract\n{TITLE}\t{ABSTRACT}\n",
    "acl.bib": BIBTEX,
    "export.ris": RIS,
    "answer.xml": ATOM,
    "arxiv-metadata-oai-snapshot.json": lines(ARXIV_DUMP),
    "works.json": json.dumps({"meta": {"count": 1}, "results": [OPENALEX]}),
    "part_000": lines(OPENALEX),
    "search.json": json.dumps({"total": 1, "offset": 0, "data": [SEMANTIC_SCHOLAR]}),
    "papers.jsonl": lines(SEMANTIC_SCHOLAR),
    "list.json": json.dumps([SEMANTIC_SCHOLAR]),
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_title_and_abstract(read: Reader, name: str) -> None:
    papers, _ = read(FILES[name], name)
    assert [(p.title, p.abstract) for p in papers] == [(TITLE, ABSTRACT)]


@pytest.mark.parametrize("name", FILES)
def test_gzip_is_unpacked_whatever_the_name(read: Reader, name: str) -> None:
    papers, _ = read(gzip.compress(FILES[name].encode()), f"{name}.gz")
    assert [p.title for p in papers] == [TITLE]


@pytest.mark.parametrize("name", FILES)
def test_standard_input_is_recognised_by_its_content(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FILES[name].encode())))
    papers = list(read_papers("-", on_reject=lambda _: None))
    assert [p.title for p in papers] == [TITLE]


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("answer.xml", "arXiv:2401.01234"),
        ("arxiv-metadata-oai-snapshot.json", "arXiv:2401.01234"),
        ("works.json", "arXiv:2401.01234"),
        ("search.json", "arXiv:2401.01234"),
        ("acl.bib", "doi:10.1000/xyz"),
        ("export.ris", "doi:10.1000/xyz"),
        ("plain.jsonl", paper_id(title=TITLE)),
        ("page.txt", paper_id(title=TITLE)),
        ("many.csv", paper_id(title=TITLE)),
    ],
)
def test_one_paper_has_one_id_from_all_sources_that_know_it(read: Reader, name: str, id_: str) -> None:
    papers, _ = read(FILES[name], name)
    assert papers[0].id.startswith(id_)


@pytest.mark.parametrize(
    "name", ["answer.xml", "arxiv-metadata-oai-snapshot.json", "works.json", "search.json", "export.ris"]
)
def test_bibliographic_facts_are_kept(read: Reader, name: str) -> None:
    papers, _ = read(FILES[name], name)
    assert papers[0].authors == ("Ada Lovelace", "Alan Turing")
    assert str(papers[0].published)[:4] == "2024"
    assert papers[0].doi == "10.1000/xyz"


def test_bibtex_decodes_accents_macros_and_months(read: Reader) -> None:
    (paper,), _ = read(BIBTEX, "a.bib")
    assert paper.authors == ("Ada Lovelace", "Pál Erdős")
    assert (paper.venue, paper.published) == ("Conference of Careful Models", "2024-01")


def test_what_a_paper_writes_is_read_back_as_it_was(read: Reader) -> None:
    paper = Paper(
        id="arXiv:2401.01234",
        title=TITLE,
        abstract=ABSTRACT,
        authors=("Ada Lovelace",),
        published="2024-01-02",
        doi="10.1000/xyz",
        arxiv="2401.01234",
        categories=("cs.CL",),
        source="arXiv",
    )
    assert read(paper.to_json(), "a.jsonl") == ([paper], [])


def test_a_directory_gives_all_its_files_in_order_and_names_what_it_cannot_read(
    tmp_path: Path, read: Reader
) -> None:
    for name, id_ in (("b.jsonl", "second"), ("a.jsonl", "first"), (".hidden.jsonl", "third")):
        (tmp_path / name).write_text(lines({**PLAIN, "id": id_}))
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\x00")
    rejected: list[Rejected] = []
    assert [p.id for p in read_papers(tmp_path, on_reject=rejected.append)] == ["first", "second"]
    assert [Path(r.path).name for r in rejected] == ["photo.jpg"]


# --- page text ---------------------------------------------------------------------------------------------


def test_lines_of_a_page_that_are_no_paper_are_reported(read: Reader) -> None:
    _, rejected = read(PAGE, "page.txt")
    assert [(r.line, r.record_excerpt) for r in rejected] == [(3, "Subscribe"), (1, "Trending")]


WRAPPED = (
    "We train a model to wait before it answers questions of people.\nIt answers better, which they like."
)


@pytest.mark.parametrize(
    "page",
    [
        f"{TITLE}\n{ABSTRACT} It waits longer where questions are hard, and this is seen in all tests.\n",
        f"{TITLE}\n\n{WRAPPED}\n",
        f"{TITLE}\n{WRAPPED}",
        f"{TITLE}\n\n12 authors\n\nMar 11\n\n{ABSTRACT}",
    ],
    ids=["alternating", "wrapped", "wrapped under its title", "with furniture"],
)
def test_a_title_is_the_line_above_an_abstract(read: Reader, page: str) -> None:
    papers, _ = read(page, "page.txt")
    assert [p.title for p in papers] == [TITLE]


def test_a_title_that_begins_with_on_is_a_title(read: Reader) -> None:
    papers, _ = read(f"Menu\n\nOn the Art of Waiting\n\n{ABSTRACT}\n", "page.txt")
    assert [p.title for p in papers] == ["On the Art of Waiting"]


# --- bad records -------------------------------------------------------------------------------------------

BAD_RECORDS = {
    "no title": {"title": " ", "abstract": ABSTRACT},
    "no abstract": {"title": TITLE},
    "title is a number, not text": {"title": 7, "abstract": ABSTRACT},
    "authors is true or false, not a list of names": {**PLAIN, "authors": True},
    "broken encoding: character 2 of the title cannot be read": {**PLAIN, "title": "a\ufffdb"},
    "broken encoding: character 1 of the abstract cannot be read": {**PLAIN, "abstract": "\ud800"},
    "control character U+0000 at character 4 of the title": {**PLAIN, "title": "abc\0"},
    "abstract has 10,000,000 characters; at most 100,000 are read": {**PLAIN, "abstract": "a" * 10_000_000},
    "a record is an object": [1, 2],
}


@pytest.mark.parametrize("reason", BAD_RECORDS)
def test_a_bad_record_is_reported_with_its_line_and_the_rest_is_read(read: Reader, reason: str) -> None:
    papers, rejected = read(lines(PLAIN, BAD_RECORDS[reason], PLAIN), "a.jsonl")
    assert len(papers) == 2
    assert [r.line for r in rejected] == [2]
    assert rejected[0].reason.startswith(reason)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"title": "abc', "invalid JSON: Unterminated string starting at at column 11"),
        (
            b'{"title": "caf\xe9", "abstract": "b"}',
            "broken encoding: character 4 of the title cannot be read",
        ),
        (b"[" * 100_000, "invalid JSON"),
        (b'{"a":' + b"9" * 10_000 + b"}", "invalid JSON"),
    ],
)
def test_a_bad_line_costs_only_itself(read: Reader, bad: bytes, reason: str) -> None:
    good = lines(PLAIN).encode()
    papers, rejected = read(good + bad + b"\n" + good, "a.jsonl")
    assert (len(papers), [r.line for r in rejected]) == (2, [2])
    assert rejected[0].reason.startswith(reason)


def test_a_line_without_end_does_not_fill_the_memory(read: Reader) -> None:
    big = b'{"title": "' + b"a" * (40 * 2**20) + b'"}\n'
    papers, rejected = read(gzip.compress(big + lines(PLAIN).encode(), 9), "a.jsonl.gz")
    assert [r.reason for r in rejected] == ["a line of over 16,777,216 bytes"]
    assert len(papers) == 1


@pytest.mark.parametrize(
    ("name", "content", "line", "reason"),
    [
        ("a.csv", f"title,abstract\n{TITLE.replace(',', '')},\n", 2, "no abstract"),
        ("a.csv", "title,abstract\na,b,c,d\n", 2, "malformed row: 4 cells under 2 columns"),
        ("a.csv", 'title,abstract\na,"' + "b" * 200_000 + '"\n', 2, "malformed row: field larger"),
        ("a.bib", "@article{x, title = {a} abstract = {b}}\n", 1, "malformed BibTeX entry: look for"),
        (
            "a.bib",
            "\n@article{x, title = {a}, abstract = nowhere}\n",
            2,
            "the BibTeX macro 'nowhere' is defined",
        ),
        ("a.bib", "@article{x, title = " + "{" * 500 + "}" * 500 + "}", 1, "malformed BibTeX entry: braces"),
        (
            "a.bib",
            "@article{x, title = a" + " # a" * 900 + "}",
            1,
            "malformed BibTeX entry: it has more than",
        ),
        (
            "a.json",
            json.dumps([PLAIN])[:-1] + "," + "[" * 900,
            1,
            "invalid JSON (it nests deeper than 200 brackets)",
        ),
        ("a.bib", '@string{a = "' + "x" * 3000 + '"}', 1, "the macro a is longer than 2,000 characters"),
        (
            "a.bib",
            "@article{x, abstract = {" + ("x" * 999 + "\n") * 500 + "}}",
            1,
            "an entry of 499,526 characters",
        ),
        ("a.ris", "TY  - JOUR\nTI  - a\nER  - \n", 1, "no abstract"),
        ("a.ris", "TI  - a\n" + RIS, 1, "these lines stand outside of any record"),
        ("a.xml", ATOM.replace("<summary>", "<other>").replace("</summary>", "</other>"), 16, "no abstract"),
        ("a.json", json.dumps([{"title": "a"}]), 1, "no abstract"),
    ],
)
def test_bad_records_of_other_formats(read: Reader, name: str, content: str, line: int, reason: str) -> None:
    _, rejected = read(content, name)
    assert [r.line for r in rejected] == [line]
    assert rejected[0].reason.startswith(reason)


def test_an_unclosed_bibtex_entry_costs_only_itself(read: Reader) -> None:
    papers, rejected = read("@article{x, title = {never closed,\n" + BIBTEX, "a.bib")
    assert (len(papers), len(rejected)) == (1, 1)


def test_strict_stops_at_the_first_bad_record_and_keeps_what_was_read_before(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(lines(PLAIN) + "{\n" + lines(PLAIN))
    papers = read_papers(file, strict=True, on_reject=fail)
    assert next(papers).title == TITLE
    with pytest.raises(SourceError, match=r"a\.jsonl:2: invalid JSON"):
        next(papers)


# --- damaged and hostile files -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", json.dumps([PLAIN] * 2000)[:-10].encode()),
        ("a.json", (json.dumps([PLAIN, PLAIN])[:-1] + ", {]]").encode()),
        ("a.xml", ATOM.replace("</feed>", "<entry>").encode()),
        (
            "a.jsonl.gz",
            gzip.compress(lines(*[{**PLAIN, "id": f"p{i}"} for i in range(20_000)]).encode())[:-9],
        ),
    ],
)
def test_a_file_damaged_half_way_gives_what_stands_before_the_damage(
    read: Reader, name: str, content: bytes
) -> None:
    papers, rejected = read(content, name)
    assert papers
    assert len(rejected) == 1


def test_entities_in_xml_are_refused(read: Reader) -> None:
    bomb = '<!DOCTYPE feed [<!ENTITY a "aaaa">]>'
    with pytest.raises(SourceError, match="forbidden XML"):
        read(ATOM.replace("<feed", f"{bomb}<feed", 1), "a.xml")


def test_xml_that_nests_without_end_is_refused(read: Reader) -> None:
    with pytest.raises(SourceError, match="nests deeper than 100 elements"):
        read('<feed xmlns="http://www.w3.org/2005/Atom">' + "<a>" * 5_000, "a.xml")


def test_a_gzip_bomb_is_refused(read: Reader) -> None:
    bomb = gzip.compress((b" " * 2**20 + b"\n") * 80)
    with pytest.raises(SourceError, match="unpacks to over 100 times its size"):
        read(bomb, "a.jsonl.gz")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("paper.pdf", b"%PDF-1.7\0", "its format is not known; name it with --format: arxiv-atom, "),
        ("a.csv", b"headline,text\na,b\n", "must name columns title and abstract; it names headline, text"),
        ("a.jsonl", "title".encode("utf-16"), "it is UTF-16; convert it"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_says_what_to_do(
    read: Reader, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(SourceError, match=reason):
        read(content, name)


def test_a_missing_file_and_an_unknown_format_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no such file or directory"):
        read_papers(tmp_path / "none.jsonl", on_reject=fail)
    with pytest.raises(SourceError, match="'word' is unknown; known are auto, arxiv-atom, arxiv-json"):
        read_papers(tmp_path, format="word", on_reject=fail)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.tsv", "a.bib", "a.ris", "a.txt"])
def test_an_empty_file_holds_no_papers(read: Reader, name: str) -> None:
    assert read("", name) == ([], [])


# --- text and identity -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        (" a\r\n b\t\u00a0c ", "a b c"),
        ("e\u0301", "\u00e9"),
        ("zero\u200bwidth so\u00adft", "zerowidth soft"),
        ("$x^2$ -- \U0001f642", "$x^2$ -- \U0001f642"),
    ],
)
def test_text_is_folded_as_documented(raw: str, cleaned: str) -> None:
    assert clean(raw, "title") == cleaned


def test_markup_goes_and_comparisons_stay() -> None:
    assert without_markup("<p>H<sub>2</sub>O &lt; 5 &amp; p<0.05 AT&T</p>").strip() == "H2O < 5 & p<0.05 AT&T"


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"Mar{\'\i}a \& {\O}ystein", "María & Øystein"),
        (r"``{A} \textit{safe} model'' for \$5", "“A safe model” for $5"),
        (r"in $\mathcal{O}(n^{2})$ steps", r"in $\mathcal{O}(n^{2})$ steps"),
    ],
)
def test_latex_is_decoded_outside_of_formulas(latex: str, text: str) -> None:
    assert without_latex(latex) == text


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("2401.01234v12", "2401.01234"),
        ("arXiv:cs/0301001v1", "cs/0301001"),
        ("http://arxiv.org/abs/math.GT/0309136", "math/0309136"),
        ("https://arxiv.org/pdf/2401.01234v2.pdf", "2401.01234"),
        ("2413.01234", None),
        ("seed-001", None),
        (None, None),
    ],
)
def test_arxiv_ids_are_recognised_in_all_spellings(text: str | None, id_: str | None) -> None:
    assert arxiv_id(text) == id_


@pytest.mark.parametrize("text", ["10.1000/XyZ", "doi:10.1000/xyz", "https://doi.org/10.1000/XYZ"])
def test_dois_are_recognised_in_all_spellings(text: str) -> None:
    assert doi(text) == "10.1000/xyz"


@pytest.mark.parametrize(
    ("record", "id_"),
    [
        ({"id": "seed-001"}, "seed-001"),
        ({"id": "seed-001", "doi": "10.1000/x"}, "doi:10.1000/x"),
        ({"id": "arXiv:2007.14771v2"}, "arXiv:2007.14771"),
        ({"id": "x", "doi": "10.48550/arXiv.2401.01234"}, "arXiv:2401.01234"),
        ({"id": "17"}, paper_id(title=TITLE)),
        ({"id": 17}, paper_id(title=TITLE)),
    ],
)
def test_a_public_id_comes_before_an_own_one_and_a_row_number_is_none(
    record: dict[str, object], id_: str
) -> None:
    assert to_paper({**PLAIN, **record}).id == id_


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2024", "2024"),
        (2024, "2024"),
        ("2024/5/1/", "2024-05-01"),
        ("2024-13-01", "2024"),
        ("May 2024", None),
    ],
)
def test_dates_are_as_exact_as_they_are_given(value: object, date: str | None) -> None:
    assert date_of(value) == date


def test_only_addresses_of_the_web_are_kept() -> None:
    assert to_paper({**PLAIN, "url": "javascript:alert(1)"}).url is None
    assert to_paper({**PLAIN, "url": "https://example.org/a"}).url == "https://example.org/a"


def test_titles_that_differ_in_case_and_punctuation_are_one_paper() -> None:
    assert paper_id(title="Careful answers -- a study!") == paper_id(title="Careful Answers: A Study")


def test_short_titles_take_the_abstract_along() -> None:
    assert paper_id(title="Preface", abstract="One.") != paper_id(title="Preface", abstract="Two.")


@pytest.mark.parametrize(
    ("name", "head", "format_"),
    [
        ("a.json.gz", b'{"results": [{"abstract_inverted_index": {}', "openalex"),
        ("papers", b'[{"paperId": "x"', "semantic-scholar"),
        ("dump", b'{"id": "1", "authors_parsed": []', "arxiv-json"),
        ("refs", b"% mine\n@article{x,", "bibtex"),
        ("-", b"Some title\n\nSome text.", "text"),
    ],
)
def test_formats_are_told_by_name_then_content(name: str, head: bytes, format_: str) -> None:
    assert detect_format(name, head) == format_


# --- anything at all ---------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
FIELDS = ["id", "title", "abstract", "authors", "year", "doi", "versions", "categories", "authors_parsed"]
FIELDS += (
    "abstract_inverted_index",
    "authorships",
    "primary_location",
    "locations",
    "externalIds",
    "paperId",
)
records = st.dictionaries(st.sampled_from(FIELDS), json_values | st.just(TITLE), max_size=8)


@given(json_values | records)
@settings(max_examples=300, deadline=None)
def test_any_json_value_is_a_paper_or_a_bad_record(value: object) -> None:
    try:
        paper = to_paper(value)
    except BadRecord as error:
        assert str(error)
    else:
        assert paper.title
        assert paper.abstract
        assert Paper.from_json(paper.to_json()) == paper
        paper.text.encode()


FRAGMENTS = [b"\n", b"\n\n", b"{", b"}", b"[", b'"', b",", b"\xff", b"\0", b"\\", b"&a;", b"title,abstract\n"]
FRAGMENTS += [content.encode()[i : i + 60] for content in FILES.values() for i in (0, 40, 200)]


@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=20), max_size=12).map(b"".join))
@pytest.mark.parametrize("format_", IMPORTERS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(b"\x1f\x8b\x08garbage")
@example(b"[1e999, 99999999999999999999999999]")
def test_any_bytes_are_read_or_refused(tmp_path: Path, format_: str, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    try:
        list(read_papers(file, format=format_, on_reject=lambda _: None))
    except SourceError as error:
        assert error.reason


# --- real input --------------------------------------------------------------------------------------------


@pytest.mark.shared
def test_both_seed_files_hold_the_same_papers(shared: Path) -> None:
    pages = read_papers(next((shared / "seeds").glob("*.txt")), on_reject=lambda _: None)
    from_page = [(p.title, p.abstract) for p in pages]
    from_lines = [(p.title, p.abstract) for p in read_papers(shared / "seeds/papers.jsonl", on_reject=fail)]
    raw = [json.loads(line) for line in (shared / "seeds/papers.jsonl").read_text().splitlines()]
    assert len(from_page) == 76
    assert from_page == from_lines == [(r["title"], r["abstract"]) for r in raw]


@pytest.mark.shared
def test_twenty_thousand_abstracts_stream_in_flat_memory(shared: Path) -> None:
    papers = read_papers(shared / "data/arxiv-sample/papers.jsonl.gz", on_reject=fail)
    next(papers)
    tracemalloc.start()
    count = 1 + sum(1 for _ in islice(papers, 3_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count + sum(1 for _ in papers) == 20_000
    assert peak < 4 * 2**20
