"""The property graph's schema, as the ontology and the mapping give it, for docs/cypher.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from itertools import groupby

import rdflib

from kg.property_graph import (
    EVIDENCE,
    MENTIONS,
    RESULT,
    ROLES,
    STATED_IN,
    SUPPORTS,
    relationship_type,
)
from kg.schema import ENTITIES, OTHERS, STATEMENTS, properties
from kg.vocabulary import AKG, PREFIXES, EntityType, Vocabulary, ontology_directory, term

TYPES: dict[type, str] = {
    str: "string",
    int: "integer",
    float: "float",
    bool: "boolean",
    tuple: "list of strings",
}
GREY = "#868e96"


# --- tables ---------------------------------------------------------------------------------------------


def schema_tables(vocabulary: Vocabulary) -> str:
    """Return the labels, relationship types and properties in Markdown."""
    tables = (nodes_table(vocabulary), relationships_table(vocabulary), properties_table(vocabulary))
    return "\n\n".join(tables)


def nodes_table(vocabulary: Vocabulary) -> str:
    paper = vocabulary.paper
    rows = [(f"`{paper.name}`", "", paper.comment)]
    rows += [(f"`{t.name}`", f"`{t.superclass}`", t.comment) for t in vocabulary.types.values()]
    rows += [(f"`{label}`", "", comment(label)) for label in (RESULT, EVIDENCE)]
    return table(("label", "second label", "what it is"), rows)


def relationships_table(vocabulary: Vocabulary) -> str:
    paper, result, evidence = (f"`{label}`" for label in (vocabulary.paper.name, RESULT, EVIDENCE))
    rows = [
        (f"`{relationship_type(p.name)}`", labels(p.domain), labels(p.range), p.comment)
        for p in vocabulary.predicates.values()
    ]
    rows += [
        (f"`{relationship_type(role)}`", result, labels(role_ends(role)), comment(role)) for role in ROLES
    ]
    rows += [
        (f"`{MENTIONS}`", paper, "any entity", comment(MENTIONS.lower())),
        (f"`{SUPPORTS}`", evidence, result, "A sentence that holds up a number."),
        (f"`{STATED_IN}`", evidence, paper, comment("paper")),
    ]
    return table(("relationship", "from", "to", "what it says"), rows)


def labels(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


@cache
def ontology() -> rdflib.Graph:
    return rdflib.Graph().parse(ontology_directory() / "alignment.ttl")


def comment(name: str) -> str:
    return str(ontology().value(rdflib.URIRef(term(name)), rdflib.RDFS.comment))


def role_ends(role: str) -> list[str]:
    """Return the labels that a role of a result leads to."""
    places = (rdflib.RDFS.range, rdflib.URIRef(PREFIXES["schema"] + "rangeIncludes"))
    found = [end for place in places for end in ontology().objects(rdflib.URIRef(term(role)), place)]
    return [str(end).removeprefix(AKG) for end in found]


def properties_table(vocabulary: Vocabulary) -> str:
    groups = (ENTITIES, STATEMENTS, OTHERS)
    rows = []
    for title, found in properties(vocabulary).items():
        kinds = (f"`{name}` {TYPES[type(value)]}" for name, value in sorted(found.items()))
        rows.append((title if title in groups else f"`{title}`", ", ".join(kinds)))
    return table(("on", "properties"), rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


# --- the picture ----------------------------------------------------------------------------------------


def schema_dot(vocabulary: Vocabulary) -> str:
    """Return the schema for Graphviz: types by their second label, statements by what they join."""
    lines = [
        "digraph {",
        'graph [rankdir=LR, nodesep=0.5, ranksep=1.6, fontname="Helvetica", bgcolor="white"]',
        'node [shape=plain, fontname="Helvetica", fontsize=12]',
        'edge [fontname="Helvetica", fontsize=9, color="#495057", fontcolor="#343a40"]',
    ]
    groups = grouped(vocabulary)
    lines += [_box(title, members) for title, members in groups.items()]
    lines += [_plain_box(label) for label in (RESULT, EVIDENCE)]
    lines += [_arrow(*ends, types) for ends, types in arrows(vocabulary).items()]
    about = f"{EVIDENCE} -> {vocabulary.paper.name}"
    lines.append(f'{about} [label="{STATED_IN}", color="{GREY}", style=dashed]')
    lines.append(f'{EVIDENCE} -> {RESULT} [label="{SUPPORTS}", color="{GREY}", style=dashed]')
    return "\n".join((*lines, "}")) + "\n"


def grouped(vocabulary: Vocabulary) -> dict[str, list[EntityType]]:
    """Return papers and entity types by what holds them together."""
    types = sorted(vocabulary.types.values(), key=lambda type_: (type_.superclass, type_.name))
    found = {title: list(members) for title, members in groupby(types, key=lambda type_: type_.superclass)}
    return {vocabulary.paper.name: [vocabulary.paper], **found}


def arrows(vocabulary: Vocabulary) -> dict[tuple[str, str], list[str]]:
    """Return the relationship types between groups, by the two groups."""
    group = {member.name: title for title, members in grouped(vocabulary).items() for member in members}
    found: dict[tuple[str, str], list[str]] = {}
    joins = [(p.domain, relationship_type(p.name), p.range) for p in vocabulary.predicates.values()]
    joins += [(frozenset({RESULT}), relationship_type(role), frozenset(role_ends(role))) for role in ROLES]
    joins.append((frozenset({vocabulary.paper.name}), MENTIONS, frozenset(vocabulary.types)))
    for starts, type_, ends in joins:
        pairs = {(group.get(start, start), group.get(end, end)) for start in starts for end in ends}
        for pair in sorted(pairs):
            found.setdefault(pair, []).append(type_)
    return found


def _box(title: str, members: Sequence[EntityType]) -> str:
    cells = "".join(
        f'<TR><TD BGCOLOR="{m.colour}"><FONT COLOR="white">{escape(m.name)}</FONT></TD></TR>' for m in members
    )
    head = f'<TR><TD><FONT POINT-SIZE="9">{escape(title)}</FONT></TD></TR>' if len(members) > 1 else ""
    return f'{title} [label=<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0">{head}{cells}</TABLE>>]'


def _plain_box(label: str) -> str:
    return (
        f'{label} [shape=box, style="rounded,filled", fillcolor="{GREY}", fontcolor="white", label="{label}"]'
    )


def _arrow(start: str, end: str, types: Sequence[str]) -> str:
    label = "\\n".join(types)
    return f'{start} -> {end} [label="{label}"]'
