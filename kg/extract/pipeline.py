"""The spaCy pipeline: built from `pipeline.cfg`, whose lines name components that others may replace."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spacy.language import Language
from spacy.pipeline import AttributeRuler, Lemmatizer, TrainablePipe
from spacy.util import compile_suffix_regex, load_config, load_model_from_config
from thinc.api import NumpyOps

from kg.extract import (  # noqa: F401  # importing registers the factories
    abbreviations,
    attributes,
    coreference,
    evidence,
    facets,
    mentions,
    names,
    network,
    polarity,
    results,
    sentences,
    statements,
    things,
    verdicts,
)

CONFIG = Path(__file__).with_name("pipeline.cfg")

_FULL_STOP = r"(?<=-[A-Z])\."
"""The stop after ROUGE-L ends a sentence; spaCy keeps it with a single letter, as in initials."""


def load_pipeline(*, disable: Iterable[str] = ()) -> Language:
    """Build the pipeline without the named components, for instance to see what each contributes."""
    config = load_config(CONFIG)
    off = set(disable)
    config["nlp"]["pipeline"] = [name for name in config["nlp"]["pipeline"] if name not in off]
    config["components"] = {n: c for n, c in config["components"].items() if n not in off}
    nlp = load_model_from_config(config, auto_fill=True)
    nlp.max_length = MAX_LENGTH
    suffixes = compile_suffix_regex([*(nlp.Defaults.suffixes or ()), _FULL_STOP])
    nlp.tokenizer.suffix_search = suffixes.search  # type: ignore[union-attr]  # English has a Tokenizer
    for name, component in nlp.pipeline:
        if isinstance(component, Lemmatizer):
            _index_lemmas(component)
        if isinstance(component, AttributeRuler):
            nlp.replace_pipe(name, "kg_attributes")
            nlp.get_pipe(name).add_patterns(component.patterns)  # type: ignore[attr-defined]  # see the factory
        if isinstance(component, TrainablePipe):
            _multiply_by_numpy(component)
    return nlp


def _index_lemmas(lemmatizer: Lemmatizer) -> None:
    """Let a lemmatizer look up its known forms at once: it ships with lists, and searches each to its end."""
    known = lemmatizer.lookups.get_table("lemma_index")
    for part_of_speech, forms in list(known.items()):
        known[part_of_speech] = dict.fromkeys(forms)


def _multiply_by_numpy(component: TrainablePipe) -> None:
    """Let a model of spaCy's multiply as numpy does: faster than BLIS for small matrices."""
    ops = NumpyOps(use_blis=False)
    for layer in component.model.walk():
        layer.ops = ops


MAX_LENGTH = 1_000_000
"""Code points of title and abstract that one paper may have."""
