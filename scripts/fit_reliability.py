"""Measure how often each component is right, on annotated papers, and write `kg/extract/reliability.json`.

    python -m scripts.fit_reliability GOLD.jsonl TEXTS.jsonl[.gz] [--folds 2]

Each paper is read by models that were trained without it, so that the figures hold for papers never seen. A
statement is right when the annotation has it; precision is taken by component, predicate and how sure the
component was, smoothed towards the predicate's, and never falls as the component gets surer.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

import kg.extract
from kg.evaluate import align, score_objects
from kg.extract import VERSION, to_gold
from kg.extract.evidence import entity, local_id
from kg.extract.linear import load_model
from kg.extract.pipeline import load_pipeline
from kg.extract.results import ResultFinder
from kg.records import JSON, Extraction, Paper
from kg.vocabulary import load_vocabulary
from scripts.train_extractor import LEARNT, Example, read_examples, train

BANDS = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9)
PRIOR = 8.0
HEDGED = 0.8
Judged = tuple[str, str, float, bool]
"""Component, predicate or kind, the component's own score, whether the annotation has it."""


def use_weights(nlp: Language, folder: Path) -> None:
    """Put the weights of a folder into a pipeline."""
    for component, name in (
        ("kg_mentions", "mentions"),
        ("kg_facets", "facets"),
        ("kg_things", "things"),
        ("kg_proposals", "proposals"),
        ("kg_results", "results"),
    ):
        nlp.get_pipe(component).model = load_model(str(folder / name))
    statements = nlp.get_pipe("kg_statements")
    statements.roles, statements.pairs = load_model(str(folder / "roles")), load_model(str(folder / "pairs"))


def judge(example: Example) -> Iterator[Judged]:
    """Say of each finding whether the annotation has it."""
    doc, gold = example.doc, example.gold
    entities = [entity(doc, n, c) for n, c in enumerate(doc._.kg_clusters)]
    predicted = [{"id": e.id, "type": e.type, "name": e.name, "aliases": list(e.aliases)} for e in entities]
    mapping = align(gold["entities"], predicted, load_vocabulary()).mapping
    stated = {(s["subject"], s["predicate"], s["object"]) for s in gold["statements"]}
    for r in doc._.kg_relations:
        triple = (mapping.get(local_id(r.subject), ""), r.predicate, mapping.get(local_id(r.object), ""))
        yield r.component, r.predicate, r.probability, triple in stated
    for outcome in doc._.kg_outcomes:
        tested = None if outcome.benchmark is None else mapping.get(local_id(outcome.benchmark))
        right = any(_same(g, outcome.number.value, tested) for g in gold["results"])
        yield ResultFinder.component, outcome.kind, outcome.probability, right


def _same(gold: JSON, value: float, tested: str | None) -> bool:
    return abs(float(gold["value"]) - value) < 1e-9 and gold["benchmark"] in (None, tested)


def tables(judged: Iterable[Judged]) -> dict[str, dict[str, list[float]]]:
    """Return precision by component and kind, one figure a band."""
    counts: dict[tuple[str, str], list[list[int]]] = defaultdict(lambda: [[0, 0] for _ in BANDS])
    general: dict[str, list[list[int]]] = defaultdict(lambda: [[0, 0] for _ in BANDS])
    for component, kind, chance, right in judged:
        band = sum(chance >= lowest for lowest in BANDS) - 1
        for cell in (counts[component, kind][band], general[kind][band]):
            cell[0] += right
            cell[1] += 1
    out: dict[str, dict[str, list[float]]] = defaultdict(dict)
    for (component, kind), cells in sorted(counts.items()):
        out[component][kind] = rising(cells, [share(h, n, 0.5) for h, n in general[kind]])
    return out


def share(hits: int, seen: int, prior: float) -> float:
    return (hits + PRIOR * prior) / (seen + PRIOR)


def rising(cells: Sequence[Sequence[int]], priors: Sequence[float]) -> list[float]:
    """Return smoothed shares that do not fall from band to band."""
    best, out = 0.0, []
    for (hits, seen), prior in zip(cells, priors, strict=True):
        best = max(best, share(hits, seen, prior))
        out.append(round(best, 3))
    return out


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("gold", type=Path)
    ask.add_argument("texts", type=Path)
    ask.add_argument("--folds", type=int, default=2)
    args = ask.parse_args()
    examples = read_examples(args.gold, args.texts, load_pipeline(disable=LEARNT))
    learnt = load_pipeline()
    judged: list[Judged] = []
    for fold in range(args.folds):
        unseen = [e for e in examples if e.number % args.folds == fold]
        judged += read_unseen([e for e in examples if e.number % args.folds != fold], unseen, learnt)
    data = {"bands": BANDS, "hedged": HEDGED, "precision": tables(judged)}
    out = Path(kg.extract.__file__).with_name("reliability.json")
    out.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print_scores(examples)
    print(f"{len(judged):,} findings in {len(examples)} papers measured")


def read_unseen(seen: list[Example], unseen: list[Example], nlp: Language) -> list[Judged]:
    """Train on some papers and judge what that finds in others."""
    with tempfile.TemporaryDirectory() as folder:
        train(seen, Path(folder))
        use_weights(nlp, Path(folder))
        for example in unseen:
            for name in LEARNT:
                nlp.get_pipe(name)(example.doc)
        load_model.cache_clear()
    return [finding for example in unseen for finding in judge(example)]


def print_scores(examples: list[Example]) -> None:
    """Print how well papers were read that the weights had not seen."""
    read = {e.gold["paper"]: to_gold(extraction_of(e.doc)) for e in examples}
    report = score_objects({e.gold["paper"]: e.gold for e in examples}, read)
    for name, s in report.scores.items():
        print(f"{name:28}{s.precision:7.3f}{s.recall:7.3f}{s.f1:7.3f}{s.hit:7}{s.predicted:7}{s.gold:7}")


def extraction_of(doc: Doc) -> Extraction:
    paper: Paper = doc._.kg_paper
    return Extraction(paper.id, "", VERSION, doc._.kg_entities, doc._.kg_claims, doc._.kg_results)


if __name__ == "__main__":
    main()
