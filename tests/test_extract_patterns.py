"""Every pattern against its own sentences, and the file against the ontology."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.errors import OntologyError
from kg.extract.patterns import FILE, Pattern, load_patterns, read_patterns
from kg.extract.wording import hits, read_example
from kg.vocabulary import Vocabulary

PATTERNS = load_patterns().wording
MATCHES = [pytest.param(p, text, id=f"{p.name}: {text}") for p in PATTERNS for text in p.matches]
MISSES = [pytest.param(p, text, id=f"{p.name}: {text}") for p in PATTERNS for text in p.misses]


@pytest.mark.parametrize(("pattern", "text"), MATCHES)
def test_pattern_finds_the_marked_things(pattern: Pattern, text: str) -> None:
    sentence, expected = read_example(text)
    assert hits(pattern, sentence) == expected


@pytest.mark.parametrize(("pattern", "text"), MISSES)
def test_pattern_leaves_other_sentences_alone(pattern: Pattern, text: str) -> None:
    sentence, _ = read_example(text)
    assert hits(pattern, sentence) == []


def test_every_predicate_has_a_pattern(vocabulary: Vocabulary) -> None:
    assert {p.predicate for p in PATTERNS} == set(vocabulary.predicates)


def test_pattern_names_are_unique() -> None:
    assert len({p.name for p in PATTERNS}) == len(PATTERNS)


@pytest.mark.parametrize(
    ("known", "unknown"), [('predicate = "uses"', 'predicate = "eats"'), ('type = "Goal"', 'type = "Wish"')]
)
def test_name_that_the_ontology_lacks_is_an_error(
    tmp_path: Path, vocabulary: Vocabulary, known: str, unknown: str
) -> None:
    file = tmp_path / "patterns.toml"
    file.write_text(FILE.read_text(encoding="utf-8").replace(known, unknown), encoding="utf-8")
    with pytest.raises(OntologyError, match=r"eats|Wish"):
        read_patterns(file, vocabulary)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.name)
def test_long_sentence_without_a_match_takes_no_time(pattern: Pattern) -> None:
    sentence, _ = read_example("using improved evaluated on " * 2_000)
    assert hits(pattern, sentence) == []
