"""Graphs made by hypothesis, as odd as the records allow, in the order in which a mapping gives them back."""

from __future__ import annotations

from hypothesis import strategies as st

from kg.rdf import evidence_order
from kg.records import (
    Entity,
    Evidence,
    Graph,
    GroundedPaper,
    Mention,
    Paper,
    Result,
    Span,
    Statement,
    paper_node,
)
from kg.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()

texts = st.text(max_size=20)
names = st.text(min_size=1, max_size=12)
options = st.none() | texts
probabilities = st.floats(0, 1)
spans = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: Span(min(pair), max(pair)))
dates = st.none() | st.sampled_from(["2024", "2023-05", "2024-02-29", "spring 2024", ""])
entity_ids = st.builds(
    lambda kind, name: f"{kind.slug}/{name}",
    st.sampled_from(sorted(VOCABULARY.types.values(), key=str)),
    names,
)
paper_ids = st.sampled_from(["arXiv:2401.00001", "doi:10.1000/a#b", "hash:ü 1"])
ends = entity_ids | paper_ids.map(paper_node)

papers = st.builds(
    Paper,
    id=paper_ids,
    title=texts,
    abstract=texts,
    authors=st.lists(texts, max_size=3).map(tuple),
    published=dates,
    venue=options,
    url=options,
    doi=options,
    arxiv=options,
    categories=st.lists(texts, max_size=3).map(tuple),
    source=options,
)
evidences = st.lists(
    st.builds(
        Evidence,
        paper=paper_ids,
        sentence=spans,
        words=spans,
        subject=st.none() | spans,
        object=st.none() | spans,
        text=texts,
        component=names,
        version=names,
        probability=probabilities,
        negated=st.booleans(),
        hedged=st.booleans(),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda evidence: evidence.id,
).map(lambda found: tuple(sorted(found, key=evidence_order)))
entities = st.builds(
    lambda key, name, aliases, papers: Entity(
        key, VOCABULARY.type_of(key).name, name, tuple(sorted(aliases)), papers
    ),
    entity_ids,
    names,
    st.sets(names, max_size=3),
    st.integers(0, 10**6),
)
statements = st.builds(
    Statement,
    subject=ends,
    predicate=st.sampled_from(sorted(VOCABULARY.predicates)),
    object=entity_ids,
    belief=probabilities,
    papers=st.integers(0, 1000),
    evidence=evidences,
    curated=st.booleans(),
)
results = st.builds(
    Result,
    method=st.none() | ends,
    benchmark=st.none() | entity_ids,
    metric=st.none() | entity_ids,
    value=st.floats(allow_nan=False, allow_infinity=False),
    unit=texts,
    kind=texts,
    baseline=st.none() | entity_ids,
    belief=probabilities,
    papers=st.integers(0, 1000),
    evidence=evidences,
)


@st.composite
def grounded_papers(draw: st.DrawFn) -> GroundedPaper:
    """Return a paper whose mentions lie in its text, two of them perhaps in one place."""
    paper = draw(papers)
    places = st.builds(lambda span, entity, reason: (span, entity, reason), spans, entity_ids, texts)
    found = draw(st.lists(places, max_size=4, unique_by=lambda place: place[:2]))
    mentions = [
        Mention(entity, span.start, span.end, paper.text[span.start : span.end], reason)
        for span, entity, reason in found
    ]
    return GroundedPaper(paper, tuple(sorted(mentions, key=lambda m: (m.start, m.end, m.entity))))


nodes = grounded_papers() | entities | statements | results
graphs = st.lists(nodes, max_size=8).map(Graph.of)
