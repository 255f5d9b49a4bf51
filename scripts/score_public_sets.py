"""Score the extractor on SciER or SciNLP by their own protocol, as far as our schema maps to theirs.

    python -m scripts.score_public_sets scier DEV.plm.jsonl [--window 8] [--count-pairs]
    python -m scripts.score_public_sets scinlp DEV.json

Both sets mark mentions and relations in full papers, sentence by sentence. The extractor reads titles and
abstracts, so each paper is read in windows of a few sentences without a title. A mention is right when its
tokens and type are those of the annotation; a relation when both mentions and its label are, and strictly so
when both types are, too. Relations marked symmetric below count in either order.

Nothing of ours stands for SciER's Benchmark-For, SubClass-Of and SubTask-Of, nor for SciNLP's tools,
evaluatedOn (of tasks), evaluatedBy, enhancedBy, subclassOf and subtaskOf. That a paper addresses a task is
said of the paper, where they say Used-For of a method. Relations are therefore scored against all that is
annotated, and against the labels that ours map to. `--count-pairs` prints instead which labels our statements
fall on: the mapping was made from that, on training papers.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from kg.evaluate.bootstrap import f1, interval
from kg.evaluate.scoring import Score
from kg.extract import extract
from kg.records import JSON, PAPER, Extraction, Paper, Span

NAMED = ""
"""Stands for "two names of one thing in one sentence", which is no statement of ours."""


class Role(NamedTuple):
    """Their label for a predicate of ours between these types of theirs, `turned` with its ends exchanged."""

    label: str
    turned: bool = False
    between: tuple[str, str] | None = None


@dataclass(frozen=True)
class Scheme:
    """How one set names what ours is called, and what is published for it."""

    types: Mapping[str, str]
    relations: Mapping[str, tuple[Role, ...]]
    symmetric: frozenset[str]
    published: str

    @property
    def mapped(self) -> frozenset[str]:
        """Their labels that something of ours maps to."""
        return frozenset(role.label for roles in self.relations.values() for role in roles)


SCHEMES = {
    "scier": Scheme(
        types={
            "Method": "Method",
            "Model": "Method",
            "Benchmark": "Dataset",
            "Dataset": "Dataset",
            "Task": "Task",
        },
        relations={
            "evaluatedOn": (Role("Evaluated-With"),),
            "trainedOn": (Role("Trained-With"),),
            "comparedWith": (Role("Compare-With"),),
            "outperforms": (Role("Compare-With"),),
            "partOf": (Role("Part-Of"),),
            "uses": (Role("Part-Of", turned=True, between=("Method", "Method")),),
            "improves": (Role("Used-For", between=("Method", "Task")),),
            NAMED: (Role("Synonym-Of"),),
        },
        symmetric=frozenset({"Compare-With", "Synonym-Of"}),
        published="SciER paper's best, on test: mentions 86.9; relations 62.3; strict 61.1",
    ),
    "scinlp": Scheme(
        types={
            "Method": "method",
            "Model": "method",
            "Benchmark": "dataset",
            "Dataset": "dataset",
            "Task": "task",
            "Metric": "metric",
        },
        relations={
            # Their evaluatedOn joins tasks with datasets; a method tested on one is trainedWith it.
            "evaluatedOn": (Role("trainedWith", between=("method", "dataset")),),
            "trainedOn": (Role("trainedWith"),),
            "comparedWith": (Role("compareWith"),),
            "outperforms": (Role("compareWith"),),
            "measuredBy": (Role("MeasuredBy"),),
            "partOf": (Role("partOf"),),
            "uses": (
                Role("partOf", turned=True, between=("method", "method")),
                Role("trainedWith", between=("method", "dataset")),
            ),
            "improves": (
                Role("UsedFor", between=("method", "task")),
                Role("MeasuredBy", between=("method", "metric")),
            ),
            NAMED: (Role("similarWith"),),
        },
        symmetric=frozenset({"compareWith", "similarWith"}),
        published="SciNLP paper's best, on test: mentions 79.5; relations 49.3; strict 47.6",
    ),
}

Bounds = tuple[int, int]
"""First and last token in the document, as the sets count."""
Mention = tuple[int, int, str]
Relation = tuple[Bounds, Bounds, str]


@dataclass
class Marked:
    """Mentions and relations of one document, annotated or read; `strict` has the types of both ends."""

    mentions: set[Mention] = field(default_factory=set)
    relations: set[Relation] = field(default_factory=set)
    strict: set[tuple[Relation, str, str]] = field(default_factory=set)


# --- documents ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """A few sentences of a document as a paper without a title, with the place of each token in its text."""

    paper: Paper
    tokens: Mapping[int, Span]
    sentences: tuple[Bounds, ...]

    def bounds(self, span: Span) -> Bounds:
        """Return the first and last token that a span of the text touches."""
        touched = [n for n, place in self.tokens.items() if place.start < span.end and span.start < place.end]
        return touched[0], touched[-1]

    def sentence(self, token: int) -> int:
        """Return the number of the sentence of a token."""
        return next(n for n, (first, last) in enumerate(self.sentences) if first <= token <= last)


_NO_SPACE_BEFORE = re.compile(r"[,.;:)\]}%?!]|'s|’s|n't")
_NO_SPACE_AFTER = frozenset("([{")
_HYPHENS = frozenset("-–/")


def joined(tokens: Sequence[str], first: int, shift: int) -> tuple[str, dict[int, Span]]:
    """Return tokens as people write them, and where each stands from `shift` on; they count from `first`."""
    text, places, glue = "", {}, True
    for n, token in enumerate(tokens):
        apart = not (glue or _NO_SPACE_BEFORE.fullmatch(token) or token in _HYPHENS)
        text += " " * apart
        places[first + n] = Span(shift + len(text), shift + len(text) + len(token))
        text += token
        glue = token in _NO_SPACE_AFTER or token in _HYPHENS
    return text, places


def windows(document: JSON, size: int) -> Iterator[Window]:
    """Cut a document into windows of so many sentences."""
    first = 0
    rows: list[tuple[int, list[str]]] = []
    for tokens in document["sentences"]:
        rows.append((first, tokens))
        first += len(tokens)
    for start in range(0, len(rows), size):
        yield _window(f"{name_of(document)}/{start}", rows[start : start + size])


def _window(name: str, rows: Sequence[tuple[int, list[str]]]) -> Window:
    text, places = "", {}
    for first, tokens in rows:
        text += " " * bool(text)
        said, found = joined(tokens, first, len(text) + 1)  # the title is empty; a line break follows it
        text += said
        places.update(found)
    bounds = tuple((first, first + len(tokens) - 1) for first, tokens in rows if tokens)
    return Window(Paper(name, "", text), places, bounds)


def name_of(document: JSON) -> str:
    """Return what a set calls its document."""
    name: str = document.get("doc_id") or document["doc_key"]
    return name


# --- what is annotated and what is read -----------------------------------------------------------------


def annotated(document: JSON, scheme: Scheme) -> Marked:
    """Return what is annotated in a document."""
    mentions = {(m[0], m[1], m[2]) for row in document["ner"] for m in row}
    types = {(first, last): type_ for first, last, type_ in mentions}
    marked = Marked(mentions)
    for row in document["relations"]:
        for a, b, c, d, label in row:
            _add(marked, ((a, b), (c, d), label), types, scheme)
    return marked


def _add(marked: Marked, relation: Relation, types: Mapping[Bounds, str], scheme: Scheme) -> None:
    subject, object_, label = relation
    if label in scheme.symmetric:
        subject, object_ = sorted((subject, object_))
    ordered = (subject, object_, label)
    marked.relations.add(ordered)
    marked.strict.add((ordered, types.get(subject, ""), types.get(object_, "")))


def read_into(marked: Marked, window: Window, extraction: Extraction, scheme: Scheme) -> None:
    """Add what was read in one window, in the set's own terms."""
    types: dict[Bounds, str] = {}
    for e in extraction.entities:
        if e.type in scheme.types:
            types.update(dict.fromkeys(map(window.bounds, e.mentions), scheme.types[e.type]))
    marked.mentions |= {(*bounds, type_) for bounds, type_ in types.items()}
    for predicate, subject, object_ in claimed(window, extraction):
        for role in scheme.relations.get(predicate, ()):
            pair = (types.get(subject, ""), types.get(object_, ""))
            if all(pair) and role.between in (None, pair):
                ends = (object_, subject) if role.turned else (subject, object_)
                _add(marked, (*ends, role.label), types, scheme)


def claimed(window: Window, extraction: Extraction) -> Iterator[tuple[str, Bounds, Bounds]]:
    """Yield predicates between two mentions in one sentence, and two names of one thing."""
    mentions = {e.id: [window.bounds(m) for m in e.mentions] for e in extraction.entities}
    for claim in extraction.claims:
        if claim.subject != PAPER:
            for subject, object_ in _nearest(window, mentions[claim.subject], mentions[claim.object]):
                yield claim.predicate, subject, object_
    for e in extraction.entities:
        for one, other in pairwise(e.mentions):
            a, b = window.bounds(one), window.bounds(other)
            differ = _words(window, one).casefold() != _words(window, other).casefold()
            if differ and window.sentence(a[0]) == window.sentence(b[0]):
                yield NAMED, a, b


def _words(window: Window, span: Span) -> str:
    return window.paper.text[span.start : span.end]


def _nearest(
    window: Window, subjects: Sequence[Bounds], objects: Sequence[Bounds]
) -> Iterator[tuple[Bounds, Bounds]]:
    """Yield for each sentence that has both the two mentions that stand nearest."""
    pairs = [(s, o) for s in subjects for o in objects if window.sentence(s[0]) == window.sentence(o[0])]
    best: dict[int, tuple[Bounds, Bounds]] = {}
    for s, o in sorted(pairs, key=lambda pair: abs(pair[0][0] - pair[1][0])):
        best.setdefault(window.sentence(s[0]), (s, o))
    yield from best.values()


# --- figures --------------------------------------------------------------------------------------------


def compare(wanted: Marked, found: Marked, scheme: Scheme) -> dict[str, Score]:
    """Return the counts of one document."""
    kept = {relation for relation in wanted.relations if relation[2] in scheme.mapped}
    typed = {m for m in wanted.mentions if m[2] in scheme.types.values()}
    return {
        "mentions": _score(wanted.mentions, found.mentions),
        "mentions of mapped types": _score(typed, found.mentions),
        "relations": _score(wanted.relations, found.relations),
        "relations, strict": _score(wanted.strict, found.strict),
        "relations with mapped labels": _score(kept, found.relations),
        **{
            f"  {label}": _score(_only(kept, label), _only(found.relations, label))
            for label in sorted(scheme.mapped)
        },
    }


def _only(relations: Iterable[Relation], label: str) -> set[Relation]:
    return {relation for relation in relations if relation[2] == label}


def _score(wanted: Iterable[object], found: Iterable[object]) -> Score:
    guesses, right = set(found), set(wanted)
    return Score(len(guesses & right), len(guesses), len(right))


def print_scores(documents: Sequence[Mapping[str, Score]]) -> None:
    """Print the figures over documents, with the intervals of F1 over them."""
    print(f"{'':32}{'P':>7}{'R':>7}{'F1':>7}  {'95 %':14}{'hit':>6}{'found':>7}{'gold':>7}")
    for name in documents[0]:
        counts = [(d[name].hit, d[name].predicted, d[name].gold) for d in documents]
        total = sum((d[name] for d in documents), Score())
        low, high = interval(counts, f1)
        figures = f"{total.precision:7.3f}{total.recall:7.3f}{total.f1:7.3f}  [{low:.2f}, {high:.2f}]  "
        print(f"{name:32}{figures}{total.hit:6}{total.predicted:7}{total.gold:7}")


def count_pairs(window: Window, extraction: Extraction, wanted: Marked, counts: Counter[str]) -> None:
    """Count which of their labels our statements fall on, in either direction."""
    labels = {(a, b): label for a, b, label in wanted.relations}
    types = {(a, b): type_ for a, b, type_ in wanted.mentions}
    for predicate, subject, object_ in claimed(window, extraction):
        there, back = labels.get((subject, object_)), labels.get((object_, subject))
        if subject in types and object_ in types:
            said = there or (f"turned {back}" if back else "nothing")
            counts[f"{predicate or 'two names'} {types[subject]} {types[object_]}: {said}"] += 1


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("scheme", choices=sorted(SCHEMES))
    ask.add_argument("file", type=Path)
    ask.add_argument("--window", type=int, default=8, help="sentences that are read together")
    ask.add_argument("--documents", type=int, help="only so many, from the start")
    ask.add_argument("--count-pairs", action="store_true")
    args = ask.parse_args()
    scheme = SCHEMES[args.scheme]
    lines = args.file.read_text(encoding="utf-8").splitlines()[: args.documents]
    counts: Counter[str] = Counter()
    scores = [score_document(row, scheme, args.window, counts) for row in map(json.loads, lines)]
    if args.count_pairs:
        print("\n".join(f"{n:6} {pair}" for pair, n in counts.most_common()))
        return
    print_scores(scores)
    print(f"{len(scores)} documents, windows of {args.window} sentences. {scheme.published}")


def score_document(document: JSON, scheme: Scheme, size: int, counts: Counter[str]) -> dict[str, Score]:
    """Read and score one document; `counts` gathers which labels our statements fall on."""
    wanted, found = annotated(document, scheme), Marked()
    parts = list(windows(document, size))
    for window, extraction in zip(parts, extract(w.paper for w in parts), strict=True):
        read_into(found, window, extraction, scheme)
        count_pairs(window, extraction, wanted, counts)
    return compare(wanted, found, scheme)


if __name__ == "__main__":
    main()
