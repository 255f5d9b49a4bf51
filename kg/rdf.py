"""The graph as RDF and back: the only RDF mapping.

Every node becomes N-Quads lines in the default graph that nobody else writes, so that a store can take a
node out by itself. There are no blank nodes: parts of a node have addresses under its own, and a place in a
text is the paper's address with an RFC 5147 fragment, `…/paper/arXiv:2305.18290#char=10,24`.

The lines are in the canonical form that stores print (`"1"^^xsd:double`, no needless escapes): the sorted
lines of a graph are its fingerprint. Sets have no order in RDF; they are read back sorted: aliases by
themselves, mentions by place, evidence by `evidence_order`. Authors and categories keep their order in a
JSON literal.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg.records import (
    Entity,
    Evidence,
    GroundedPaper,
    Mention,
    Node,
    Paper,
    Result,
    Span,
    Statement,
    paper_node,
)
from kg.vocabulary import PREFIXES, KnownName, Vocabulary, iri, node_of, term

_XSD, _RDF, _DCTERMS, _SCHEMA = PREFIXES["xsd"], PREFIXES["rdf"], PREFIXES["dcterms"], PREFIXES["schema"]

TYPE = _RDF + "type"
SUBJECT, PREDICATE, OBJECT = _RDF + "subject", _RDF + "predicate", _RDF + "object"
LABEL = PREFIXES["rdfs"] + "label"
PREF_LABEL, ALT_LABEL = PREFIXES["skos"] + "prefLabel", PREFIXES["skos"] + "altLabel"
BROADER = PREFIXES["skos"] + "broader"
TITLE, ABSTRACT = _DCTERMS + "title", _DCTERMS + "abstract"
CREATOR, ISSUED, TOPIC = _DCTERMS + "creator", _DCTERMS + "issued", _DCTERMS + "subject"
URL, VENUE = _SCHEMA + "url", _SCHEMA + "publication"

STATEMENT, RESULT, EVIDENCE = term("Statement"), term("Result"), term("Evidence")
BELIEF, PAPER_COUNT, CURATED = term("belief"), term("paperCount"), term("curated")
HAS_EVIDENCE = term("evidence")
PAPER, TEXT, SENTENCE, WORDS = term("paper"), term("text"), term("sentence"), term("words")
SUBJECT_WORDS, OBJECT_WORDS = term("subjectWords"), term("objectWords")
COMPONENT, VERSION, PROBABILITY = term("component"), term("version"), term("probability")
NEGATED, HEDGED = term("negated"), term("hedged")
METHOD, BENCHMARK, METRIC, BASELINE = term("method"), term("benchmark"), term("metric"), term("baseline")
VALUE, UNIT, KIND = term("value"), term("unit"), term("kind")
AUTHORS, CATEGORIES, SOURCE = term("authors"), term("categories"), term("source")
DOI, ARXIV = term("doi"), term("arxiv")
MENTIONS, HAS_MENTION, REFERS_TO, REASON = (
    term("mentions"),
    term("hasMention"),
    term("refersTo"),
    term("reason"),
)
ABOUT, USUAL_METRIC, DIRECTION = term("about"), term("usualMetric"), term("direction")
LOWEST, HIGHEST, VERSION_OF = term("lowest"), term("highest"), term("versionOf")

ENDS = (SUBJECT, PREDICATE, OBJECT)
"""Properties that lead from a statement to what its direct edge joins."""

PARTS = (HAS_EVIDENCE, HAS_MENTION)
"""Properties that lead from a node to its parts, which come and go with it."""

_DATES = {4: "gYear", 7: "gYearMonth", 10: "date"}
_DATE = re.compile(r"[12]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_FRAGMENT = re.compile(r"#char=(\d+),(\d+)")
_SPECIAL = re.compile(r'["\\\x00-\x1f\x7f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def to_nquads(node: Node, vocabulary: Vocabulary) -> list[str]:
    """Return the lines of a node, each without its line break, in a fixed order."""
    match node:
        case GroundedPaper():
            return _paper_lines(node, vocabulary)
        case Entity():
            return _entity_lines(node, vocabulary)
        case Statement():
            return _statement_lines(node)
        case Result():
            return _result_lines(node)


def sorted_nquads(nodes: Iterable[Node], vocabulary: Vocabulary) -> bytes:
    """Return the fingerprint of a graph: all lines, sorted, each with its line break."""
    lines = [line for node in nodes for line in to_nquads(node, vocabulary)]
    return "".join(f"{line}\n" for line in sorted(lines)).encode()


def direct_edge(subject: str, predicate: str, object_: str) -> str:
    """Return the line that joins the two ends of a statement; all three are IRIs."""
    return f"<{subject}> <{predicate}> <{object_}> ."


def fragment(paper_id: str, span: Span) -> str:
    """Return the IRI of a place in a paper's text.

    >>> fragment("arXiv:2305.18290", Span(10, 24))
    'https://w3id.org/alignkg/id/paper/arXiv:2305.18290#char=10,24'
    """
    return f"{iri(paper_node(paper_id))}#char={span.start},{span.end}"


def span_of(address: str) -> Span:
    """Return the place that `fragment` wrote."""
    found = _FRAGMENT.search(address)
    if not found:
        raise ValueError(f"{address} names no place in a text")
    return Span(int(found[1]), int(found[2]))


def evidence_order(evidence: Evidence) -> tuple[str, Span, str, str]:
    """Return the key by which the evidence of one statement is sorted."""
    return evidence.paper, evidence.words, evidence.component, evidence.id


# --- writing -------------------------------------------------------------------------------------------


class _Lines:
    """The lines about one subject, appended to a list."""

    def __init__(self, address: str, lines: list[str]) -> None:
        self.subject = f"<{address}> <"
        self.lines = lines

    def link(self, name: str, address: str) -> None:
        self.lines.append(f"{self.subject}{name}> <{address}> .")

    def node(self, name: str, node: str | None) -> None:
        if node is not None:
            self.link(name, iri(node))

    def text(self, name: str, value: str | None) -> None:
        if value is not None:
            self.lines.append(f'{self.subject}{name}> "{_escape(value)}" .')

    def typed(self, name: str, value: str, datatype: str) -> None:
        self.lines.append(f'{self.subject}{name}> "{_escape(value)}"^^<{datatype}> .')

    def integer(self, name: str, value: int) -> None:
        self.typed(name, str(value), _XSD + "integer")

    def double(self, name: str, value: float) -> None:
        self.typed(name, double_text(value), _XSD + "double")

    def flag(self, name: str, value: bool) -> None:
        if value:
            self.typed(name, "true", _XSD + "boolean")

    def listed(self, name: str, values: tuple[str, ...]) -> None:
        if values:
            self.typed(name, json.dumps(values, ensure_ascii=False), _RDF + "JSON")


def _escape(value: str) -> str:
    return _SPECIAL.sub(_escaped, value) if _SPECIAL.search(value) else value


def _escaped(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04X}"


def double_text(value: float) -> str:
    """Write a double as stores print it: shortest, with neither exponent nor trailing zero."""
    text = repr(float(value))
    return (format(Decimal(text), "f") if "e" in text else text).removesuffix(".0")


def _paper_lines(grounded: GroundedPaper, vocabulary: Vocabulary) -> list[str]:
    paper = grounded.paper
    out = _Lines(iri(paper_node(paper.id)), [])
    out.link(TYPE, term(vocabulary.paper.name))
    out.text(LABEL, paper.title)
    out.text(TITLE, paper.title)
    out.text(ABSTRACT, paper.abstract)
    for author in dict.fromkeys(paper.authors):
        out.text(CREATOR, author)
    out.listed(AUTHORS, paper.authors)
    if paper.published is not None:
        _issued(out, paper.published)
    for name, value in _texts(paper).items():
        out.text(name, value)
    for category in dict.fromkeys(paper.categories):
        out.text(TOPIC, category)
    out.listed(CATEGORIES, paper.categories)
    for entity in dict.fromkeys(mention.entity for mention in grounded.mentions):
        out.node(MENTIONS, entity)
    for address, mention in _addressed(grounded):
        out.link(HAS_MENTION, address)
        _mention_lines(_Lines(address, out.lines), mention, paper)
    return out.lines


def _texts(paper: Paper) -> dict[str, str | None]:
    return {
        VENUE: paper.venue,
        URL: paper.url,
        DOI: paper.doi,
        ARXIV: paper.arxiv,
        SOURCE: paper.source,
    }


def _issued(out: _Lines, published: str) -> None:
    if _DATE.fullmatch(published):
        out.typed(ISSUED, published, _XSD + _DATES[len(published)])
    else:
        out.text(ISSUED, published)


def _addressed(grounded: GroundedPaper) -> Iterator[tuple[str, Mention]]:
    """Yield mentions with their addresses; two entities in one place need the entity to tell them apart."""
    places = Counter((mention.start, mention.end) for mention in grounded.mentions)
    for mention in grounded.mentions:
        place = fragment(grounded.id, Span(mention.start, mention.end))
        shared = places[mention.start, mention.end] > 1
        yield (f"{place}&entity={iri(mention.entity)}" if shared else place), mention


def _mention_lines(out: _Lines, mention: Mention, paper: Paper) -> None:
    out.node(REFERS_TO, mention.entity)
    out.text(REASON, mention.reason)
    if mention.text != paper.text[mention.start : mention.end]:
        out.text(TEXT, mention.text)


def _entity_lines(entity: Entity, vocabulary: Vocabulary) -> list[str]:
    out = _Lines(iri(entity.id), [])
    out.link(TYPE, term(entity.type))
    out.text(LABEL, entity.name)
    out.text(PREF_LABEL, entity.name)
    for alias in entity.aliases:
        out.text(ALT_LABEL, alias)
    out.integer(PAPER_COUNT, entity.papers)
    known = vocabulary.names.get(entity.id)
    if known:
        _known_lines(out, known)
    return out.lines


def _known_lines(out: _Lines, known: KnownName) -> None:
    for broader in known.broader:
        out.node(BROADER, broader)
    out.text(ABOUT, known.measures)
    out.node(USUAL_METRIC, known.metric)
    out.text(DIRECTION, known.direction)
    out.node(VERSION_OF, known.version_of)
    if known.scale:
        out.double(LOWEST, known.scale[0])
        out.double(HIGHEST, known.scale[1])


def _statement_lines(statement: Statement) -> list[str]:
    subject, predicate, object_ = iri(statement.subject), term(statement.predicate), iri(statement.object)
    out = _Lines(iri(statement.id), [])
    out.link(TYPE, STATEMENT)
    out.link(SUBJECT, subject)
    out.link(PREDICATE, predicate)
    out.link(OBJECT, object_)
    out.flag(CURATED, statement.curated)
    _support_lines(out, statement)
    if statement.belief > 0:
        out.lines.append(direct_edge(subject, predicate, object_))
    return out.lines


def _result_lines(result: Result) -> list[str]:
    out = _Lines(iri(result.id), [])
    out.link(TYPE, RESULT)
    out.node(METHOD, result.method)
    out.node(BENCHMARK, result.benchmark)
    out.node(METRIC, result.metric)
    out.node(BASELINE, result.baseline)
    out.double(VALUE, result.value)
    out.text(UNIT, result.unit)
    out.text(KIND, result.kind)
    _support_lines(out, result)
    return out.lines


def _support_lines(out: _Lines, supported: Statement | Result) -> None:
    out.double(BELIEF, supported.belief)
    out.integer(PAPER_COUNT, supported.papers)
    for evidence in supported.evidence:
        address = f"{iri(supported.id)}/{evidence.id}"
        out.link(HAS_EVIDENCE, address)
        _evidence_lines(_Lines(address, out.lines), evidence)


def _evidence_lines(out: _Lines, evidence: Evidence) -> None:
    out.link(TYPE, EVIDENCE)
    out.node(PAPER, paper_node(evidence.paper))
    out.text(TEXT, evidence.text)
    out.link(SENTENCE, fragment(evidence.paper, evidence.sentence))
    out.link(WORDS, fragment(evidence.paper, evidence.words))
    for name, span in ((SUBJECT_WORDS, evidence.subject), (OBJECT_WORDS, evidence.object)):
        if span is not None:
            out.link(name, fragment(evidence.paper, span))
    out.text(COMPONENT, evidence.component)
    out.text(VERSION, evidence.version)
    out.double(PROBABILITY, evidence.probability)
    out.flag(NEGATED, evidence.negated)
    out.flag(HEDGED, evidence.hedged)


# --- reading -------------------------------------------------------------------------------------------


def from_nquads(lines: bytes) -> Iterator[Node]:
    """Yield the nodes that `to_nquads` wrote, in no particular order; what belongs to no node is left."""
    facts = _Facts(lines)
    for subject, types in facts.subjects_with(TYPE):
        if STATEMENT in types:
            yield _read_statement(facts.about(subject), facts)
        elif RESULT in types:
            yield _read_result(facts.about(subject), facts)
        elif TITLE in facts.values[subject]:
            yield _read_paper(subject, facts)
        elif PREF_LABEL in facts.values[subject]:
            yield _read_entity(subject, facts.about(subject))


class _About(NamedTuple):
    """What is said about one subject."""

    values: Mapping[str, list[str]]

    def all(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def maybe(self, name: str) -> str | None:
        found = self.values.get(name)
        return found[0] if found else None

    def one(self, name: str) -> str:
        return self.values[name][0]

    def node(self, name: str) -> str | None:
        found = self.maybe(name)
        return node_of(found) if found is not None else None

    def end(self, name: str) -> str:
        found = self.one(name)
        return node_of(found) or found

    def span(self, name: str) -> Span | None:
        found = self.maybe(name)
        return span_of(found) if found is not None else None

    def listed(self, name: str) -> tuple[str, ...]:
        return tuple(json.loads(self.values[name][0])) if name in self.values else ()

    def flag(self, name: str) -> bool:
        return name in self.values


class _Facts:
    """All quads by subject and property."""

    def __init__(self, lines: bytes) -> None:
        self.values: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for quad in parse(lines, RdfFormat.N_QUADS):
            subject, object_ = quad.subject, quad.object
            if isinstance(subject, NamedNode) and isinstance(object_, NamedNode | Literal):
                self.values[subject.value][quad.predicate.value].append(object_.value)

    def subjects_with(self, name: str) -> Iterator[tuple[str, list[str]]]:
        for subject, values in self.values.items():
            if name in values:
                yield subject, values[name]

    def about(self, subject: str) -> _About:
        return _About(self.values[subject])


def _read_paper(subject: str, facts: _Facts) -> GroundedPaper:
    about = facts.about(subject)
    paper = Paper(
        id=(node_of(subject) or subject).removeprefix(paper_node("")),
        title=about.one(TITLE),
        abstract=about.one(ABSTRACT),
        authors=about.listed(AUTHORS),
        published=about.maybe(ISSUED),
        venue=about.maybe(VENUE),
        url=about.maybe(URL),
        doi=about.maybe(DOI),
        arxiv=about.maybe(ARXIV),
        categories=about.listed(CATEGORIES),
        source=about.maybe(SOURCE),
    )
    mentions = [_read_mention(address, facts.about(address), paper) for address in about.all(HAS_MENTION)]
    return GroundedPaper(paper, tuple(sorted(mentions, key=lambda m: (m.start, m.end, m.entity))))


def _read_mention(address: str, about: _About, paper: Paper) -> Mention:
    start, end = span_of(address)
    text = about.maybe(TEXT)
    return Mention(
        entity=about.end(REFERS_TO),
        start=start,
        end=end,
        text=paper.text[start:end] if text is None else text,
        reason=about.one(REASON),
    )


def _read_entity(subject: str, about: _About) -> Entity:
    return Entity(
        id=node_of(subject) or subject,
        type=about.one(TYPE).removeprefix(term("")),
        name=about.one(PREF_LABEL),
        aliases=tuple(sorted(about.all(ALT_LABEL))),
        papers=int(about.one(PAPER_COUNT)),
    )


def _read_statement(about: _About, facts: _Facts) -> Statement:
    return Statement(
        subject=about.end(SUBJECT),
        predicate=about.one(PREDICATE).removeprefix(term("")),
        object=about.end(OBJECT),
        belief=float(about.one(BELIEF)),
        papers=int(about.one(PAPER_COUNT)),
        evidence=_read_evidence(about, facts),
        curated=about.flag(CURATED),
    )


def _read_result(about: _About, facts: _Facts) -> Result:
    return Result(
        method=about.node(METHOD),
        benchmark=about.node(BENCHMARK),
        metric=about.node(METRIC),
        value=float(about.one(VALUE)),
        unit=about.one(UNIT),
        kind=about.one(KIND),
        baseline=about.node(BASELINE),
        belief=float(about.one(BELIEF)),
        papers=int(about.one(PAPER_COUNT)),
        evidence=_read_evidence(about, facts),
    )


def _read_evidence(about: _About, facts: _Facts) -> tuple[Evidence, ...]:
    found = (_one_evidence(facts.about(address)) for address in about.all(HAS_EVIDENCE))
    return tuple(sorted(found, key=evidence_order))


def _one_evidence(about: _About) -> Evidence:
    return Evidence(
        paper=about.end(PAPER).removeprefix(paper_node("")),
        sentence=span_of(about.one(SENTENCE)),
        words=span_of(about.one(WORDS)),
        subject=about.span(SUBJECT_WORDS),
        object=about.span(OBJECT_WORDS),
        text=about.one(TEXT),
        component=about.one(COMPONENT),
        version=about.one(VERSION),
        probability=float(about.one(PROBABILITY)),
        negated=about.flag(NEGATED),
        hedged=about.flag(HEDGED),
    )
