"""Standing questions asked again: at every change of the graph that is made here, and whenever one looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from kg.errors import KGError, NotFound
from kg.lookup import Answer
from kg.vocabulary import Vocabulary
from kg.watch.answers import Answers, compare, told
from kg.watch.book import Book, Event, Watch

Ask = Callable[[str], Answer]
"""Answers a question with all its rows."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A standing question that could not be asked: it is compared with what was told last another time."""

    watch: Watch
    reason: str

    def __str__(self) -> str:
        return f"standing question {self.watch.number} could not be asked: {self.reason}"


class Standing:
    """The standing questions of one graph. `position` is that of the graph which `ask` sees."""

    def __init__(self, book: Book, ask: Ask, position: Callable[[], int], vocabulary: Vocabulary) -> None:
        self.book = book
        self._ask, self._position, self._vocabulary = ask, position, vocabulary

    def add(self, question: str, *, unknown: bool = False) -> Watch:
        """Let a question stand. NotFound for an unknown name, unless it may be `unknown` as yet."""
        words = " ".join(question.split())
        answers = self._answers(words) if unknown else told(self._ask(words), self._vocabulary)
        return self.book.add(words, self._position(), answers, _now())

    def remove(self, number: int) -> Watch:
        """Take a question back."""
        return self.book.remove(number, _now())

    def look(self) -> list[Trouble]:
        """Ask every question that has not seen the graph as it is, and record what is news."""
        watches = self.book.watches()
        position = self._position() if watches else 0
        behind = [watch for watch in watches if watch.position < position]
        return [trouble for watch in behind for trouble in self._look_at(watch, position)]

    def _look_at(self, watch: Watch, position: int) -> Iterator[Trouble]:
        try:
            changes, answers = compare(self.book.answers(watch), self._answers(watch.question))
            self.book.record(watch, position, changes, answers, _now())
        except KGError as error:
            yield Trouble(watch, str(error))

    def _answers(self, question: str) -> Answers:
        """Return the answers there are: to a name that no paper says any more, or as yet, there are none."""
        try:
            return told(self._ask(question), self._vocabulary)
        except NotFound:
            return {}

    def unseen(self) -> int:
        """Return how many questions have events which no person was shown yet."""
        return sum(watch.seen < watch.events for watch in self.book.watches())

    def news(self) -> list[tuple[Watch, list[Event]]]:
        """Return the questions that have events which no person was shown yet."""
        unseen = [watch for watch in self.book.watches() if watch.seen < watch.events]
        return [(watch, self.book.events(watch, after=watch.seen)) for watch in unseen]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
