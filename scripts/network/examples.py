"""Annotated texts as the network learns from them: our gold papers, and public sets with their own labels."""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from kg.extract.heads import pairs_of
from kg.extract.network import node_inputs
from kg.extract.reading import Candidates, Reading, WordSpan, candidates, key_of_name, read, spans_of

JSON = Any
OWN = "own"
SEEN = 3
"""A domain or goal seen in so many papers is a facet of its own."""


@dataclass(frozen=True)
class LabelSet:
    """The types and predicates of one annotated set; `offset` is where its types begin among all."""

    types: tuple[str, ...]
    predicates: tuple[str, ...]
    offset: int


@dataclass(frozen=True)
class Node:
    """A thing that relations join: its id, its type's number in its label set, its mentions, its facet."""

    id: str
    type: int
    spans: list[WordSpan]
    facet: int | None = None


@dataclass(frozen=True)
class Example:
    """One text with what is true of it: the type of each key (-1 for none), nodes, relations between ids."""

    id: str
    labels: str
    reading: Reading
    candidates: Candidates
    key_types: Tensor
    nodes: list[Node]
    relations: frozenset[tuple[str, int, str]]
    facets: Tensor | None = None
    gold: JSON = field(default=None, repr=False)


@dataclass(frozen=True)
class Graph:
    """Nodes and pairs as the relation head takes them."""

    first: Tensor
    last: Tensor
    node: Tensor
    types: Tensor
    features: Tensor
    bins: Tensor
    pairs: Tensor
    between: Tensor


def graph_of(reading: Reading, nodes: Sequence[tuple[int, list[WordSpan]]], paper: int) -> Graph:
    """Lay out nodes (type among all, mentions) and their pairs."""
    made = node_inputs(reading, nodes, paper)
    pairs = pairs_of(reading, made)
    arrays = (
        made.first,
        made.last,
        made.node,
        made.types,
        made.features,
        pairs.bins,
        pairs.features,
        pairs.between,
    )
    return Graph(*(torch.from_numpy(a) for a in arrays))


# --- our own gold ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gold:
    """Annotated papers, and the annotation's types, predicates with their ends, and listed names."""

    papers: list[JSON]
    texts: dict[str, str]
    types: tuple[str, ...]
    ends: dict[str, tuple[frozenset[str], frozenset[str]]]
    listed: dict[str, list[str]]


def facet_labels(papers: Iterable[JSON], listed: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return the domains and goals that are learnt by name: those of the lists and those seen often."""
    seen = Counter(
        (e["type"], e["name"].lower()) for p in papers for e in p["entities"] if e["type"] in listed
    )
    out = [(type_, name) for type_, names in listed.items() for name in names]
    return out + [label for label, n in sorted(seen.items()) if n >= SEEN and label not in out]


def names_of(entity: JSON) -> list[str]:
    """Return an entity's name and aliases."""
    return [entity["name"], *entity["aliases"]]


def own_example(
    paper: JSON, text: str, gold: Gold, facets: Sequence[tuple[str, str]], tokenizer: Tokenizer
) -> Example:
    """Align one annotated paper with its text."""
    reading = read(text, tokenizer)
    found = candidates(reading)
    number = {key: i for i, key in enumerate(found.keys)}
    facet_number = {label: i for i, label in enumerate(facets)}
    key_types = np.full(len(found.keys), -1, np.int64)
    target, nodes = torch.zeros(len(facets)), []
    # Tasks first, so that a name which is both a task and something more specific is the latter.
    for entity in sorted(paper["entities"], key=lambda e: e["type"] != "Task"):
        type_ = gold.types.index(entity["type"])
        keys = sorted({number[k] for k in map(key_of_name, names_of(entity)) if k in number})
        key_types[keys] = type_
        facet = facet_number.get((entity["type"], entity["name"].lower()))
        if facet is not None:
            target[facet] = 1
        nodes.append(Node(entity["id"], type_, sorted({s for k in keys for s in spans_of(found, k)}), facet))
    predicates = list(gold.ends)
    relations = frozenset(
        (s["subject"], predicates.index(s["predicate"]), s["object"]) for s in paper["statements"]
    )
    return Example(
        paper["paper"], OWN, reading, found, torch.from_numpy(key_types), nodes, relations, target, paper
    )


# --- public sets ----------------------------------------------------------------------------------------

PUBLIC = {
    "scier": ("scier-train-aligned/train.plm.jsonl.gz", frozenset[str]()),
    "scinlp": ("scinlp/train.json", frozenset[str]()),
    "scierc": ("scierc-json/train.json", frozenset({"Generic"})),
}
"""Each set's file, and the types of it that are left out."""
SENTENCES, CHUNK_WORDS = 6, 190
CLOSING = frozenset(".,)]%;:?!-–/") | {"'s"}
OPENING = frozenset("([-–/")
BRACKETS = {"-LRB-": "(", "-RRB-": ")", "``": '"', "''": '"'}


def public_rows(data: Path, name: str) -> list[JSON]:
    """Read one public set."""
    path = data / PUBLIC[name][0]
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as lines
    ):
        return [json.loads(line) for line in lines]


def public_labels(rows_by_set: dict[str, list[JSON]], offset: int) -> dict[str, LabelSet]:
    """Collect each set's labels; its types are numbered after those before it."""
    out = {}
    for name, rows in rows_by_set.items():
        types = tuple(sorted({m[2] for r in rows for s in r["ner"] for m in s} - PUBLIC[name][1]))
        predicates = tuple(sorted({m[4] for r in rows for s in r["relations"] for m in s}))
        out[name] = LabelSet(types, predicates, offset)
        offset += len(types)
    return out


@dataclass(frozen=True)
class _Sentence:
    tokens: list[str]
    mentions: list[tuple[int, int, str]]
    relations: list[tuple[int, int, int, int, str]]


def _sentences(row: JSON, types: Sequence[str]) -> Iterator[_Sentence]:
    base = 0
    for tokens, mentions, relations in zip(row["sentences"], row["ner"], row["relations"], strict=True):
        kept = [(a - base, b - base, t) for a, b, t in mentions if t in types]
        related = [(a - base, b - base, c - base, d - base, p) for a, b, c, d, p in relations]
        yield _Sentence(tokens, kept, related)
        base += len(tokens)


def _chunks(sentences: Sequence[_Sentence]) -> Iterator[list[_Sentence]]:
    chunk: list[_Sentence] = []
    for sentence in sentences:
        chunk.append(sentence)
        if len(chunk) == SENTENCES or sum(len(s.tokens) for s in chunk) >= CHUNK_WORDS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _joined(tokens: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Write tokens as people do, and say where each stands."""
    text, places, glued = "", [], True
    for token in (BRACKETS.get(t, t) for t in tokens):
        if not glued and token not in CLOSING:
            text += " "
        places.append((len(text), len(text) + len(token)))
        text += token
        glued = token in OPENING
    return text, places


def public_examples(name: str, rows: Sequence[JSON], labels: LabelSet, tokenizer: Tokenizer) -> list[Example]:
    """Cut the papers of a public set into chunks of the length of an abstract, each an example."""
    out = []
    for row in rows:
        # Sentences without any mention are often not annotated at all.
        annotated = [s for s in _sentences(row, labels.types) if s.mentions]
        out += [e for chunk in _chunks(annotated) if (e := _public_example(name, chunk, labels, tokenizer))]
    return out


def _at(base: int, places: Sequence[tuple[int, int]], first: int, last: int) -> tuple[int, int]:
    return base + places[first][0], base + places[last][1]


def _public_example(
    name: str, chunk: list[_Sentence], labels: LabelSet, tokenizer: Tokenizer
) -> Example | None:
    text, typed, related = "", [], []
    for sentence in chunk:
        words, places = _joined(sentence.tokens)
        typed += [(_at(len(text), places, a, b), t) for a, b, t in sentence.mentions]
        related += [
            (_at(len(text), places, a, b), p, _at(len(text), places, c, d))
            for a, b, c, d, p in sentence.relations
        ]
        text += words + " "
    reading = read(text.rstrip(), tokenizer)
    found = candidates(reading)
    if len(reading.pieces) > 500 or not len(found.first):
        return None
    spans = zip(found.first, found.last, found.key_of, strict=True)
    key_at = {(reading.words[a][0], reading.words[b][1]): int(k) for a, b, k in spans}
    type_of = {key_at[s]: labels.types.index(t) for s, t in typed if s in key_at}
    key_types = np.full(len(found.keys), -1, np.int64)
    key_types[list(type_of)] = list(type_of.values())
    nodes = [Node(str(k), t, spans_of(found, k)) for k, t in type_of.items()]
    ends = {(str(key_at.get(a)), labels.predicates.index(p), str(key_at.get(b))) for a, p, b in related}
    return Example("", name, reading, found, torch.from_numpy(key_types), nodes, frozenset(ends))


def gold_of(folder: Path, texts: dict[str, str]) -> Gold:
    """Read the training annotation, and its vocabulary from the checker and guidelines that come with it."""
    sys.path.insert(0, str(folder))
    from check import ENDS  # type: ignore[import-not-found]  # comes with the annotation

    papers = [json.loads(line) for line in (folder / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    types = sorted({e["type"] for p in papers for e in p["entities"]})
    listed = _listed((folder / "GUIDELINES.md").read_text(encoding="utf-8"))
    ends = {p: (frozenset(a), frozenset(b)) for p, (a, b) in ENDS.items()}
    return Gold(papers, texts, tuple(types), ends, listed)


def _listed(guidelines: str) -> dict[str, list[str]]:
    """Read the lists of domain and goal names from the guidelines."""
    out = {}
    flat = " ".join(guidelines.split())
    for type_ in ("Domain", "Goal"):
        names = flat.split(f" {type_}: ", 1)[1].split(".", 1)[0]
        out[type_] = [n.strip() for n in names.split(",")]
    return out
