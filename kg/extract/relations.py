"""What tells which part a thing plays in a paper: the features of the statement models.

A role is a predicate with the other end that it takes: `paper uses`, `main uses` (what the paper proposes
uses it), `into partOf` (it is part of what the paper proposes). A change of the features needs new weights.
"""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Doc, Token

from kg.extract.candidates import shape
from kg.extract.patterns import load_patterns
from kg.extract.spans import Cluster, TypedSpan, title_end

_STEPS = 6


class Discourse:
    """What the features of all things of one text share: where the proposed thing and "we" are."""

    def __init__(self, doc: Doc, clusters: tuple[Cluster, ...], main: Cluster | None) -> None:
        self.doc = doc
        self.clusters = clusters
        self.main = main
        self.main_tokens = {i for m in (main.mentions if main else ()) for i in range(m.start, m.end)}
        self.self_tokens = {i for start, end in doc._.kg_references for i in range(start, end)}
        self.title = title_end(doc)
        self.number = {s.start: n for n, s in enumerate(doc.sents)}
        self.last = len(self.number) - 1
        self.types: dict[int, str] = {}
        for cluster in clusters:
            for m in cluster.mentions:
                self.types.update(dict.fromkeys(range(m.start, m.end), cluster.type))


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
    same = [c for c in discourse.clusters if c.type == cluster.type]
    yield f"same={min(len(same), 6)}"
    yield f"order={min(next(n for n, c in enumerate(same) if c is cluster), 5)}"
    places = {"T" if discourse.doc[m.start].idx < discourse.title else "A" for m in mentions}
    yield f"places={''.join(sorted(places))}"
    known = {(m.start, m.end) for m in discourse.doc._.kg_names}
    yield f"known={any((m.start, m.end) in known for m in mentions)}"


def mention_context(discourse: Discourse, mention: TypedSpan) -> Iterator[str]:
    """Yield what stands around one mention."""
    doc = discourse.doc
    span = doc[mention.start : mention.end]
    sentence = span.sent
    yield from _words_around(doc, mention.start, mention.end)
    yield from _sentence(discourse, mention, sentence.start, sentence.end)
    root = _first_conjunct(span.root)
    yield f"dep={root.dep_}"
    yield f"head={root.head.lemma_.lower()} {root.dep_}"
    if root.i != span.root.i:
        yield "conj"
        yield from (f"first {f}" for f in _words_around(doc, root.left_edge.i, root.i + 1))
    yield from _governors(discourse, root)


def _words_around(doc: Doc, start: int, end: int) -> Iterator[str]:
    words = [
        doc[i].lower_ if 0 <= i < len(doc) else "∅" for i in (start - 3, start - 2, start - 1, end, end + 1)
    ]
    yield f"-1={words[2]}"
    yield f"-2={words[1]} {words[2]}"
    yield f"-3={words[0]} {words[1]} {words[2]}"
    yield f"+1={words[3]}"
    yield f"+2={words[3]} {words[4]}"
    for i in range(max(0, start - 6), start):
        yield f"<={doc[i].lemma_.lower()}"
    for i in range(end, min(len(doc), end + 4)):
        yield f">={doc[i].lemma_.lower()}"


def _first_conjunct(token: Token) -> Token:
    for _ in range(12):
        if token.dep_ not in ("conj", "appos") or token.head.i >= token.i:
            return token
        token = token.head
    return token


def _governors(discourse: Discourse, token: Token) -> Iterator[str]:
    """Yield the words above a token, and who does what the nearest verb says."""
    path: list[str] = []
    for _ in range(_STEPS):
        if token.head.i == token.i:
            break
        path.append(token.dep_)
        token = token.head
        yield f"up={token.lemma_.lower()}"
        if len(path) <= 3:
            yield f"path={' '.join(path)} {token.lemma_.lower()}"
        if token.pos_ in ("VERB", "AUX"):
            doer = _doer(discourse, token)
            yield f"verb={token.lemma_.lower()} {path[-1]}"
            yield f"doer={doer}"
            yield f"verb={token.lemma_.lower()} doer={doer}"
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
    doc = discourse.doc
    number = discourse.number[start]
    place = (
        "title"
        if number == 0
        else "first"
        if number == 1
        else "end"
        if number >= discourse.last - 1
        else "mid"
    )
    yield f"place={place}"
    if number == 0:
        yield f"titleat={'start' if mention.start == 0 else 'end' if mention.end >= end - 1 else 'mid'}"
    tokens = range(start, end)
    who = "main" if any(i in discourse.main_tokens for i in tokens) else "none"
    own = any(i in discourse.self_tokens for i in tokens)
    yield f"with={who} {own}"
    before = "main" if any(i in discourse.main_tokens for i in range(start, mention.start)) else "none"
    yield f"before={before} {any(i in discourse.self_tokens for i in range(start, mention.start))}"
    yield f"number={any(doc[i].like_num or doc[i].text == '%' for i in tokens)}"
    for i in tokens:
        if doc[i].pos_ == "VERB":
            side = "<" if i < mention.start else ">"
            yield f"verb{side}{doc[i].lemma_.lower()}"
    kinds = {
        discourse.types[i] for i in tokens if i in discourse.types and not mention.start <= i < mention.end
    }
    yield from (f"beside={kind}" for kind in sorted(kinds))
    yield from _between(discourse, mention, start)


def _between(discourse: Discourse, mention: TypedSpan, start: int) -> Iterator[str]:
    """Yield the words between the last word for the proposed thing and the mention."""
    ours = discourse.main_tokens | discourse.self_tokens
    last = next((i for i in range(mention.start - 1, start - 1, -1) if i in ours), None)
    if last is None or mention.start - last > 25:
        return
    words = [t.lemma_.lower() for t in discourse.doc[last + 1 : mention.start]]
    yield f"gap={min(len(words), 10) // 2}"
    if len(words) <= 4:
        yield f"between={' '.join(words)}"
    verbs = [t.lemma_.lower() for t in discourse.doc[last + 1 : mention.start] if t.pos_ == "VERB"]
    if verbs:
        yield f"lastverb={verbs[-1]}"
        yield f"firstverb={verbs[0]}"


def proposable(cluster: Cluster) -> bool:
    """Say whether a thing can be what a paper is mainly about: its method or model."""
    return cluster.type in load_patterns().roles.proposable
