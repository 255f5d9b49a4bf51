"""The bundled corpus: real papers, digests in our own words."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from kg.records import Paper

CORPUS = Path(__file__).parent.parent / "corpus" / "papers.jsonl"
PAPERS = [Paper.from_json(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
RUN = 8
"""As many consecutive words as two texts may not share."""


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + RUN]) for i in range(len(found) - RUN + 1)}


def numbering_months(paper: Paper) -> set[str]:
    """Months that arXiv may number a paper in: sent in on the last days of one, it may belong to the next."""
    published = date.fromisoformat(paper.published or "")
    return {f"{day:%y%m}" for day in (published, published + timedelta(days=3))}


def abstracts(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield json.loads(line)["abstract"]


def digests_sharing_a_run(originals: Iterable[str]) -> list[tuple[str, str]]:
    ours = {run: paper.id for paper in PAPERS for run in runs(paper.abstract)}
    return [(ours[run], " ".join(run)) for text in originals for run in runs(text) & ours.keys()]


def test_corpus_has_at_least_sixty_papers() -> None:
    assert len(PAPERS) >= 60


def test_a_dozen_papers_speak_of_mt_bench() -> None:
    """The first question of the tour has to have an answer worth reading."""
    assert sum("MT-Bench" in paper.abstract for paper in PAPERS) >= 12


@pytest.mark.parametrize("field", ["id", "title", "url"])
def test_no_two_papers_share(field: str) -> None:
    values = [getattr(paper, field) for paper in PAPERS]
    assert len(set(values)) == len(values)


def test_ids_are_arxiv_numbers() -> None:
    assert [p.id for p in PAPERS if not re.fullmatch(r"arXiv:\d{4}\.\d{4,5}", p.id)] == []


def test_address_leads_to_the_paper() -> None:
    assert [p.id for p in PAPERS if p.url != f"https://arxiv.org/abs/{p.id.removeprefix('arXiv:')}"] == []


def test_month_of_publication_agrees_with_the_arxiv_number() -> None:
    assert [p.id for p in PAPERS if p.id.removeprefix("arXiv:")[:4] not in numbering_months(p)] == []


def test_every_paper_names_its_authors() -> None:
    assert [p.id for p in PAPERS if not p.authors or not all(p.authors)] == []


def test_digests_have_60_to_200_words() -> None:
    assert [p.id for p in PAPERS if not 60 <= len(p.abstract.split()) <= 200] == []


def test_texts_have_no_control_characters_and_no_stray_spaces() -> None:
    texts = [text for p in PAPERS for text in (p.title, p.abstract, *p.authors)]
    assert [text for text in texts if not text.isprintable() or text != " ".join(text.split())] == []


@pytest.mark.shared
def test_no_digest_shares_a_run_of_words_with_a_seed_abstract(shared: Path) -> None:
    with (shared / "seeds" / "papers.jsonl").open(encoding="utf-8") as lines:
        assert digests_sharing_a_run(abstracts(lines)) == []


@pytest.mark.shared
def test_no_digest_shares_a_run_of_words_with_an_arxiv_abstract(shared: Path) -> None:
    path = shared / "data" / "arxiv-sample" / "papers.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        assert digests_sharing_a_run(abstracts(lines)) == []
