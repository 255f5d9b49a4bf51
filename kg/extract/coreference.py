"""Which mentions are one thing, and where a text says "our method", "this framework" for what it proposes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.patterns import load_patterns
from kg.extract.spans import Cluster, TypedSpan, name_key, text_of
from kg.vocabulary import load_vocabulary


class ClusterFinder:
    """Joins mentions by name and abbreviation, and finds the words that stand for the proposed thing."""

    def __call__(self, doc: Doc) -> Doc:
        """Annotate `doc._.kg_clusters` and `doc._.kg_references`."""
        doc._.kg_clusters = tuple(self.find(doc))
        doc._.kg_references = tuple(find_references(doc))
        return doc

    def find(self, doc: Doc) -> list[Cluster]:
        """Return the things that a text names, in the order in which it first does."""
        groups: dict[tuple[str, str], list[TypedSpan]] = defaultdict(list)
        links = _abbreviation_links(doc)
        for mention in doc._.kg_mentions:
            key = _key(doc, mention.start, mention.end)
            groups["", links.get(key, key)].append(mention)
        groups.pop(("", ""), None)
        for mention in doc._.kg_facets:
            groups[mention.type, mention.name].append(mention)
        known = {(m.start, m.end): m.type for m in doc._.kg_names}
        clusters = [_cluster(doc, mentions, known) for mentions in groups.values()]
        return sorted(clusters, key=lambda c: (c.mentions[0].start, c.mentions[0].end, c.type, c.name))


def _key(doc: Doc, start: int, end: int) -> str:
    return name_key(text_of(doc, start, end), load_patterns().words["generic"])


def _abbreviation_links(doc: Doc) -> dict[str, str]:
    """Return keys of short forms with the keys of their long forms."""
    return {_key(doc, *a.short): _key(doc, *a.long) for a in doc._.kg_abbreviations}


def _cluster(doc: Doc, mentions: list[TypedSpan], known: Mapping[tuple[int, int], str]) -> Cluster:
    votes: dict[str, float] = defaultdict(float)
    for mention in mentions:
        votes[mention.type] += mention.probability
    voted = max(sorted(votes), key=lambda t: votes[t])
    types = [known[m.start, m.end] for m in mentions if (m.start, m.end) in known]
    type_name = _known_type(voted, types, everywhere=len(types) == len(mentions))
    forms = Counter(text_of(doc, m.start, m.end) for m in mentions)
    name = mentions[0].name or max(forms, key=lambda f: (len(f), forms[f], f))
    aliases = tuple(sorted(f for f in forms if f != name))
    return Cluster(type_name, name, aliases, tuple(mentions), max(m.probability for m in mentions))


def _known_type(voted: str, known: list[str], *, everywhere: bool) -> str:
    """Return the ontology's type of a thing that is written as known throughout, and as one type.

    Else it is the type that the text suggests, or one of the ontology's that texts merely confuse with it.
    """
    if everywhere and len(set(known)) == 1:
        return known[0]
    loosely = load_vocabulary().loosely
    return next((k for k in sorted(known) if loosely(k) == loosely(voted)), voted)


def find_references(doc: Doc) -> list[tuple[int, int]]:
    """Return token bounds of "we", "our method", "this framework", "the proposed approach", in order."""
    words = load_patterns().words
    found = []
    for token in doc:
        if token.lower_ in words["self"] or token.lower_ in words["possessive"]:
            found.append((token.i, token.i + 1))
        elif token.lower_ in words["contribution"]:
            first = _pointed(doc, token.i)
            if first is not None:
                found.append((first, token.i + 1))
        elif (
            token.lower_ in words["pronoun"]
            and token.dep_ == "nsubj"
            and token.i - doc._.kg_sentences.of(token.i)[0] < 4
        ):
            found.append((token.i, token.i + 1))
    return found


def _pointed(doc: Doc, i: int) -> int | None:
    """Return where "this method" or "the proposed method" starts, None for other methods."""
    words = load_patterns().words
    if i and doc[i - 1].lower_ in words["pointing"]:
        return i - 1
    if i > 1 and doc[i - 1].lower_ in words["proposed"] and doc[i - 2].lower_ in words["pointing"]:
        return i - 2
    return None


@Language.factory(
    "kg_coreference",
    requires=["doc._.kg_mentions", "doc._.kg_abbreviations"],
    assigns=["doc._.kg_clusters", "doc._.kg_references"],
)
def make_coreference(nlp: Language, name: str) -> ClusterFinder:
    """Build the component."""
    return ClusterFinder()
