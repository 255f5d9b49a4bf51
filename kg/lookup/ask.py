"""A question in words → its answer: read by `kg.lookup.grammar`, answered from statements and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from kg.errors import NotFound, UnknownQuery
from kg.lookup import tables
from kg.lookup.answers import Answer
from kg.lookup.grammar import Clause, Grammar, Kind, Misread, Question, base_form
from kg.lookup.names import Names
from kg.lookup.paging import FIRST, Page
from kg.lookup.reading import Hit, Reader
from kg.lookup.rows import answer_statements, answer_things, ranked

EXAMPLES = (
    "methods evaluated on MT-Bench",
    "what outperforms DPO",
    "papers that use DPO",
    "results of DPO on MT-Bench",
    "what improves helpfulness in medicine",
)


def ask(reader: Reader, grammar: Grammar, text: str, page: Page = FIRST) -> Answer:
    """Answer a question in words; NotFound for an unknown name, UnknownQuery for words of no known form."""
    names = reader.refresh()
    question, misread = grammar.read(text, lambda name: bool(names.of(name)))
    if question is None:
        raise _not_understood(text, misread, names)
    answer = _answer(_Asked(reader, grammar, text, question), page)
    return replace(answer, question=text)


def _not_understood(text: str, misread: Misread, names: Names) -> NotFound | UnknownQuery:
    nearest = names.nearest(misread.words) if misread.words else ()
    if nearest or misread.place > 0:
        return NotFound(misread.words, nearest)
    return UnknownQuery(text, "these words form no question that is known", EXAMPLES)


def _answer(asked: _Asked, page: Page) -> Answer:
    question, reader = asked.question, asked.reader
    match question.kind:
        case Kind.STATEMENTS:
            hits = ranked(asked.hits(), reader)
            return answer_statements(asked.text, asked.reading(), hits, page, reader)
        case Kind.CONNECTED:
            hits = ranked(asked.connected(), reader)
            return answer_statements(asked.text, asked.reading(), hits, page, reader)
        case Kind.THINGS:
            things = [t for t in reader.names.of_type(question.wanted or "") if asked.in_time(t.item.id)]
            return answer_things(asked.text, asked.reading(), things, page)
        case Kind.RESULTS:
            return tables.results(reader, method=question.name, benchmark=question.on, page=page)
        case Kind.LEADERBOARD:
            return tables.leaderboard(reader, question.name or "", page)
        case Kind.ABOUT:
            return tables.about(reader, question.name or "", page)


@dataclass
class _Asked:
    """A question on its way to an answer. `stating` keeps which papers state what."""

    reader: Reader
    grammar: Grammar
    text: str
    question: Question
    stating: dict[tuple[str, str], Mapping[str, set[str]]] = field(default_factory=dict)

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

    def connected(self) -> list[Hit]:
        """Return the statements between a named thing and things of the wanted type."""
        kinds = self._kinds(self.question.wanted)
        ids = self.reader.names.require(self.question.name or "")
        found = (hit for node_id in ids for hit in self.reader.hits_about(node_id))
        return [
            hit for hit in found if self._type(hit.object if hit.subject in ids else hit.subject) in kinds
        ]

    def _by_wanted(self, clause: Clause) -> dict[str, list[Hit]]:
        """Return the statements of a clause by what they say it of."""
        found: dict[str, list[Hit]] = {}
        for hit in self._filtered(self._matching(clause)):
            found.setdefault(self._wanted_end(hit, clause), []).append(hit)
        return found

    def _wanted_end(self, hit: Hit, clause: Clause) -> str:
        return hit.paper or (hit.object if clause.inverse else hit.subject)

    def _matching(self, clause: Clause) -> list[Hit]:
        found = [hit for predicate in self._predicates(clause) for hit in self._stated(predicate, clause)]
        if self.question.wanted == self.paper and not clause.inverse:
            return [one for hit in found for one in self._by_paper(hit)]
        kinds = self._kinds(self.question.wanted)
        if self.question.wanted and not clause.inverse:
            kinds = kinds | {self.paper}  # where a paper names nothing of its own, it stands for its method
        return [hit for hit in found if self._type(self._wanted_end(hit, clause)) in kinds]

    def _stated(self, predicate: str, clause: Clause) -> Iterable[Hit]:
        """Yield the statements of a predicate at whose other end is what the clause names."""
        if clause.name is None:
            kinds = self._kinds(clause.type)
            for hit in self.reader.hits(predicate=predicate):
                if self._type(hit.subject if clause.inverse else hit.object) in kinds:
                    yield hit
            return
        for node_id in self._ids(clause):
            if clause.inverse:
                yield from self.reader.hits(subject=node_id, predicate=predicate)
            else:
                yield from self.reader.hits(predicate=predicate, object_=node_id)

    def _predicates(self, clause: Clause) -> tuple[str, ...]:
        """Return the predicate; where it does not fit ("about DPO"), all that join papers to such things."""
        predicates = self.reader.vocabulary.predicates
        known = predicates[clause.predicate]
        kinds = {self._type(node_id) for node_id in self._ids(clause)} if clause.name else known.range
        if clause.inverse or kinds & known.range or known.domain != {self.paper}:
            return (clause.predicate,)
        return tuple(p.name for p in predicates.values() if self.paper in p.domain and p.range & kinds)

    def _by_paper(self, hit: Hit) -> Iterable[Hit]:
        """Yield a statement once for each paper that states it."""
        for paper in sorted(self._papers_of(hit)):
            yield replace(hit, paper=paper, papers_only=frozenset({paper}))

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
        """Return the papers in a domain, or in one that is filed under it."""
        names = self.reader.names
        return {
            hit.subject
            for node_id in names.with_narrower(names.require(name))
            for hit in self.reader.hits(predicate=self.grammar.place, object_=node_id)
        }

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
        ids = names.require(clause.name or "")
        return ids if clause.inverse else names.with_narrower(ids)

    def _type(self, node_id: str) -> str:
        return self.reader.item(node_id).type

    def _kinds(self, wanted: str | None) -> frozenset[str]:
        """Return a type and those that texts confuse it with; all for None."""
        vocabulary = self.reader.vocabulary
        if wanted == self.paper:
            return frozenset({self.paper})
        if wanted is None:
            return frozenset({self.paper, *vocabulary.types})
        return frozenset(t for t in vocabulary.types if vocabulary.loosely(t) == vocabulary.loosely(wanted))

    # --- in words ---

    def reading(self) -> str:
        """Return how the question was understood."""
        question = self.question
        conditions = " and ".join(self._clause_in_words(clause) for clause in question.clauses)
        parts = [f"{self._wanted_in_words()} {conditions}".strip()]
        parts += [f"of {self._called(question.name)}"] if question.name else []
        parts += [f"in papers on {self._called(name)}" for name in question.inside]
        parts += [f"since {question.since}"] if question.since else []
        parts += [f"before {question.before}"] if question.before else []
        return ", ".join(parts)

    def _wanted_in_words(self) -> str:
        if self.question.wanted is None:
            return "what"
        kinds = self._kinds(self.question.wanted)
        plurals = [t.plural for t in self.reader.vocabulary.types_by_slug.values() if t.name in kinds]
        return " and ".join(plurals) + (" that" if self.question.clauses else "")

    def _clause_in_words(self, clause: Clause) -> str:
        known = self.reader.vocabulary.predicates[clause.predicate]
        verb, *rest = (known.inverse_label if clause.inverse else known.label).split()
        verb = verb if self.question.wanted is None else base_form(verb)
        kinds = {t.name: t.label for t in self.reader.vocabulary.types_by_slug.values()}
        other = f"any {kinds[clause.type]}" if clause.type else "anything"
        return " ".join((verb, *rest, self._called(clause.name) if clause.name else other))

    def _called(self, name: str | None) -> str:
        names = self.reader.names
        return self.reader.item(names.require(name or "")[0]).name
