"""A graph of eight invented papers, built by hand: what look-ups are asked about."""

from __future__ import annotations

from collections.abc import Iterator

from kg.lookup import Answer
from kg.records import (
    Entity,
    Evidence,
    Graph,
    GroundedPaper,
    Mention,
    Node,
    Paper,
    Result,
    Span,
    Statement,
    paper_node,
)
from kg.vocabulary import Vocabulary

ENTITIES = {
    "method/direct-preference-optimization": ("Direct Preference Optimization", ("DPO",)),
    "method/simple-margin-tuning": ("Simple Margin Tuning", ("SMT",)),
    "method/expert-choir": ("Expert Choir", ()),
    "model/vireo-7b": ("Vireo-7B", ()),
    "benchmark/mt-bench": ("MT-Bench", ()),
    "benchmark/clinicask": ("ClinicAsk", ()),
    "dataset/ultrafeedback": ("UltraFeedback", ()),
    "metric/win-rate": ("win rate", ()),
    "goal/helpfulness": ("helpfulness", ()),
    "domain/medicine": ("medicine", ()),
    "domain/education": ("education", ()),
    "task/dialogue": ("dialogue", ()),
}

# id, year, title, sentences; a sentence is its text and what it states.
PAPERS = [
    ("t:1", "2023", "Preferences without rewards", [
        ("We introduce Direct Preference Optimization (DPO).", "PAPER proposes DPO"),
    ]),
    ("t:2", "2024", "Margins are enough", [
        ("We present Simple Margin Tuning (SMT).", "PAPER proposes Simple Margin Tuning"),
        ("SMT outperforms DPO in every setting.", "SMT outperforms DPO"),
        ("SMT reaches 8.2 on MT-Bench.", "SMT evaluatedOn MT-Bench = 8.2 score"),
        ("SMT improves MT-Bench clearly.", "SMT improves MT-Bench"),
    ]),
    ("t:3", "2024", "A choir of experts", [
        ("Expert Choir scores 9.06 on MT-Bench.", "Expert Choir evaluatedOn MT-Bench = 9.06 score"),
        ("Expert Choir uses DPO for each voice.", "Expert Choir uses DPO"),
    ]),
    ("t:4", "2024", "Insights into small tutors", [
        ("Our experiments on MT-Bench end at 7.1.", "PAPER evaluatedOn MT-Bench = 7.1 score"),
        ("All of this is for education.", "PAPER inDomain education"),
        ("Training with DPO helps.", "PAPER uses DPO"),
    ]),
    ("t:5", "2024", "A helpful doctor", [
        ("Vireo-7B improves helpfulness at the bedside.", "Vireo-7B improves helpfulness"),
        ("It serves medicine.", "PAPER inDomain medicine"),
        ("Vireo-7B is trained on UltraFeedback.", "Vireo-7B trainedOn UltraFeedback"),
        ("ClinicAsk is our new test.", "PAPER proposes ClinicAsk"),
        ("Vireo-7B gets a win rate of 61% on ClinicAsk.", "Vireo-7B evaluatedOn ClinicAsk = 61 %"),
    ]),
    ("t:6", "2025", "Helpfulness everywhere", [
        ("SMT improves helpfulness on the web.", "SMT improves helpfulness"),
        ("SMT aims at helpfulness first.", "SMT targets helpfulness"),
    ]),
    ("t:7", "2025", "A second look at margins", [
        ("SMT outperforms DPO here as well.", "SMT outperforms DPO"),
        ("We find that SMT gets a win rate of 55%.", "SMT measuredBy win rate"),
        ("Vireo-7B does not use DPO.", "not Vireo-7B uses DPO"),
    ]),
    ("t:8", "2022", "On dialogue", [
        ("This is a study of dialogue.", "PAPER addresses dialogue"),
    ]),
]  # fmt: skip


def tiny_graph(vocabulary: Vocabulary) -> Graph:
    """Return the graph of the eight papers."""
    return Graph.of(_Builder(vocabulary).nodes())


class _Builder:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.ids = {name: id_ for id_, (full, short) in ENTITIES.items() for name in (full, *short)}
        self.stated: dict[tuple[str, str, str], list[Evidence]] = {}
        self.reported: dict[tuple[str, str, float, str], list[Evidence]] = {}
        self.naming: dict[str, set[str]] = {}

    def nodes(self) -> Iterator[Node]:
        for paper, facts in self._papers():
            for sentence, fact in facts:
                self._state(paper, sentence, fact)
            yield GroundedPaper(paper, tuple(self._mentions(paper)))
        for id_, (name, aliases) in ENTITIES.items():
            yield Entity(id_, self.vocabulary.type_of(id_).name, name, aliases, len(self.naming.get(id_, ())))
        for (subject, predicate, object_), evidence in self.stated.items():
            papers = len({e.paper for e in evidence if not e.negated})
            if papers:
                yield Statement(subject, predicate, object_, 1 - 0.2**papers, papers, tuple(evidence))
        for (method, benchmark, value, unit), evidence in self.reported.items():
            yield Result(method, benchmark, None, value, unit, "absolute", None, 0.8, 1, tuple(evidence))

    def _papers(self) -> Iterator[tuple[Paper, list[tuple[str, str]]]]:
        for id_, year, title, facts in PAPERS:
            abstract = " ".join(sentence for sentence, _ in facts)
            yield (
                Paper(id_, title, abstract, ("A. Nonym",), f"{year}-05-01", url=f"https://example.org/{id_}"),
                facts,
            )

    def _mentions(self, paper: Paper) -> Iterator[Mention]:
        for name, id_ in self.ids.items():
            start = paper.text.find(name)
            if start >= 0:
                self.naming.setdefault(id_, set()).add(paper.id)
                yield Mention(id_, start, start + len(name), name, "the name itself")

    def _state(self, paper: Paper, sentence: str, fact: str) -> None:
        negated = fact.startswith("not ")
        claim, _, number = fact.removeprefix("not ").partition(" = ")
        predicate = next(word for word in claim.split() if word in self.vocabulary.predicates)
        ends = [end.strip() for end in claim.split(predicate)]
        start = paper.text.index(sentence)
        left, right = (self._place(paper, end, start) for end in ends)
        whole = Span(start, start + len(sentence))
        evidence = Evidence(paper.id, whole, whole, left, right, sentence, "by hand", "1", 0.8, negated)
        subject, object_ = (self.ids.get(end) or paper_node(paper.id) for end in ends)
        self.stated.setdefault((subject, predicate, object_), []).append(evidence)
        if number:
            value, unit = number.split()
            self.reported.setdefault((subject, object_, float(value), unit), []).append(evidence)

    def _place(self, paper: Paper, name: str, start: int) -> Span | None:
        found = paper.text.find(name, start)
        return Span(found, found + len(name)) if found >= 0 else None


def subjects(answer: Answer) -> set[str]:
    return {row.subject.name for row in answer.rows}


def objects(answer: Answer) -> set[str]:
    return {row.object.name for row in answer.rows if row.object}
