"""What two simple readers would say of the same mentions: the figures that the pipeline has to beat.

Co-occurrence joins every two things of a sentence that the ontology lets be joined, by the predicate that the
annotation itself joins such types by most often. The verb reader takes subject, verb and object of a parser
and looks the verb up among the ontology's words. The paper is a thing of every sentence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from kg.evaluate.scoring import ENTITIES, STATEMENTS
from kg.evaluate.spread import Scored
from kg.extract.clauses import Parsed, parse, verb_of
from kg.extract.gold import to_gold
from kg.records import JSON, PAPER, Extraction, LocalEntity, Paper, Span
from kg.vocabulary import Vocabulary, load_vocabulary

COOCCURRENCE, VERBS = "co-occurrence", "dependency verbs"
Pair = tuple[str, str]
"""The types of subject and object."""
Triple = tuple[str, str, str]
_WE = "we"


def baselines(
    gold: Mapping[str, JSON], papers: Mapping[str, Paper], extractions: Sequence[Extraction]
) -> dict[str, Scored]:
    """Score both simple readers on the mentions of extractions, by name; `papers` are by id."""
    vocabulary = load_vocabulary()
    predicates, words = commonest(gold.values(), vocabulary), lexicon(vocabulary)
    read: dict[str, dict[str, JSON]] = {COOCCURRENCE: {}, VERBS: {}}
    parsed = parse(papers[e.paper] for e in extractions)
    for e, seen in zip(extractions, parsed, strict=True):
        joined = by_cooccurrence(e, seen.sentences, predicates, vocabulary.paper.name)
        verbs = by_verbs(e, papers[e.paper].text, seen, words, vocabulary)
        read[COOCCURRENCE][e.paper] = with_statements(e, joined)
        read[VERBS][e.paper] = with_statements(e, verbs)
    return {name: Scored.of(gold, guesses) for name, guesses in read.items()}


def with_statements(extraction: Extraction, triples: Iterable[Triple]) -> JSON:
    """Return an extraction as an annotation, with other statements."""
    said = [{"subject": s, "predicate": p, "object": o} for s, p, o in sorted(set(triples))]
    return {**to_gold(extraction), STATEMENTS: said}


def commonest(gold: Iterable[JSON], vocabulary: Vocabulary) -> dict[Pair, str]:
    """Return for each pair of types that may be joined the predicate that most often joins it."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for annotation in gold:
        types = {PAPER: vocabulary.paper.name, **{e["id"]: e["type"] for e in annotation[ENTITIES]}}
        seen.update((types[s["subject"]], s["predicate"], types[s["object"]]) for s in annotation[STATEMENTS])
    return {
        (subject, object_): max(allowed, key=lambda p: (seen[subject, p, object_], p))
        for subject, object_ in product((vocabulary.paper.name, *vocabulary.types), vocabulary.types)
        if (allowed := [p for p in vocabulary.predicates if vocabulary.allows(subject, p, object_)])
    }


def by_cooccurrence(
    extraction: Extraction, sentences: Sequence[Span], predicates: Mapping[Pair, str], paper_type: str
) -> Iterator[Triple]:
    """Join each two things of each sentence, in the order of the text, and the paper with each."""
    for sentence in sentences:
        inside = _inside(extraction.entities, sentence)
        pairs = [((PAPER, paper_type), (e.id, e.type)) for e in inside]
        pairs += [((a.id, a.type), (b.id, b.type)) for a, b in product(inside, inside) if a is not b]
        for (subject, subject_type), (object_, object_type) in pairs:
            predicate = predicates.get((subject_type, object_type))
            if predicate:
                yield subject, predicate, object_


def _inside(entities: Iterable[LocalEntity], sentence: Span) -> list[LocalEntity]:
    return [
        e for e in entities if any(sentence.start <= m.start and m.end <= sentence.end for m in e.mentions)
    ]


Lexicon = Mapping[tuple[str, str], Sequence[tuple[str, bool]]]
"""Verb and preposition → predicates, each with whether the object of the words is its subject."""


def lexicon(vocabulary: Vocabulary) -> Lexicon:
    """Return the verbs among the ontology's words for its predicates."""
    found: dict[tuple[str, str], list[tuple[str, bool]]] = defaultdict(list)
    for predicate in vocabulary.predicates.values():
        for phrase in (predicate.label, *predicate.words):
            found[verb_of(phrase)].append((predicate.name, False))
        for phrase in (predicate.inverse_label, *predicate.inverse_words):
            found[verb_of(phrase)].append((predicate.name, True))
    return {verb: tuple(dict.fromkeys(predicates)) for verb, predicates in found.items()}


def by_verbs(
    extraction: Extraction, text: str, parsed: Parsed, words: Lexicon, vocabulary: Vocabulary
) -> Iterator[Triple]:
    """Say what the verbs between things say, as far as the ontology has words for them.

    "We" and "our method" are what the paper proposes where it is found to propose anything, else the paper.
    """
    types = {PAPER: vocabulary.paper.name, **{e.id: e.type for e in extraction.entities}}
    said = list(_said(extraction.entities, text, parsed, words, _own_words(vocabulary)))
    of_papers = {p.name for p in vocabulary.predicates.values() if p.domain == {vocabulary.paper.name}}
    proposed = [o for s, p, o in said if s == PAPER != o and p in of_papers and _acts(types[o], vocabulary)]
    for subject, predicate, object_ in said:
        doer = proposed[0] if proposed and subject == PAPER and predicate not in of_papers else subject
        if object_ not in (PAPER, doer) and vocabulary.allows(types[doer], predicate, types[object_]):
            yield doer, predicate, object_


def _own_words(vocabulary: Vocabulary) -> frozenset[str]:
    """Return the words by which papers speak of themselves and of what they propose."""
    kinds = [vocabulary.paper, *(t for t in vocabulary.types.values() if _acts(t.name, vocabulary))]
    return frozenset({_WE, *(word for kind in kinds for word in (kind.label, *kind.words))})


def _acts(type_name: str, vocabulary: Vocabulary) -> bool:
    """Say whether statements are made of such things, and not only about them."""
    return any(type_name in predicate.domain for predicate in vocabulary.predicates.values())


def _said(
    entities: Sequence[LocalEntity], text: str, parsed: Parsed, words: Lexicon, ours: frozenset[str]
) -> Iterator[Triple]:
    for clause in parsed.clauses:
        ends = [_named(entities, text, end, ours) for end in (clause.subject, clause.object)]
        for predicate, inverse in words.get((clause.verb, clause.link), ()):
            for subject, object_ in product(*(reversed(ends) if inverse else ends)):
                yield subject, predicate, object_


def _named(entities: Iterable[LocalEntity], text: str, head: Span, ours: frozenset[str]) -> list[str]:
    """Return the things that a head word names; the paper where it speaks of itself."""
    named = [e.id for e in entities if any(m.start <= head.start and head.end <= m.end for m in e.mentions)]
    itself = text[head.start : head.end].casefold() in ours
    return named or ([PAPER] if itself else [])
