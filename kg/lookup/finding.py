"""What fulfils a question's conditions: statements, numbers and papers, as they were found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from kg.errors import UnknownQuery
from kg.lookup.grammar import Clause, Grammar, Question
from kg.lookup.names import Named
from kg.lookup.reading import Hit, Number, Reader


@dataclass
class Finder:
    """A question on its way to an answer. `stating` keeps which papers state what."""

    reader: Reader
    grammar: Grammar
    text: str
    question: Question
    stating: dict[tuple[str, str], Mapping[str, set[str]]] = field(default_factory=dict)

    def asking(self, question: Question) -> Finder:
        """Return a finder for another question that knows what this one has read."""
        return Finder(self.reader, self.grammar, self.text, question, self.stating)

    @property
    def paper(self) -> str:
        """The class of papers."""
        return self.reader.vocabulary.paper.name

    # --- statements ---

    def hits(self) -> list[Hit]:
        """Return the statements about what fulfils all clauses and filters."""
        found = [self._by_wanted(clause) for clause in self.question.clauses]
        common = set.intersection(*(set(part) for part in found))
        return [hit for part in found for end in sorted(common) for hit in part[end]]

    def between(self) -> list[Hit]:
        """Return the statements that say of the question's name what its one clause says."""
        named = self.reader.names.require(self.question.name or "")
        (clause,) = self.question.clauses
        return [hit for end, found in self._by_wanted(clause).items() if end in named for hit in found]

    def connected(self) -> list[Hit]:
        """Return the statements between a named thing and things of the wanted type, else of a like one."""
        ids = self.reader.names.require(self.question.name or "")
        others = [
            (hit, self._type(hit.object if hit.subject in ids else hit.subject))
            for node_id in ids
            for hit in self.reader.hits_about(node_id)
        ]
        exactly = [hit for hit, kind in others if kind == self.question.wanted]
        alike = [hit for hit, kind in others if kind in self.kinds(self.question.wanted)]
        return self._filtered(exactly or alike)

    def numbers(self) -> list[Number]:
        """Return the numbers on a named thing that also name something of the wanted type."""
        kinds = self.kinds(self.question.wanted)
        ids = self.reader.names.require(self.question.name or "")
        return [
            number
            for node_id in ids
            for number in self.reader.numbers_on(node_id)
            if any(self._type(end) in kinds for end in (number.method, number.metric) if end)
        ]

    def naming(self) -> list[Named]:
        """Return the papers that name a thing, the newest first."""
        ids = self.reader.names.require(self.question.name or "")
        return self._newest({paper for node_id in ids for paper in self.reader.naming(node_id)})

    def written(self) -> list[Named]:
        """Return the papers of an author, the newest first."""
        return self._newest(self.reader.written_by(self.question.author or ""))

    def _newest(self, papers: Iterable[str]) -> list[Named]:
        things = self.reader.names.things
        found = sorted((things[p] for p in papers if self.in_time(p)), key=lambda thing: thing.rank)
        return sorted(found, key=lambda thing: thing.published or "", reverse=True)

    def in_papers(self) -> tuple[Clause, ...]:
        """Return what makes a thing one of a paper's own: it is proposed there, addressed or targeted."""
        wanted, predicates = self.question.wanted, self.reader.vocabulary.predicates.values()
        fitting = [p for p in predicates if wanted in p.range and self.paper in p.domain]
        own = [p for p in fitting if p.domain == {self.paper}] or fitting
        return tuple(Clause(p.name, True, type=self.paper) for p in own)

    def _by_wanted(self, clause: Clause) -> dict[str, list[Hit]]:
        """Return the statements of a clause by what they say it of."""
        both = clause.predicate in self.grammar.symmetric and clause.name
        found: dict[str, list[Hit]] = {}
        for way in (clause, replace(clause, inverse=not clause.inverse)) if both else (clause,):
            for hit in self._filtered(self._matching(way)):
                found.setdefault(_wanted_end(hit, way), []).append(hit)
        return found

    def _matching(self, clause: Clause) -> list[Hit]:
        found = [hit for predicate in self._predicates(clause) for hit in self._stated(predicate, clause)]
        if self.question.wanted == self.paper and not clause.inverse:
            return [one for hit in found for one in self._by_paper(hit)]
        kinds = self.kinds(self.question.wanted)
        if self.question.wanted and not clause.inverse:
            kinds = kinds | {self.paper}  # where a paper names nothing of its own, it stands for its method
        return [hit for hit in found if self._type(_wanted_end(hit, clause)) in kinds]

    def _stated(self, predicate: str, clause: Clause) -> Iterable[Hit]:
        """Yield the statements of a predicate at whose other end is what the clause names."""
        if clause.name is None:
            kinds = self.kinds(clause.type)
            for hit in self.reader.hits(predicate=predicate):
                if self._type(hit.subject if clause.inverse else hit.object) in kinds:
                    yield hit
            return
        for node_id in self._ids(clause):
            if clause.inverse:
                yield from self.reader.hits(subject=node_id, predicate=predicate)
            else:
                yield from self.reader.hits(predicate=predicate, object_=node_id)

    def fits(self, clause: Clause) -> bool:
        """Say whether a clause's predicate can be said of what it names: "in medicine", not "in DPO"."""
        known = self.reader.vocabulary.predicates[clause.predicate]
        kinds = {self._type(node_id) for node_id in self._ids(clause)} if clause.name else known.range
        return bool(clause.inverse or kinds & known.range or known.domain != {self.paper})

    def _predicates(self, clause: Clause) -> tuple[str, ...]:
        """Return the predicate; where it does not fit, those that do.

        "About DPO" is all that joins papers to it; metrics that "evaluate" are what it is measured by.
        """
        predicates = self.reader.vocabulary.predicates.values()
        kinds = self.kinds(self.question.wanted)
        if (
            clause.inverse
            and clause.name
            and not kinds & self.reader.vocabulary.predicates[clause.predicate].range
        ):
            return tuple(p.name for p in predicates if p.range & kinds)
        if self.fits(clause):
            return (clause.predicate,)
        named = {self._type(node_id) for node_id in self._ids(clause)}
        return tuple(p.name for p in predicates if self.paper in p.domain and p.range & named)

    def _by_paper(self, hit: Hit) -> Iterable[Hit]:
        """Yield a statement once for each paper that states it."""
        for paper in sorted(self._papers_of(hit)):
            yield replace(hit, paper=paper, papers=1, papers_only=frozenset({paper}))

    # --- filters ---

    def _filtered(self, hits: Iterable[Hit]) -> list[Hit]:
        question = self.question
        if not (question.inside or question.since or question.before):
            return list(hits)
        allowed = [self._inside(name) for name in question.inside]
        kept = []
        for hit in hits:
            papers = hit.papers_only or self._papers_of(hit)
            papers = frozenset(
                p for p in papers if self.in_time(p) and all(p in inside for inside in allowed)
            )
            if papers:
                kept.append(replace(hit, papers_only=papers))
        return kept

    def _inside(self, name: str) -> set[str]:
        """Return the papers in a domain or about a thing, in what is filed under it, or the paper itself."""
        clause = Clause(self.grammar.place, False, name)
        stated = (hit for predicate in self._predicates(clause) for hit in self._stated(predicate, clause))
        ends = {hit.subject for hit in stated} | set(self._ids(clause))
        return {node_id for node_id in ends if self._type(node_id) == self.paper}

    def in_time(self, node_id: str) -> bool:
        """Say whether a paper came out in the time asked for; a paper without a date in none but any."""
        since, before = self.question.since, self.question.before
        if not (since or before):
            return True
        thing = self.reader.names.things.get(node_id)
        if thing is None or thing.item.type != self.paper:
            raise UnknownQuery(self.text, "only papers have dates", ("papers since 2024",))
        return bool(thing.published) and (since or "") <= (thing.published or "") < (before or "9999")

    def _papers_of(self, hit: Hit) -> frozenset[str]:
        key = hit.predicate, hit.object
        if key not in self.stating:
            self.stating[key] = self.reader.stating(*key)
        return frozenset(self.stating[key].get(hit.statement, ()))

    # --- names and types ---

    def _ids(self, clause: Clause) -> tuple[str, ...]:
        names = self.reader.names
        ids = tuple(node_id for name in clause.names for node_id in names.require(name))
        if not clause.inverse:
            return names.with_narrower(ids)
        if self.reader.vocabulary.predicates[clause.predicate].domain != {self.paper}:
            return ids
        return tuple(paper for node_id in ids for paper in self._own_papers(node_id))

    def _own_papers(self, node_id: str) -> list[str]:
        """Return the papers that propose a thing, which say for it what only papers say."""
        kind = self._type(node_id)
        if kind == self.paper:
            return [node_id]
        predicates = self.reader.vocabulary.predicates.values()
        own = [p.name for p in predicates if p.domain == {self.paper} and kind in p.range]
        return [hit.subject for name in own for hit in self.reader.hits(predicate=name, object_=node_id)]

    def _type(self, node_id: str) -> str:
        return self.reader.item(node_id).type

    def kinds(self, wanted: str | None) -> frozenset[str]:
        """Return a type and those that texts confuse it with; all for None."""
        vocabulary = self.reader.vocabulary
        if wanted == self.paper:
            return frozenset({self.paper})
        if wanted is None:
            return frozenset({self.paper, *vocabulary.types})
        return frozenset(t for t in vocabulary.types if vocabulary.loosely(t) == vocabulary.loosely(wanted))


def _wanted_end(hit: Hit, clause: Clause) -> str:
    return hit.paper or (hit.object if clause.inverse else hit.subject)


def one_a_paper(hits: Iterable[Hit]) -> list[Hit]:
    """Return one hit for each paper that hits are about, with the sentences of its others; the rest as is."""
    kept: dict[str, Hit] = {}
    for hit in hits:
        key = hit.paper or hit.statement
        first = kept.get(key)
        if first is None:
            kept[key] = hit
        elif hit.statement != first.statement:
            kept[key] = replace(first, merged=tuple(dict.fromkeys((*first.merged, hit.statement))))
    return list(kept.values())
