"""A question in words → its answer: read by `kg.lookup.parser`, answered from statements and numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rapidfuzz import fuzz

from kg.errors import NotFound, UnknownQuery
from kg.lookup import tables, words
from kg.lookup.answers import Answer
from kg.lookup.comparison import compare
from kg.lookup.finding import Finder, one_a_paper
from kg.lookup.grammar import Clause, Grammar, Kind, Question
from kg.lookup.names import Names
from kg.lookup.paging import FIRST, Page
from kg.lookup.parser import read
from kg.lookup.reading import Hit, Reader, ranked
from kg.lookup.rows import answer_numbers, answer_statements, answer_things
from kg.lookup.scanner import Misread
from kg.lookup.wording import Wording

EXAMPLES = (
    "methods evaluated on MT-Bench",
    "what outperforms DPO",
    "papers that use DPO",
    "results of SimPO on AlpacaEval 2.0",
    "papers about medicine",
)
_MORE_EXAMPLES = (
    *EXAMPLES,
    "what improves helpfulness in medicine",
    "results of DPO on MT-Bench",
    "which benchmarks is DPO evaluated on",
    "best on MT-Bench",
    "compare DPO and PPO",
    "does SimPO outperform DPO",
    "papers since 2024 that propose a benchmark",
    "models trained on UltraFeedback",
    "medical benchmarks",
    "papers about safety",
    "what is MT-Bench",
)
_SHOWN = 5
_NAME_LENGTH = 3
"""Longer words where a name was expected are hardly a name, unless one is spelled much like them."""


def ask(reader: Reader, grammar: Grammar, text: str, page: Page = FIRST) -> Answer:
    """Answer a question in words; NotFound for an unknown name, UnknownQuery for words of no known form."""
    names = reader.refresh()
    questions, misread = read(grammar, text, names.types_of)
    if not questions:
        raise _not_understood(text, misread, names)
    answer = _first_answered([Finder(reader, grammar, text, question) for question in questions], page)
    if not answer.total and not answer.hint:
        answer = replace(answer, hint=f"nothing in the graph answers “{answer.reading}”")
    return replace(answer, question=text)


def _first_answered(finders: list[Finder], page: Page) -> Answer:
    """Return the answer to the likeliest reading; of numbers, to the likeliest that has any.

    Where a name ends matters there: "GPT-4 score" is a metric, and "GPT-4" has a score.
    """
    first = _answer(finders[0], page)
    for finder in finders[1:]:
        if (first.total and not first.hint) or finder.question.kind is not Kind.RESULTS:
            return first
        answer = _answer(finder, page)
        if answer.total and not answer.hint:
            return answer
    return first


def _answer(finder: Finder, page: Page) -> Answer:
    match finder.question.kind:
        case Kind.STATEMENTS:
            return _statements(finder, finder.hits, page)
        case Kind.WHETHER:
            return _statements(finder, finder.between, page)
        case Kind.THINGS:
            return _things(finder, page)
        case Kind.CONNECTED:
            return _connected(finder, page)
        case Kind.NAMING | Kind.WRITTEN:
            papers = finder.naming() if finder.question.kind is Kind.NAMING else finder.written()
            return answer_things(finder.text, Wording(finder).reading(), papers, page)
        case _:
            return _looked_up(finder.question, finder.reader, page)


def _looked_up(question: Question, reader: Reader, page: Page) -> Answer:
    name = question.name or ""
    match question.kind:
        case Kind.LEADERBOARD:
            return tables.leaderboard(reader, name, page)
        case Kind.COMPARISON:
            return compare(reader, question.names, (question.on,) if question.on else (), page)
        case Kind.RESULTS:
            wanted = {"method": question.name, "benchmark": question.on, "metric": question.metric}
            return tables.results(reader, **wanted, page=page)
        case _:
            return tables.about(reader, name, page)


def _statements(finder: Finder, hits: Callable[[], list[Hit]], page: Page) -> Answer:
    reader, wording = finder.reader, Wording(finder)
    found = reader.kept(finder.question, lambda: one_a_paper(ranked(hits(), reader.names)))
    answer = answer_statements(finder.text, wording.reading(), found, page, finder.reader)
    return answer if found else replace(answer, hint=wording.hint())


def _things(finder: Finder, page: Page) -> Answer:
    """List things; where a field or a time narrows them, those that papers of it propose."""
    question = finder.question
    narrowed = question.inside or question.since or question.before
    if narrowed and question.wanted != finder.paper:
        return _own(finder, page)
    names = finder.reader.names
    if question.wanted == finder.paper:
        things = names.newest(question.since, question.before)
    else:
        things = names.of_type(question.wanted or "")
    return answer_things(finder.text, Wording(finder).reading(), things, page)


def _own(finder: Finder, page: Page) -> Answer:
    """Answer with what papers say of things of the wanted type that are their own."""
    clauses = finder.in_papers()
    asked = [finder.asking(replace(finder.question, kind=Kind.STATEMENTS, clauses=(c,))) for c in clauses]

    def hits() -> list[Hit]:
        return [hit for one in asked for hit in one.hits()]

    things = finder.asking(replace(finder.question, kind=Kind.THINGS))
    return _statements(asked[0] if len(asked) == 1 else things, hits, page)


def _connected(finder: Finder, page: Page) -> Answer:
    """Answer "benchmarks for DPO": by statements between both, else by numbers, else by papers about it."""
    question, reading = finder.question, Wording(finder).reading()
    if question.wanted == finder.paper:
        about = Clause(finder.grammar.place, False, question.name)
        papers = finder.asking(replace(question, kind=Kind.STATEMENTS, clauses=(about,), name=None))
        return _statements(papers, papers.hits, page)
    hits = finder.connected()
    if hits:
        return answer_statements(finder.text, reading, ranked(hits, finder.reader.names), page, finder.reader)
    numbers = finder.numbers()
    if numbers:
        ordered = tables.in_order(numbers, finder.reader)
        return answer_numbers(finder.text, reading, ordered, page, finder.reader)
    inside = (*question.inside, question.name or "")
    return _own(finder.asking(replace(question, name=None, inside=inside)), page)


# --- what cannot be read ---------------------------------------------------------------------------------


def _not_understood(text: str, misread: Misread, names: Names) -> NotFound | UnknownQuery:
    examples = _like(text)
    unread = {word.lower() for word in misread.rest}
    if unread & words.NEGATIONS:
        return UnknownQuery(
            text, "the graph holds what papers say; what they do not say is not in it", examples
        )
    if unread & words.COUNTING:
        return UnknownQuery(text, "conditions on numbers cannot be asked; ask for the results", examples)
    nearest = names.nearest(misread.words) if misread.words else ()
    if misread.words and misread.place >= len(misread.understood) - 1 and _is_name(misread, nearest):
        return NotFound(misread.words, nearest)
    if misread.understood and misread.rest:
        reason = f"understood {' '.join(misread.understood)!r}, but not {' '.join(misread.rest)!r} after it"
        return UnknownQuery(text, reason, examples)
    return UnknownQuery(text, "these words form no question that is known", examples)


def _is_name(misread: Misread, nearest: tuple[str, ...]) -> bool:
    """Say whether words that are unknown where a name was expected look like one."""
    if not nearest:
        return misread.place > 0 and len(misread.words.split()) <= _NAME_LENGTH
    close = max(fuzz.ratio(misread.words.casefold(), name.casefold()) for name in nearest)
    return close >= 80 or (misread.place > 0 and len(misread.words.split()) <= _NAME_LENGTH)


def _like(text: str) -> list[str]:
    """Return examples, those with words of the question first."""
    alike = sorted(_MORE_EXAMPLES, key=lambda example: -round(fuzz.token_set_ratio(text, example) / 20))
    return alike[:_SHOWN]
