"""Which spans of a text may name a thing, and what tells whether they do.

Candidates are the parser's noun chunks with their shorter and longer readings, runs of name-like words,
phrases such as "detecting AI risks", known names and both sides of abbreviations. The features are what the
mention model was trained on: a change here needs new weights (`scripts/train_extractor.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from spacy.symbols import DET, NUM, PRON, PUNCT, VERB, dobj, pobj, prep
from spacy.tokens import Doc, Span, Token

from kg.extract.network import View
from kg.extract.patterns import load_patterns
from kg.extract.spans import Sentences, title_end
from kg.extract.words import NONE, Words, words_of

_LONGEST = 14
Bounds = tuple[int, int]


def candidate_spans(doc: Doc) -> list[Bounds]:
    """Return the token bounds of all candidates, in order."""
    found: set[Bounds] = set()
    chunks = [_trimmed(chunk) for chunk in doc.noun_chunks]
    for start, end in chunks:
        found.update(_readings(doc, start, end))
    found.update(_joined(doc, [c for c in chunks if c[0] < c[1]]))
    found.update(_gerunds(doc, chunks))
    found.update(_name_runs(doc))
    found.update((m.start, m.end) for m in doc._.kg_names)
    for pair in doc._.kg_abbreviations:
        found.update((pair.short, pair.long))
    found.update(_seen(doc))
    words, sentence = words_of(doc), doc._.kg_sentences.number
    possible = sorted(b for b in found if _is_possible(words, sentence, *b))
    view: View | None = doc._.kg_view
    return [b for b in possible if not view or view.may_name(words.start[b[0]], words.end[b[1] - 1])]


def _seen(doc: Doc) -> Iterator[Bounds]:
    """Yield the spans that the network takes for names."""
    view: View | None = doc._.kg_view
    for start, end in view.likely_names() if view else ():
        span = doc.char_span(start, end)
        if span is not None:
            yield span.start, span.end


def _is_possible(words: Words, sentence: list[int], start: int, end: int) -> bool:
    if not 0 < end - start <= _LONGEST or words.text[start].isspace() or words.text[end - 1].isspace():
        return False
    if sentence[start] != sentence[end - 1]:
        return False
    return any(c.isalpha() for word in words.text[start:end] for c in word)


def _trimmed(chunk: Span) -> Bounds:
    """Leave out articles, pronouns, numbers and punctuation at the start of a chunk."""
    start, end = chunk.start, chunk.end
    words = load_patterns().words
    while start < end and (
        chunk.doc[start].pos in (DET, PRON, PUNCT, NUM)
        or chunk.doc[start].lower_ in words["leading"]
        or chunk.doc[start].is_space
    ):
        start += 1
    while end > start and (chunk.doc[end - 1].is_punct or chunk.doc[end - 1].is_space):
        end -= 1
    return start, end


def _readings(doc: Doc, start: int, end: int) -> Iterator[Bounds]:
    """Yield a chunk, what is left of it without its first words, and without its last."""
    for first in range(start, end):
        if doc[first].text != "-" and (first == start or doc[first - 1].text != "-"):
            yield first, end
    for last in range(start + 1, end):
        if doc[last].text != "-" and doc[last - 1].text != "-":
            yield start, last


def _joined(doc: Doc, chunks: list[Bounds]) -> Iterator[Bounds]:
    """Yield two chunks that a preposition joins: "robustness of classifiers"."""
    for (start, end), (_, far) in pairwise(chunks):
        joint = doc[end] if end < len(doc) else None
        if joint is None or joint.dep != prep or not start <= joint.head.i < end:
            continue
        if any(c.dep == pobj and end < c.i < far for c in joint.children):
            yield start, far


def _gerunds(doc: Doc, chunks: list[Bounds]) -> Iterator[Bounds]:
    """Yield a verb in -ing with its object: "detecting AI risks"."""
    ends = {end - 1: end for _, end in chunks}
    for token in doc:
        if token.tag_ == "VBG" or (token.pos == VERB and token.lower_.endswith("ing")):
            for child in token.children:
                if child.dep == dobj and child.i > token.i and child.i in ends:
                    yield token.i, ends[child.i]
            yield token.i, token.i + 1


def _name_runs(doc: Doc) -> Iterator[Bounds]:
    """Yield runs of words that look like names, with and without small joining words."""
    start = -1
    for token in doc:
        joins = token.text in "-/+." and start >= 0 and not token.whitespace_
        if (
            looks_like_name(token)
            or joins
            or (start >= 0 and token.like_num and doc[token.i - 1].text == "-")
        ):
            start = token.i if start < 0 else start
            if token.whitespace_ and looks_like_name(token):
                yield start, token.i + 1
        else:
            if start >= 0:
                yield from _run(doc, start, token.i)
            start = -1
    if start >= 0:
        yield from _run(doc, start, len(doc))


def _run(doc: Doc, start: int, end: int) -> Iterator[Bounds]:
    while end > start and doc[end - 1].text in "-/+.":
        end -= 1
    yield start, end
    for i in range(start + 1, end):
        if doc[i - 1].whitespace_:
            yield i, end


def looks_like_name(token: Token) -> bool:
    """Say whether a word is written as names are: a capital or a digit within letters."""
    text = token.text
    return any(c.isupper() for c in text) and text[0].isalnum()


@lru_cache(maxsize=20_000)
def shape(text: str) -> str:
    """Return how a word is written: `Aa`, `AA`, `aA`, `a`, with `0` for digits."""
    kind = "AA" if text.isupper() else "a" if text.islower() else "Aa" if text.istitle() else "aA"
    return kind + ("0" if any(c.isdigit() for c in text) else "") + ("-" if "-" in text else "")


class Context:
    """What the features of all candidates of one text share."""

    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.title = title_end(doc)
        self.sentences: Sentences = doc._.kg_sentences
        self.words = words_of(doc)
        self.roots = [self.words.lemma[doc[start:end].root.i] for start, end in self.sentences.bounds]
        self.shapes = [shape(text) for text in self.words.text]
        self.known = {(m.start, m.end): m.type for m in doc._.kg_names}
        self.inside_known = {i for m in doc._.kg_names for i in range(m.start, m.end)}
        self.short = {a.short for a in doc._.kg_abbreviations}
        self.long = {a.long for a in doc._.kg_abbreviations}
        self.text = doc.text
        self.lower = self.text.lower()
        self.counts: dict[str, int] = {}
        self.depth = _bracket_depth(self.words.text)
        self.view: View | None = doc._.kg_view

    def count(self, name: str) -> int:
        """Return how often a name in small letters stands in the text."""
        if name not in self.counts:
            self.counts[name] = self.lower.count(name)
        return self.counts[name]


def _bracket_depth(words: list[str]) -> list[int]:
    depth, out = 0, []
    for word in words:
        depth -= word == ")" and depth > 0
        out.append(depth)
        depth += word == "("
    return out


def mention_features(context: Context, start: int, end: int) -> list[str]:
    """Return what the mention model looks at for one candidate."""
    place = context.words.start[start], context.words.end[end - 1]
    text = context.text[slice(*place)]
    return [
        *_inner(context, text, start, end),
        *_around(context.words, start, end),
        *_grammar(context, start, end),
        *_place(context, text, start, end),
        *(context.view.name_features(*place) if context.view else ()),
    ]


def _inner(context: Context, text: str, start: int, end: int) -> Iterator[str]:
    words, tags = context.words.lower[start:end], context.words.tag
    shapes = context.shapes[start:end]
    last = words[-1]
    yield f"last={last}"
    yield f"lemma={context.words.lemma[end - 1]}"
    yield f"end={last[-3:]}"
    yield f"first={words[0]}"
    yield f"text={text.lower()}"
    yield f"pair={' '.join(words[-2:])}"
    yield f"firstpair={' '.join(words[:2])}"
    yield from [f"in={w}" for w in words[:-1]]
    yield from [f"4={w[:4]}" for w in words if len(w) > 4]
    yield f"size={min(len(words), 8)}"
    yield f"shapes={' '.join(shapes[:4])}"
    yield f"shape={shape(text)}"
    yield f"lastshape={shapes[-1]}"
    yield f"firstshape={shapes[0]}"
    yield f"tags={' '.join(tags[start : min(end, start + 5)])}"
    yield f"firsttag={tags[start]}"
    yield f"lasttag={tags[end - 1]}"


def _around(words: Words, start: int, end: int) -> Iterator[str]:
    third, second, first = (words.around(i) for i in (start - 3, start - 2, start - 1))
    last, next_, after = (words.around(i) for i in (end - 1, end, end + 1))
    yield f"-1={first}"
    yield f"-2={second} {first}"
    yield f"-3={third} {second}"
    yield f"+1={next_}"
    yield f"+2={next_} {after}"
    yield f"±={first} _ {next_}"
    yield f"-1 last={first} {last}"
    yield f"+1 last={last} {next_}"
    yield f"-pos={words.pos[start - 1] if start else NONE}"
    yield f"+pos={words.pos[end] if end < len(words) else NONE}"
    yield from [f"before={w}" for w in words.lower[max(0, start - 5) : start]]
    yield from [f"after={w}" for w in words.lower[end : end + 4]]


def _grammar(context: Context, start: int, end: int) -> Iterator[str]:
    words = context.words
    root = context.doc[start:end].root.i
    head, dep = words.head[root], words.dep[root]
    yield f"dep={dep}"
    yield f"head={words.lemma[head]} {dep}"
    if dep in ("pobj", "conj", "appos", "compound"):
        over = words.head[head]
        yield f"over={words.lemma[over]} {words.lemma[head]} {dep}"
        yield f"over2={words.lemma[words.head[over]]} {words.lemma[head]}"
    yield f"root={context.roots[context.sentences.number[start]]}"
    yield f"left={'in' if start and start <= words.head[start - 1] < end else 'out'}"
    yield f"right={'head' if root == end - 1 else 'cut'}"
    yield f"headin={'chunk' if head == end else 'free'}"


def _place(context: Context, text: str, start: int, end: int) -> Iterator[str]:
    bounds = (start, end)
    number = context.sentences.number[start]
    titled, late = context.words.start[start] < context.title, number >= context.sentences.last - 1
    place = "title" if titled else "last" if late else "early"
    yield f"place={place}"
    yield f"place={place} {shape(text)}"
    if start == 0:
        yield f"titlestart {context.words.around(end)}"
    yield f"depth={context.depth[start]}"
    count = min(context.count(text.lower()), 5)
    yield f"count={count}"
    yield f"count={count} {shape(text)}"
    if bounds in context.known:
        yield f"known={context.known[bounds]}"
    elif not context.inside_known.isdisjoint(range(start, end)):
        yield "knowninside"
    if bounds in context.short:
        yield "short"
    if bounds in context.long:
        yield "long"
    if any(s < end and e > start and (s, e) != bounds for s, e in context.long):
        yield "overlong"
