"""The records that everything passes on: papers in, what one paper says, and the graph over all papers.

Three stages, three groups of frozen records. `Paper` is what a source yields. `Extraction` (with its
`LocalEntity`, `Claim` and `LocalResult`) is what the pipeline reads in one paper, in that paper's own ids.
`Graph` (with `GroundedPaper`, `Entity`, `Statement` and `Result`) is the assembled whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NamedTuple

JSON = Any
"""A decoded JSON value."""

PAPER = "PAPER"
"""The local id by which a claim or result names the paper itself."""


def digest(*parts: object) -> str:
    """Return 16 hex digits that identify a sequence of JSON values, the same on every machine."""
    return hashlib.sha256(as_json(parts).encode()).hexdigest()[:16]


def as_json(value: object) -> str:
    """Return records, and what holds them, as one line of JSON: each by its fields.

    Four times as fast as by way of `dataclasses.asdict`, which copies everything deeply.
    """
    return json.dumps(value, default=_fields_of, ensure_ascii=False, separators=(",", ":"))


def _fields_of(record: object) -> dict[str, object]:
    slots: tuple[str, ...] = type(record).__slots__  # type: ignore[attr-defined]  # records have them
    return {name: getattr(record, name) for name in slots}


@dataclass(frozen=True, slots=True)
class Paper:
    """A title and an abstract with their bibliographic facts; `id` is `arXiv:…`, `doi:…` or `hash:…`."""

    id: str
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    published: str | None = None
    venue: str | None = None
    url: str | None = None
    doi: str | None = None
    arxiv: str | None = None
    categories: tuple[str, ...] = ()
    source: str | None = None

    @property
    def text(self) -> str:
        """The text that all offsets count in, in Unicode code points."""
        return f"{self.title}\n{self.abstract}"

    @property
    def content(self) -> str:
        """A hash of all that the paper holds; another value means that the paper has changed."""
        return digest(self)

    def to_json(self) -> str:
        """Return one JSON line without empty fields."""
        return json.dumps(
            {k: v for k, v in asdict(self).items() if v or k in ("title", "abstract")}, ensure_ascii=False
        )

    @classmethod
    def from_json(cls, line: str) -> Paper:
        """Read what `to_json` wrote."""
        return _paper(json.loads(line))


def _paper(row: dict[str, JSON]) -> Paper:
    values: dict[str, JSON] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Paper(**values)


class Span(NamedTuple):
    """Start and end in code points of `Paper.text`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One place in one paper that states a claim or a result.

    `text` is the sentence, exactly `paper.text[sentence.start:sentence.end]`. `words` is the shortest span
    that states it, inside the sentence. `subject` and `object` are the words of the two ends, None where the
    end is the paper itself or is named only elsewhere. `component` and `version` say what found it,
    `probability` how often that component is right.
    """

    paper: str
    sentence: Span
    words: Span
    subject: Span | None
    object: Span | None
    text: str
    component: str
    version: str
    probability: float
    negated: bool = False
    hedged: bool = False

    @property
    def id(self) -> str:
        """A hash of paper, offsets and component: the same evidence is never counted twice."""
        return digest(self.paper, self.sentence, self.words, self.subject, self.object, self.component)


# --- what one paper says -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LocalEntity:
    """One distinct thing of one paper. `name` is its fullest name, `aliases` its other surface forms.

    `mentions` are all its places in the text, in order; a Domain or Goal named by its list name keeps the
    words that stand in the text. `component` found it.
    """

    id: str
    type: str
    name: str
    aliases: tuple[str, ...]
    mentions: tuple[Span, ...]
    component: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement in a paper's own ids: `subject` is `PAPER` or an entity id, `object` an entity id."""

    subject: str
    predicate: str
    object: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class LocalResult:
    """A number that reports an outcome; method, benchmark, metric, baseline are local ids, PAPER or None."""

    value: float
    unit: str
    kind: str
    method: str | None
    benchmark: str | None
    metric: str | None
    baseline: str | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Extraction:
    """Everything that one version of the pipeline read in one paper. `content` is that paper's hash."""

    paper: str
    content: str
    version: str
    entities: tuple[LocalEntity, ...]
    claims: tuple[Claim, ...]
    results: tuple[LocalResult, ...]

    def to_json(self) -> str:
        """Return one JSON line."""
        return as_json(self)

    @classmethod
    def from_json(cls, line: str) -> Extraction:
        """Read what `to_json` wrote."""
        row = json.loads(line)
        return cls(
            paper=row["paper"],
            content=row["content"],
            version=row["version"],
            entities=tuple(_local_entity(e) for e in row["entities"]),
            claims=tuple(
                Claim(c["subject"], c["predicate"], c["object"], read_evidence(c["evidence"]))
                for c in row["claims"]
            ),
            results=tuple(
                LocalResult(**{**r, "evidence": read_evidence(r["evidence"])}) for r in row["results"]
            ),
        )


def _local_entity(row: dict[str, JSON]) -> LocalEntity:
    return LocalEntity(
        **{
            **row,
            "aliases": tuple(row["aliases"]),
            "mentions": tuple(Span(*pair) for pair in row["mentions"]),
        }
    )


def _span(pair: list[int] | None) -> Span | None:
    return Span(*pair) if pair else None


def read_evidence(rows: Iterable[dict[str, JSON]]) -> tuple[Evidence, ...]:
    """Read evidence from decoded JSON, as `asdict` gives it."""
    out = []
    for row in rows:
        spans = {name: _span(row[name]) for name in ("sentence", "words", "subject", "object")}
        out.append(Evidence(**{**row, **spans}))
    return tuple(out)


# --- the graph over all papers -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where a paper names an entity; `reason` says why these words are that entity."""

    entity: str
    start: int
    end: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class GroundedPaper:
    """A paper and all entities that it names."""

    paper: Paper
    mentions: tuple[Mention, ...] = ()

    @property
    def id(self) -> str:
        """The paper's id, `arXiv:…`."""
        return self.paper.id


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that papers name. `id` is `method/direct-preference-optimization`; `papers` counts them."""

    id: str
    type: str
    name: str
    aliases: tuple[str, ...] = ()
    papers: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """What papers claim: a paper or an entity, a predicate, an entity; believed as `belief` says.

    `subject` is an entity id or `paper/arXiv:…`. `papers` counts the papers that state it without negation.
    """

    subject: str
    predicate: str
    object: str
    belief: float
    papers: int
    evidence: tuple[Evidence, ...]
    curated: bool = False

    @property
    def id(self) -> str:
        """`statement/` and a hash of subject, predicate and object."""
        return statement_id(self.subject, self.predicate, self.object)


@dataclass(frozen=True, slots=True)
class Result:
    """A number that papers report; method, benchmark, metric, baseline are canonical ids or None."""

    method: str | None
    benchmark: str | None
    metric: str | None
    value: float
    unit: str
    kind: str
    baseline: str | None
    belief: float
    papers: int
    evidence: tuple[Evidence, ...]

    @property
    def id(self) -> str:
        """`result/` and a hash of all that the result says."""
        return result_id(self)


def paper_node(paper_id: str) -> str:
    """Return the canonical id of a paper as an end of a statement: `paper/arXiv:2401.00001`."""
    return f"paper/{paper_id}"


def statement_id(subject: str, predicate: str, object_: str) -> str:
    """Return the id that a statement has, whoever states it."""
    return f"statement/{digest(subject, predicate, object_)}"


def result_id(result: Result) -> str:
    """Return the id that a result has, whoever reports it."""
    r = result
    said = digest(r.method, r.benchmark, r.metric, r.value, r.unit, r.kind, r.baseline)
    return f"result/{said}"


Node = GroundedPaper | Entity | Statement | Result
"""What a graph is made of. Each node can be written to and taken from a store by itself."""


def node_id(node: Node) -> str:
    """Return the key of a node in a graph: `paper/…`, `method/…`, `statement/…` or `result/…`."""
    return paper_node(node.id) if isinstance(node, GroundedPaper) else node.id


def node_to_json(node: Node) -> str:
    """Return one JSON line that `node_from_json` reads back."""
    return as_json((type(node).__name__, node))


def node_from_json(line: str) -> Node:
    """Read a node that `node_to_json` wrote."""
    kind, row = json.loads(line)
    if kind == GroundedPaper.__name__:
        return GroundedPaper(_paper(row["paper"]), tuple(Mention(**m) for m in row["mentions"]))
    if kind == Entity.__name__:
        return Entity(**{**row, "aliases": tuple(row["aliases"])})
    made: dict[str, type[Statement] | type[Result]] = {c.__name__: c for c in (Statement, Result)}
    return made[kind](**{**row, "evidence": read_evidence(row["evidence"])})


@dataclass(frozen=True)
class Graph:
    """The assembled whole: nodes by id, in the order of their ids."""

    papers: Mapping[str, GroundedPaper] = field(default_factory=dict)
    entities: Mapping[str, Entity] = field(default_factory=dict)
    statements: Mapping[str, Statement] = field(default_factory=dict)
    results: Mapping[str, Result] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Iterable[Node]) -> Graph:
        """Build a graph from nodes in any order."""
        kinds: dict[type, dict[str, Node]] = {GroundedPaper: {}, Entity: {}, Statement: {}, Result: {}}
        for node in nodes:
            kinds[type(node)][node_id(node)] = node
        return cls(*(dict(sorted(part.items())) for part in kinds.values()))  # type: ignore[arg-type]  # sorted by type above

    def nodes(self) -> Iterator[Node]:
        """Yield papers, entities, statements and results, each group in the order of ids."""
        for part in fields(self):
            yield from getattr(self, part.name).values()

    def name(self, node: str) -> str:
        """Return what people call an entity or a paper: its name or its title."""
        paper = self.papers.get(node)
        return paper.paper.title if paper else self.entities[node].name
