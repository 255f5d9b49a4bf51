"""The network in PyTorch: MiniLM with a case embedding, and the heads for spans, facets and relations.

The library runs the same heads in numpy (`kg.extract.heads`); the names of the parameters are shared. The
encoder is BERT's (Devlin et al. 2019) with MiniLM's weights (Wang et al. 2020); spans are scored by ends and
inside as in Lee et al. (2017), pairs by what both attend to as in ATLOP (Zhou et al. 2021).
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812
from safetensors.torch import load_file
from torch import Tensor, nn

from scripts.network.examples import OWN, Graph

WORDS, PLACES, CASES = 30522, 512, 8
SIZE, LAYERS, HEADS, INNER = 384, 6, 12, 1536
SPAN, NODE, PAIR, CONTEXT, BETWEEN, BILINEAR = 224, 192, 256, 128, 96, 64
LOOKS, LOOK = 4, 32
BINS = 10
RARE, SPARSE = -6.0, -3.0
"""The log-odds that a span names something, and that a pair is related, before anything is learnt."""


class Layer(nn.Module):
    """A transformer layer as BERT has it."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(SIZE, SIZE) for _ in range(4))
        self.n1, self.n2 = nn.LayerNorm(SIZE, eps=1e-12), nn.LayerNorm(SIZE, eps=1e-12)
        self.up, self.down = nn.Linear(SIZE, INNER), nn.Linear(INNER, SIZE)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, length, _ = x.shape
        q, k, v = (f(x).view(batch, length, HEADS, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        # Written out, since the fused attention is slower than this on a CPU in half precision.
        look = torch.softmax((q * (SIZE // HEADS) ** -0.5) @ k.transpose(2, 3) + bias, -1, dtype=q.dtype)
        mixed = self.o((look @ v).transpose(1, 2).reshape(batch, length, SIZE))
        x = self.n1(x + F.dropout(mixed, 0.1, self.training))
        return self.n2(x + F.dropout(self.down(F.gelu(self.up(x))), 0.1, self.training))


class Encoder(nn.Module):
    """Word pieces and the case of their words to vectors."""

    def __init__(self) -> None:
        super().__init__()
        self.word, self.pos, self.kind = (
            nn.Embedding(WORDS, SIZE),
            nn.Embedding(PLACES, SIZE),
            nn.Parameter(torch.zeros(SIZE)),
        )
        self.case = nn.Embedding(CASES, SIZE)
        nn.init.zeros_(self.case.weight)
        self.norm = nn.LayerNorm(SIZE, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, pieces: Tensor, case: Tensor) -> Tensor:
        x = self.word(pieces) + self.pos.weight[: pieces.shape[1]] + self.kind + self.case(case)
        x = F.dropout(self.norm(x), 0.1, self.training)
        half = torch.is_autocast_enabled("cpu")
        bias = torch.zeros(pieces.shape, dtype=torch.bfloat16 if half else x.dtype)
        bias = bias.masked_fill(pieces == 0, -1e4)[:, None, None]
        for layer in self.layers:
            x = layer(x, bias)
        return x


def pretrained(path: Path) -> Encoder:
    """Load MiniLM's published weights."""
    stored = load_file(path)
    theirs = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
              "o": "attention.output.dense", "n1": "attention.output.LayerNorm", "n2": "output.LayerNorm",
              "up": "intermediate.dense", "down": "output.dense"}  # fmt: skip
    encoder = Encoder()
    state = {
        "word.weight": stored["embeddings.word_embeddings.weight"],
        "pos.weight": stored["embeddings.position_embeddings.weight"],
        "kind": stored["embeddings.token_type_embeddings.weight"][0],
        "case.weight": encoder.case.weight.data,
        "norm.weight": stored["embeddings.LayerNorm.weight"],
        "norm.bias": stored["embeddings.LayerNorm.bias"],
    }
    for i in range(LAYERS):
        for ours, name in theirs.items():
            for part in ("weight", "bias"):
                state[f"layers.{i}.{ours}.{part}"] = stored[f"encoder.layer.{i}.{name}.{part}"]
    encoder.load_state_dict(state)
    return encoder


def half(layer: nn.Linear, x: Tensor) -> Tensor:
    """Apply a layer in half precision while training: five times faster, and close enough."""
    with torch.autocast("cpu", torch.bfloat16, enabled=layer.training):
        return layer(x).float()


def gather_logsumexp(x: Tensor, index: Tensor, count: int) -> Tensor:
    """Return the logsumexp of the rows of x that share an index."""
    wide = index[:, None].expand_as(x)
    top = torch.full((count, x.shape[1]), -1e4).scatter_reduce(0, wide, x.detach(), "amax")
    total = torch.zeros(count, x.shape[1]).index_add(0, index, (x - top[index]).exp())
    return top + total.clamp_min(1e-9).log()


def outputs(size: int, widths: dict[str, int], bias: float) -> nn.ModuleDict:
    """One output layer for each set of labels."""
    made = nn.ModuleDict({name: nn.Linear(size, width) for name, width in widths.items()})
    for layer in made.values():
        nn.init.constant_(layer.bias, bias)
    return made


class SpanHead(nn.Module):
    """Which type a span names, from its ends, its inside, its neighbours, its width and its looks."""

    def __init__(self, features: int, widest: int, labels: dict[str, int]) -> None:
        super().__init__()
        self.start = nn.Linear(SIZE, SPAN)
        self.end, self.mean, self.left, self.right = (nn.Linear(SIZE, SPAN, bias=False) for _ in range(4))
        self.width, self.feat = nn.Embedding(widest + 1, SPAN), nn.Linear(features, SPAN, bias=False)
        self.hidden = nn.Linear(SPAN, SPAN)
        self.out = outputs(SPAN, labels, RARE)

    def forward(self, words: Tensor, first: Tensor, last: Tensor, features: Tensor, labels: str) -> Tensor:
        blank = words.new_zeros(1, SIZE)
        total = torch.cat([words.new_zeros(1, SPAN), half(self.mean, words).cumsum(0)])
        width = last - first
        x = half(self.start, words)[first] + half(self.end, words)[last]
        x = x + (total[last + 1] - total[first]) / (width + 1)[:, None]
        x = x + half(self.left, torch.cat([blank, words[:-1]]))[first]
        x = x + half(self.right, torch.cat([words[1:], blank]))[last]
        x = F.dropout(F.gelu(x + self.width(width) + self.feat(features)), 0.2, self.training)
        return self.out[labels](F.dropout(F.gelu(self.hidden(x)), 0.2, self.training))


class NodeLayer(nn.Module):
    """Lets the nodes of one text look at each other."""

    def __init__(self) -> None:
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(NODE), nn.LayerNorm(NODE)
        self.qkv, self.o = nn.Linear(NODE, 3 * NODE), nn.Linear(NODE, NODE)
        self.up, self.down = nn.Linear(NODE, 2 * NODE), nn.Linear(2 * NODE, NODE)

    def forward(self, x: Tensor) -> Tensor:
        n = len(x)
        q, k, v = self.qkv(self.n1(x)).view(n, 3, 4, NODE // 4).permute(1, 2, 0, 3)
        mixed = torch.softmax(q @ k.transpose(1, 2) / (NODE // 4) ** 0.5, -1) @ v
        x = x + F.dropout(self.o(mixed.transpose(0, 1).reshape(n, NODE)), 0.1, self.training)
        return x + F.dropout(self.down(F.gelu(self.up(self.n2(x)))), 0.1, self.training)


class RelationHead(nn.Module):
    """Which predicates hold between two nodes: by the nodes, what both attend to, what stands between."""

    def __init__(self, types: int, node_features: int, pair_features: int, labels: dict[str, int]) -> None:
        super().__init__()
        self.mention = nn.Linear(3 * SIZE, NODE)
        self.kind, self.nodef, self.pool = (
            nn.Embedding(types, NODE),
            nn.Linear(node_features, NODE),
            nn.Linear(2 * NODE, NODE),
        )
        self.layers = nn.ModuleList(NodeLayer() for _ in range(2))
        self.norm = nn.LayerNorm(NODE)
        self.q, self.k, self.v = (
            nn.Linear(NODE, LOOKS * LOOK),
            nn.Linear(SIZE, LOOKS * LOOK),
            nn.Linear(SIZE, CONTEXT),
        )
        self.near, self.same = nn.Parameter(torch.zeros(LOOKS, BINS)), nn.Parameter(torch.zeros(LOOKS))
        self.between = nn.Linear(SIZE, BETWEEN)
        self.subj, self.obj = nn.Linear(NODE, PAIR), nn.Linear(NODE, PAIR, bias=False)
        self.ctx, self.btw = nn.Linear(CONTEXT, PAIR, bias=False), nn.Linear(BETWEEN, PAIR, bias=False)
        self.bin, self.pf = nn.Embedding(2 * BINS + 2, PAIR), nn.Linear(pair_features, PAIR, bias=False)
        self.b1, self.b2, self.bl = (
            nn.Linear(NODE, BILINEAR),
            nn.Linear(NODE, BILINEAR),
            nn.Linear(BILINEAR, PAIR, bias=False),
        )
        self.hidden = nn.Linear(PAIR, PAIR)
        self.out = outputs(PAIR, labels, SPARSE)

    def forward(self, words: Tensor, sentence: Tensor, nodes: Graph, labels: str) -> Tensor:
        n = len(nodes.types)
        mentions = self._mentions(words, nodes)
        count = torch.bincount(nodes.node, minlength=n).clamp_min(1)
        mean = torch.zeros(n, NODE).index_add(0, nodes.node, mentions) / count[:, None]
        top = torch.full((n, NODE), -1.0).scatter_reduce(
            0, nodes.node[:, None].expand_as(mentions), mentions, "amax"
        )
        h = self.pool(torch.cat([mean, top], 1)) + self.kind(nodes.types) + self.nodef(nodes.features)
        for layer in self.layers:
            h = layer(h)
        h = self.norm(h)
        looks = self._looks(words, sentence, nodes, mentions) / count[:, None, None]
        context = torch.einsum("ahl,bhl->abl", looks, looks)
        context = ((context / (context.sum(-1, keepdim=True) + 1e-6)) @ half(self.v, words)).view(
            n * n, CONTEXT
        )
        inside = torch.cat([half(self.between, words), words.new_full((1, BETWEEN), -4.0)])
        z = self.subj(h)[:, None] + self.obj(h)[None] + self.bl(self.b1(h)[:, None] * self.b2(h)[None])
        z = z.view(n * n, PAIR) + self.ctx(F.dropout(context, 0.1, self.training))
        z = (
            z
            + self.btw(torch.tanh(inside[nodes.between].amax(1)))
            + self.bin(nodes.bins)
            + self.pf(nodes.pairs)
        )
        z = F.dropout(F.gelu(z), 0.25, self.training)
        return self.out[labels](F.dropout(F.gelu(self.hidden(z)), 0.25, self.training)).view(n, n, -1)

    def _mentions(self, words: Tensor, nodes: Graph) -> Tensor:
        total = torch.cat([words.new_zeros(1, SIZE), words.cumsum(0)])
        mean = (total[nodes.last + 1] - total[nodes.first]) / (nodes.last - nodes.first + 1)[:, None]
        x = F.dropout(torch.cat([words[nodes.first], words[nodes.last], mean], 1), 0.2, self.training)
        return F.dropout(torch.tanh(half(self.mention, x)), 0.1, self.training)

    def _looks(self, words: Tensor, sentence: Tensor, nodes: Graph, mentions: Tensor) -> Tensor:
        """Add up, by node, what its mentions attend to: nearby words and those of the same sentence first."""
        q = self.q(mentions).view(-1, LOOKS, LOOK)
        k = half(self.k, words).view(-1, LOOKS, LOOK)
        place = torch.arange(len(words))[None]
        gap = torch.minimum((place - nodes.first[:, None]).abs(), (place - nodes.last[:, None]).abs())
        bins = torch.log2(gap.float() + 1).long().clamp_max(BINS - 1)
        together = sentence[None] == sentence[nodes.first][:, None]
        scores = (
            torch.einsum("mhd,lhd->hml", q, k) / LOOK**0.5
            + self.near[:, bins]
            + self.same[:, None, None] * together
        )
        looks = torch.softmax(scores, -1).transpose(0, 1)
        return torch.zeros(len(nodes.types), LOOKS, len(words)).index_add(0, nodes.node, looks)


class Joint(nn.Module):
    """One encoder and its heads. `sets` gives each set of labels the numbers of its types and predicates."""

    def __init__(
        self, sets: dict[str, tuple[int, int]], facets: int, features: tuple[int, int, int], widest: int
    ) -> None:
        super().__init__()
        of_span, of_node, of_pair = features
        self.encoder = Encoder()
        self.span = SpanHead(of_span, widest, {name: types for name, (types, _) in sets.items()})
        self.facet, self.facet_bias = nn.Linear(SIZE, facets), nn.Parameter(torch.full((facets,), -9.0))
        nn.init.normal_(self.facet.weight, std=0.02)
        total = 1 + sum(types for types, _ in sets.values())
        self.rel = RelationHead(
            total, of_node, of_pair, {name: predicates for name, (_, predicates) in sets.items()}
        )

    def take(self, other: dict[str, Tensor]) -> None:
        """Take over what was learnt on other sets: all but the outputs and facets."""
        own = self.state_dict()
        fits = {k: v for k, v in other.items() if k in own and own[k].shape == v.shape}
        self.load_state_dict(
            own | {k: v for k, v in fits.items() if ".out." not in k and not k.startswith("facet")}
        )


def exported(model: Joint) -> dict[str, Tensor]:
    """Return the parameters that the library needs: those of our own labels."""
    return {k: v for k, v in model.state_dict().items() if ".out." not in k or f".out.{OWN}." in k}
