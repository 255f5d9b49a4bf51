"""Graphs of any size in the shape of a real one: papers and what was read in them, drawn from fitted figures.

    python -m scripts.synthetic fit DB > scripts/synthetic.json
    python -m scripts.synthetic make 100000 --db DIR [--seed 1] [--batch 5000]

`fit` takes figures from the ledger of a real graph: how many things, statements and numbers papers have,
which things they name again and how often they name new ones, and what is said of what. `make` draws papers
from these figures and takes them in by the ordinary way, with an invented reader in place of the pipeline.
The same seed gives the same papers, and the first of many are the same as of few.

What a paper names is one of the commonest things of the real graph, as often as there, or else an old or a
new one by a Pitman-Yor process, which has the tail of real names. MT-Bench gets a share of its own (`HUB`):
as a benchmark that a field agrees on.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import time
import zlib
from bisect import bisect
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import exp, lgamma
from pathlib import Path
from random import Random

from kg.extract import VERSION
from kg.records import JSON, PAPER, Claim, Evidence, Extraction, LocalEntity, LocalResult, Paper, Span
from kg.settings import Settings
from kg.vocabulary import Vocabulary, load_vocabulary
from kg.workspace import IngestReport, Workspace

FIGURES = Path(__file__).with_suffix(".json")
COMMONEST = 60
"""So many of the commonest things of each type are drawn as often as they stand in the real graph."""
HUB, HUB_SHARE = "MT-Bench", 0.02
"""The share of papers that name it: three times that of the most named benchmark of the arXiv sample."""
COMPONENT = "synthetic"

Figures = Mapping[str, JSON]


# --- fitting --------------------------------------------------------------------------------------------


def fit(file: Path, vocabulary: Vocabulary) -> Figures:
    """Return the figures of the graph in a ledger."""
    database = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    readings = [
        json.loads(zlib.decompress(row[0])) for row in database.execute("SELECT record FROM readings")
    ]
    types = {t.name: t.slug for t in vocabulary.types.values()}
    named = {
        name: database.execute(
            "SELECT json_extract(record, '$[1].name'), json_extract(record, '$[1].papers') FROM nodes "
            "WHERE id > ? AND id < ? AND record IS NOT NULL ORDER BY 2 DESC, 1",
            (f"{slug}/", f"{slug}0"),
        ).fetchall()
        for name, slug in types.items()
    }
    entities = [entity for reading in readings for entity in reading["entities"]]
    claims = [claim for reading in readings for claim in reading["claims"]]
    results = [result for reading in readings for result in reading["results"]]
    sentences = [one for claim in claims for one in claim["evidence"]]
    return {
        "papers": len(readings),
        "things": {name: _things(name, readings, named[name]) for name in types},
        "claims": _histogram(len(reading["claims"]) for reading in readings),
        "said": _said(readings),
        "results": _histogram(len(reading["results"]) for reading in readings),
        "units": Counter(f"{r['kind']}|{r['unit']}" for r in results).most_common(12),
        "aliases": _share(map(bool, (entity["aliases"] for entity in entities))),
        "more_evidence": _share(len(claim["evidence"]) > 1 for claim in claims),
        "negated": _share(one["negated"] for one in sentences),
        "hedged": _share(one["hedged"] for one in sentences),
        "sentence": _histogram(round(len(one["text"]), -1) for one in sentences),
        "probability": _histogram(round(one["probability"], 1) for one in sentences),
    }


def _share(facts: Iterable[bool]) -> float:
    found = list(facts)
    return round(sum(found) / len(found), 4)


def _histogram(values: Iterable[float]) -> list[list[float]]:
    counted = Counter(values)
    return [[value, round(n / counted.total(), 5)] for value, n in sorted(counted.items())]


def _things(name: str, readings: Sequence[JSON], named: Sequence[tuple[str, int]]) -> Figures:
    per_paper = _histogram(sum(e["type"] == name for e in reading["entities"]) for reading in readings)
    rest = [papers for _, papers in named[COMMONEST:]]
    discount = min(rest.count(1) / len(rest), 0.99) if rest else 0.5
    return {
        "per_paper": per_paper,
        "commonest": [[called, round(n / len(readings), 6)] for called, n in named[:COMMONEST]],
        "rest": round(sum(rest) / max(1, sum(papers for _, papers in named)), 4),
        "discount": round(discount, 4),
        "concentration": round(_concentration(sum(rest), len(rest), discount), 1) if rest else 1.0,
    }


def _concentration(uses: int, distinct: int, discount: float) -> float:
    """Return the concentration with which a Pitman-Yor process has so many distinct of so many uses."""
    low, high = 0.01, 1e6
    for _ in range(80):
        middle = (low * high) ** 0.5
        logs = lgamma(middle + uses + discount) - lgamma(middle + uses) + lgamma(middle + 1)
        expected = exp(logs - lgamma(middle + discount)) / discount - middle / discount
        low, high = (middle, high) if expected < distinct else (low, middle)
    return low


def _said(readings: Sequence[JSON]) -> list[list[JSON]]:
    said: Counter[tuple[str, str, str]] = Counter()
    for reading in readings:
        types = {entity["id"]: entity["type"] for entity in reading["entities"]} | {PAPER: PAPER}
        said.update((types[c["subject"]], c["predicate"], types[c["object"]]) for c in reading["claims"])
    return [[*kinds, round(n / said.total(), 6)] for kinds, n in said.most_common(60)]


# --- drawing --------------------------------------------------------------------------------------------


@dataclass
class _Weighted:
    """Draws values by their shares; what is left of the whole is None."""

    values: Sequence[JSON]
    until: Sequence[float]

    @classmethod
    def of(cls, pairs: Iterable[Sequence[JSON]]) -> _Weighted:
        values, shares = zip(*pairs, strict=True)
        return cls(values, list(accumulate(shares)))

    def draw(self, chance: Random) -> JSON:
        place = bisect(self.until, chance.random() * max(1.0, self.until[-1]))
        return self.values[min(place, len(self.values) - 1)]


@dataclass
class _Names:
    """Draws things of one type: the commonest, or old and new ones of the tail."""

    kind: str
    figures: Figures
    uses: list[int] = field(default_factory=list)
    counts: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        commonest = [tuple(pair) for pair in self.figures["commonest"]]
        mean = sum(n * share for n, share in self.figures["per_paper"])
        if any(name == HUB for name, _ in commonest) or self.kind == "Benchmark":
            commonest = [(HUB, HUB_SHARE), *(pair for pair in commonest if pair[0] != HUB)]
        names, shares = zip(*commonest, strict=True)
        self.commonest, self.until = names, list(accumulate(share / mean for share in shares))

    def draw(self, chance: Random) -> str:
        place = bisect(self.until, chance.random())
        return self.commonest[place] if place < len(self.commonest) else self._of_tail(chance)

    def _of_tail(self, chance: Random) -> str:
        discount, concentration = self.figures["discount"], self.figures["concentration"]
        distinct = len(self.counts)
        if chance.random() * (concentration + len(self.uses)) < concentration + discount * distinct:
            number = distinct
        else:
            while True:  # an old one, in proportion to its uses less the discount
                number = chance.choice(self.uses)
                if chance.random() * self.counts[number] >= discount:
                    break
        self.uses.append(number)
        self.counts[number] += 1
        return coined(self.kind, number)


_FIRST = (
    "Adaptive", "Aligned", "Bounded", "Causal", "Contrastive", "Deep", "Dual", "Efficient", "Guided",
    "Latent", "Modular", "Neural", "Online", "Robust", "Sparse", "Stable", "Unified", "Weighted",
)  # fmt: skip
_LAST: Mapping[str, Sequence[str]] = {
    "Method": ("Optimization", "Alignment", "Decoding", "Network", "Learning", "Tuning", "Sampling"),
    "Model": ("7B", "13B", "Base", "Large"),
    "Benchmark": ("Bench", "Eval", "Suite"),
    "Dataset": ("Corpus", "Dialogues", "Set"),
    "Metric": ("score", "error", "rate"),
    "Task": ("classification", "detection", "generation", "recovery", "estimation", "planning"),
    "Domain": ("engineering", "science"),
    "Goal": ("robustness", "stability"),
}  # fmt: skip
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "al", "en", "or")]


def coined(kind: str, number: int) -> str:
    """Return the name of an invented thing: another one for each number."""
    rest, syllables = number, []
    for _ in range(3):
        rest, at = divmod(rest * 37 + 11, len(_SYLLABLES))
        syllables.append(_SYLLABLES[at])
    word = "".join(syllables).capitalize()
    last = _LAST[kind][number % len(_LAST[kind])]
    if kind in ("Model", "Benchmark", "Dataset"):
        return f"{word}{number}-{last}"
    first = _FIRST[number % len(_FIRST)]
    name = f"{first} {word}{number} {last}"
    return name if kind == "Method" else name.lower()


def short_form(name: str) -> str:
    """Return the short form of a name; of ten names, one has a form that others have, too, as in real papers.

    >>> short_form("Robust Dalemu123 Tuning"), short_form("Robust Dalemu120 Tuning")
    ('RDT123', 'RDT')
    """
    initials = "".join(word[0] for word in name.split()).upper()
    number = "".join(filter(str.isdecimal, name))
    return initials if number.endswith("0") else f"{initials}{number}"[:10]


class _Text:
    """A text on its way, and where names stand in it."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.places: dict[str, list[Span]] = defaultdict(list)

    def add(self, words: str) -> Span:
        start = self.length
        self.parts.append(words)
        self.length += len(words)
        return Span(start, self.length)

    def name(self, entity: LocalEntity) -> Span:
        place = self.add(entity.name)
        self.places[entity.id].append(place)
        return place


_FILLER = [
    "across",
    "a",
    "wide",
    "range",
    "of",
    "settings",
    "that",
    "were",
    "studied",
    "before,",
    "at",
    "a",
    "cost",
    "that",
    "stays",
    "within",
    "the",
    "usual",
    "bounds,",
    "and",
    "without",
    "any",
    "change",
    "to",
    "the",
    "data",
    "that",
    "everybody",
    "else",
    "has",
    "been",
    "working",
    "with",
    "in",
    "the",
    "last",
    "few",
    "years",
    "or",
    "so",
]


class Synthesis:
    """Draws papers one after the other."""

    def __init__(self, figures: Figures, seed: int = 1) -> None:
        self.figures, self.chance = figures, Random(seed)
        self.names = {kind: _Names(kind, facts) for kind, facts in figures["things"].items()}
        self.per_paper = {kind: _Weighted.of(f["per_paper"]) for kind, f in figures["things"].items()}
        self.claims, self.results = (_Weighted.of(figures[name]) for name in ("claims", "results"))
        self.lengths, self.sure = (_Weighted.of(figures[name]) for name in ("sentence", "probability"))
        self.said = figures["said"]
        self.units = _Weighted.of(
            (unit, n / sum(m for _, m in figures["units"])) for unit, n in figures["units"]
        )

    def papers(self, first: int, count: int) -> Iterator[tuple[Paper, Extraction]]:
        """Yield so many papers with what is read in them, numbered from `first` on."""
        for number in range(first, first + count):
            yield self._paper(number)

    def _paper(self, number: int) -> tuple[Paper, Extraction]:
        text, entities = _Text(), self._entities()
        text.add(f"Paper {number} on ")
        if entities:
            text.name(entities[0])
        title = "".join(text.parts)
        text.add("\n")
        id_ = f"synthetic:{number:07}"
        claims = self._claims(id_, text, entities)
        results = self._results(id_, text, entities)
        for entity in entities:
            if not text.places[entity.id]:
                text.add("We also look at ")
                text.name(entity)
                text.add(f" {self._filler(60)}. ")
        whole = "".join(text.parts)
        year, month = 2012 + number % 14, 1 + number // 14 % 12
        paper = Paper(
            id_, title, whole[len(title) + 1 :].rstrip(),
            authors=tuple(f"{_FIRST[a % len(_FIRST)]} {_SYLLABLES[a % 112].capitalize()}{a % 977}"
                          for a in range(number % 50_021, number % 50_021 + 1 + number % 5)),
            published=f"{year}-{month:02}-{1 + number % 28:02}",
            url=f"https://example.org/{number}", categories=("cs.LG",), source="synthetic",
        )  # fmt: skip
        return paper, self._extraction(paper, entities, claims, results, text)

    def _extraction(
        self,
        paper: Paper,
        entities: Sequence[LocalEntity],
        claims: Sequence[Claim],
        results: Sequence[LocalResult],
        text: _Text,
    ) -> Extraction:
        placed = tuple(
            LocalEntity(e.id, e.type, e.name, e.aliases, tuple(text.places[e.id]), COMPONENT)
            for e in entities
        )
        return Extraction(paper.id, paper.content, VERSION, placed, tuple(claims), tuple(results))

    def _entities(self) -> list[LocalEntity]:
        found: dict[tuple[str, str], LocalEntity] = {}
        for kind, names in self.names.items():
            for _ in range(int(self.per_paper[kind].draw(self.chance))):
                name = names.draw(self.chance)
                short = self.chance.random() < self.figures["aliases"] and len(name.split()) > 2
                aliases = (short_form(name),) if short else ()
                found.setdefault(
                    (kind, name),
                    LocalEntity(f"e{len(found) + 1}", kind, name, aliases, (), COMPONENT),
                )
        return list(found.values())

    def _claims(self, paper: str, text: _Text, entities: Sequence[LocalEntity]) -> list[Claim]:
        by_type: dict[str, list[LocalEntity]] = defaultdict(list)
        for entity in entities:
            by_type[entity.type].append(entity)
        possible = [one for one in self.said if self._possible(one, by_type)]
        if not possible:
            return []
        kinds = _Weighted.of((tuple(one[:3]), one[3]) for one in possible)
        found: dict[tuple[str, str, str], list[Evidence]] = defaultdict(list)
        whole = kinds.until[-1]
        kinds = _Weighted(kinds.values, [until / whole for until in kinds.until])
        for _ in range(int(self.claims.draw(self.chance))):
            start, predicate, end = kinds.draw(self.chance)
            subject = None if start == PAPER else self.chance.choice(by_type[start])
            object_ = self.chance.choice([one for one in by_type[end] if one is not subject])
            key = (subject.id if subject else PAPER, predicate, object_.id)
            for _ in range(1 + (self.chance.random() < self.figures["more_evidence"])):
                found[key].append(self._sentence(paper, text, subject, predicate, object_))
        return [Claim(*key, tuple(evidence)) for key, evidence in found.items()]

    def _possible(self, said: Sequence[JSON], by_type: Mapping[str, Sequence[LocalEntity]]) -> bool:
        start, _, end, _ = said
        wanted = Counter(kind for kind in (start, end) if kind != PAPER)
        return all(len(by_type.get(kind, ())) >= n for kind, n in wanted.items())

    def _sentence(
        self, paper: str, text: _Text, subject: LocalEntity | None, predicate: str, object_: LocalEntity
    ) -> Evidence:
        start = text.length
        subject_place = text.name(subject) if subject else None
        if subject is None:
            text.add("This paper")
        text.add(f" {predicate} ")
        object_place = text.name(object_)
        words = Span(start, text.length)
        text.add(f" {self._filler(int(self.lengths.draw(self.chance)) - (text.length - start))}.")
        sentence = Span(start, text.length)
        text.add(" ")
        return Evidence(
            paper, sentence, words, subject_place, object_place, "".join(text.parts)[start : sentence.end],
            COMPONENT, VERSION, min(0.99, max(0.05, float(self.sure.draw(self.chance)))),
            self.chance.random() < self.figures["negated"], self.chance.random() < self.figures["hedged"],
        )  # fmt: skip

    def _results(self, paper: str, text: _Text, entities: Sequence[LocalEntity]) -> list[LocalResult]:
        methods = [e for e in entities if e.type in ("Method", "Model")]
        measures = [e for e in entities if e.type in ("Benchmark", "Metric")]
        if not measures:
            return []
        found = []
        for _ in range(int(self.results.draw(self.chance))):
            kind, unit = str(self.units.draw(self.chance)).split("|")
            measure = self.chance.choice(measures)
            method = self.chance.choice(methods) if methods else None
            value = round(self.chance.uniform(1, 100), 1)
            said = self._sentence(paper, text, method, f"reaches {value} on", measure)
            ends = {measure.type.lower(): measure.id}
            found.append(
                LocalResult(
                    value=value,
                    unit=unit,
                    kind=kind,
                    method=method.id if method else PAPER,
                    benchmark=ends.get("benchmark"),
                    metric=ends.get("metric"),
                    baseline=None,
                    evidence=(said,),
                )
            )
        return found

    def _filler(self, length: int) -> str:
        start = self.chance.randrange(len(_FILLER))
        words: list[str] = []
        taken = 0
        while taken < max(length, 4):
            words.append(_FILLER[(start + len(words)) % len(_FILLER)])
            taken += len(words[-1]) + 1
        return " ".join(words)


# --- taking in ------------------------------------------------------------------------------------------


class InventedReader:
    """Reads in papers what they were drawn with."""

    version = VERSION

    def __init__(self) -> None:
        self._waiting: deque[Extraction] = deque()

    def given(self, drawn: Iterable[tuple[Paper, Extraction]]) -> Iterator[Paper]:
        """Yield papers, remembering what is read in them."""
        for paper, extraction in drawn:
            self._waiting.append(extraction)
            yield paper

    def read(self, papers: Iterable[Paper], workers: int) -> Iterator[Extraction]:
        """Yield one extraction for each paper, in their order."""
        assert workers == 1
        for paper in papers:
            while (extraction := self._waiting.popleft()).paper != paper.id:
                pass  # it was there already
            yield extraction


def load_figures() -> Figures:
    """Return the figures of the real graph."""
    figures: Figures = json.loads(FIGURES.read_text("utf-8"))
    return figures


def make(folder: Path, papers: int, *, seed: int = 1, first: int = 0, batch: int = 5_000) -> IngestReport:
    """Take so many papers into the graph in a folder; those before `first` are drawn and left out."""
    began = time.monotonic()

    def tell(report: IngestReport) -> None:
        sys.stderr.write(f"{report.papers} papers · {report.papers / (time.monotonic() - began):.0f}/s\n")

    reader = InventedReader()
    synthesis = Synthesis(load_figures(), seed)
    for _ in synthesis.papers(0, first):
        pass
    with Workspace(folder, Settings(batch=batch), load_vocabulary(), reader) as graph:
        return graph.ingest(reader.given(synthesis.papers(first, papers)), progress=tell)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("fit").add_argument("db", type=Path)
    making = commands.add_parser("make")
    making.add_argument("papers", type=int)
    making.add_argument("--db", type=Path, required=True)
    making.add_argument("--seed", type=int, default=1)
    making.add_argument("--first", type=int, default=0, help="leave out so many papers before")
    making.add_argument("--batch", type=int, default=5_000, help="papers a transaction")
    asked = parser.parse_args()
    if asked.command == "fit":
        sys.stdout.write(
            json.dumps(fit(asked.db / "ledger.sqlite", load_vocabulary()), ensure_ascii=False) + "\n"
        )
    else:
        report = make(asked.db, asked.papers, seed=asked.seed, first=asked.first, batch=asked.batch)
        sys.stdout.write(f"{report.papers} papers in {report.seconds:.0f} s\n")


if __name__ == "__main__":
    main()
