"""The page stands alone: it fetches nothing, runs nothing that a paper wrote, and marks its sentences."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.export.marks import marked_pieces
from kg.export.page import embedded, page, page_data, write_html
from kg.export.select import Heading
from kg.records import JSON, Evidence, Graph, Span
from kg.vocabulary import Vocabulary, load_vocabulary
from tests.export_graphs import HOSTILE, tiny_graph

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
NASTY = st.sampled_from(
    ["</script>", "<!--", "<script>", "]]>", "{{script}}", "\u2028", "&lt;", "\\u003c", '"']
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Page(HTMLParser):
    """What a browser would find in the page: elements with attributes, and the text of each."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and data.strip():
            self.texts.append((self.elements[-1][0], data))

    def all(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]

    @property
    def data(self) -> JSON:
        return json.loads(self.all("script")[0])


def written(graph: Graph, heading: Heading | None = None) -> str:
    stream = io.BytesIO()
    write_html(graph, load_vocabulary(), stream, heading or Heading())
    return stream.getvalue().decode()


def test_the_page_refers_to_nothing_that_would_be_fetched(vocabulary: Vocabulary) -> None:
    text = written(tiny_graph(vocabulary, HOSTILE))
    found = Page(text)
    fetching = {"src", "href", "srcset", "data", "action", "poster"}
    assert [attrs for _, attrs in found.elements if fetching & attrs.keys()] == []
    assert not {"link", "img", "iframe", "object", "base"} & {tag for tag, _ in found.elements}
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|import\(|eval\(|innerHTML", text)


def test_only_its_own_script_and_style_are_allowed(vocabulary: Vocabulary) -> None:
    found = Page(written(tiny_graph(vocabulary)))
    (policy,) = [
        attrs["content"] or "" for tag, attrs in found.elements if tag == "meta" and "http-equiv" in attrs
    ]
    assert policy.startswith("default-src 'none'")
    for text in (found.all("style")[0], found.all("script")[1]):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


@given(name=TEXT | NASTY, title=TEXT | NASTY)
@settings(max_examples=60)
def test_no_text_of_others_becomes_markup(name: str, title: str) -> None:
    graph = tiny_graph(load_vocabulary(), name)
    found = Page(written(graph, Heading(title, title)))
    assert [tag for tag, _ in found.elements].count("script") == 2
    assert name in [node["name"] for node in found.data["nodes"]]
    plain = Page(written(tiny_graph(load_vocabulary()), Heading("Plain", "Plain")))
    assert [tag for tag, _ in found.elements] == [tag for tag, _ in plain.elements]


@given(st.recursive(TEXT | NASTY, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=8))
def test_embedded_data_is_the_same_json_without_markup(data: JSON) -> None:
    text = embedded(data)
    assert json.loads(text) == data
    assert not set(text) & set("<>&\u2028\u2029")


def test_the_note_of_what_is_left_out_is_shown(vocabulary: Vocabulary) -> None:
    text = page(page_data(tiny_graph(vocabulary), vocabulary), Heading("Title", "The 3 most believed of 9."))
    assert "The 3 most believed of 9." in Page(text).all("p")


def test_the_page_holds_believed_statements_with_their_sentences(vocabulary: Vocabulary) -> None:
    data = page_data(tiny_graph(vocabulary), vocabulary)
    names = [node["name"] for node in data["nodes"]]
    said = {
        (names[s["s"]], data["predicates"][s["p"]]["label"], names[s["o"]]): s["evidence"]
        for s in data["statements"]
    }
    assert len(said) == 4 + 1  # the line of the result in win rate, which no statement joins to anything
    assert ("Pebble", "has a result in", "win rate") in said
    (quote,) = said["Pebble", "outperforms", "Gravel"]
    assert quote["text"][:3] == [("Pebble", "s"), (" beats ", "w"), ("Gravel", "o")]


def test_nothing_on_the_page_stands_alone(vocabulary: Vocabulary) -> None:
    graph = tiny_graph(vocabulary)
    few = Graph.of([*graph.papers.values(), *graph.entities.values(), *graph.results.values()])
    for data in (page_data(graph, vocabulary), page_data(few, vocabulary)):
        joined = {number for line in data["statements"] for number in (line["s"], line["o"])}
        assert joined == set(range(len(data["nodes"])))


@pytest.mark.parametrize("kind", ["results", "papers"])
def test_numbers_alone_and_papers_alone_are_a_picture_with_what_is_behind_it(
    vocabulary: Vocabulary, kind: str
) -> None:
    graph = tiny_graph(vocabulary, HOSTILE)
    results = graph.results.values() if kind == "results" else ()
    text = written(Graph.of([*graph.papers.values(), *graph.entities.values(), *results]), Heading("All"))
    found = Page(text)
    (picture,) = [attrs for tag, attrs in found.elements if tag == "img"]
    assert (picture["src"] or "").startswith("data:image/svg+xml;base64,")
    assert "script" not in {tag for tag, _ in found.elements}
    assert "Pebble: calm tuning" in "".join(text for _, text in found.texts)
    assert ("blockquote" in {tag for tag, _ in found.elements}) == (kind == "results")


SENTENCE = Evidence("p", Span(10, 30), Span(12, 20), None, None, "x" * 20, "rules", "1", 0.5)
SPAN = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda t: Span(t[0], t[0] + t[1]))


@given(st.none() | SPAN, st.none() | SPAN, SPAN)
def test_marked_pieces_are_the_sentence(subject: Span | None, object_: Span | None, words: Span) -> None:
    pieces = marked_pieces(replace(SENTENCE, subject=subject, object=object_, words=words))
    assert "".join(text for text, _ in pieces) == SENTENCE.text


def test_marks_count_in_code_points() -> None:
    evidence = replace(SENTENCE, text="😀 helps 😀 much now yes", object=Span(18, 19), words=Span(12, 17))
    assert marked_pieces(evidence) == [
        ("😀 ", ""),
        ("helps", "w"),
        (" ", ""),
        ("😀", "o"),
        (" much now yes", ""),
    ]


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_script_runs_in_a_browser(vocabulary: Vocabulary, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(written(tiny_graph(vocabulary, HOSTILE), Heading("Pebbles")), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", "--dump-dom"]
    run = [str(CHROMIUM), *flags, f"--user-data-dir={tmp_path / 'profile'}", file.as_uri()]
    shown = subprocess.run(run, capture_output=True, check=True, timeout=60).stdout.decode()
    assert "5 things, 4 statements" in shown
    assert "Every line opens the sentences that state it" in shown
