"""Which spans of a text may name a thing, and what tells whether they do.

Candidates are the parser's noun chunks with their shorter and longer readings, runs of name-like words,
phrases such as "detecting AI risks", known names and both sides of abbreviations. The features are what the
mention model was trained on: a change here needs new weights (`scripts/train_extractor.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from spacy.symbols import DET, NUM, PRON, PUNCT, VERB, dobj, pobj, prep
from spacy.tokens import Doc, Span, Token

from kg.extract.network import View
from kg.extract.patterns import load_patterns
from kg.extract.spans import Sentences, title_end

_LONGEST = 14
_OUTSIDE = "∅"
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
    return sorted(b for b in found if _is_possible(doc, *b))


def _seen(doc: Doc) -> Iterator[Bounds]:
    """Yield the spans that the network takes for names."""
    view: View | None = doc._.kg_view
    for start, end in view.likely_names() if view else ():
        span = doc.char_span(start, end)
        if span is not None:
            yield span.start, span.end


def _is_possible(doc: Doc, start: int, end: int) -> bool:
    if not 0 < end - start <= _LONGEST or doc[start].is_space or doc[end - 1].is_space:
        return False
    if doc._.kg_sentences.number[start] != doc._.kg_sentences.number[end - 1]:
        return False
    return any(c.isalpha() for c in doc[start:end].text)


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
        self.roots = [doc[start:end].root.lemma_.lower() for start, end in self.sentences.bounds]
        self.shapes = [shape(t.text) for t in doc]
        self.lowered = [t.lower_ for t in doc]
        self.known = {(m.start, m.end): m.type for m in doc._.kg_names}
        self.inside_known = {i for m in doc._.kg_names for i in range(m.start, m.end)}
        self.short = {a.short for a in doc._.kg_abbreviations}
        self.long = {a.long for a in doc._.kg_abbreviations}
        self.lower = doc.text.lower()
        self.words = Counter(t.lower_ for t in doc)
        self.depth = _bracket_depth(doc)
        self.view: View | None = doc._.kg_view

    def word(self, i: int) -> str:
        """Return a word in small letters, or that there is none."""
        return self.lowered[i] if 0 <= i < len(self.lowered) else _OUTSIDE


def _bracket_depth(doc: Doc) -> list[int]:
    depth, out = 0, []
    for token in doc:
        depth -= token.text == ")" and depth > 0
        out.append(depth)
        depth += token.text == "("
    return out


def mention_features(context: Context, start: int, end: int) -> list[str]:
    """Return what the mention model looks at for one candidate."""
    span = context.doc[start:end]
    return [
        *_inner(context, span),
        *_around(context, start, end),
        *_grammar(context, span),
        *_place(context, span),
        *(context.view.name_features(span.start_char, span.end_char) if context.view else ()),
    ]


def _inner(context: Context, span: Span) -> Iterator[str]:
    words = context.lowered[span.start : span.end]
    shapes = context.shapes[span.start : span.end]
    last = words[-1]
    yield f"last={last}"
    yield f"lemma={span[-1].lemma_.lower()}"
    yield f"end={last[-3:]}"
    yield f"first={words[0]}"
    yield f"text={span.text.lower()}"
    yield f"pair={' '.join(words[-2:])}"
    yield f"firstpair={' '.join(words[:2])}"
    yield from (f"in={w}" for w in words[:-1])
    yield from (f"4={w[:4]}" for w in words if len(w) > 4)
    yield f"size={min(len(span), 8)}"
    yield f"shapes={' '.join(shapes[:4])}"
    yield f"shape={shape(span.text)}"
    yield f"lastshape={shapes[-1]}"
    yield f"firstshape={shapes[0]}"
    yield f"tags={' '.join(t.tag_ for t in span[:5])}"
    yield f"firsttag={span[0].tag_}"
    yield f"lasttag={span[-1].tag_}"


def _around(context: Context, start: int, end: int) -> Iterator[str]:
    w = context.word
    yield f"-1={w(start - 1)}"
    yield f"-2={w(start - 2)} {w(start - 1)}"
    yield f"-3={w(start - 3)} {w(start - 2)}"
    yield f"+1={w(end)}"
    yield f"+2={w(end)} {w(end + 1)}"
    yield f"±={w(start - 1)} _ {w(end)}"
    yield f"-1 last={w(start - 1)} {w(end - 1)}"
    yield f"+1 last={w(end - 1)} {w(end)}"
    yield f"-pos={context.doc[start - 1].pos_ if start else _OUTSIDE}"
    yield f"+pos={context.doc[end].pos_ if end < len(context.doc) else _OUTSIDE}"
    for i in range(max(0, start - 5), start):
        yield f"before={w(i)}"
    for i in range(end, min(len(context.doc), end + 4)):
        yield f"after={w(i)}"


def _grammar(context: Context, span: Span) -> Iterator[str]:
    root = span.root
    head = root.head
    yield f"dep={root.dep_}"
    yield f"head={head.lemma_.lower()} {root.dep_}"
    if root.dep_ in ("pobj", "conj", "appos", "compound"):
        yield f"over={head.head.lemma_.lower()} {head.lemma_.lower()} {root.dep_}"
        yield f"over2={head.head.head.lemma_.lower()} {head.lemma_.lower()}"
    yield f"root={context.roots[context.sentences.number[span.start]]}"
    inside = range(span.start, span.end)
    yield f"left={'in' if span.start and span.doc[span.start - 1].head.i in inside else 'out'}"
    yield f"right={'head' if root.i == span.end - 1 else 'cut'}"
    yield f"headin={'chunk' if head.i not in range(span.start, span.end) and head.i == span.end else 'free'}"


def _place(context: Context, span: Span) -> Iterator[str]:
    bounds = (span.start, span.end)
    number = context.sentences.number[span.start]
    place = (
        "title"
        if span.start_char < context.title
        else "last"
        if number >= context.sentences.last - 1
        else "early"
    )
    yield f"place={place}"
    yield f"place={place} {shape(span.text)}"
    if span.start == 0:
        yield f"titlestart {context.word(span.end)}"
    yield f"depth={context.depth[span.start]}"
    count = min(context.lower.count(span.text.lower()), 5)
    yield f"count={count}"
    yield f"count={count} {shape(span.text)}"
    if bounds in context.known:
        yield f"known={context.known[bounds]}"
    elif any(i in context.inside_known for i in range(*bounds)):
        yield "knowninside"
    if bounds in context.short:
        yield "short"
    if bounds in context.long:
        yield "long"
    if any(s < span.end and e > span.start and (s, e) != bounds for s, e in context.long):
        yield "overlong"
