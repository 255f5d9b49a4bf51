"""The three lessons: masked words of abstracts, then mentions and relations of public sets, then our gold."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from kg.extract.reading import Reading, WordSpan, spans_of
from scripts.network.examples import OWN, Example, LabelSet, Node, graph_of
from scripts.network.net import SIZE, WORDS, Encoder, Joint, gather_logsumexp

log = logging.getLogger(__name__)
START, END, MASK = 101, 102, 103
MOST_PIECES = 510
BATCH, POOL = 8, 96


@dataclass(frozen=True)
class Lesson:
    """How long and how fast to learn."""

    epochs: int
    encoder_rate: float = 1e-4
    head_rate: float = 8e-4
    seed: int = 0


def batches(lengths: Sequence[int], size: int, rng: random.Random) -> list[list[int]]:
    """Shuffle, and group items of like length."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    out = []
    pool = size * (POOL // BATCH)
    for i in range(0, len(order), pool):
        near = sorted(order[i : i + pool], key=lambda j: lengths[j])
        groups = [near[k : k + size] for k in range(0, len(near), size)]
        rng.shuffle(groups)
        out += groups
    return out


def padded(readings: Sequence[Reading]) -> tuple[Tensor, Tensor]:
    """Lay out pieces and the case of their words, one text a row, between START and END."""
    length = min(MOST_PIECES, max(len(r.pieces) for r in readings)) + 2
    pieces, case = (
        torch.zeros(len(readings), length, dtype=torch.long),
        torch.zeros(len(readings), length, dtype=torch.long),
    )
    for row, r in enumerate(readings):
        kept = r.pieces[:MOST_PIECES]
        n = len(kept)
        pieces[row, 0], pieces[row, n + 1] = START, END
        pieces[row, 1 : n + 1] = torch.from_numpy(kept)
        case[row, 1 : n + 1] = torch.from_numpy(r.case[r.word_of[:n]])
    return pieces, case


def encode(encoder: Encoder, readings: Sequence[Reading]) -> list[Tensor]:
    """Return the vectors of the words of each text."""
    with torch.autocast("cpu", torch.bfloat16):
        hidden = encoder(*padded(readings)).float()
    out = []
    for row, r in zip(hidden, readings, strict=True):
        word_of = torch.from_numpy(r.word_of[:MOST_PIECES])
        total = torch.zeros(len(r.words), SIZE).index_add(0, word_of, row[1 : len(word_of) + 1])
        out.append(total / torch.bincount(word_of, minlength=len(r.words)).clamp_min(1)[:, None])
    return out


class Schedule:
    """An optimiser whose rates rise for a while and then fall to nothing; word vectors stay as they are."""

    def __init__(self, slow: nn.Module, fast: Sequence[nn.Parameter], lesson: Lesson, steps: int) -> None:
        slow_ = [p for p in slow.parameters() if p.requires_grad]
        self.parameters, self.steps, self.step_ = [*slow_, *fast], steps, 0
        self.rates = (lesson.encoder_rate, lesson.head_rate)
        groups = [{"params": slow_}, {"params": list(fast)}]
        self.optimiser = torch.optim.AdamW(groups, weight_decay=0.01, betas=(0.9, 0.98), fused=True)

    def step(self, loss: Tensor) -> None:
        """Learn from one batch."""
        part = min(1.0, (self.step_ + 1) / (0.08 * self.steps)) * max(0.02, 1 - self.step_ / self.steps)
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * part
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        self.step_ += 1

    @property
    def progress(self) -> float:
        """The part of all steps that is done."""
        return self.step_ / self.steps


# --- masked words ---------------------------------------------------------------------------------------


def learn_words(encoder: Encoder, readings: Sequence[Reading], lesson: Lesson, size: int = 16) -> None:
    """Teach the encoder to guess masked words of unlabelled abstracts."""
    rng, draw = random.Random(lesson.seed), np.random.default_rng(lesson.seed)
    torch.manual_seed(lesson.seed)
    head = nn.Sequential(nn.Linear(SIZE, SIZE), nn.GELU(), nn.LayerNorm(SIZE))
    bias = nn.Parameter(torch.zeros(WORDS))
    rounds = [b for _ in range(lesson.epochs) for b in batches([len(r.pieces) for r in readings], size, rng)]
    schedule = Schedule(encoder, [*head.parameters(), bias], lesson, len(rounds))
    encoder.train()
    for batch in _told(rounds, "words"):
        pieces, case = padded([readings[i] for i in batch])
        hidden_at = _masked([readings[i] for i in batch], pieces, draw)
        target = pieces[hidden_at]
        with torch.autocast("cpu", torch.bfloat16):
            found = encoder(_replaced(pieces, hidden_at, draw), case)[hidden_at]
            scores = F.linear(head(found), encoder.word.weight) + bias
        schedule.step(F.cross_entropy(scores.float(), target))


def _masked(readings: Sequence[Reading], pieces: Tensor, draw: np.random.Generator) -> Tensor:
    """Choose 15 % of the words, each with all its pieces."""
    chosen = torch.zeros(pieces.shape, dtype=torch.bool)
    for row, r in enumerate(readings):
        n = min(len(r.pieces), MOST_PIECES)
        words = draw.random(len(r.words)) < 0.15
        words[0] = True
        chosen[row, 1 : n + 1] = torch.from_numpy(words[r.word_of[:n]])
    return chosen


def _replaced(pieces: Tensor, chosen: Tensor, draw: np.random.Generator) -> Tensor:
    """Hide chosen pieces: 80 % by the mask, 10 % by any piece, 10 % not at all."""
    chance = torch.from_numpy(draw.random(pieces.shape))
    other = torch.from_numpy(draw.integers(1000, WORDS, pieces.shape))
    out = torch.where(chosen & (chance < 0.8), MASK, pieces)
    return torch.where(chosen & (chance >= 0.8) & (chance < 0.9), other, out)


# --- mentions and relations -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Rules:
    """What may be related.

    For each label set its types' offset and a mask over type, type and predicate (the paper is the last
    type); and pairs of types that are easily taken for each other.
    """

    sets: dict[str, LabelSet]
    allowed: dict[str, Tensor]
    twins: dict[int, int]
    paper: int


def learn(model: Joint, examples: Sequence[Example], rules: Rules, lesson: Lesson) -> None:
    """Teach spans, facets and relations together; keep the average of the weights of the second half."""
    rng = random.Random(lesson.seed)
    torch.manual_seed(lesson.seed)
    model.encoder.word.weight.requires_grad_(False)
    fast = [p for name, p in model.named_parameters() if not name.startswith("encoder.")]
    lengths = [len(e.reading.pieces) for e in examples]
    rounds = [b for _ in range(lesson.epochs) for b in batches(lengths, BATCH, rng)]
    schedule = Schedule(model.encoder, fast, lesson, len(rounds))
    average: dict[str, Tensor] = {}
    model.train()
    for batch in _told(rounds, "relations"):
        words = encode(model.encoder, [examples[i].reading for i in batch])
        parts = [
            loss(model, examples[i], F.dropout(w, 0.1), rules, rng) for i, w in zip(batch, words, strict=True)
        ]
        schedule.step(torch.stack(parts).mean())
        if schedule.progress > 0.5:
            _average(average, model)
    model.load_state_dict(average, strict=False)
    model.eval()


def _average(average: dict[str, Tensor], model: Joint, keep: float = 0.99) -> None:
    for name, value in model.state_dict().items():
        if name in average:
            average[name].mul_(keep).add_(value, alpha=1 - keep)
        elif name != "encoder.word.weight":
            average[name] = value.clone()


def loss(model: Joint, example: Example, words: Tensor, rules: Rules, rng: random.Random) -> Tensor:
    """Return the loss of one text: of its keys, its facets, and relations among true and false nodes."""
    c = example.candidates
    spans = model.span(words, *map(torch.from_numpy, (c.first, c.last, c.features)), example.labels)
    by_key = gather_logsumexp(spans, torch.from_numpy(c.key_of), len(c.keys))
    logits = torch.cat([torch.zeros(len(by_key), 1), by_key], 1)
    total = F.cross_entropy(logits, example.key_types + 1, reduction="sum") / 12
    best_word: Tensor | None = None
    if example.facets is not None:
        by_word = model.facet(words)
        facets = torch.logsumexp(by_word, 0) + model.facet_bias
        total = total + F.binary_cross_entropy_with_logits(facets, example.facets, reduction="sum") / 3
        best_word = by_word.detach().argmax(0)
    nodes = _noisy(example, by_key.detach(), best_word, rules, rng)
    return total + _relation_loss(model, example, words, nodes, rules) if len(nodes) > 1 else total


def _relation_loss(model: Joint, example: Example, words: Tensor, nodes: list[Node], rules: Rules) -> Tensor:
    offset = rules.sets[example.labels].offset
    graph = graph_of(example.reading, [(n.type + offset, n.spans) for n in nodes], rules.paper)
    logits = model.rel(words, torch.from_numpy(example.reading.sentence), graph, example.labels)
    number = {"PAPER": 0} | {n.id: i for i, n in enumerate(nodes, 1) if n.id}
    target = torch.zeros_like(logits)
    for subject, predicate, object_ in example.relations:
        if subject in number and object_ in number:
            target[number[subject], number[object_], predicate] = 1
    types = torch.tensor([-1, *(n.type for n in nodes)])
    mask = rules.allowed[example.labels][types[:, None], types[None]].clone()
    mask[range(len(types)), range(len(types))] = False
    mask |= target > 0
    return F.binary_cross_entropy_with_logits(logits[mask], target[mask], reduction="sum") / 13


def _noisy(
    example: Example, by_key: Tensor, best_word: Tensor | None, rules: Rules, rng: random.Random
) -> list[Node]:
    """Return the nodes as a reader that errs would find them.

    Some are missing, mistyped or less often seen, and among them are names that the model would wrongly
    believe.
    """
    nodes = [_worn(n, example, best_word, rules, rng) for n in example.nodes if rng.random() >= 0.1]
    wrong = by_key.clone()
    wrong[example.key_types >= 0] = -99
    top = wrong.max(1)
    noise = torch.tensor([rng.gauss(0, 1) for _ in range(len(wrong))])
    tempting = (top.values + noise).topk(min(rng.randint(0, 8), len(wrong))).indices.tolist()
    nodes += [Node("", int(top.indices[k]), spans_of(example.candidates, k)) for k in tempting]
    rng.shuffle(nodes)
    return nodes


def _worn(node: Node, example: Example, best_word: Tensor | None, rules: Rules, rng: random.Random) -> Node:
    spans: list[WordSpan] = node.spans
    if not spans and node.facet is not None and best_word is not None:
        spans = [(int(best_word[node.facet]),) * 2]
    if len(spans) > 1 and rng.random() < 0.3:
        spans = [s for s in spans if rng.random() < 0.7] or spans[:1]
    swap = example.labels == OWN and rng.random() < 0.06
    return Node(node.id, rules.twins.get(node.type, node.type) if swap else node.type, spans, node.facet)


def _told(rounds: Sequence[list[int]], what: str, every: int = 50) -> Iterator[list[int]]:
    begun = time.monotonic()
    for i, batch in enumerate(rounds, 1):
        yield batch
        if i % every == 0 or i == len(rounds):
            log.info("%s: %d of %d batches, %.0f s", what, i, len(rounds), time.monotonic() - begun)
