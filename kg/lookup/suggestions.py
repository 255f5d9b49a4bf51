"""What somebody is about to type: things by the beginning of their names, and questions that end in one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from kg.lookup.answers import Item
from kg.lookup.grammar import Grammar
from kg.lookup.names import Names
from kg.lookup.parser import read
from kg.lookup.reading import Reader

MOST = 8
_QUESTIONS = 3
_LONGEST_NAME = 5
_SHORTEST = 2
_PASSIVE = "is "


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A thing with the number of papers that name it, or, where `item` is None, a question."""

    text: str
    item: Item | None = None
    papers: int = 0


def suggest(reader: Reader, grammar: Grammar, text: str, limit: int = MOST) -> list[Suggestion]:
    """Return things that are called so or begin so, then questions about such a thing."""
    names, typed = reader.refresh(), " ".join(text.split())
    if len(typed) < _SHORTEST:
        return []
    finished = islice(_finished(names, grammar, typed), _QUESTIONS)
    questions = [*_about(reader, grammar, names, typed), *finished][:_QUESTIONS]
    things = names.first(typed, limit - len(questions))
    found = (Suggestion(thing.item.name, thing.item, thing.papers) for thing in things)
    return [*found, *map(Suggestion, dict.fromkeys(questions))]


def _about(reader: Reader, grammar: Grammar, names: Names, typed: str) -> list[str]:
    """Return what can be asked of the thing that has just this name: what is said of it most, first."""
    ids = names.of(typed)[:1]
    hits = list(chain.from_iterable(reader.hits(object_=node_id) for node_id in ids))
    asked = Counter(hit.predicate for hit in hits).most_common(_QUESTIONS)
    questions = (
        _question(
            reader, predicate, names.item(ids[0]), [hit.subject for hit in hits if hit.predicate == predicate]
        )
        for predicate, _ in asked
    )
    return [question for question in questions if _reads(names, grammar, question)]


def _question(reader: Reader, predicate: str, about: Item, subjects: Sequence[str]) -> str:
    """Return "methods evaluated on MT-Bench", what most subjects are, or "what outperforms DPO"."""
    label = reader.vocabulary.predicates[predicate].label
    if not label.startswith(_PASSIVE):
        return f"what {label} {about.name}"
    vocabulary = reader.vocabulary
    types = Counter(vocabulary.type_of(subject).name for subject in subjects)
    kind, _ = max(types.items(), key=lambda pair: (pair[0] != vocabulary.paper.name, *pair[::-1]))
    noun = vocabulary.paper if kind == vocabulary.paper.name else vocabulary.types[vocabulary.loosely(kind)]
    return f"{noun.plural} {label.removeprefix(_PASSIVE)} {about.name}"


def _finished(names: Names, grammar: Grammar, typed: str) -> Iterator[str]:
    """Yield questions that begin with what is typed and whose last words become a name."""
    words = typed.split()
    for start in range(max(1, len(words) - _LONGEST_NAME), len(words)):
        begun, tail = " ".join(words[:start]), " ".join(words[start:])
        for thing in names.begun(tail, _QUESTIONS) if len(tail) >= _SHORTEST else ():
            question = f"{begun} {thing.item.name}"
            if _reads(names, grammar, question):
                yield question


def _reads(names: Names, grammar: Grammar, question: str) -> bool:
    """Say whether a question can be answered."""
    questions, _ = read(grammar, question, names.types_of)
    return bool(questions)
