"""Names to entities, and records to papers: which words mean one thing, with reasons.

Grounding is a pure function of the names in one paper, the ontology, and what all papers together say of a
name (`Votes`). It never depends on the order in which papers came.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from kg.records import LocalEntity, Paper
from kg.vocabulary import KnownName, Vocabulary

_ARTICLE = re.compile(r"^(?:the|an?)\s+")
_BRACKETED = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_WORD = re.compile(r"[^\W_]+(?:[.+*^'’%@][^\W_]+)*[+*%]*")
_SHORT = re.compile(r"^[A-Za-z0-9][\w.+/-]{0,9}$")


def plain(text: str) -> str:
    """Return text casefolded, without accents and compatibility forms."""
    if text.isascii():  # most is, and has neither
        return text.casefold()
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in split if not unicodedata.combining(c))


def slug(name: str) -> str:
    """Return the readable part of an id.

    >>> slug("Llama 2"), slug("MT-Bench"), slug("C++ Évaluation")
    ('llama-2', 'mt-bench', 'c++-evaluation')
    """
    return re.sub(r"[^\w.+]+|_+", "-", plain(name)).strip("-.") or "unnamed"


def name_key(name: str) -> str:
    """Return what two spellings of one name share: no case, hyphens, spaces, article or plural s.

    >>> name_key("MT-Bench") == name_key("the MT bench"), name_key("reward models")
    (True, 'rewardmodel')
    >>> name_key("A-OKVQA") == name_key("OK-VQA")
    False
    """
    bare = _BRACKETED.sub(" ", plain(name)).strip() or plain(name)
    words = _WORD.findall(_ARTICLE.sub("", bare))
    if words and len(words[-1]) > 3 and words[-1].endswith("s") and not words[-1].endswith("ss"):
        words[-1] = words[-1][:-1]
    return "".join(words)


def is_abbreviation(name: str) -> bool:
    """Say whether a name looks like a short form: one token with two capitals or more.

    >>> is_abbreviation("DPO"), is_abbreviation("SimPO"), is_abbreviation("Mistral")
    (True, True, False)
    """
    return bool(_SHORT.match(name)) and sum(c.isupper() for c in name) >= 2


@dataclass(frozen=True, slots=True)
class Vote:
    """What one paper says of one name: the ids it would give it, and the long names it spells it out as.

    `named` holds (slug, type) for things called so; `expands` the keys of long names, where it is a short
    form; `shorts` the keys of the short forms that this long name has in the paper.
    """

    named: tuple[tuple[str, str], ...] = ()
    expands: tuple[str, ...] = ()
    shorts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all papers together make of a name: the id that it has, and the one long name it is short for."""

    id: str | None = None
    expansion: str | None = None


@dataclass(frozen=True, slots=True)
class Grounding:
    """The id of an entity and, in words, why it is that one."""

    id: str
    reason: str


def _key(vocabulary: Vocabulary, type_name: str, name: str) -> str:
    return f"{vocabulary.loosely(type_name)}:{name_key(name)}"


@lru_cache(maxsize=2)
def _known_names(vocabulary: Vocabulary) -> Mapping[str, tuple[KnownName, ...]]:
    found: dict[str, list[KnownName]] = {}
    for known in vocabulary.names.values():
        keys = {_key(vocabulary, known.type, name) for name in (known.name, *known.aliases)}
        for key in sorted(keys):
            found.setdefault(key, []).append(known)
    return {key: tuple(names) for key, names in found.items()}


@lru_cache(maxsize=2)
def _bearers(vocabulary: Vocabulary) -> Mapping[str, frozenset[str]]:
    """Return the ids of the known things that bear a name, by its key."""
    found: dict[str, set[str]] = {}
    for known in vocabulary.names.values():
        for name in (known.name, *known.aliases):
            found.setdefault(name_key(name), set()).add(known.id)
    return {key: frozenset(ids) for key, ids in found.items()}


class Grounder:
    """Grounds the entities of single papers by the ontology and by verdicts on names."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    @cached_property
    def known(self) -> Mapping[str, tuple[KnownName, ...]]:
        """Known names by key, `family:mtbench`."""
        return _known_names(self.vocabulary)

    def key(self, type_name: str, name: str) -> str:
        """Return the key of a name among things that texts confuse with this type."""
        return _key(self.vocabulary, type_name, name)

    def votes(self, entities: Iterable[LocalEntity]) -> dict[str, Vote]:
        """Return what a paper's entities say of names, by key; known names need no votes."""
        votes: dict[str, Vote] = {}
        for entity in entities:
            if self._known(entity) is None:
                for key, vote in self._votes(entity):
                    votes[key] = _joined(votes.get(key, Vote()), vote)
        return votes

    def _votes(self, entity: LocalEntity) -> Iterable[tuple[str, Vote]]:
        key = self.key(entity.type, entity.name)
        shorts = [self.key(entity.type, a) for a in _short_forms(entity)]
        yield key, Vote(named=((slug(entity.name), entity.type),), shorts=tuple(sorted(set(shorts))))
        for short in shorts:
            yield short, Vote(expands=(key,))

    def verdict(self, votes: Iterable[Vote]) -> Verdict:
        """Weigh the votes on one name: the commonest type, the first slug, the only expansion.

        Ties fall to the order of the alphabet, so that the verdict is the same on every run.
        """
        types: Counter[str] = Counter()
        slugs: set[str] = set()
        expansions: set[str] = set()
        for vote, papers in Counter(votes).items():  # of thousands of papers most say the same
            for type_name in {type_name for _, type_name in vote.named}:
                types[type_name] += papers
            slugs.update(name for name, _ in vote.named)
            expansions.update(vote.expands)
        id_ = None
        if types:
            chosen = min(types, key=lambda t: (-types[t], t))
            id_ = f"{self.vocabulary.types[chosen].slug}/{min(slugs)}"
        return Verdict(id_, min(expansions) if len(expansions) == 1 else None)

    def ground(self, entity: LocalEntity, verdicts: Mapping[str, Verdict]) -> Grounding:
        """Return the id of an entity; `verdicts` hold at least the keys of its votes and their expansions."""
        known = self._known(entity)
        if known:
            return known
        key = self.key(entity.type, entity.name)
        verdict = verdicts.get(key, Verdict())
        if verdict.expansion and is_abbreviation(entity.name):
            target = self._expanded(verdict.expansion, verdicts)
            if target:
                return Grounding(target, f"short for {target}, as other papers spell it out")
        fallback = f"{self.vocabulary.types[entity.type].slug}/{slug(entity.name)}"
        return Grounding(verdict.id or fallback, "named so in the text")

    def _expanded(self, key: str, verdicts: Mapping[str, Verdict]) -> str | None:
        return verdicts.get(key, Verdict()).id

    def _known(self, entity: LocalEntity) -> Grounding | None:
        """Match the ontology's names: the full name first, then aliases.

        A short alias counts only where the full name is no spelled-out name of its own: a paper's "Data
        Poisoning Objective (DPO)" is not Direct Preference Optimization.
        """
        spelled_out = len(entity.name.split()) > 1
        for name in (entity.name, *entity.aliases):
            if name is not entity.name and spelled_out and is_abbreviation(name):
                continue
            match = self.lookup(entity.type, name)
            if match:
                return Grounding(match.id, f"{name!r} is a known name of {match.name}")
        return None

    def belongs_to_another(self, form: str, id_: str) -> bool:
        """Say whether a form is a known name of other things only.

        Words that hint at a goal ("RLHF" at human preferences) are mentions of it, but no names for it.
        """
        bearers = _bearers(self.vocabulary).get(name_key(form), frozenset())
        return bool(bearers) and id_ not in bearers

    def lookup(self, type_name: str, name: str) -> KnownName | None:
        """Return the known thing of this type, or one confused with it, that bears a name."""
        found = self.known.get(self.key(type_name, name), ())
        same = [k for k in found if k.type == type_name]
        exact = [k for k in same or found if name in (k.name, *k.aliases)]
        return min(exact or same or found, key=lambda k: k.id, default=None)


def _short_forms(entity: LocalEntity) -> list[str]:
    if len(entity.name.split()) < 2:
        return []
    return [alias for alias in entity.aliases if is_abbreviation(alias)]


def _joined(a: Vote, b: Vote) -> Vote:
    return Vote(
        named=tuple(sorted({*a.named, *b.named})),
        expands=tuple(sorted({*a.expands, *b.expands})),
        shorts=tuple(sorted({*a.shorts, *b.shorts})),
    )


_RANKS = ("arXiv:", "doi:")
_HASH = "hash:"


def _rank(paper: Paper) -> tuple[int, str]:
    if paper.id.startswith(_HASH):
        return len(_RANKS) + 1, paper.id
    return next((i for i, mark in enumerate(_RANKS) if paper.id.startswith(mark)), len(_RANKS)), paper.id


def title_key(title: str) -> str:
    """Return what the titles of one paper share, whatever their case and punctuation."""
    return "".join(c for c in plain(title) if c.isalnum())


def meet(records: Iterable[Paper]) -> tuple[Paper, ...]:
    """Join the records of one title that are one paper: known by title here, by DOI or arXiv id there.

    Two ids of the same kind are two papers, and then nothing is joined. The best id wins (arXiv, DOI, own,
    hash of the title); its text counts, and facts that it lacks come from the others.
    """
    ranked = sorted(records, key=_rank)
    kinds = Counter(_rank(paper)[0] for paper in ranked)
    if not ranked or max(kinds.values()) > 1:
        return tuple(ranked)
    best = ranked[0]
    for other in ranked[1:]:
        lacking = {
            name: getattr(other, name)
            for name in ("authors", "published", "venue", "url", "doi", "arxiv", "categories", "source")
            if not getattr(best, name) and getattr(other, name)
        }
        best = replace(best, **lacking)
    return (best,)
