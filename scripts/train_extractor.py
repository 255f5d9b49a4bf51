"""Train the linear models of the extractor from annotated papers and write their weights into the package.

    python scripts/train_extractor.py GOLD.jsonl TEXTS.jsonl[.gz] NETWORKS [--hold-out N] [--out DIR]

Needs scikit-learn (`pip install alignkg[train]`). Models that read the output of others are trained on output
for papers that these had not seen (four folds). With --hold-out N every N-th paper is left out to measure on.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from spacy.language import Language
from spacy.tokens import Doc

import kg.extract
from kg.evaluate import align, read_gold
from kg.extract.candidates import Context, candidate_spans, mention_features
from kg.extract.coreference import ClusterFinder
from kg.extract.facets import FacetFinder, facet_candidates, facet_features
from kg.extract.linear import LinearModel
from kg.extract.mentions import NOTHING, MentionFinder
from kg.extract.network import Network, RelationScorer, ViewMaker
from kg.extract.patterns import load_patterns
from kg.extract.pipeline import load_pipeline
from kg.extract.relations import Discourse, pair_features, pairs
from kg.extract.results import number_features, number_spans
from kg.extract.spans import Cluster, TypedSpan, name_key
from kg.extract.statements import (
    ANY,
    INTO_MAIN,
    LEAD,
    TO_MAIN,
    TO_PAPER,
    ProposalFinder,
    StatementFinder,
    proposal_features,
    role_features,
)
from kg.extract.things import ThingFilter, whole_features
from kg.extract.verdicts import features as verdict_features
from kg.extract.verdicts import leads
from kg.extract.verdicts import names as verdict_names
from kg.records import JSON, PAPER, Paper
from kg.vocabulary import load_vocabulary

FOLDS = 3
LEARNT = [
    "kg_view",
    "kg_mentions",
    "kg_facets",
    "kg_coreference",
    "kg_things",
    "kg_scores",
    "kg_proposals",
    "kg_statements",
    "kg_verdicts",
    "kg_results",
    "kg_evidence",
]
MENTION_THRESHOLD, FACET_THRESHOLD, THING_THRESHOLD, PROPOSAL_THRESHOLD = 0.3, 0.3, 0.3, 0.3
ANNOTATED = "annotation"
ANNOTATED_CHANCE = 0.5
FROM_READINGS = ("proposals", "roles", "pairs")
RAREST_ROLE = 20
SMALL_WEIGHT = 0.02
Features = list[list[str]]


@dataclass
class Example:
    """An annotated paper, read as far as the components that learn nothing go."""

    doc: Doc
    gold: JSON
    number: int
    candidates: list[tuple[list[str], str]] = field(default_factory=list)
    things: list[tuple[list[str], set[str]]] = field(default_factory=list)


@dataclass(frozen=True)
class Recipe:
    """How a model is fitted: the inverse strength of regularisation, and how often a feature must occur."""

    strength: float
    rarest: int


MENTIONS, FACETS = Recipe(0.3, 3), Recipe(0.3, 2)
THINGS, PROPOSALS = Recipe(0.03, 3), Recipe(0.1, 3)
ROLES, PAIRS, RESULTS = Recipe(0.05, 3), Recipe(0.1, 3), Recipe(0.3, 2)

VERDICTS = {
    "learning_rate": 0.05,
    "n_estimators": 300,
    "max_depth": 4,
    "min_samples_leaf": 20,
    "subsample": 0.5,
    "max_features": 0.3,
    "random_state": 0,
}
"""How the trees are grown."""


def read_papers(path: Path) -> Iterator[Paper]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield Paper(id=row["id"], title=row["title"], abstract=row["abstract"])


def read_examples(gold_path: Path, texts: Path, networks: Path, nlp: Language) -> list[Example]:
    """Read the papers up to what is learnt, each with the view of the network that had not seen it."""
    folds = [Network.load(networks / f"fold{n}") for n in range(FOLDS)]
    gold = read_gold(gold_path)
    papers = [p for p in read_papers(texts) if p.id in gold]
    examples = []
    for paper in sorted(papers, key=lambda p: list(gold).index(p.id)):
        doc = nlp.make_doc(paper.text)
        doc._.kg_paper = paper
        for _, component in nlp.pipeline:
            doc = component(doc)
        ViewMaker(folds[len(examples) % FOLDS])(doc)
        examples.append(Example(doc, gold[paper.id], len(examples)))
    return examples


# --- fitting -------------------------------------------------------------------------------------------


def fit(features: Features, labels: Sequence[str], recipe: Recipe) -> LinearModel:
    """Fit one model whose labels exclude each other."""
    names = feature_names(features, recipe)
    matrix = to_matrix(features, names)
    model = LogisticRegression(C=recipe.strength, max_iter=80, tol=1e-3).fit(matrix, np.array(labels))
    if len(model.classes_) == 2:
        weights = np.stack([-model.coef_[0] / 2, model.coef_[0] / 2], axis=1)
        return LinearModel(
            map(str, model.classes_), names, weights, np.array([-1, 1]) * model.intercept_[0] / 2
        )
    return LinearModel(map(str, model.classes_), names, model.coef_.T, model.intercept_)


def fit_each(
    features: Features, labels: Sequence[set[str]], names: Sequence[str], recipe: Recipe
) -> LinearModel:
    """Fit one model whose labels go together."""
    columns = feature_names(features, recipe)
    matrix = to_matrix(features, columns)
    weights, bias = [], []
    for name in names:
        target = np.array([name in given for given in labels])
        model = LogisticRegression(C=recipe.strength, max_iter=80, tol=1e-3).fit(matrix, target)
        weights.append(model.coef_[0])
        bias.append(model.intercept_[0])
    return LinearModel(names, columns, np.array(weights).T, np.array(bias))


def feature_names(features: Features, recipe: Recipe) -> list[str]:
    count = Counter(f for row in features for f in set(row))
    return sorted(f for f, n in count.items() if n >= recipe.rarest and "\n" not in f)


def to_matrix(features: Features, names: list[str]) -> csr_matrix:
    index = {name: i for i, name in enumerate(names)}
    places, bounds = [], [0]
    for row in features:
        places += sorted({index[f] for f in row if f in index})
        bounds.append(len(places))
    return csr_matrix((np.ones(len(places)), places, bounds), shape=(len(features), len(names)))


def in_folds(examples: list[Example], train: Callable[[list[Example]], Callable[[Doc], Doc]]) -> None:
    """Annotate each paper by what was trained on the other folds."""
    for fold in range(FOLDS):
        component = train([e for e in examples if e.number % FOLDS != fold])
        for example in examples:
            if example.number % FOLDS == fold:
                component(example.doc)


def without_small_weights(model: LinearModel) -> LinearModel:
    """Leave out features that hardly count."""
    names = list(model.index)
    kept = np.flatnonzero(np.abs(model.weights).max(axis=1) >= SMALL_WEIGHT)
    return LinearModel(model.labels, [names[i] for i in kept], model.weights[kept], model.bias)


# --- what each model learns ------------------------------------------------------------------------------


def key(name: str) -> str:
    return name_key(name, load_patterns().words["generic"])


def train_mentions(examples: list[Example]) -> LinearModel:
    rows = [row for example in examples for row in mention_rows(example)]
    return fit([features for features, _ in rows], [label for _, label in rows], MENTIONS)


def mention_rows(example: Example) -> list[tuple[list[str], str]]:
    """Return the features and label of each candidate; kept, since every fold asks for them."""
    if not example.candidates:
        types = mention_types(example.gold)
        context = Context(example.doc)
        for start, end in candidate_spans(example.doc):
            features = [sys.intern(f) for f in mention_features(context, start, end)]
            label = types.get(key(example.doc[start:end].text), NOTHING)
            example.candidates.append((features, label))
    return example.candidates


def mention_types(gold: JSON) -> dict[str, str]:
    types: dict[str, str] = {}
    for entity in gold["entities"]:
        if entity["type"] not in load_patterns().facet_types:
            for name in (entity["name"], *entity["aliases"]):
                types.setdefault(key(name), entity["type"])
    types.pop("", None)
    return types


def train_facets(examples: list[Example]) -> LinearModel:
    features, labels = [], []
    for example in examples:
        given = {(e["type"], key(e["name"])) for e in example.gold["entities"]}
        for facet, spans in facet_candidates(example.doc):
            features.append(facet_features(example.doc, facet, spans))
            labels.append({"given"} if (facet.type, key(facet.name)) in given else set())
    return fit_each(features, labels, ["given"], FACETS)


def alignment(example: Example) -> list[str | None]:
    """Return for each cluster of a paper the annotated entity that it is."""
    predicted = [
        {"id": str(n), "type": c.type, "name": c.name, "aliases": list(c.aliases)}
        for n, c in enumerate(example.doc._.kg_clusters)
    ]
    mapping = align(example.gold["entities"], predicted, load_vocabulary()).mapping
    return [mapping.get(str(n)) for n in range(len(predicted))]


def train_things(examples: list[Example]) -> LinearModel:
    rows = [row for example in examples for row in thing_rows(example)]
    return fit_each([features for features, _ in rows], [labels for _, labels in rows], ["given"], THINGS)


def thing_rows(example: Example) -> list[tuple[list[str], set[str]]]:
    """Return the features and label of each cluster, as they were before any was left out."""
    if not example.things:
        seen: set[str | None] = {None}
        for features, entity in zip(whole_features(example.doc), alignment(example), strict=True):
            example.things.append((features, set() if entity in seen else {"given"}))
            seen.add(entity)
    return example.things


def completed(example: Example) -> Example:
    """Return a paper read with every annotated thing that its text names, so that claims have both ends."""
    doc = example.doc.copy()
    added = list(missed(example))
    taken = {i for c in added for m in c.mentions for i in range(m.start, m.end)}
    facets = load_patterns().facet_types
    for c in doc._.kg_clusters:
        free = (m for m in c.mentions if m.type in facets or taken.isdisjoint(range(m.start, m.end)))
        mentions = tuple(free)
        if mentions:
            added.append(replace(c, mentions=mentions))
    added.sort(key=lambda c: (c.mentions[0].start, c.mentions[0].end, c.type, c.name))
    doc._.kg_clusters = tuple(added)
    return Example(doc, example.gold, example.number)


def missed(example: Example) -> Iterator[Cluster]:
    """Yield what was annotated and not found, with its places in the text; the longest names first."""
    found, taken = set(alignment(example)), set[int]()
    for entity in sorted(example.gold["entities"], key=lambda e: -len(e["name"])):
        if entity["id"] not in found and entity["type"] not in load_patterns().facet_types:
            mentions = []
            for start, end in spelled(example.doc, {entity["name"], *entity["aliases"]}):
                if taken.isdisjoint(range(start, end)):
                    taken.update(range(start, end))
                    mentions.append(TypedSpan(start, end, entity["type"], ANNOTATED_CHANCE, ANNOTATED))
            if mentions:
                mentions.sort(key=lambda m: m.start)
                names = (entity["name"], tuple(entity["aliases"]))
                yield Cluster(entity["type"], *names, tuple(mentions), ANNOTATED_CHANCE)


def spelled(doc: Doc, names: set[str]) -> Iterator[tuple[int, int]]:
    """Yield the tokens of each place where a text has one of these names, the longest names first."""
    for name in sorted(names, key=lambda n: (-len(n), n)):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", doc.text, re.IGNORECASE):
            span = doc.char_span(*match.span(), alignment_mode="expand")
            if span is not None:
                yield span.start, span.end


def train_proposals(examples: list[Example]) -> LinearModel:
    proposing = load_patterns().roles.proposing
    features, labels = [], []
    for example in examples:
        proposed = {s["object"] for s in example.gold["statements"] if s["predicate"] == proposing}
        discourse = Discourse(example.doc, example.doc._.kg_clusters, None)
        for n, entity in enumerate(alignment(example)):
            features.append(proposal_features(discourse, n))
            labels.append({proposing} if entity in proposed else set())
    return fit_each(features, labels, [proposing], PROPOSALS)


def gold_main(gold: JSON) -> str | None:
    """Return the proposed method or model that is the subject of most statements."""
    roles = load_patterns().roles
    types = {e["id"]: e["type"] for e in gold["entities"]}
    proposed = [
        s["object"]
        for s in gold["statements"]
        if s["predicate"] == roles.proposing and types[s["object"]] in roles.proposable
    ]
    count = Counter(s["subject"] for s in gold["statements"])
    return max(proposed, key=lambda e: (count[e], -proposed.index(e)), default=None)


def thing_roles(example: Example) -> list[set[str]]:
    """Return for each cluster the roles that the annotation gives it."""
    main = gold_main(example.gold)
    given: dict[str, set[str]] = defaultdict(set)
    for s in example.gold["statements"]:
        if s["subject"] == PAPER:
            given[s["object"]].add(f"{TO_PAPER} {s['predicate']}")
        elif s["subject"] == main:
            given[s["object"]].add(f"{TO_MAIN} {s['predicate']}")
        elif s["object"] == main:
            given[s["subject"]].add(f"{INTO_MAIN} {s['predicate']}")
    return [given[e] if e else set() for e in alignment(example)]


def train_roles(examples: list[Example]) -> LinearModel:
    features, labels = [], []
    for example in examples:
        doc = example.doc
        main = doc._.kg_clusters[doc._.kg_main] if doc._.kg_main is not None else None
        discourse = Discourse(doc, doc._.kg_clusters, main)
        for n, roles in enumerate(thing_roles(example)):
            features.append(role_features(discourse, n, doc._.kg_main, doc._.kg_proposals[n]))
            labels.append(roles)
    count = Counter(role for roles in labels for role in roles)
    return fit_each(features, labels, sorted(r for r, n in count.items() if n >= RAREST_ROLE), ROLES)


def train_pairs(examples: list[Example]) -> LinearModel:
    features, labels = [], []
    for example in examples:
        doc = example.doc
        main = doc._.kg_clusters[doc._.kg_main] if doc._.kg_main is not None else None
        discourse, aligned = Discourse(doc, doc._.kg_clusters, main), alignment(example)
        given: dict[tuple[str | None, str | None], set[str]] = defaultdict(set)
        for s in example.gold["statements"]:
            given[s["subject"], s["object"]].add(s["predicate"])
        for a, b, first, second in pairs(discourse):
            features.append(pair_features(discourse, (a, b), first, second))
            labels.append(given.get((aligned[a], aligned[b]), set()))
    count = Counter(predicate for predicates in labels for predicate in predicates)
    return fit_each(features, labels, sorted(r for r, n in count.items() if n >= RAREST_ROLE), PAIRS)


def train_verdicts(examples: list[Example]) -> GradientBoostingClassifier:
    vocabulary = load_vocabulary()
    rows, labels = [], []
    for example in examples:
        aligned = alignment(example)
        given = {(s["subject"], s["predicate"], s["object"]) for s in example.gold["statements"]}
        weighed = leads(example.doc, vocabulary)
        rows.append(verdict_features(example.doc, weighed, vocabulary))
        for r in (case.relation for case in weighed):
            subject = PAPER if r.subject is None else aligned[r.subject]
            labels.append((subject, r.predicate, aligned[r.object]) in given)
    return GradientBoostingClassifier(**VERDICTS).fit(np.concatenate([r for r in rows if len(r)]), labels)


def save_trees(model: GradientBoostingClassifier, features: Sequence[str], path: Path) -> None:
    """Write trees as ONNX, with the names of their features."""
    kind = [("features", FloatTensorType([None, len(features)]))]
    # A name of its own: without one the file would get another at each run.
    made = convert_sklearn(model, path.stem, kind, options={"zipmap": False}, target_opset=17)
    made.metadata_props.add(key="features", value=json.dumps(features))
    path.write_bytes(made.SerializeToString())


def train_results(examples: list[Example]) -> LinearModel:
    features, labels = [], []
    for example in examples:
        text, doc = example.doc.text, example.doc
        left = list(example.gold["results"])
        for number, span in number_spans(doc):
            match = next((r for r in left if reports(r, number.value, number.start, text)), None)
            if match is not None:
                left.remove(match)
            features.append(number_features(doc, number, span))
            labels.append(match["kind"] if match else NOTHING)
    return fit(features, labels, RESULTS)


def reports(result: JSON, value: float, place: int, text: str) -> bool:
    said = result["evidence"]
    start = text.find(said)
    inside = start < 0 or start <= place < start + len(said)
    return inside and abs(float(result["value"]) - value) < 1e-9


def train(examples: list[Example], out: Path) -> None:
    """Train all models on these papers and write them."""
    in_folds(examples, lambda some: MentionFinder(train_mentions(some), MENTION_THRESHOLD))
    in_folds(examples, lambda some: FacetFinder(train_facets(some), FACET_THRESHOLD))
    for example in examples:
        ClusterFinder()(example.doc)
        example.things.clear()
        thing_rows(example)
    readings = [*examples, *map(completed, examples)]
    in_folds(examples, lambda some: ThingFilter(train_things(some), THING_THRESHOLD))
    for reading in readings:
        RelationScorer()(reading.doc)
    in_folds(readings, lambda some: ProposalFinder(train_proposals(some), PROPOSAL_THRESHOLD))
    in_folds(readings, lambda some: StatementFinder(train_roles(some), train_pairs(some), LEAD, {ANY: LEAD}))
    save_trees(train_verdicts(examples), verdict_names(load_vocabulary()), out / "verdicts.onnx")
    trained = {
        "mentions": train_mentions,
        "facets": train_facets,
        "things": train_things,
        "proposals": train_proposals,
        "roles": train_roles,
        "pairs": train_pairs,
        "results": train_results,
    }
    for name, make in trained.items():
        model = without_small_weights(make(readings if name in FROM_READINGS else examples))
        model.save(out / f"{name}.npz")
        print(f"{name}: {len(model.labels)} labels, {len(model.index):,} features", flush=True)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("gold", type=Path)
    ask.add_argument("texts", type=Path)
    ask.add_argument("networks", type=Path, help="where scripts/train_network.py left its networks")
    ask.add_argument("--hold-out", type=int, default=0, metavar="N")
    ask.add_argument("--out", type=Path, default=Path(kg.extract.__file__).parent)
    args = ask.parse_args()
    examples = read_examples(args.gold, args.texts, args.networks, load_pipeline(disable=LEARNT))
    kept = [e for e in examples if not args.hold_out or e.number % args.hold_out]
    for number, example in enumerate(kept):
        example.number = number
    print(f"training on {len(kept)} of {len(examples)} papers")
    train(kept, args.out)


if __name__ == "__main__":
    main()
