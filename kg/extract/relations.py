"""What tells which part a thing plays in a paper: the features of the statement models.

A role is a predicate with the other end that it takes: `paper uses`, `main uses` (what the paper proposes
uses it), `into partOf` (it is part of what the paper proposes). A change of the features needs new weights.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from spacy.tokens import Doc, Token

from kg.extract.candidates import shape
from kg.extract.network import Scores
from kg.extract.patterns import Pattern, load_patterns
from kg.extract.spans import Cluster, Sentences, TypedSpan, title_end
from kg.extract.wording import SELF, Piece, hits, slotted
from kg.extract.words import NONE, VERB, Words, words_of

_STEPS = 6


@dataclass(frozen=True, slots=True)
class _Whole:
    """What a sentence has: the proposed thing or "we", a number, verbs, tokens of things with their types."""

    ours: str
    number: bool
    verbs: list[int]
    named: list[tuple[int, str]]


class Discourse:
    """What the features of all things of one text share: where the proposed thing and "we" are."""

    def __init__(self, doc: Doc, clusters: tuple[Cluster, ...], main: Cluster | None) -> None:
        self.doc = doc
        self.words = words_of(doc)
        self.clusters = clusters
        self.main = main
        self.main_tokens = {i for m in (main.mentions if main else ()) for i in range(m.start, m.end)}
        self.self_tokens = {i for start, end in doc._.kg_references for i in range(start, end)}
        self.title = title_end(doc)
        self.sentences: Sentences = doc._.kg_sentences
        self.known = {(m.start, m.end) for m in doc._.kg_names}
        self._wholes: dict[int, _Whole] = {}
        self.types: dict[int, str] = {}
        self.count: Counter[str] = Counter()
        self.rank: dict[TypedSpan, int] = {}
        for cluster in clusters:
            self.rank[cluster.mentions[0]] = self.count[cluster.type]
            self.count[cluster.type] += 1
            for m in cluster.mentions:
                self.types.update(dict.fromkeys(range(m.start, m.end), cluster.type))
        self.hits = self._wording()

    def whole(self, start: int, end: int) -> _Whole:
        """Return what all mentions of a sentence have about them."""
        if start not in self._wholes:
            tokens, words, doc = range(start, end), self.words, self.doc
            self._wholes[start] = _Whole(
                ours=_ours(self, tokens),
                number=any(words.text[i] == "%" or doc[i].like_num for i in tokens),
                verbs=words.verbs(start, end),
                named=[(i, self.types[i]) for i in tokens if i in self.types],
            )
        return self._wholes[start]

    def _wording(self) -> dict[int, list[Pattern]]:
        """Return the patterns that find each mention, by its first token."""
        found: dict[int, list[Pattern]] = defaultdict(list)
        pieces = self._pieces()
        for sentence in (slotted(pieces[n]) for n in sorted(pieces)):
            for pattern in load_patterns().wording:
                for start in hits(pattern, sentence):
                    found[start].append(pattern)
        return found

    def _pieces(self) -> dict[int, list[Piece]]:
        """Return the words and slots of each sentence that names something, by its number."""
        starts = {m.start: m.end for c in self.clusters for m in c.mentions}
        starts.update(self.doc._.kg_references)
        named = {self.sentences.number[start] for start in starts}
        pieces: dict[int, list[Piece]] = {n: [] for n in sorted(named)}
        for n, row in pieces.items():
            i, end = self.sentences.bounds[n]
            while i < end:
                ours = i in self.self_tokens or i in self.main_tokens
                kind = SELF if ours else self.types.get(i, "")
                after = starts.get(i, i + 1) if kind and i in starts else i + 1
                slot = kind if i in starts else ""
                row.append(("" if slot else self.words.text[i], slot, i))
                row.append((" ", "", -1))
                i = max(after, i + 1)
        return pieces


def thing_features(discourse: Discourse, cluster: Cluster) -> list[str]:
    """Return what the statement models look at for one thing, each once."""
    kind = cluster.type
    features = dict.fromkeys(_whole(discourse, cluster))
    for mention in cluster.mentions:
        features.update(dict.fromkeys(mention_context(discourse, mention)))
    return [kind, *(f"{kind} {f}" for f in features), *features]


def _whole(discourse: Discourse, cluster: Cluster) -> Iterator[str]:
    mentions = cluster.mentions
    yield f"sure={int(cluster.probability * 5)}"
    yield f"count={min(len(mentions), 5)}"
    yield "main" if cluster is discourse.main else "other" if discourse.main else "nomain"
    yield f"name={(cluster.name).lower()}"
    yield f"last={cluster.name.split()[-1].lower()}"
    yield f"shape={shape(cluster.name)} {min(len(cluster.name.split()), 4)}"
    yield f"facet={cluster.name}" if mentions[0].name else "named"
    yield f"same={min(discourse.count[cluster.type], 6)}"
    yield f"order={min(discourse.rank[cluster.mentions[0]], 5)}"
    places = {"T" if discourse.words.start[m.start] < discourse.title else "A" for m in mentions}
    yield f"places={''.join(sorted(places))}"
    yield f"known={any((m.start, m.end) in discourse.known for m in mentions)}"


def mention_context(discourse: Discourse, mention: TypedSpan) -> Iterator[str]:
    """Yield what stands around one mention."""
    words = discourse.words
    yield from _words_around(words, mention.start, mention.end)
    yield from _sentence(discourse, mention, *discourse.sentences.of(mention.start))
    own = discourse.doc[mention.start : mention.end].root.i
    root = _first_conjunct(words, own)
    yield f"dep={words.dep[root]}"
    yield f"head={words.lemma[words.head[root]]} {words.dep[root]}"
    if root != own:
        yield "conj"
        left = discourse.doc[root].left_edge.i
        yield from [f"first {f}" for f in _words_around(words, left, root + 1)]
    yield from _governors(discourse, root)
    yield from [f"wording={pattern.name}" for pattern in discourse.hits.get(mention.start, ())]


def _words_around(words: Words, start: int, end: int) -> Iterator[str]:
    third, second, first = (words.around(i) for i in (start - 3, start - 2, start - 1))
    next_, after = words.around(end), words.around(end + 1)
    yield f"-1={first}"
    yield f"-2={second} {first}"
    yield f"-3={third} {second} {first}"
    yield f"+1={next_}"
    yield f"+2={next_} {after}"
    yield from [f"<={lemma}" for lemma in words.lemma[max(0, start - 6) : start]]
    yield from [f">={lemma}" for lemma in words.lemma[end : end + 4]]


def _first_conjunct(words: Words, i: int) -> int:
    for _ in range(12):
        if words.dep[i] not in ("conj", "appos") or words.head[i] >= i:
            return i
        i = words.head[i]
    return i


def _governors(discourse: Discourse, i: int) -> Iterator[str]:
    """Yield the words above a token, and who does what the nearest verb says."""
    words = discourse.words
    path: list[str] = []
    for _ in range(_STEPS):
        if words.head[i] == i:
            break
        path.append(words.dep[i])
        i = words.head[i]
        lemma = words.lemma[i]
        yield f"up={lemma}"
        if len(path) <= 3:
            yield f"path={' '.join(path)} {lemma}"
        if words.pos[i] in (VERB, "AUX"):
            doer = _doer(discourse, discourse.doc[i])
            yield f"verb={lemma} {path[-1]}"
            yield f"doer={doer}"
            yield f"verb={lemma} doer={doer}"
            if path[-1] not in ("relcl", "acl", "advcl", "xcomp", "conj", "ccomp"):
                break


def _doer(discourse: Discourse, verb: Token) -> str:
    for child in verb.children:
        if child.dep_ in ("nsubj", "nsubjpass", "csubj"):
            return _who(discourse, child)
    return "none"


def _who(discourse: Discourse, token: Token) -> str:
    subtree = range(token.left_edge.i, token.i + 1)
    if any(i in discourse.main_tokens for i in subtree):
        return "main"
    if any(i in discourse.self_tokens for i in subtree):
        return "self"
    return discourse.types.get(token.i, "else")


def _sentence(discourse: Discourse, mention: TypedSpan, start: int, end: int) -> Iterator[str]:
    """Yield what the sentence of a mention has: its place, its verbs, the proposed thing before or after."""
    words, whole = discourse.words, discourse.whole(start, end)
    number = discourse.sentences.number[start]
    place = (
        "title"
        if number == 0
        else "first"
        if number == 1
        else "end"
        if number >= discourse.sentences.last - 1
        else "mid"
    )
    yield f"place={place}"
    if number == 0:
        yield f"titleat={'start' if mention.start == 0 else 'end' if mention.end >= end - 1 else 'mid'}"
    yield f"with={whole.ours}"
    yield f"before={_ours(discourse, range(start, mention.start))}"
    yield f"number={whole.number}"
    yield from [f"verb{'<' if i < mention.start else '>'}{words.lemma[i]}" for i in whole.verbs]
    kinds = {kind for i, kind in whole.named if not mention.start <= i < mention.end}
    yield from [f"beside={kind}" for kind in sorted(kinds)]
    yield from _between(discourse, mention, start)


def _ours(discourse: Discourse, tokens: range) -> str:
    """Say whether tokens name the proposed thing, and whether they stand for it as "we" does."""
    main = "none" if discourse.main_tokens.isdisjoint(tokens) else "main"
    return f"{main} {not discourse.self_tokens.isdisjoint(tokens)}"


def _between(discourse: Discourse, mention: TypedSpan, start: int) -> Iterator[str]:
    """Yield the words between the last word for the proposed thing and the mention."""
    ours = discourse.main_tokens | discourse.self_tokens
    last = next((i for i in range(mention.start - 1, start - 1, -1) if i in ours), None)
    if last is None or mention.start - last > 25:
        return
    words = discourse.words.lemma[last + 1 : mention.start]
    yield f"gap={min(len(words), 10) // 2}"
    if len(words) <= 4:
        yield f"between={' '.join(words)}"
    verbs = discourse.words.verbs(last + 1, mention.start)
    if verbs:
        yield f"lastverb={discourse.words.lemma[verbs[-1]]}"
        yield f"firstverb={discourse.words.lemma[verbs[0]]}"


def proposable(cluster: Cluster) -> bool:
    """Say whether a thing can be what a paper is mainly about: its method or model."""
    return cluster.type in load_patterns().roles.proposable


# --- two things of one sentence ---------------------------------------------------------------------------


def pairs(discourse: Discourse) -> Iterator[tuple[int, int, TypedSpan, TypedSpan]]:
    """Yield the clusters of each two mentions of a sentence, the first of which can be a subject.

    What the paper proposes is no subject here: its claims are scored by role. Of several places of a pair the
    nearest counts.
    """
    nearest: dict[tuple[int, int], tuple[int, TypedSpan, TypedSpan]] = {}
    for (a, first), (b, second) in _together(discourse):
        if a != b and proposable(discourse.clusters[a]) and discourse.clusters[a] is not discourse.main:
            distance = abs(first.start - second.start)
            if (a, b) not in nearest or distance < nearest[a, b][0]:
                nearest[a, b] = (distance, first, second)
    for (a, b), (_, first, second) in sorted(nearest.items(), key=lambda item: item[0]):
        yield a, b, first, second


def _together(discourse: Discourse) -> Iterator[tuple[tuple[int, TypedSpan], tuple[int, TypedSpan]]]:
    """Yield each two mentions, with the numbers of their clusters, of one sentence of the abstract."""
    placed: dict[int, list[tuple[int, TypedSpan]]] = defaultdict(list)
    for n, cluster in enumerate(discourse.clusters):
        for mention in cluster.mentions:
            placed[discourse.sentences.number[mention.start]].append((n, mention))
    placed.pop(0, None)
    for sentence in placed.values():
        yield from product(sentence, repeat=2)


def pair_features(
    discourse: Discourse, ends: tuple[int, int], first: TypedSpan, second: TypedSpan
) -> list[str]:
    """Return what the pair model looks at for a subject and an object in one sentence."""
    subject, object_ = (discourse.clusters[n] for n in ends)
    kinds = f"{subject.type}>{object_.type}"
    features = dict.fromkeys(_pair_context(discourse, first, second))
    into = "main" if object_ is discourse.main else "other"
    alone = [f"into={into}", f"object={object_.name.lower()}", f"subject={subject.name.lower()}"]
    scores: Scores | None = discourse.doc._.kg_scores
    seen = scores.features("pair", *ends) if scores else ()
    return [kinds, *features, *(f"{kinds} {f}" for f in features), *alone, f"{kinds} {into}", *seen]


def _pair_context(discourse: Discourse, first: TypedSpan, second: TypedSpan) -> Iterator[str]:
    words = discourse.words
    order = "ahead" if first.start < second.start else "behind"
    left, right = sorted((first, second), key=lambda m: m.start)
    between = words.lemma[left.end : right.start]
    yield order
    yield f"{order} far={min(len(between), 20) // 3}"
    if len(between) <= 5:
        yield f"{order} between={' '.join(between)}"
    yield from [f"{order} has={word}" for word in between]
    yield from [f"{order} verb={words.lemma[i]}" for i in words.verbs(left.end, right.start)]
    inside = sum(1 for i in range(left.end, right.start) if i in discourse.types)
    yield f"{order} inside={min(inside, 4)}"
    main = any(i in discourse.main_tokens for i in range(left.end, right.start))
    yield f"{order} main={main}"
    start, end = discourse.sentences.of(first.start)
    ours = discourse.main_tokens | discourse.self_tokens
    yield f"mainbefore={any(i in ours for i in range(start, left.start))}"
    yield f"last={discourse.sentences.number[start] >= discourse.sentences.last - 1}"
    for i, name in ((first.start - 1, "a-"), (first.end, "a+"), (second.start - 1, "b-"), (second.end, "b+")):
        yield f"{name}{words.lower[i] if start <= i < end else NONE}"
    yield from _pair_grammar(discourse, first, second)
    yield from (f"wording={pattern.name}" for pattern in discourse.hits.get(second.start, ()))


def _pair_grammar(discourse: Discourse, first: TypedSpan, second: TypedSpan) -> Iterator[str]:
    words, doc = discourse.words, discourse.doc
    a, b = doc[first.start : first.end].root.i, doc[second.start : second.end].root.i
    yield f"deps={words.dep[a]} {words.dep[b]}"
    yield f"heads={words.lemma[words.head[a]]} {words.lemma[words.head[b]]}"
    top_a, top_b = _first_conjunct(words, a), _first_conjunct(words, b)
    yield f"list={top_a == top_b}"
    above = words.head[top_b]
    if above == top_a:
        yield f"under={words.dep[top_b]}"
    if words.head[above] == top_a:
        yield f"under={words.lemma[above]}"
    verb = next((i for i in (above, words.head[above]) if words.pos[i] == VERB), None)
    if verb is not None:
        yield f"verb={words.lemma[verb]} {words.dep[top_a] if words.head[top_a] == verb else 'else'}"
