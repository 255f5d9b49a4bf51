"""Questions that are asked at every door, and the doors: what `test_doors.py` compares.

A question is a look-up of `kg/lookup/queries` with parameters, or a competency question. Answers are counted
rows of ids and plain values: an IRI of ours becomes the id behind it, a predicate its relationship type.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import kg.lookup
from kg.property_graph import relationship_type
from kg.records import statement_id
from kg.stores import Rows, Value
from kg.vocabulary import AKG, Vocabulary, iri, node_of, ontology_directory

LOOKUPS = Path(kg.lookup.__file__).parent / "queries"
COMPETENCY = ontology_directory() / "competency"

DPO = "method/direct-preference-optimization"
PPO = "method/proximal-policy-optimization"
MT_BENCH = "benchmark/mt-bench"
TEXTS = frozenset({"author"})
"""Parameters that are words, and not the id of anything."""

ASKED: Mapping[str, tuple[dict[str, str], ...]] = {
    "around": ({"node": DPO}, {"node": MT_BENCH}, {"node": "paper/arXiv:2305.18290"}),
    "counts": ({},),
    "denied": ({},),
    "entities": ({},),
    "evidence": ({"about": statement_id(DPO, "outperforms", PPO)},),
    "opposed": ({"predicate": "outperforms"},),
    "papers": ({},),
    "papers_by": ({"author": "LI"},),
    "papers_naming": ({"entity": DPO}, {"entity": MT_BENCH}, {"entity": "task/reward-hacking"}),
    "position": ({},),
    "results_about": ({"node": MT_BENCH}, {"node": "metric/accuracy"}),
    "results_of": ({"method": DPO}, {"method": "model/gpt-4"}),
    "results_on": ({"benchmark": MT_BENCH}, {"benchmark": "benchmark/gsm8k"}),
    "statement_papers": (
        {"predicate": "uses", "object": DPO},
        {"predicate": "evaluatedOn", "object": MT_BENCH},
    ),
    "statements": ({},),
    "statements_by": ({"predicate": "outperforms"}, {"predicate": "targets"}, {"predicate": "trainedOn"}),
    "statements_of": (
        {"subject": DPO},
        {"subject": DPO, "predicate": "outperforms"},
        {"subject": DPO, "predicate": "outperforms", "object": PPO},
        {"subject": "paper/arXiv:2305.18290"},
    ),
    "statements_on": (
        {"object": MT_BENCH},
        {"object": MT_BENCH, "predicate": "evaluatedOn"},
        {"object": "goal/helpfulness"},
    ),
}
"""Which parameters each look-up is asked with."""

OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "statements_of": ("predicate", "object"),
    "statements_on": ("predicate",),
}
"""Parameters that may be left open: null in Cypher, unbound in SPARQL."""


@dataclass(frozen=True)
class Question:
    """A named query with its parameters, ids and names of predicates."""

    file: Path
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.file.stem

    @property
    def number(self) -> str:
        """The number of a competency question, nothing for a look-up."""
        return self.name.partition("-")[0] if self.file.parent == COMPETENCY else ""

    def __str__(self) -> str:
        return " ".join((self.name, *self.parameters.values()))

    def text(self, suffix: str) -> str:
        return self.file.with_suffix(suffix).read_text(encoding="utf-8")

    def for_sparql(self) -> dict[str, Value]:
        return {name: _sparql(name, value) for name, value in self.parameters.items()}

    def as_sparql(self) -> str:
        """Return the query for the SPARQL protocol, which has no parameters, with their values in it."""
        given = self.for_sparql()
        if not given:
            return self.text(".rq")
        names, values = " ".join(f"?{name}" for name in given), " ".join(map(_term, given.values()))
        return self.text(".rq").replace("{", f"{{ VALUES ({names}) {{ ({values}) }}", 1)

    def for_cypher(self) -> dict[str, Value]:
        given: dict[str, Value] = dict.fromkeys(OPTIONAL.get(self.name, ()))
        for name, value in self.parameters.items():
            given[name] = relationship_type(value) if name == "predicate" else value
        return given


def _sparql(name: str, value: str) -> str:
    if name in TEXTS:
        return value
    return AKG + value if name == "predicate" else iri(value)


def _term(value: Value) -> str:
    text = str(value)
    return f"<{text}>" if text.startswith("https://") else json.dumps(text)


def questions() -> list[Question]:
    """Return all questions, look-ups first."""
    lookups = [Question(LOOKUPS / f"{name}.rq", given) for name, every in ASKED.items() for given in every]
    return lookups + [Question(file) for file in sorted(COMPETENCY.glob("*.rq"))]


@dataclass(frozen=True)
class Answer:
    """Rows without an order, each as often as it came."""

    columns: tuple[str, ...]
    rows: Counter[tuple[Value, ...]]

    def only(self, columns: tuple[str, ...]) -> Answer:
        """Return some of the columns, each row once."""
        places = [self.columns.index(column) for column in columns]
        return Answer(columns, Counter({tuple(row[at] for at in places) for row in self.rows}))


def answer(rows: Rows, vocabulary: Vocabulary) -> Answer:
    """Return the rows of either language in ids and relationship types."""
    types = {AKG + name: relationship_type(name) for name in vocabulary.predicates}
    return Answer(rows.columns, Counter(tuple(_plain(cell, types) for cell in row) for row in rows.rows))


def _plain(cell: Value, types: Mapping[str, str]) -> Value:
    if not isinstance(cell, str):
        return cell
    return types.get(cell) or node_of(cell) or cell.removeprefix(AKG)
