"""Numbers that report an outcome, with what the text ties to them: method, benchmark, metric, baseline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.extract.linear import LinearModel, load_model
from kg.extract.mentions import NOTHING
from kg.extract.numbers import Number, find_numbers
from kg.extract.patterns import load_patterns
from kg.extract.spans import Cluster, Sentences, title_end
from kg.vocabulary import load_vocabulary

_FAR = 25
_BREAKS = frozenset({",", ";", "and", "while", "but"})
_DIFFERENCES = frozenset({"gain", "ratio"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """A number with its tokens, its kind and the clusters tied to it; `method` None is the paper."""

    number: Number
    start: int
    end: int
    unit: str
    kind: str
    method: int | None
    benchmark: int | None
    metric: int | None
    baseline: int | None
    probability: float


class ResultFinder:
    """Scores each number and ties it to the things of its sentence."""

    component = "kg_results"

    def __init__(self, model: LinearModel, threshold: float) -> None:
        self.model = model
        self.threshold = threshold

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_outcomes`."""
        doc._.kg_outcomes = tuple(self.find(doc))
        return doc

    def find(self, doc: Doc) -> list[Outcome]:
        """Return the outcomes that a text reports, in order."""
        numbers = number_spans(doc)
        kinds = self.model.likeliest((number_features(doc, *found) for found in numbers), NOTHING)
        scored = [
            (number, span, kind, round(chance, 4))
            for (number, span), (kind, chance) in zip(numbers, kinds, strict=True)
            if chance >= self.threshold
        ]
        return [self._tie(doc, *found, [s for _, s, _, _ in scored]) for found in scored]

    def _tie(
        self, doc: Doc, number: Number, span: Span, kind: str, chance: float, all_spans: list[Span]
    ) -> Outcome:
        roles = load_patterns().roles
        beside = [s for s in all_spans if _sentence(doc, s) == _sentence(doc, span)]
        places = _Places(doc, span, beside)
        baseline = places.compared(roles.contender)
        method = places.doer(roles.contender)
        unit = number.unit or load_patterns().units["score"]
        return Outcome(
            number,
            span.start,
            span.end,
            unit,
            kind,
            doc._.kg_main if method is None or method == baseline else method,
            places.test(roles.test, None if number.unit or kind in _DIFFERENCES else number.value),
            places.yardstick((roles.yardstick,)),
            baseline if baseline != doc._.kg_main else None,
            chance,
        )


def number_spans(doc: Doc) -> list[tuple[Number, Span]]:
    """Return the numbers of a text with their tokens, those inside known names left out."""
    named = {i for m in doc._.kg_names for i in range(m.start, m.end)}
    found = []
    for number in find_numbers(doc.text):
        span = doc.char_span(number.start, number.end, alignment_mode="expand")
        if span is not None and span.start not in named:
            found.append((number, span))
    return found


def number_features(doc: Doc, number: Number, span: Span) -> list[str]:
    """Return what the result model looks at for one number."""
    unit = number.unit or "bare"
    sentence = doc[slice(*_sentence(doc, span))]
    things = list(_things(doc, sentence))
    features = [f"unit={unit}", *_figure(number)]
    features += [f"{f} unit={unit}" for f in _figure(number)]
    for name, words in (("-", _words(doc, span.start, -1)), ("+", _words(doc, span.end, 1))):
        features += [f"{name}{n}={word}" for n, word in enumerate(words)]
        features += [f"{name}={word}" for word in words]
        features += [f"{name}={word} {unit}" for word in words]
        features.append(f"{name}12={' '.join(words[:2])}")
    features += [
        f"near={word}" for word in {t.lemma_.lower() for t in doc[max(0, span.start - 8) : span.end + 8]}
    ]
    features += [f"near={word} {unit}" for word in {t.lemma_.lower() for t in sentence if t.pos_ == "VERB"}]
    root = span.root
    features += [
        f"dep={root.dep_} {root.head.lemma_.lower()}",
        f"over={root.head.head.lemma_.lower()} {unit}",
    ]
    features.append(f"title={span.start_char < title_end(doc)} {unit}")
    kinds = sorted({kind for kind, _, _ in things})
    features += [f"with={kind} {unit}" for kind in kinds]
    features.append(f"named={any(start <= span.start < end for _, start, end in things)} {unit}")
    return sorted(set(features))


def _figure(number: Number) -> list[str]:
    value = number.value
    size = (
        "1"
        if value < 1
        else "10"
        if value < 10
        else "100"
        if value <= 100
        else "1000"
        if value < 1000
        else "more"
    )
    whole = "whole" if value == int(value) else "decimal"
    year = "year" if whole == "whole" and 1950 <= value <= 2035 else ""
    return [f"size={size}", whole, f"{size} {whole} {year}"]


def _words(doc: Doc, at: int, step: int) -> list[str]:
    first = at - 1 if step < 0 else at
    places = range(first, first + 5 * step, step)
    return [doc[i].lower_ if 0 <= i < len(doc) else "∅" for i in places]


def _sentence(doc: Doc, span: Span) -> tuple[int, int]:
    sentences: Sentences = doc._.kg_sentences
    return sentences.of(span.start)


def _things(doc: Doc, span: Span) -> Iterator[tuple[str, int, int]]:
    for cluster in doc._.kg_clusters:
        for m in cluster.mentions:
            if m.start >= span.start and m.end <= span.end:
                yield cluster.type, m.start, m.end


class _Places:
    """The things of a number's sentence, by where they stand."""

    def __init__(self, doc: Doc, span: Span, numbers: list[Span]) -> None:
        self.doc = doc
        self.span = span
        self.numbers = numbers
        self.order = next(
            (n for n, s in enumerate(numbers) if s.start == span.start and s.end == span.end), 0
        )
        self.sentence = doc[slice(*_sentence(doc, span))]
        self.clusters: tuple[Cluster, ...] = doc._.kg_clusters

    def of(self, types: tuple[str, ...]) -> list[tuple[int, int]]:
        """Return token and cluster of each mention of these types in the sentence, in order."""
        return sorted(
            (m.start, n)
            for n, cluster in enumerate(self.clusters)
            if cluster.type in types
            for m in cluster.mentions
            if self.sentence.start <= m.start < self.sentence.end
        )

    def test(self, types: tuple[str, ...], level: float | None) -> int | None:
        """Return what a number was measured on, never what has no such level on its scale."""
        found = self.of(types)
        return self._tied([f for f in found if level is None or self._may_have(f[1], level)])

    def yardstick(self, types: tuple[str, ...]) -> int | None:
        """Return the measure of a number; of several numbers each has that of its own stretch of words."""
        found = self.of(types)
        alone = len(self.numbers) < 2 or "respectively" in self.sentence.text
        return self._tied(found if alone else [f for f in found if self._unbroken(f[0])])

    def _may_have(self, thing: int, level: float) -> bool:
        names = load_vocabulary().names
        places = {(m.start, m.end) for m in self.clusters[thing].mentions}
        known = (m.name for m in self.doc._.kg_names if (m.start, m.end) in places)
        scales = [names[name].scale for name in known if name in names]
        return all(scale is None or scale[0] <= level <= scale[1] for scale in scales)

    def _unbroken(self, place: int) -> bool:
        """Say whether no joint of clauses stands between the number and a place."""
        start, end = sorted((self.span.start, place))
        return all(token.lower_ not in _BREAKS for token in self.doc[start:end])

    def _tied(self, found: list[tuple[int, int]]) -> int | None:
        """Return the thing that a number is about: the one in its place, else the next one, else the last."""
        if not found:
            return None
        if "respectively" in self.sentence.text and len({n for _, n in found}) == len(self.numbers) > 1:
            return list(dict.fromkeys(n for _, n in found))[self.order]
        following = (
            self.numbers[self.order + 1].start if self.order + 1 < len(self.numbers) else self.sentence.end
        )
        previous = self.numbers[self.order - 1].end if self.order else self.sentence.start
        after = [
            n for start, n in found if self.span.end <= start < following and start - self.span.end < _FAR
        ]
        before = [n for start, n in found if previous <= start < self.span.start]
        return (after[:1] or before[-1:] or [self._nearest(found)])[0]

    def _nearest(self, found: list[tuple[int, int]]) -> int:
        return min(found, key=lambda f: (abs(f[0] - self.span.start), f[0]))[1]

    def compared(self, types: tuple[str, ...]) -> int | None:
        """Return what a word of comparison names as the baseline."""
        words = load_patterns().words["comparing"]
        for start, n in self.of(types):
            before = [t.lower_ for t in self.doc[max(self.sentence.start, start - 3) : start]]
            if any(word in words for word in before) and start > self.sentence.start:
                return n
        return None

    def doer(self, types: tuple[str, ...]) -> int | None:
        """Return the thing that is the subject of the verb over the number."""
        at = dict(self.of(types))
        token = self.span.root
        for _ in range(8):
            for child in token.children:
                if child.dep_ in ("nsubj", "nsubjpass"):
                    inside = [n for start, n in at.items() if child.left_edge.i <= start <= child.i]
                    return inside[0] if inside else None
            if token.head.i == token.i:
                return None
            token = token.head
        return None


@Language.factory(
    "kg_results",
    requires=["doc._.kg_clusters", "doc._.kg_main", "token.dep", "token.lemma"],
    assigns=["doc._.kg_outcomes"],
    default_config={"model": "results", "threshold": 0.5},
)
def make_results(nlp: Language, name: str, model: str, threshold: float) -> ResultFinder:
    """Build the component with the weights of that name."""
    return ResultFinder(load_model(model), threshold)
