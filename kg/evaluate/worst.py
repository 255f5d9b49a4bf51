"""The papers that were read worst, each with what was missed and what was said in excess."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kg.evaluate.scoring import ENTITIES, STATEMENTS, align
from kg.evaluate.spread import Scored
from kg.records import JSON
from kg.vocabulary import load_vocabulary

Triple = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Faults:
    """One paper's misses and extras, entities before statements, in words; `f1` is that of its statements."""

    paper: str
    f1: float
    missed: tuple[str, ...]
    extra: tuple[str, ...]


def worst(
    gold: Mapping[str, JSON], predicted: Mapping[str, JSON], scored: Scored, number: int
) -> tuple[Faults, ...]:
    """Return the papers with the lowest F1 of statements, of equals those with more statements first."""
    ranked = sorted(gold, key=lambda p: (_f1(scored, p), -scored.papers[p][STATEMENTS].gold, p))
    empty: JSON = {ENTITIES: [], STATEMENTS: []}
    return tuple(
        faults(gold[paper], predicted.get(paper, empty), _f1(scored, paper)) for paper in ranked[:number]
    )


def _f1(scored: Scored, paper: str) -> float:
    return scored.papers[paper][STATEMENTS].f1


def faults(annotation: JSON, guess: JSON, f1: float) -> Faults:
    """Compare an annotation with what was read."""
    mapping = align(annotation[ENTITIES], guess[ENTITIES], load_vocabulary()).mapping
    return Faults(
        annotation["paper"],
        f1,
        (*_missed_entities(annotation, mapping), *_missed_statements(annotation, guess, mapping)),
        (*_extra_entities(guess, mapping), *_extra_statements(annotation, guess, mapping)),
    )


def _missed_entities(annotation: JSON, mapping: Mapping[str, str]) -> Iterator[str]:
    found = set(mapping.values())
    return (_entity(e) for e in annotation[ENTITIES] if e["id"] not in found)


def _extra_entities(guess: JSON, mapping: Mapping[str, str]) -> Iterator[str]:
    first: dict[str, str] = {}
    for guessed, wanted in mapping.items():
        first.setdefault(wanted, guessed)  # one-to-one matches stand before further copies
    return (_entity(e) for e in guess[ENTITIES] if first.get(mapping.get(e["id"], "")) != e["id"])


def _entity(entity: JSON) -> str:
    return f"{entity['type']}: {entity['name']}"


def _missed_statements(annotation: JSON, guess: JSON, mapping: Mapping[str, str]) -> Iterator[str]:
    said = {_mapped(s, mapping) for s in guess[STATEMENTS]}
    return (_said(s, annotation) for s in annotation[STATEMENTS] if _triple(s) not in said)


def _extra_statements(annotation: JSON, guess: JSON, mapping: Mapping[str, str]) -> Iterator[str]:
    left = {_triple(s) for s in annotation[STATEMENTS]}
    for s in guess[STATEMENTS]:
        if _mapped(s, mapping) not in left:
            yield _said(s, guess)
        left.discard(_mapped(s, mapping))


def _triple(statement: JSON) -> Triple:
    return statement["subject"], statement["predicate"], statement["object"]


def _mapped(statement: JSON, mapping: Mapping[str, str]) -> Triple:
    subject, predicate, object_ = _triple(statement)
    return mapping.get(subject, ""), predicate, mapping.get(object_, "")


def _said(statement: JSON, annotation: JSON) -> str:
    """Return a statement with the names of its ends and the words that state it."""
    names = {e["id"]: e["name"] for e in annotation[ENTITIES]}
    subject, predicate, object_ = _triple(statement)
    words = f" “{statement['evidence']}”" if statement.get("evidence") else ""
    return f"{names.get(subject, subject)} – {predicate} → {names.get(object_, object_)}{words}"
