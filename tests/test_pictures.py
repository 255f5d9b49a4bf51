"""Pictures are legible without an option: nothing overlaps, nothing is cut unsaid, bytes do not change."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.export.canvas import drawable, text_width, wrapped
from kg.export.layout import Box, force_layout, place, rim
from kg.export.leaderboard import comparable, draw_leaderboard
from kg.export.ontology import ONTOLOGY_WRITERS, ontology_page
from kg.export.pictures import MOST_STATEMENTS, draw, write_png, write_svg
from kg.export.select import Heading, core, neighbourhood
from kg.export.sheet import heading_height
from kg.export.star import draw_star
from kg.export.timeline import draw_timeline
from kg.records import Entity, Graph, Result, Statement
from kg.vocabulary import Vocabulary
from tests.export_graphs import HOSTILE, tiny_graph

BENCH = "benchmark/stonebench"


def dense_graph(vocabulary: Vocabulary, things: int = 40) -> Graph:
    """Return a ring of methods in which each also states something of every seventh other."""
    type_ = vocabulary.type_of("method/x").name
    (predicate,) = [p.name for p in vocabulary.predicates.values() if p.label == "outperforms"]
    ids = [f"method/m{n}" for n in range(things)]
    pairs = {(n, (n + step) % things) for n in range(things) for step in (1, 7)}
    statements = [Statement(ids[a], predicate, ids[b], 0.5, 1, ()) for a, b in pairs]
    return Graph.of([*(Entity(key, type_, key) for key in ids), *statements])


def only_results(graph: Graph) -> Graph:
    return Graph.of([*graph.papers.values(), *graph.entities.values(), *graph.results.values()])


def saved(graph: Graph, vocabulary: Vocabulary, format_: str) -> bytes:
    stream = io.BytesIO()
    draw(graph, vocabulary, Heading("A title", "A note.")).save(stream, format_)
    return stream.getvalue()


@pytest.mark.parametrize("write", [write_svg, write_png])
def test_pictures_are_the_same_bytes_twice(vocabulary: Vocabulary, write: object) -> None:
    assert callable(write)
    streams = [io.BytesIO(), io.BytesIO()]
    for stream in streams:
        write(tiny_graph(vocabulary, HOSTILE), vocabulary, stream, Heading(HOSTILE))
    assert len(streams[0].getvalue()) > 5_000
    assert streams[0].getvalue() == streams[1].getvalue()


def test_svg_is_svg_and_png_is_png(vocabulary: Vocabulary) -> None:
    graph = tiny_graph(vocabulary)
    assert b"<svg" in saved(graph, vocabulary, "svg")
    assert saved(graph, vocabulary, "png").startswith(b"\x89PNG")


def test_one_node_that_all_is_said_of_is_drawn_as_a_star(vocabulary: Vocabulary) -> None:
    part = neighbourhood(tiny_graph(vocabulary), "method/gravel")
    drawn, star = io.BytesIO(), io.BytesIO()
    draw(part.graph, vocabulary, part.heading).save(drawn, "svg")
    draw_star(part.graph, vocabulary, "method/gravel", part.heading).save(star, "svg")
    assert drawn.getvalue() == star.getvalue()


def test_results_on_one_benchmark_are_drawn_as_a_leaderboard(vocabulary: Vocabulary) -> None:
    graph = only_results(tiny_graph(vocabulary))
    drawn, board = io.BytesIO(), io.BytesIO()
    draw(graph, vocabulary).save(drawn, "svg")
    draw_leaderboard(graph, vocabulary, BENCH, Heading()).save(board, "svg")
    assert drawn.getvalue() == board.getvalue()


def test_results_on_several_benchmarks_are_all_drawn(vocabulary: Vocabulary) -> None:
    graph = only_results(tiny_graph(vocabulary))
    elsewhere = [replace(r, benchmark=None) for r in graph.results.values()]
    both = Graph.of([*graph.nodes(), *elsewhere])
    assert draw(both, vocabulary).height > draw(graph, vocabulary).height


@pytest.mark.parametrize(
    ("value", "unit", "kind", "group"),
    [
        (9.06, "score", "absolute", "score"),
        (63.1, "score", "absolute", "score, outside the scale 1 to 10"),
        (4.5, "points", "gain", "gain, points"),
        (3.0, "", "ratio", "ratio"),
    ],
)
def test_only_levels_in_the_scale_are_ranked_together(value: float, unit: str, kind: str, group: str) -> None:
    result = Result(None, BENCH, None, value, unit, kind, None, 1.0, 1, ())
    assert comparable(result, (1.0, 10.0)) == group


def test_papers_alone_are_drawn_as_a_timeline(vocabulary: Vocabulary) -> None:
    graph = Graph.of(tiny_graph(vocabulary).papers.values())
    drawn, timeline = io.BytesIO(), io.BytesIO()
    draw(graph, vocabulary).save(drawn, "svg")
    draw_timeline(graph, vocabulary, Heading()).save(timeline, "svg")
    assert drawn.getvalue() == timeline.getvalue()


def test_a_graph_too_large_for_a_sheet_is_cut_and_the_picture_says_so(vocabulary: Vocabulary) -> None:
    graph = dense_graph(vocabulary)
    assert len(graph.statements) == 80 > MOST_STATEMENTS
    part = core(graph)
    assert part.note == f"The {part.shown} best connected of 80 statements and results."
    assert saved(graph, vocabulary, "svg") != saved(part.graph, vocabulary, "svg")


def test_a_core_is_joined_by_so_many_pairs(vocabulary: Vocabulary) -> None:
    graph = dense_graph(vocabulary)
    assert 0 < len(core(graph, pairs=10).graph.statements) <= 10
    assert len(core(graph, nodes=100).graph.statements) == 80


def test_a_note_takes_room_above_the_picture() -> None:
    assert heading_height(Heading("T", "A note."), 500) > heading_height(Heading("T"), 500) > 0


# --- text ----------------------------------------------------------------------------------------------


@given(st.text(max_size=120), st.floats(40, 300))
@settings(max_examples=80)
def test_wrapped_lines_fit(text: str, width: float) -> None:
    lines = wrapped(text, width)
    assert 1 <= len(lines) <= 3
    assert all(text_width(line) <= width + 0.01 for line in lines)


def test_text_breaks_at_spaces_and_says_where_it_is_cut() -> None:
    assert wrapped("Direct Preference Optimization", 120) == ["Direct Preference", "Optimization"]
    assert wrapped("a long title " * 20, 100, most=2)[-1].endswith("…")


def test_characters_without_a_glyph_are_squares() -> None:
    assert drawable("数 α\n🦕") == "□ α □"


# --- places --------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=40))
@settings(max_examples=20, deadline=None)
def test_boxes_never_overlap(links: list[tuple[int, int]]) -> None:
    boxes = place([(120.0, 30.0)] * 20, links, link=(200.0, 130.0), gap=(30.0, 20.0))
    for one, other in combinations(boxes, 2):
        assert min(one.overlap(other)) <= 0


def test_linked_nodes_are_nearer_than_others() -> None:
    (ax, ay), (bx, by), (cx, cy) = force_layout(3, [(0, 1)])
    assert (ax - bx) ** 2 + (ay - by) ** 2 < (ax - cx) ** 2 + (ay - cy) ** 2


def test_no_nodes_need_no_places() -> None:
    assert place([], [], link=(1.0, 1.0), gap=(0.0, 0.0)) == []


def test_an_arrow_begins_at_the_rim() -> None:
    assert rim(Box(0, 0, 20, 10), (0, 50), gap=0) == (0.0, 5.0)


# --- the ontology ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ONTOLOGY_WRITERS)
def test_the_ontology_is_written_the_same_twice(vocabulary: Vocabulary, form: str) -> None:
    streams = [io.BytesIO(), io.BytesIO()]
    for stream in streams:
        ONTOLOGY_WRITERS[form](vocabulary, stream)
    assert len(streams[0].getvalue()) > 5_000
    assert streams[0].getvalue() == streams[1].getvalue()


def test_the_page_of_the_ontology_tells_every_type_and_predicate(vocabulary: Vocabulary) -> None:
    text = ontology_page(vocabulary)
    assert [p.name for p in vocabulary.predicates.values() if f"<td>{p.name}</td>" not in text] == []
    assert [t.name for t in vocabulary.types.values() if f"<td>{t.name}</td>" not in text] == []


def test_a_timeline_of_any_graph_tells_what_papers_state(vocabulary: Vocabulary) -> None:
    graph = tiny_graph(vocabulary)
    with_states, without = (
        draw_timeline(g, vocabulary, Heading()).height for g in (graph, only_papers(graph))
    )
    assert with_states > without


def only_papers(graph: Graph) -> Graph:
    return Graph.of(graph.papers.values())
