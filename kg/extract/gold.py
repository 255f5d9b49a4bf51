"""An extraction in the form of the annotation guidelines, for scoring and for comparing with annotators."""

from __future__ import annotations

from kg.records import JSON, Claim, Extraction, LocalResult


def to_gold(extraction: Extraction) -> dict[str, JSON]:
    """Return what a paper says as one annotation object; what the paper denies is left out."""
    return {
        "paper": extraction.paper,
        "entities": [
            {"id": e.id, "type": e.type, "name": e.name, "aliases": list(e.aliases)}
            for e in extraction.entities
        ],
        "statements": [_statement(c) for c in extraction.claims if not all(e.negated for e in c.evidence)],
        "results": [_result(r) for r in extraction.results if not all(e.negated for e in r.evidence)],
    }


def _statement(claim: Claim) -> dict[str, JSON]:
    said = next(e for e in claim.evidence if not e.negated)
    return {
        "subject": claim.subject,
        "predicate": claim.predicate,
        "object": claim.object,
        "evidence": said.text[said.words.start - said.sentence.start : said.words.end - said.sentence.start],
    }


def _result(result: LocalResult) -> dict[str, JSON]:
    said = result.evidence[0]
    return {
        "method": result.method,
        "benchmark": result.benchmark,
        "metric": result.metric,
        "value": result.value,
        "unit": result.unit,
        "kind": result.kind,
        "baseline": result.baseline,
        "evidence": said.text[said.words.start - said.sentence.start : said.words.end - said.sentence.start],
    }
