"""Measure how often each component is right, on annotated papers, and write `kg/extract/reliability.json`.

    python -m scripts.fit_reliability GOLD.jsonl TEXTS.jsonl[.gz] NETWORKS [--folds 2]

Each paper is read by models that were trained without it, so that the figures hold for papers never seen. A
statement is right when the annotation has it; precision is taken by component, predicate and how sure the
component was; by isotonic regression it never falls as the component gets surer.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.isotonic import IsotonicRegression
from spacy.language import Language
from spacy.tokens import Doc

import kg.extract
from kg.evaluate import align, score_objects
from kg.extract import VERSION, to_gold
from kg.extract.evidence import entity, local_id
from kg.extract.linear import load_model
from kg.extract.pipeline import load_pipeline
from kg.extract.results import ResultFinder
from kg.extract.trees import load_trees
from kg.extract.verdicts import names
from kg.records import JSON, Extraction, Paper
from kg.vocabulary import load_vocabulary
from scripts.train_extractor import LEARNT, Example, read_examples, train

BLOCK = 20
"""Findings of like scores that are counted together."""
PRIOR = 40.0
"""As how many findings the curve counts that another leans on."""
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
    nlp.get_pipe("kg_verdicts").model = load_trees(str(folder / "verdicts"), names(load_vocabulary()))


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


def curves(judged: Iterable[Judged]) -> dict[str, dict[str, list[list[float]]]]:
    """Return precision by component and kind, as points over the component's own score.

    What is seldom found leans on more of its like: a component's curve for a kind on that of the kind, and
    this on that of all claims, or of all results.
    """
    of_all, of_kind, of_one = (defaultdict[tuple[str, ...], list[tuple[float, bool]]](list) for _ in range(3))
    for component, kind, chance, right in judged:
        family = component.partition(".")[0]
        for found, key in ((of_all, (family,)), (of_kind, (family, kind)), (of_one, (component, kind))):
            found[key].append((chance, right))
    general = {key: curve(found, float) for key, found in of_all.items()}
    by_kind = {key: curve(found, along(general[key[:1]])) for key, found in of_kind.items()}
    out: dict[str, dict[str, list[list[float]]]] = defaultdict(dict)
    for (component, kind), found in sorted(of_one.items()):
        out[component][kind] = curve(found, along(by_kind[component.partition(".")[0], kind]))
    return out


def along(points: list[list[float]]) -> Callable[[float], float]:
    """Return a curve as a function."""
    return lambda score: float(np.interp(score, *points))


def curve(found: Sequence[tuple[float, bool]], prior: Callable[[float], float]) -> list[list[float]]:
    """Return scores and the precision at each, which never falls: isotonic regression over like scores."""
    ranked = sorted(found)
    blocks = [ranked[i : i + BLOCK] for i in range(0, len(ranked), BLOCK)]
    scores = [sum(chance for chance, _ in block) / len(block) for block in blocks]
    shares = [
        (sum(right for _, right in block) + PRIOR * prior(score)) / (len(block) + PRIOR)
        for score, block in zip(scores, blocks, strict=True)
    ]
    rising = IsotonicRegression().fit_transform(
        scores, shares, sample_weight=[len(b) + PRIOR for b in blocks]
    )
    return [[round(x, 4) for x in scores], [round(float(y), 4) for y in rising]]


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("gold", type=Path)
    ask.add_argument("texts", type=Path)
    ask.add_argument("networks", type=Path)
    ask.add_argument("--folds", type=int, default=2)
    ask.add_argument("--findings", type=Path, help="where to keep what was judged")
    args = ask.parse_args()
    examples = read_examples(args.gold, args.texts, args.networks, load_pipeline(disable=LEARNT))
    learnt = load_pipeline()
    judged: list[Judged] = []
    for fold in range(args.folds):
        unseen = [e for e in examples if e.number % args.folds == fold]
        judged += read_unseen([e for e in examples if e.number % args.folds != fold], unseen, learnt)
    data = {"hedged": HEDGED, "precision": curves(judged)}
    if args.findings:
        args.findings.write_text(json.dumps(judged), encoding="utf-8")
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
            for name in LEARNT[1:]:  # the network's view is that of one which had not seen the paper
                nlp.get_pipe(name)(example.doc)
        load_model.cache_clear()
        load_trees.cache_clear()
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
