"""The look-ups under `/v1`, one router a resource."""

from __future__ import annotations

from fastapi import APIRouter

from api.v1 import completions, decisions, export, graph, papers, questions, statements, watches
from api.v1.packs import packs_router
from api.v1.things import things_router
from kg.vocabulary import Vocabulary


def routers(vocabulary: Vocabulary) -> tuple[APIRouter, ...]:
    """Return all routers of the look-ups."""
    return (
        papers.router,
        things_router(vocabulary),
        statements.router,
        decisions.router,
        decisions.token_router,
        questions.router,
        graph.router,
        completions.router,
        export.router,
        packs_router(),
        watches.router,
    )
