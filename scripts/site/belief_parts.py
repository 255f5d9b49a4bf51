"""The numbers in the page about belief: from the graph of the bundled corpus and the fitted reliability."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pages import code, plain, quoted, table

from kg.assemble import weigh
from kg.cli.terminal import belief_working
from kg.extract.evidence import load_reliability
from kg.records import Evidence, Graph, Statement
from kg.vocabulary import Vocabulary

Part = Callable[[Graph, Vocabulary], str]


def agreeing(graph: Graph, vocabulary: Vocabulary) -> str:
    """Return how belief comes about where the most papers state one thing."""
    chosen = max(graph.statements.values(), key=lambda s: (s.papers, s.belief, s.id))
    return _worked(chosen, graph, vocabulary)


def denied(graph: Graph, vocabulary: Vocabulary) -> str:
    """Return how belief comes about where a sentence denies what another states."""
    found = [s for s in graph.statements.values() if any(e.negated for e in s.evidence)]
    if not found:
        return "No sentence of the bundled corpus was read as a denial of what another states."
    return _worked(max(found, key=lambda s: (s.belief, s.id)), graph, vocabulary)


def _worked(statement: Statement, graph: Graph, vocabulary: Vocabulary) -> str:
    names = [plain(graph.name(end)) for end in (statement.subject, statement.object)]
    label = vocabulary.predicates[statement.predicate].label
    rows = [_row(e) for e in statement.evidence]
    weights = [
        (code(w.paper), f"{w.states:.2f}" if w.states else "", f"{w.denies:.2f}" if w.denies else "")
        for w in weigh(statement.evidence)
    ]
    return "\n\n".join(
        (
            f"**{names[0]}** *{label}* **{names[1]}** ({code(statement.id)}):",
            table(("sentence", "paper", "found by", "probability"), rows),
            table(("paper", "for it", "against it"), weights),
            f"> {plain(belief_working(statement))}",
        )
    )


def _row(evidence: Evidence) -> tuple[str, str, str, str]:
    flags = "".join(
        f", {flag}" for flag, on in (("denied", evidence.negated), ("hedged", evidence.hedged)) if on
    )
    said = quoted(evidence).replace("|", "&#124;")
    return said, code(evidence.paper), code(evidence.component), f"{evidence.probability:.2f}{flags}"


def reliability(_graph: Graph, vocabulary: Vocabulary) -> str:
    """Return how sure each component's sentences can make a predicate, as fitted."""
    rows = [
        (_what(kind, vocabulary), code(component), f"{min(shares):.2f} to {max(shares):.2f}")
        for component, curves in load_reliability().precision.items()
        for kind, (_, shares) in curves.items()
    ]
    return table(("what is read", "component", "right, from its least sure to its surest"), sorted(rows))


def _what(kind: str, vocabulary: Vocabulary) -> str:
    predicate = vocabulary.predicates.get(kind)
    return predicate.label if predicate else f"result: {kind}"


def hedging(_graph: Graph, _vocabulary: Vocabulary) -> str:
    """Return what a hedge leaves of a probability."""
    return f", {load_reliability().hedged:g}"


PARTS: Mapping[str, Part] = {
    "agreeing": agreeing,
    "denied": denied,
    "hedging": hedging,
    "reliability": reliability,
}
"""What a page may ask for with `<!-- made: NAME -->`."""
