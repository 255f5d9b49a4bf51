"""Pages of the ontology, made from the Turtle files: one for each class and predicate, and other properties.

Examples are what the graph of the bundled corpus holds when the site is built.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from pages import Page, code, link, plain, quoted, table
from scheme_pages import SCHEMES, names_page, scheme_page
from terms import Terms

from kg.property_graph import relationship_type
from kg.records import Graph, Statement
from kg.vocabulary import AKG, EntityType, Predicate, Vocabulary, term

INDEX, PROPERTIES = "ontology/index.md", "ontology/properties.md"
EXAMPLES = 3
MOST_NAMED = 8


def class_uri(name: str) -> str:
    return f"ontology/classes/{name}.md"


def predicate_uri(name: str) -> str:
    return f"ontology/predicates/{name}.md"


class OntologyPages:
    """All pages of the ontology, over one graph for their examples."""

    def __init__(self, vocabulary: Vocabulary, graph: Graph) -> None:
        self.vocabulary, self.graph, self.terms = vocabulary, graph, Terms()
        self.classes = set(self.terms.classes())

    def index(self) -> Page:
        """Return the page that leads to all others."""
        types = [self.vocabulary.paper, *self.vocabulary.types.values()]
        rows = [(self._class(t.name, INDEX), plain(t.comment), t.plural) for t in types]
        text = f"""# Ontology

Everything that AlignKG calls by a name is defined in Turtle files, once: {len(self.classes)} classes,
{len(self.vocabulary.predicates)} predicates that papers are read for, four schemes of concepts and
{len(self.vocabulary.names):,} known names. What the extractor looks for, what a question may ask, colours,
labels in Cypher and these pages are read from them. This is version {self.vocabulary.version};
`kg serve` sends it as `/ontology.ttl`, `.jsonld`, `.rdf` and `.nt`. [The files](files.md) tells how to add.

Terms begin with `{AKG}`, written `akg:`.

## What there is
{table(("class", "what it is", "several"), rows)}

Besides: {", ".join(self._class(name, INDEX) for name in self._other_classes())}.

## What is said of it
{self._predicates_table(self.vocabulary.predicates.values(), INDEX)}

What carries a claim (evidence, belief, offsets) and what is known of a thing are
[further properties](properties.md).

## Concepts and names
{self._schemes_list()}
- [Known names](names.md): benchmarks, data sets, models and metrics that papers name without explaining them
"""
        return Page(INDEX, "Ontology", text)

    def _other_classes(self) -> list[str]:
        types = {self.vocabulary.paper.name, *self.vocabulary.types}
        return [name for name in self.terms.classes() if name not in types]

    def _schemes_list(self) -> str:
        return "\n".join(
            f"- [{self.terms.name(f'scheme/{s}')}](schemes/{s}.md): {self.terms.definition(f'scheme/{s}')}"
            f" {len(self.terms.members(s))} concepts"
            for s in SCHEMES
        )

    # --- classes ----------------------------------------------------------------------------------------

    def class_pages(self) -> list[Page]:
        """Return a page for each class."""
        return [self._class_page(name) for name in self.terms.classes()]

    def _class_page(self, name: str) -> Page:
        page, label = class_uri(name), self.terms.label(name)
        known = (
            self.vocabulary.paper if name == self.vocabulary.paper.name else self.vocabulary.types.get(name)
        )
        parts = [
            f"# {label[:1].upper()}{label[1:]}",
            plain(self.terms.comment(name)),
            self._facts(self._class_facts(name, known, page)),
        ]
        parts += self._sections(name, known, page)
        return Page(page, label[:1].upper() + label[1:], "\n\n".join(parts) + "\n")

    def _class_facts(self, name: str, known: EntityType | None, page: str) -> Iterator[tuple[str, str]]:
        yield "term", code(f"akg:{name}")
        yield "is a kind of", ", ".join(self._class(above, page) for above in self.terms.above(name))
        below = [other for other in self.terms.classes() if name in self.terms.above(other)]
        yield "kinds of it", ", ".join(self._class(other, page) for other in below)
        if known:
            alike = [
                t.name for t in self.vocabulary.types.values() if t.loosely == known.loosely and t != known
            ]
            yield "texts confuse it with", ", ".join(self._class(other, page) for other in alike)
            yield "asked for as", plain(", ".join((known.plural, *known.words)))
            yield "ids begin with", code(f"{known.slug}/")
            yield "colour", f'<span class="swatch" style="--type: {known.colour}"></span>{code(known.colour)}'
        yield "elsewhere", self._twins(name)

    def _sections(self, name: str, known: EntityType | None, page: str) -> Iterator[str]:
        predicates = self.vocabulary.predicates.values()
        if said := [p for p in predicates if name in p.domain]:
            yield "## What is said of it\n" + self._predicates_table(said, page)
        if objects := [p for p in predicates if name in p.range]:
            yield "## What is said with it as the object\n" + self._predicates_table(objects, page)
        if others := self._properties_of(name):
            yield "## Its properties\n" + self._properties_table(others, page)
        if known and name in self.vocabulary.types:
            yield from self._named(known, page)

    def _named(self, known: EntityType, page: str) -> Iterator[str]:
        things = [e for e in self.graph.entities.values() if e.type == known.name]
        most = sorted(things, key=lambda e: (-e.papers, e.id))[:MOST_NAMED]
        rows = [(plain(e.name), code(e.id), str(e.papers)) for e in most]
        count = sum(n.type == known.name for n in self.vocabulary.names.values())
        scheme = next(
            (s for s in SCHEMES if any(m.startswith(f"{known.slug}/") for m in self.terms.members(s))), None
        )
        where = f"schemes/{scheme}.md" if scheme else "names.md"
        lists = link(f"{count:,} {known.plural}", f"ontology/{where}", page=page)
        yield (
            f"## Examples\nThe ontology knows {lists} by name; the bundled corpus names {len(things):,}, "
            "these the most often:\n\n" + table(("name", "id", "papers"), rows)
        )

    # --- predicates -------------------------------------------------------------------------------------

    def predicate_pages(self) -> list[Page]:
        """Return a page for each predicate that papers are read for."""
        return [self._predicate_page(p) for p in self.vocabulary.predicates.values()]

    def _predicate_page(self, predicate: Predicate) -> Page:
        page = predicate_uri(predicate.name)
        title = predicate.label[:1].upper() + predicate.label[1:]
        text = "\n\n".join(
            (
                f"# {title}",
                plain(predicate.comment),
                self._facts(self._predicate_facts(predicate, page)),
                "## Examples",
                self._examples(predicate),
                "## To ask",
                self._asked(predicate),
            )
        )
        return Page(page, predicate.name, text + "\n")

    def _predicate_facts(self, p: Predicate, page: str) -> Iterator[tuple[str, str]]:
        yield "term", code(f"akg:{p.name}")
        yield "from", ", ".join(self._class(name, page) for name in sorted(p.domain))
        yield "to", ", ".join(self._class(name, page) for name in sorted(p.range))
        yield "words", plain(", ".join(dict.fromkeys((p.label, *p.words))))
        yield "read from its object", plain(", ".join(dict.fromkeys((p.inverse_label, *p.inverse_words))))
        yield "inverse", code(f"akg:{p.inverse}")
        implied = (
            f"{self._predicate(p.implies[t], page)} where it leads to a {self._class(t, page)}"
            for t in p.implies
        )
        yield "implies", ", ".join(implied)
        yield "makes superfluous", ", ".join(self._predicate(name, page) for name in sorted(p.suppresses))
        yield "in Cypher", code(relationship_type(p.name))
        yield "elsewhere", self._twins(p.name)

    def _examples(self, predicate: Predicate) -> str:
        held = sorted(
            (s for s in self.graph.statements.values() if s.predicate == predicate.name),
            key=lambda s: (-s.belief, s.id),
        )
        shown = list(islice(_of_different_papers(held), EXAMPLES))
        if not shown:
            return "The bundled corpus has none."
        count = f"{len(held):,} statements" if len(held) > 1 else "1 statement"
        return f"Of {count} in the bundled corpus, the most believed:\n\n" + "\n".join(
            map(self._example, shown)
        )

    def _example(self, statement: Statement) -> str:
        evidence = max(
            (e for e in statement.evidence if not e.negated), key=lambda e: (e.probability, -e.words.start)
        )
        ends = (plain(self.graph.name(end)) for end in (statement.subject, statement.object))
        label = self.vocabulary.predicates[statement.predicate].label
        said = f" <em>{label}</em> ".join(f"<strong>{end}</strong>" for end in ends)
        paper = self.graph.papers[f"paper/{evidence.paper}"].paper
        return (
            f'<figure class="claim"><p>{said} <span class="aside">belief {statement.belief:.2f}</span></p>'
            f"<blockquote>{quoted(evidence)}</blockquote>"
            f"<figcaption>{plain(paper.title)} ({evidence.paper})</figcaption></figure>"
        )

    def _asked(self, predicate: Predicate) -> str:
        sparql = (
            "SELECT ?from ?to ?belief WHERE {\n"
            f"  ?statement rdf:predicate akg:{predicate.name} ; rdf:subject ?from ; rdf:object ?to ;\n"
            "             akg:belief ?belief .\n} ORDER BY DESC(?belief)"
        )
        cypher = (
            f"MATCH (a)-[r:{relationship_type(predicate.name)}]->(b)\n"
            "RETURN a.name, b.name, r.belief ORDER BY r.belief DESC"
        )
        parts = [f"```sparql\n{sparql}\n```", f"```cypher\n{cypher}\n```"]
        if question := self.question(predicate):
            parts.insert(0, f'```sh\nkg find "{question}"\n```')
        return "\n\n".join(parts)

    def question(self, predicate: Predicate) -> str | None:
        """Return a question in words that the most believed statement answers; None where there is none."""
        held = [s for s in self.graph.statements.values() if s.predicate == predicate.name]
        if not held:
            return None
        surest = max(held, key=lambda s: (s.belief, s.id))
        subject, object_ = self.vocabulary.type_of(surest.subject), self.graph.name(surest.object)
        return f"{subject.plural} that {_plural(predicate.label)} {object_}"

    # --- other properties -------------------------------------------------------------------------------

    def properties_page(self) -> Page:
        """Return the page of all properties that are no such predicate."""
        groups: dict[str, list[str]] = defaultdict(list)
        for name in self._others():
            groups[next(iter(self.terms.starts(name)), "")].append(name)
        parts = [
            "# Further properties",
            "What carries a claim and its evidence, and what is known of a thing or a predicate. The former "
            "is filled in as papers are read; the latter stands in the ontology's own files.",
        ]
        for start in sorted(groups, key=lambda start: (not start, start)):
            title = f"Of {self.terms.label(start)}" if start else "In the ontology's files"
            parts.append(f"## {title}\n" + self._properties_table(groups[start], PROPERTIES, here=True))
        return Page(PROPERTIES, "Further properties", "\n\n".join(parts) + "\n")

    def _others(self) -> list[str]:
        stated = {name for p in self.vocabulary.predicates.values() for name in (p.name, p.inverse)}
        return [name for name in self.terms.properties() if name not in stated]

    def _properties_of(self, name: str) -> list[str]:
        return [other for other in self._others() if name in self.terms.starts(other)]

    def _properties_table(self, names: Iterable[str], page: str, *, here: bool = False) -> str:
        rows = [
            (
                f'<span id="{name}"></span>{code(f"akg:{name}")}'
                if here
                else link(code(f"akg:{name}"), f"{PROPERTIES}#{name}", page=page),
                ", ".join(self._class(end, page) for end in self.terms.ends(name)),
                plain(self.terms.comment(name)),
                self._twins(name),
            )
            for name in names
        ]
        return table(("property", "leads to", "what it says", "elsewhere"), rows)

    # --- pieces -----------------------------------------------------------------------------------------

    def _class(self, name: str, page: str) -> str:
        return link(name, class_uri(name), page=page) if name in self.classes else code(name)

    def _predicate(self, name: str, page: str) -> str:
        return link(name, predicate_uri(name), page=page)

    def _predicates_table(self, predicates: Iterable[Predicate], page: str) -> str:
        rows = [
            (
                self._predicate(p.name, page),
                ", ".join(self._class(name, page) for name in sorted(p.domain)),
                ", ".join(self._class(name, page) for name in sorted(p.range)),
                plain(p.comment),
            )
            for p in predicates
        ]
        return table(("predicate", "from", "to", "what it says"), rows)

    def _twins(self, name: str) -> str:
        return ", ".join(
            f"{words} [{short}]({address})" for words, short, address in self.terms.twins(term(name))
        )

    @staticmethod
    def _facts(facts: Iterable[tuple[str, str]]) -> str:
        return table(("", ""), [(f"**{what}**", said) for what, said in facts if said])


def _plural(label: str) -> str:
    """Return a predicate's label as several say it: "are evaluated on", "address"."""
    if label.startswith("is "):
        return label.replace("is ", "are ", 1)
    return label.removesuffix("es" if label.endswith("sses") else "s")


def _of_different_papers(statements: Sequence[Statement]) -> Iterator[Statement]:
    """Yield the first statement of each paper."""
    seen: set[str] = set()
    for statement in statements:
        papers = {e.paper for e in statement.evidence}
        if not papers & seen and statement.papers:
            seen |= papers
            yield statement


def ontology_pages(vocabulary: Vocabulary, graph: Graph) -> dict[str, list[Page]]:
    """Return all pages of the ontology by the part of the menu that they stand in, the first one first."""
    made = OntologyPages(vocabulary, graph)
    return {
        "": [made.index()],
        "Classes": made.class_pages(),
        "Predicates": [*made.predicate_pages(), made.properties_page()],
        "Concepts and names": [
            *(scheme_page(scheme, made.terms) for scheme in SCHEMES),
            names_page(vocabulary),
        ],
    }
