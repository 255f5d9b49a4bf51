"""Leaderboards and charts of pages: only what compares is ranked, and every mark stands in its place."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from api.boards import Board, boards
from api.charts import HEIGHT, WIDTH, by_year, race
from kg.lookup.answers import AnswerRow, Figure, Item, Quote
from kg.records import Span
from kg.vocabulary import Vocabulary

MT_BENCH = "benchmark/mt-bench"


def item(node_id: str, vocabulary: Vocabulary) -> Item:
    known = vocabulary.names.get(node_id)
    return Item(node_id, known.name if known else node_id.partition("/")[2], vocabulary.type_of(node_id).name)


def quote(published: str | None) -> Quote:
    nothing = Span(0, 1)
    return Quote(
        "result/1", "arXiv:1", "A paper", published, None, "x", 0, nothing, None, None, "c", 0.7, False, False
    )


def row(
    vocabulary: Vocabulary,
    name: str,
    value: float,
    *,
    unit: str = "score",
    kind: str = "absolute",
    published: str | None = None,
    benchmark: str = MT_BENCH,
    metric: str | None = None,
) -> AnswerRow:
    on, by = item(benchmark, vocabulary), item(metric, vocabulary) if metric else None
    figure = Figure(f"result/{name}", value, unit, kind, on, by, None, 0.7)
    quotes = (quote(published),)
    return AnswerRow(item(f"method/{name}", vocabulary), None, on, 0.7, 1, None, (figure,), quotes)


def ranks(board: Board) -> list[tuple[str, int | None]]:
    return [(line.row.subject.name, line.rank) for line in board.lines]


def test_numbers_of_other_metrics_units_and_kinds_stand_in_other_boards(vocabulary: Vocabulary) -> None:
    rows = [
        row(vocabulary, "a", 9.1),
        row(vocabulary, "b", 8.0),
        row(vocabulary, "c", 61.5, unit="%"),
        row(vocabulary, "d", 70.0, unit="%", metric="metric/win-rate"),
        row(vocabulary, "e", 0.5, kind="gain"),
    ]
    found = boards(rows, vocabulary)
    assert [len(board.lines) for board in found] == [2, 1, 1, 1]
    assert len({board.title for board in found}) == 4


def test_equal_numbers_share_a_rank(vocabulary: Vocabulary) -> None:
    (board,) = boards(
        [row(vocabulary, n, v) for n, v in (("a", 9), ("b", 8), ("c", 8), ("d", 7))], vocabulary
    )
    assert ranks(board) == [("a", 1), ("b", 2), ("c", 2), ("d", 4)]


@pytest.mark.parametrize("kind", ["gain", "ratio"])
def test_what_is_over_baselines_of_its_own_has_no_rank_and_no_scale(
    vocabulary: Vocabulary, kind: str
) -> None:
    (board,) = boards([row(vocabulary, n, 2.0, kind=kind, unit="%") for n in "ab"], vocabulary)
    assert {rank for _, rank in ranks(board)} == {None}
    assert not board.scaled
    assert "not ranked" in board.order


@pytest.mark.parametrize(
    ("measured_on", "words"),
    [
        (MT_BENCH, "higher is better, scale 1 to 10"),
        ("benchmark/realtoxicityprompts", "lower is better"),
        ("benchmark/unheard-of", "not known"),
    ],
)
def test_a_board_says_which_way_is_better(vocabulary: Vocabulary, measured_on: str, words: str) -> None:
    (board,) = boards([row(vocabulary, "a", 5.5, benchmark=measured_on)], vocabulary)
    assert words in board.order


def test_a_number_off_the_scale_takes_the_scale_away(vocabulary: Vocabulary) -> None:
    inside, outside = (boards([row(vocabulary, "a", value)], vocabulary)[0] for value in (5.5, 61.5))
    assert (inside.scaled, inside.lines[0].share) == (True, 0.5)
    assert (outside.scaled, outside.lines[0].share) == (False, None)


# --- charts ---------------------------------------------------------------------------------------------


def test_years_without_papers_have_their_place() -> None:
    chart = by_year(["2021-03", "2021", "2024-01-02", None, "soon"])
    assert chart is not None
    assert [(bar.label, bar.count) for bar in chart.bars] == [
        ("2021", 2),
        ("2022", 0),
        ("2023", 0),
        ("2024", 1),
    ]
    assert chart.summary == "3 papers from 2021 to 2024, most in 2021 (2)"


@pytest.mark.parametrize("dates", [[], [None], ["2024-01", "2024-05"]])
def test_one_year_makes_no_chart(dates: Sequence[str | None]) -> None:
    assert by_year(dates) is None


def test_bars_lie_inside_the_chart() -> None:
    chart = by_year([f"{year}" for year in range(1990, 2025) for _ in range(year % 7)])
    assert chart is not None
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH and 0 <= bar.y <= HEIGHT for bar in chart.bars)
    assert sum(bar.labelled for bar in chart.bars) <= 12


DATED = (
    ("new", 9.0, "2024-06-01"),
    ("tie", 8.0, "2023-09-01"),
    ("best", 8.0, "2023-05-01"),
    ("first", 6.0, "2022"),
)


def test_a_race_names_what_was_best_when_it_came(vocabulary: Vocabulary) -> None:
    (board,) = boards([row(vocabulary, n, v, published=d) for n, v, d in DATED], vocabulary)
    chart = race(board)
    assert chart is not None
    assert [point.name for point in chart.points if point.best] == ["first", "best", "new"]
    assert [point.name for point in chart.points if not point.best] == [""]
    assert "6 to 9 (new)" in chart.summary


def test_later_stands_right_and_more_stands_higher(vocabulary: Vocabulary) -> None:
    (board,) = boards([row(vocabulary, n, v, published=d) for n, v, d in DATED], vocabulary)
    chart = race(board)
    assert chart is not None
    assert [point.x for point in chart.points] == sorted(point.x for point in chart.points)
    assert chart.points[0].y > chart.points[-1].y
    assert all(
        0 <= point.y <= chart.height and chart.left <= point.x <= chart.width for point in chart.points
    )


def test_where_less_is_better_the_record_falls(vocabulary: Vocabulary) -> None:
    falling = [("low", 1.0, "2024"), ("high", 3.0, "2022"), ("middle", 2.0, "2023")]
    rows = [
        row(vocabulary, n, v, published=d, benchmark="benchmark/realtoxicityprompts") for n, v, d in falling
    ]
    chart = race(boards(rows, vocabulary)[0])
    assert chart is not None
    assert [point.name for point in chart.points if point.best] == ["high", "middle", "low"]


@pytest.mark.parametrize(
    "rows",
    [
        [("a", 1.0, "2022", "absolute"), ("b", 2.0, "2023", "absolute")],
        [("a", 1.0, "2022", "absolute"), ("b", 1.0, "2023", "absolute"), ("c", 1.0, "2024", "absolute")],
        [("a", 1.0, "2022", "gain"), ("b", 2.0, "2023", "gain"), ("c", 3.0, "2024", "gain")],
        [("a", 1.0, None, "absolute"), ("b", 2.0, None, "absolute"), ("c", 3.0, None, "absolute")],
    ],
    ids=["too few", "all the same", "not to be ranked", "without dates"],
)
def test_what_would_tell_nothing_over_time_makes_no_chart(
    vocabulary: Vocabulary, rows: Sequence[tuple[str, float, str | None, str]]
) -> None:
    listed = [row(vocabulary, n, v, published=d, kind=k) for n, v, d, k in rows]
    assert race(boards(listed, vocabulary)[0]) is None
