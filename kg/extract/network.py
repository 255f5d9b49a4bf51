"""The network: one encoder pass over a text, then scores for what its spans name and what is said of them.

Reads `weights/` beside this file: `encoder.onnx`, `heads.npz`, `labels.json` and `tokenizer.json`. Needs
numpy, ONNX Runtime and tokenizers, no PyTorch. A text's scores do not depend on what is read beside it.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc
from tokenizers import Tokenizer

from kg.extract.heads import (
    NODE_FEATURES,
    Heads,
    Nodes,
    facet_logits,
    key_logits,
    pairs_of,
    relation_logits,
    span_logits,
    word_vectors,
)
from kg.extract.one_thread import on_one_thread
from kg.extract.onnx_session import open_session
from kg.extract.reading import Candidates, Floats, Reading, WordSpan, candidates, paper_words, read
from kg.extract.spans import Cluster

if TYPE_CHECKING:
    import onnxruntime

FOLDER = Path(__file__).with_name("weights")
_START, _END = 101, 102
_WINDOW, _OVERLAP = 510, 128
_MOST_MENTIONS = 6
_STEPS = range(-4, 6)
"""Log-odds at which a score gives one more feature to the linear models."""
_LIKELY = -1.0
_HOPELESS = -4.0
"""Below this, where two thirds of all candidates are, one in a thousand is taken for a name otherwise."""
_OFF = -30.0


@dataclass(frozen=True)
class Labels:
    """What the numbers mean: types, predicates, and the names of facets by type."""

    types: tuple[str, ...]
    predicates: tuple[str, ...]
    facets: tuple[tuple[str, str], ...]

    @cached_property
    def facet_numbers(self) -> Mapping[tuple[str, str], int]:
        """The number of each facet, by its type and its name in small letters."""
        return {(type_, name.lower()): i for i, (type_, name) in enumerate(self.facets)}

    @classmethod
    def load(cls, path: Path) -> Labels:
        """Read `labels.json`."""
        row = json.loads(path.read_text(encoding="utf-8"))
        return cls(tuple(row["types"]), tuple(row["predicates"]), tuple((t, n) for t, n in row["facets"]))


class Network:
    """Loaded weights; the same for every text."""

    def __init__(
        self, session: onnxruntime.InferenceSession, heads: Heads, labels: Labels, tokenizer: Tokenizer
    ) -> None:
        self.session, self.heads, self.labels, self.tokenizer = session, heads, labels, tokenizer

    @classmethod
    def load(cls, folder: Path) -> Network:
        """Load a network from its folder."""
        session = open_session(folder / "encoder.onnx")
        with np.load(folder / "heads.npz") as stored:
            heads = Heads({name: stored[name].astype(np.float32) for name in stored.files})
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return cls(session, heads, Labels.load(folder / "labels.json"), tokenizer)

    def view(self, text: str) -> View | None:
        """Read a text, None where it has no words: white space and signs of control."""
        reading = read(text, self.tokenizer)
        if not reading.words:
            return None
        words = self._words(reading)
        found = candidates(reading)
        with on_one_thread():
            by_key = key_logits(span_logits(self.heads, words, found), found.key_of, len(found.keys))
            facets = facet_logits(self.heads, words)
        return View(self, reading, words, found, by_key, facets)

    def relate(self, view: View, things: Sequence[tuple[str, list[WordSpan]]]) -> Floats:
        """Return the log-odds of every predicate between the paper (0) and things (1, 2, …), both ways."""
        types = self.labels.types
        nodes = node_inputs(view.reading, [(types.index(t), spans) for t, spans in things], len(types))
        n = len(things) + 1
        pairs = pairs_of(view.reading, nodes)
        with on_one_thread():
            return relation_logits(self.heads, view.words, view.reading, nodes, pairs).reshape(n, n, -1)

    def _words(self, reading: Reading) -> Floats:
        """Encode the pieces, in overlapping windows where the text is long, and average them by word."""
        n = len(reading.pieces)
        hidden = np.zeros((n, self.heads["span.start.weight"].shape[1]), np.float32)
        for start in range(0, max(1, n - _OVERLAP), _WINDOW - _OVERLAP):
            part = slice(start, min(n, start + _WINDOW))
            skip = _OVERLAP // 2 if start else 0
            hidden[start + skip : part.stop] = self._encode(reading, part)[skip:]
        return word_vectors(hidden, reading.word_of, len(reading.words))

    def _encode(self, reading: Reading, part: slice) -> Floats:
        pieces = np.concatenate([[_START], reading.pieces[part], [_END]])
        case = np.concatenate([[0], reading.case[reading.word_of[part]], [0]])
        (hidden,) = self.session.run(None, {"pieces": pieces, "case": case})
        return np.asarray(hidden[1:-1], np.float32)


@dataclass(frozen=True)
class View:
    """What the network makes of one text: log-odds against "no name" by key and type, and by facet."""

    network: Network
    reading: Reading
    words: Floats
    candidates: Candidates
    by_key: Floats
    facets: Floats
    keys: Mapping[tuple[int, int], int] = field(init=False)
    """The key of each candidate, by its code points."""
    any_type: Sequence[float] = field(init=False)
    """By key, the log-odds that it names something of whatever type."""

    def __post_init__(self) -> None:
        ends = self.reading.words
        found = zip(
            *(x.tolist() for x in (self.candidates.first, self.candidates.last, self.candidates.key_of)),
            strict=True,
        )
        object.__setattr__(self, "keys", {(ends[a][0], ends[b][1]): k for a, b, k in found})
        object.__setattr__(self, "any_type", np.logaddexp.reduce(self.by_key, axis=1).tolist())

    def __deepcopy__(self, memo: object) -> View:
        """Return the same view: it never changes, and a copied Doc has the same text."""
        return self

    def name_features(self, start: int, end: int) -> Iterator[str]:
        """Yield what the linear models are told of a span, by its code points."""
        key = self.keys.get((start, end))
        if key is None:
            yield "net none"
            return
        logits = self.by_key[key].tolist()
        yield from steps("net name", self.any_type[key])
        yield f"net {self.network.labels.types[logits.index(max(logits))]}"
        for type_, logit in zip(self.network.labels.types, logits, strict=True):
            yield from steps(f"net {type_}", logit)

    def likely_names(self) -> Iterator[tuple[int, int]]:
        """Yield the code points of spans that may well be names."""
        yield from (place for place, key in self.keys.items() if self.any_type[key] >= _LIKELY)

    def may_name(self, start: int, end: int) -> bool:
        """Say whether a span is worth asking about: not if the network is sure that it names nothing."""
        key = self.keys.get((start, end))
        return key is None or self.any_type[key] >= _HOPELESS

    def name_score(self, start: int, end: int, type_: str) -> float:
        """Return the log-odds that a span names something of a type; very low where it is no candidate."""
        key = self.keys.get((start, end))
        if key is None or type_ not in self.network.labels.types:
            return _OFF
        return float(self.by_key[key][self.network.labels.types.index(type_)])

    def facet_score(self, type_: str, name: str) -> float | None:
        """Return the log-odds of a facet, None where the network was not taught it."""
        number = self.network.labels.facet_numbers.get((type_, name.lower()))
        return None if number is None else float(self.facets[number])

    def word_spans(self, places: Iterable[tuple[int, int]]) -> list[WordSpan]:
        """Return the words that stand within code points."""
        starts = [a for a, _ in self.reading.words]
        spans = ((bisect_right(starts, a) - 1, bisect_left(starts, b) - 1) for a, b in places)
        return sorted({(max(a, 0), max(a, b, 0)) for a, b in spans})


def steps(name: str, logit: float) -> tuple[str, ...]:
    """Return a feature for each step that a score reaches."""
    return _ladder(name)[: max(0, floor(logit) - _STEPS.start + 1)]


@cache
def _ladder(name: str) -> tuple[str, ...]:
    return tuple(f"{name}>{step}" for step in _STEPS)


def node_inputs(reading: Reading, nodes: Sequence[tuple[int, list[WordSpan]]], paper: int) -> Nodes:
    """Lay out the nodes (type, mentions) for the relation head, the paper (of type `paper`) first."""
    own = [(w, w) for w in paper_words(reading)[:10]] or [(0, 0)]
    mentions = [own, *(spans[:_MOST_MENTIONS] for _, spans in nodes)]
    flat = [(a, b, i) for i, spans in enumerate(mentions) for a, b in spans]
    first, last, node = (np.array(x, np.int64) for x in zip(*flat, strict=True))
    features = np.zeros((len(mentions), NODE_FEATURES), np.float32)
    features[0, 5] = 1
    for i, spans in enumerate(mentions[1:], 1):
        features[i, :5] = _node_features(reading, spans)
    return Nodes(first, last, node, np.array([paper, *(t for t, _ in nodes)], np.int64), features)


def _node_features(reading: Reading, spans: list[WordSpan]) -> list[float]:
    if not spans:
        return [0.0] * 5
    sentences = reading.sentence[[a for a, _ in spans]]
    ends = max(1, int(reading.sentence.max()))
    strange = any(3 <= reading.case[w] <= 5 for a, b in spans for w in range(a, b + 1))
    return [
        float(np.log(len(spans))),
        sentences[0] == 0,
        sentences.min() / ends,
        sentences.max() / ends,
        strange,
    ]


# --- the components ---------------------------------------------------------------------------------------


class ViewMaker:
    """Gives each text its view."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_view`."""
        doc._.kg_view = self.network.view(doc.text)
        return doc


class RelationScorer:
    """Scores every two things of a text, and the paper with each."""

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_scores`."""
        doc._.kg_scores = self.scores(doc)
        return doc

    def scores(self, doc: Doc) -> Scores | None:
        """Return the scores, None where the text has no view."""
        view: View | None = doc._.kg_view
        if view is None:
            return None
        things = [(c.type, view.word_spans(_places(doc, c))) for c in doc._.kg_clusters]
        return Scores(view.network.labels.predicates, view.network.relate(view, things))


def _places(doc: Doc, cluster: Cluster) -> Iterator[tuple[int, int]]:
    for m in cluster.mentions:
        span = doc[m.start : m.end]
        yield span.start_char, span.end_char


@dataclass(frozen=True)
class Scores:
    """Log-odds of each predicate between numbered things; None is the paper."""

    predicates: tuple[str, ...]
    logits: Floats

    def between(self, subject: int | None, object_: int) -> Iterator[tuple[str, float]]:
        """Yield each predicate with its log-odds."""
        yield from zip(self.predicates, self.logits[_node(subject), _node(object_)].tolist(), strict=True)

    def features(self, end: str, subject: int | None, object_: int) -> Iterator[str]:
        """Yield what the linear models are told of two things; `end` says what they are to each other."""
        for predicate, logit in self.between(subject, object_):
            yield from steps(f"net {end} {predicate}", logit)


def _node(thing: int | None) -> int:
    return 0 if thing is None else thing + 1


@lru_cache(maxsize=1)
def load_network() -> Network:
    """Read the packaged weights; the same object every time."""
    return Network.load(FOLDER)


@Language.factory("kg_view", assigns=["doc._.kg_view"])
def make_view(nlp: Language, name: str) -> ViewMaker:
    """Build the component with the packaged weights."""
    return ViewMaker(load_network())


@Language.factory("kg_scores", requires=["doc._.kg_view", "doc._.kg_clusters"], assigns=["doc._.kg_scores"])
def make_scores(nlp: Language, name: str) -> RelationScorer:
    """Build the component."""
    return RelationScorer()
