"""The network's heads over its word vectors, in numpy: which spans name what, which facets, which relations.

The parameters bear the names that they have where they are trained (`scripts/network/net.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.extract.reading import Candidates, Floats, Ints, Reading

BINS = 10
BETWEEN = 20
PAIR_FEATURES = 8
NODE_FEATURES = 6
Weights = Mapping[str, Floats]
NDArrayBool = NDArray[np.bool_]


def gelu(x: Floats) -> Floats:
    """Rectify smoothly, by the usual tanh form (Hendrycks and Gimpel 2016)."""
    bent: Floats = 0.5 * x * (1 + np.tanh(np.float32(0.7978845608) * (x + np.float32(0.044715) * x * x * x)))
    return bent


def softmax(x: Floats) -> Floats:
    """Normalise the last axis."""
    e = np.exp(x - x.max(-1, keepdims=True))
    shares: Floats = e / e.sum(-1, keepdims=True)
    return shares


def norm(x: Floats, w: Floats, b: Floats) -> Floats:
    """Layer normalisation."""
    centred = x - x.mean(-1, keepdims=True)
    normal: Floats = centred / np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(1e-5)) * w + b
    return normal


class Heads:
    """Matrices by name: `lin(x, "span.hidden")` multiplies, and adds the bias where there is one."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._turned = {k: np.ascontiguousarray(v.T) for k, v in weights.items() if v.ndim == 2}

    def __call__(self, x: Floats, name: str) -> Floats:
        """Multiply rows by a matrix."""
        out = x @ self._turned[f"{name}.weight"]
        bias = self.weights.get(f"{name}.bias")
        return out if bias is None else out + bias

    def __getitem__(self, name: str) -> Floats:
        return self.weights[name]


def word_vectors(hidden: Floats, word_of: Ints, count: int) -> Floats:
    """Average the pieces of each word."""
    starts = np.flatnonzero(np.diff(word_of, prepend=-1))
    total = np.add.reduceat(hidden, starts, axis=0)
    vectors = np.zeros((count, hidden.shape[1]), np.float32)
    vectors[: len(starts)] = total / np.diff(np.append(starts, len(word_of)))[:, None]
    return vectors


def _running_sums(x: Floats) -> Floats:
    """Add up rows from the first on: before row i stands the sum of those before it."""
    sums: Floats = np.zeros((len(x) + 1, x.shape[1]), np.float32)
    for i, row in enumerate(x):  # numpy's cumsum goes down one column after another: three times as slow
        np.add(sums[i], row, out=sums[i + 1])
    return sums


def span_logits(lin: Heads, words: Floats, found: Candidates) -> Floats:
    """Score each candidate span for each type."""
    first, last = found.first, found.last
    blank = np.zeros((1, words.shape[1]), np.float32)
    total = _running_sums(lin(words, "span.mean"))
    width = last - first
    mean: Floats = np.divide(total[last + 1] - total[first], (width + 1)[:, None].astype(np.float32))
    x = lin(words, "span.start")[first] + lin(words, "span.end")[last]
    x += mean
    x += lin(np.concatenate([blank, words[:-1]]), "span.left")[first]
    x += lin(np.concatenate([words[1:], blank]), "span.right")[last]
    x += lin["span.width.weight"][width] + lin(found.features, "span.feat")
    return lin(gelu(lin(gelu(x), "span.hidden")), "span.out.own")


def key_logits(spans: Floats, key_of: Ints, count: int) -> Floats:
    """Add up (in logsumexp) the scores of the spans that bear one name."""
    top = np.full((count, spans.shape[1]), -1e4, np.float32)
    np.maximum.at(top, key_of, spans)
    total = np.zeros_like(top)
    np.add.at(total, key_of, np.exp(spans - top[key_of]))
    return top + np.log(np.maximum(total, np.float32(1e-9)))


def facet_logits(lin: Heads, words: Floats) -> Floats:
    """Score the text for each named domain and goal, by all its words."""
    by_word = lin(words, "facet")
    top = by_word.max(0)
    total: Floats = top + np.log(np.exp(by_word - top).sum(0)) + lin["facet_bias"]
    return total


@dataclass(frozen=True, slots=True)
class Nodes:
    """What relations join, node 0 being the paper.

    For each mention its first and last word and its node; for each node its type and surface features.
    """

    first: Ints
    last: Ints
    node: Ints
    types: Ints
    features: Floats


@dataclass(frozen=True, slots=True)
class Pairs:
    """Every ordered pair of nodes, row by row.

    A bin of their distance, features, and the words between their nearest mentions (the number of words
    where there is none).
    """

    bins: Ints
    features: Floats
    between: Ints


def pairs_of(reading: Reading, nodes: Nodes) -> Pairs:
    """Describe every ordered pair of nodes by its nearest mentions."""
    n, count = len(nodes.types), len(nodes.first)
    first, last, sentence = nodes.first, nodes.last, reading.sentence
    gap = np.maximum(first[None] - last[:, None], first[:, None] - last[None]).clip(0)
    apart = np.abs(sentence[first][None] - sentence[first][:, None])
    cost = gap + 1000 * (apart > 0)
    pair = nodes.node[:, None] * n + nodes.node[None]
    order = np.lexsort((cost.ravel(), pair.ravel()))
    flat = pair.ravel()[order]
    best = order[np.flatnonzero(np.diff(flat, prepend=-1))]
    nearest = np.full(n * n, -1, np.int64)
    nearest[pair.ravel()[best]] = best
    together = np.bincount(pair.ravel(), (cost.ravel() < 1000), n * n)
    i, j = np.divmod(np.where(nearest < 0, 0, nearest), count)
    same, missing = apart[i, j] == 0, nearest < 0
    bins = np.minimum(np.log2(gap[i, j] + 1).astype(np.int64), BINS - 1) + np.where(same, 0, BINS)
    bins = np.where(missing, 2 * BINS + 1, bins)
    before = first[i] < first[j]
    titled = (sentence[first[i]] == 0) & (sentence[first[j]] == 0)
    zero, one = np.zeros(n * n), np.ones(n * n)
    features = np.stack(
        [same, np.minimum(apart[i, j], 4) / 4, together > 1, before, titled, zero, zero, one], 1
    )
    features = np.where(missing[:, None], 0, features).astype(np.float32)
    between = _between(
        np.where(before, last[i], last[j]) + 1,
        np.where(before, first[j], first[i]),
        same & ~missing,
        len(reading.words),
    )
    return Pairs(bins, features, between)


def _between(low: Ints, high: Ints, wanted: NDArrayBool, blank: int) -> Ints:
    """Return the words from low to high, at most BETWEEN: where there are more, the outer ones."""
    k = np.arange(BETWEEN)[None]
    length = (high - low)[:, None]
    near = low[:, None] + k
    far = np.where(k < BETWEEN // 2, near, high[:, None] - BETWEEN + k)
    index = np.where(length <= BETWEEN, np.where(k < length, near, blank), far)
    return np.where(wanted[:, None], index, blank)


def relation_logits(lin: Heads, words: Floats, reading: Reading, nodes: Nodes, pairs: Pairs) -> Floats:
    """Score every ordered pair of nodes for each predicate."""
    n = len(nodes.types)
    mentions = _mention_vectors(lin, words, nodes)
    count = np.maximum(np.bincount(nodes.node, minlength=n), 1).astype(np.float32)
    mean = np.zeros((n, mentions.shape[1]), np.float32)
    np.add.at(mean, nodes.node, mentions)
    mean /= count[:, None]
    top = np.full_like(mean, -1.0)
    np.maximum.at(top, nodes.node, mentions)
    h = (
        lin(np.concatenate([mean, top], 1), "rel.pool")
        + lin["rel.kind.weight"][nodes.types]
        + lin(nodes.features, "rel.nodef")
    )
    for layer in ("rel.layers.0", "rel.layers.1"):
        h = _node_layer(lin, h, layer)
    h = norm(h, lin["rel.norm.weight"], lin["rel.norm.bias"])
    attention = _attention(lin, words, reading, nodes, mentions, count)
    context = np.ascontiguousarray(np.einsum("ahl,bhl->abl", attention, attention, optimize=True)).reshape(
        n * n, -1
    )
    context /= context.sum(-1, keepdims=True) + np.float32(1e-6)
    between = np.concatenate([lin(words, "rel.between"), np.full((1, 96), -4.0, np.float32)])
    both = lin(h, "rel.b1")[:, None] * lin(h, "rel.b2")[None]
    z = (lin(h, "rel.subj")[:, None] + lin(h, "rel.obj")[None] + lin(both, "rel.bl")).reshape(n * n, -1)
    z += lin(context @ lin(words, "rel.v"), "rel.ctx") + lin(
        np.tanh(between[pairs.between].max(1)), "rel.btw"
    )
    z += lin["rel.bin.weight"][pairs.bins] + lin(pairs.features, "rel.pf")
    return lin(gelu(lin(gelu(z), "rel.hidden")), "rel.out.own")


def _mention_vectors(lin: Heads, words: Floats, nodes: Nodes) -> Floats:
    total = _running_sums(words)
    width = (nodes.last - nodes.first + 1)[:, None].astype(np.float32)
    mean = (total[nodes.last + 1] - total[nodes.first]) / width
    return np.tanh(lin(np.concatenate([words[nodes.first], words[nodes.last], mean], 1), "rel.mention"))


def _node_layer(lin: Heads, x: Floats, name: str) -> Floats:
    n, size = x.shape
    made = lin(norm(x, lin[f"{name}.n1.weight"], lin[f"{name}.n1.bias"]), f"{name}.qkv")
    q, k, v = made.reshape(n, 3, 4, size // 4).transpose(1, 2, 0, 3)
    mixed = softmax(q @ k.transpose(0, 2, 1) / np.float32((size // 4) ** 0.5)) @ v
    x = x + lin(mixed.transpose(1, 0, 2).reshape(n, size), f"{name}.o")
    inner = gelu(lin(norm(x, lin[f"{name}.n2.weight"], lin[f"{name}.n2.bias"]), f"{name}.up"))
    return x + lin(inner, f"{name}.down")


def _attention(
    lin: Heads, words: Floats, reading: Reading, nodes: Nodes, mentions: Floats, count: Floats
) -> Floats:
    """Say to which words each node attends, a head at a time, as the mean of its mentions."""
    near, same = lin["rel.near"], lin["rel.same"]
    heads = near.shape[0]
    q = lin(mentions, "rel.q").reshape(len(mentions), heads, -1).transpose(1, 0, 2)
    k = lin(words, "rel.k").reshape(len(words), heads, -1).transpose(1, 2, 0)
    place = np.arange(len(words))[None]
    gap = np.minimum(np.abs(place - nodes.first[:, None]), np.abs(place - nodes.last[:, None]))
    bins = np.minimum(np.log2(gap + 1).astype(np.int64), BINS - 1)
    together = (reading.sentence[None] == reading.sentence[nodes.first][:, None]).astype(np.float32)
    scores = q @ k / np.float32(q.shape[-1] ** 0.5) + near[:, bins] + same[:, None, None] * together
    by_node = np.zeros((len(count), heads, len(words)), np.float32)
    np.add.at(by_node, nodes.node, softmax(scores).transpose(1, 0, 2))
    return by_node / count[:, None, None]
