"""Answers as they were told last, and what differs from them now: the pure part of standing questions."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TypeVar

from kg.lookup import Answer, AnswerRow, Quote
from kg.records import JSON, Span
from kg.vocabulary import Vocabulary

T = TypeVar("T")
LEAST_BELIEF = 0.05
"""A belief that moved by less is no news; moves add up, since the one told last is what counts."""


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: `key` stays the same while it is the same answer, `said` is it in words."""

    key: str
    said: str
    belief: float | None
    papers: int
    numbers: tuple[str, ...]
    quotes: tuple[Quote, ...]

    def in_words(self) -> str:
        """Return the answer with its numbers and how far it is believed."""
        numbers = f": {'; '.join(self.numbers)}" if self.numbers else ""
        belief = f", belief {self.belief:.2f}" if self.belief is not None else ""
        return f"{self.said}{numbers}{belief}"


@dataclass(frozen=True, slots=True)
class Change:
    """An answer that is there still, and says something else: `before` as it was told last."""

    before: Told
    now: Told

    @property
    def fresh(self) -> tuple[Quote, ...]:
        """The sentences that were not behind it before."""
        known = {_place(quote) for quote in self.before.quotes}
        return tuple(quote for quote in self.now.quotes if _place(quote) not in known)

    def in_words(self) -> str:
        """Return what is different: "belief 0.64 → 0.81, papers 1 → 2, now 8.1 score"."""
        return ", ".join(self._parts())

    def _parts(self) -> Iterator[str]:
        if _moved(self.before.belief, self.now.belief):
            yield f"belief {_belief(self.before.belief)} → {_belief(self.now.belief)}"
        if self.before.papers != self.now.papers:
            yield f"papers {self.before.papers} → {self.now.papers}"
        came = [number for number in self.now.numbers if number not in self.before.numbers]
        went = [number for number in self.before.numbers if number not in self.now.numbers]
        if came:
            yield f"now {'; '.join(came)}"
        if went:
            yield f"no longer {'; '.join(went)}"


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two answers to one question."""

    came: tuple[Told, ...] = ()
    went: tuple[Told, ...] = ()
    changed: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.came or self.went or self.changed)

    def summary(self) -> str:
        """Return how much is news, in words.

        >>> Changes().summary()
        'nothing new'
        """
        counts = ((len(self.came), "new"), (len(self.went), "gone"), (len(self.changed), "changed"))
        return ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing new"


Answers = Mapping[str, Told]
"""Answers by their keys, in the order of keys."""


def told(answer: Answer, vocabulary: Vocabulary) -> Answers:
    """Return the answers that a look-up gives; rows beside a hint are near misses, and answer nothing."""
    rows: dict[str, list[AnswerRow]] = defaultdict(list)
    for row in () if answer.hint else answer.rows:
        rows[_key(row)].append(row)
    return {key: _joined(key, rows[key], vocabulary) for key in sorted(rows)}


def _key(row: AnswerRow) -> str:
    """Return what makes a row the same answer; a number is the same where only its value differs."""
    ends = [row.subject.id, row.predicate, row.object.id if row.object else None]
    if row.predicate is None and row.figures:
        figure = row.figures[0]
        metric, baseline = (item.id if item else None for item in (figure.metric, figure.baseline))
        ends += [metric, figure.unit, figure.kind, baseline]
    return json.dumps(ends, ensure_ascii=False)


def _joined(key: str, rows: Sequence[AnswerRow], vocabulary: Vocabulary) -> Told:
    first = rows[0]
    label = vocabulary.predicates[first.predicate].label if first.predicate else "on"
    said = f"{first.subject.name} {label} {first.object.name}" if first.object else first.subject.name
    figures = [
        replace(f, benchmark=None) if f.benchmark == row.object else f for row in rows for f in row.figures
    ]
    quotes = {(quote.about, _place(quote)): quote for row in rows for quote in row.quotes}
    return Told(
        key=key,
        said=said,
        belief=max((row.belief for row in rows if row.belief is not None), default=None),
        papers=max(row.papers for row in rows),
        numbers=tuple(sorted({figure.in_words() for figure in figures})),
        quotes=tuple({_place(quote): quote for quote in quotes.values()}.values()),
    )


def compare(before: Answers, now: Answers) -> tuple[Changes, Answers]:
    """Return what is news, and the answers to compare with next time: unchanged ones as they were told."""
    changed = (Change(before[key], now[key]) for key in now if _differs(before.get(key), now[key]))
    changes = Changes(
        came=_surest((now[key] for key in now if key not in before), lambda one: one),
        went=_surest((before[key] for key in before if key not in now), lambda one: one),
        changed=_surest(changed, lambda change: change.now),
    )
    told_now = {change.now.key for change in changes.changed}
    return changes, {key: now[key] if key in told_now else before.get(key, now[key]) for key in now}


def _surest(found: Iterable[T], answer: Callable[[T], Told]) -> tuple[T, ...]:
    """Return what is believed most first."""
    return tuple(sorted(found, key=lambda one: (-(answer(one).belief or 0.0), answer(one).key)))


def _differs(before: Told | None, now: Told) -> bool:
    return before is not None and (
        before.papers != now.papers or before.numbers != now.numbers or _moved(before.belief, now.belief)
    )


def _moved(before: float | None, now: float | None) -> bool:
    if before is None or now is None:
        return before is not now
    # Rounded, so that a step of exactly the threshold counts, whatever its last binary digit.
    return round(abs(before - now), 9) >= LEAST_BELIEF


def _place(quote: Quote) -> tuple[str, int, str]:
    return quote.paper, quote.start, quote.text


def _belief(belief: float | None) -> str:
    return "none" if belief is None else f"{belief:.2f}"


# --- JSON ----------------------------------------------------------------------------------------------


def to_json(value: Answers | Changes) -> str:
    """Write answers or changes so that the functions below read them back."""
    plain = asdict(value) if isinstance(value, Changes) else [asdict(one) for one in value.values()]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def answers_from_json(text: str) -> Answers:
    """Read answers."""
    return {one.key: one for one in map(_told, json.loads(text))}


def changes_from_json(text: str) -> Changes:
    """Read changes."""
    row = json.loads(text)
    changed = tuple(Change(_told(one["before"]), _told(one["now"])) for one in row["changed"])
    return Changes(tuple(map(_told, row["came"])), tuple(map(_told, row["went"])), changed)


def _told(row: dict[str, JSON]) -> Told:
    return Told(**{**row, "numbers": tuple(row["numbers"]), "quotes": tuple(map(_quote, row["quotes"]))})


def _quote(row: dict[str, JSON]) -> Quote:
    spans = {name: Span(*row[name]) if row[name] else None for name in ("words", "subject", "object")}
    return Quote(**{**row, **spans})
