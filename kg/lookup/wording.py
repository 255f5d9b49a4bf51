"""How a question was understood, in words, and what could be asked where nothing answers it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kg.lookup.finding import Finder
from kg.lookup.grammar import Clause, Kind, Question, base_form
from kg.lookup.reading import Hit

_SUGGESTED = 3
_LOOKED_AT = 8


@dataclass(frozen=True)
class Wording:
    """A question in plain words."""

    finder: Finder

    def reading(self) -> str:
        """Return how the question was understood."""
        question = self.finder.question
        named = self.finder.reader.called(question.name) if question.name else ""
        if question.kind is Kind.WHETHER:
            return f"whether {named} {self._clause(question.clauses[0], singular=True)}"
        conditions = " and ".join(self._clause(clause) for clause in question.clauses)
        by = question.author and f"by {question.author}"
        joined = "that name" if question.kind is Kind.NAMING else "of"
        said = " ".join(filter(None, (self._wanted(), conditions, named and f"{joined} {named}", by)))
        return ", ".join([said, *self._filters()])

    def _filters(self) -> Iterator[str]:
        question = self.finder.question
        yield from (f"in papers on {self.finder.reader.called(name)}" for name in question.inside)
        if question.since and question.before and int(question.before) - int(question.since) == 1:
            yield f"in {question.since}"
            return
        if question.since:
            yield f"since {question.since}"
        if question.before:
            yield f"before {question.before}"

    def _wanted(self) -> str:
        question, finder = self.finder.question, self.finder
        if question.wanted is None:
            return "what"
        listed = question.kind is Kind.THINGS and not any(self._filters())
        kinds = {question.wanted} if listed else finder.kinds(question.wanted)
        plurals = [t.plural for t in finder.reader.vocabulary.types_by_slug.values() if t.name in kinds]
        return " and ".join(plurals) + (" that" if question.clauses else "")

    def _clause(self, clause: Clause, *, singular: bool = False) -> str:
        finder = self.finder
        known = finder.reader.vocabulary.predicates[clause.predicate]
        label = known.inverse_label if clause.inverse else known.label
        verb, *rest = label.split() if finder.fits(clause) else ("is", "about")
        verb = verb if singular or finder.question.wanted is None else base_form(verb)
        kinds = {t.name: t.label for t in finder.reader.vocabulary.types_by_slug.values()}
        other = f"any {kinds[clause.type]}" if clause.type else "anything"
        named = " or ".join(map(finder.reader.called, clause.names))
        return " ".join((verb, *rest, named or other))

    # --- where nothing answers ---

    def hint(self) -> str:
        """Return that nothing answers, and what near questions would find."""
        question = self.finder.question
        found = [*self._without_filters(), *self._by_clause()]
        if len(question.clauses) == 1 and question.clauses[0].name:
            found += [*self._else_said(question.clauses[0]), *self._like_named(question.clauses[0])]
        return "; ".join([f"nothing is found for “{self.reading()}”", *found])

    def _without_filters(self) -> Iterator[str]:
        question = self.finder.question
        if not (question.inside or question.since or question.before):
            return
        for name in question.inside:
            about = Clause(self.finder.grammar.place, False, name)
            papers = self._count(Question(Kind.STATEMENTS, self.finder.paper, (about,)))
            noun = "paper is" if papers == 1 else "papers are"
            yield f"{papers} {noun} about {self.finder.reader.called(name)}"
        if any(clause.name for clause in question.clauses):
            count = self._count(replace(question, inside=(), since=None, before=None))
            if count:
                yield f"without “{', '.join(self._filters())}” {count} {'does' if count == 1 else 'do'}"

    def _by_clause(self) -> Iterator[str]:
        question = self.finder.question
        for clause in question.clauses if len(question.clauses) > 1 else ():
            count = self._count(replace(question, clauses=(clause,)))
            yield f"{count or 'none'} {self._clause(clause, singular=count == 1)}"

    def _count(self, question: Question) -> int:
        finder = self.finder.asking(question)
        return len({hit.paper or hit.subject for hit in finder.hits()})

    def _else_said(self, clause: Clause) -> Iterator[str]:
        """Yield what else is said of a clause's name, by predicate: "12 papers target it"."""
        reader = self.finder.reader
        ids = reader.names.require(clause.name or "")
        for node_id in ids:
            found = reader.hits(subject=node_id) if clause.inverse else reader.hits(object_=node_id)
            grouped: dict[str, list[Hit]] = defaultdict(list)
            for hit in found:
                grouped[hit.predicate].append(hit)
            for predicate, hits in sorted(grouped.items(), key=lambda pair: (-len(pair[1]), pair[0])):
                known = reader.vocabulary.predicates[predicate]
                if clause.inverse:
                    yield f"it {known.label} {len(hits)} {'thing' if len(hits) == 1 else 'things'}"
                else:
                    yield self._said_by(known.label, hits)

    def _said_by(self, label: str, hits: list[Hit]) -> str:
        verb, *rest = label.split()
        count = len({hit.subject for hit in hits})
        types = self.finder.reader.vocabulary.types_by_slug
        kinds = {types[hit.subject.partition("/")[0]] for hit in hits}
        plural = min(kinds, key=lambda kind: kind.name).plural if len(kinds) == 1 else "things"
        noun = min(kinds, key=lambda kind: kind.name).label if count == 1 else plural
        return " ".join((str(count), noun, verb if count == 1 else base_form(verb), *rest, "it"))

    def _like_named(self, clause: Clause) -> Iterator[str]:
        """Yield names like a clause's of which the question has an answer."""
        reader, question = self.finder.reader, self.finder.question
        asked = reader.names.require(clause.name or "")
        near = [t for t in reader.names.search(reader.item(asked[0]).name) if t.item.id not in asked]
        alike = [
            thing.item.name
            for thing in near[:_LOOKED_AT]
            if question.kind is not Kind.WHETHER
            and self._count(replace(question, clauses=(replace(clause, name=thing.item.id),)))
        ]
        if alike:
            yield f"there is an answer for {', '.join(alike[:_SUGGESTED])}"
