"""Pages of the schemes of concepts, as trees, and of the known names, in numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from pages import Page, plain, table
from terms import Terms

from kg.vocabulary import ID, KnownName, Vocabulary

SCHEMES = ("techniques", "goals", "domains", "tasks")
Tree = Mapping[str | None, Sequence[str]]


def scheme_page(scheme: str, terms: Terms) -> Page:
    """Return a scheme as a tree; where its tops are families, each has a heading."""
    tree: dict[str | None, list[str]] = defaultdict(list)
    for concept in sorted(terms.members(scheme), key=lambda concept: terms.name(concept).casefold()):
        tree[terms.broader(concept)].append(concept)
    title = terms.name(f"scheme/{scheme}")
    count = sum(map(len, tree.values()))
    about = terms.definition(f"scheme/{scheme}")
    opening = f"{about} {count} concepts; one that is indented is a kind of the one above."
    body = _by_family(tree, terms) if scheme == SCHEMES[0] else "\n".join(_list(None, 0, tree, terms))
    return Page(
        f"ontology/schemes/{scheme}.md", _capital(title), f"# {_capital(title)}\n\n{opening}\n\n{body}\n"
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _by_family(tree: Tree, terms: Terms) -> str:
    parts = []
    for family in tree[None]:
        parts.append(f"## {_capital(terms.name(family))} {{ #{family.partition('/')[2]} }}")
        parts.append(f"{plain(terms.definition(family))} {_aside(family, terms)}")
        parts.append("\n".join(_list(family, 0, tree, terms)))
    return "\n\n".join(parts)


def _list(above: str | None, depth: int, tree: Tree, terms: Terms) -> Iterator[str]:
    for concept in tree.get(above, ()):
        said = f" — {plain(terms.definition(concept))}" if terms.definition(concept) else ""
        yield f"{'    ' * depth}- **{plain(terms.name(concept))}**{said} {_aside(concept, terms)}".rstrip()
        yield from _list(concept, depth + 1, tree, terms)


def _aside(concept: str, terms: Terms) -> str:
    """Return the other words for a concept, and its twins, in small print."""
    others = [plain(words) for words in terms.others(concept)]
    twins = [f"[{short}]({address})" for _, short, address in terms.twins(ID + concept)]
    shown = ", ".join(others) + (" · " if others and twins else "") + ", ".join(twins)
    return f'<span class="aside">{shown}</span>' if shown else ""


def names_page(vocabulary: Vocabulary) -> Page:
    """Return how many names are known of each type, and what is known of them."""
    of_type: dict[str, list[KnownName]] = defaultdict(list)
    for known in vocabulary.names.values():
        of_type[known.type].append(known)
    rows = [_counts(type_.plural, of_type[name]) for name, type_ in vocabulary.types.items()]
    rows.append(_counts("all", list(vocabulary.names.values())))
    head = (
        "",
        "names",
        "other names",
        "versions of another",
        "with a wider concept",
        "with usual metric",
        "with scale",
    )
    text = f"""# Known names

What papers name without explaining it. A name that is known is found by its spellings, is one thing whatever
the paper calls it, and needs no training; any other name is found by how it is used. The lists are
[`names.ttl` and `schemes.ttl`](files.md#adding-a-name), a line a name.

{table(head, rows)}

A benchmark's usual metric says what its numbers mean when a paper does not, its direction which end is better
({_directions(of_type)}), and its scale which numbers cannot be one of its results. A version, a split or
a language of a benchmark and a size of a model are things of their own, and their numbers are not ranked
together.
"""
    return Page("ontology/names.md", "Known names", text)


def _counts(plural: str, names: Sequence[KnownName]) -> tuple[str, ...]:
    counts = (
        len(names),
        sum(len(known.aliases) for known in names),
        sum(known.version_of is not None for known in names),
        sum(bool(known.broader) for known in names),
        sum(known.metric is not None for known in names),
        sum(known.scale is not None for known in names),
    )
    return (plural, *(f"{n:,}" if n else "" for n in counts))


def _directions(of_type: Mapping[str, Sequence[KnownName]]) -> str:
    told = [known.direction for names in of_type.values() for known in names if known.metric]
    up, down = told.count("up"), told.count("down")
    return f"up for {up:,}, down for {down:,}"
