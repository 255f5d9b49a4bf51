"""Numbers with units, as abstracts write them."""

from __future__ import annotations

import pytest

from kg.extract.numbers import find_numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a score of 9.06 on the arena", [(9.06, "")]),
        ("accuracy rises from 45% to 52%", [(45.0, "%"), (52.0, "%")]),
        ("gains of 8-12% on both", [(8.0, "%"), (12.0, "%")]),
        ("between 2.5--2.9x faster", [(2.5, "x"), (2.9, "x")]),
        ("runs 3x faster", [(3.0, "x")]),
        (r"runs $3\times$ faster", [(3.0, "x")]),
        ("a 10-fold speedup", [(10.0, "x")]),
        ("reaches 0.92 AUC", [(0.92, "")]),
        (r"92.3\% accuracy", [(92.3, "%")]),
        ("two percent better", [(2.0, "%")]),
        ("improves by 4.1 points", [(4.1, "points")]),
        ("a lead of 3 percentage points", [(3.0, "points")]),
        ("with 1,234 examples", [(1234.0, "")]),
        ("latency of 20 ms", [(20.0, "ms")]),
        ("a drop of −0.5%", [(0.5, "%")]),
    ],
)
def test_numbers_have_values_and_units(text: str, expected: list[tuple[float, str]]) -> None:
    assert [(n.value, n.unit) for n in find_numbers(text)] == expected


@pytest.mark.parametrize(
    "text", ["GPT-4 answers", "Llama-2-7B-chat", "CIFAR10", "H2O", "two models", "x_1 is"]
)
def test_digits_of_names_and_counting_words_are_no_numbers(text: str) -> None:
    assert find_numbers(text) == []


def test_offsets_cover_number_and_unit_behind_astral_characters() -> None:
    text = "🚀 up to 92.3 % better"
    (number,) = find_numbers(text)
    assert text[number.start : number.end] == "92.3 %"
