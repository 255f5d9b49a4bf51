"""Questions whose answer is rows: `ask`, `search`, `path`, `compare`, `results` and leaderboards."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.paging import Paged
from api.service import Here
from kg.lookup.answers import Answer
from kg.lookup.suggestions import MOST, Suggestion

router = APIRouter(prefix="/v1", tags=["Questions"])

LONGEST = 300
NAME = "An id, or a name"

Text = Annotated[str, Query(min_length=1, max_length=LONGEST)]
Name = Annotated[str | None, Query(min_length=1, max_length=LONGEST, description=NAME)]
Names = Annotated[
    list[str] | None, Query(max_length=10, description="Ids or names, two or more: `ids=DPO&ids=PPO`")
]
Benchmarks = Annotated[
    list[str] | None,
    Query(max_length=10, description="Only on these; without `ids`, of whatever is tried there"),
]
From = Annotated[str, Query(alias="from", min_length=1, max_length=LONGEST, description=NAME)]
To = Annotated[str, Query(alias="to", min_length=1, max_length=LONGEST, description=NAME)]


class Suggestions(BaseModel):
    """Things, the best match first, and questions."""

    rows: list[Suggestion]


@router.get("/ask", summary="Answer a question in words")
def ask(q: Text, here: Here, asked: Paged) -> Answer:
    """Answer "methods evaluated on MT-Bench", "what outperforms DPO" and their like.

    A question of no known form gets 422 with questions that are; an unknown name gets 404 with the nearest.
    """
    return asked.send(here.lookups.ask(q, limit=asked.limit, cursor=asked.cursor))


@router.get("/search", summary="Find things and papers by their names")
def search(q: Text, here: Here, asked: Paged) -> Answer:
    """List what is called so or nearly so, the best match first."""
    return asked.send(here.lookups.search(q, limit=asked.limit, cursor=asked.cursor))


@router.get("/suggest", summary="What somebody who types may mean")
def suggest(
    q: Text, here: Here, limit: Annotated[int, Query(ge=1, le=50, description="The most rows")] = MOST
) -> Suggestions:
    """List things that are called so or begin so, then questions about them; those have no `item`."""
    return Suggestions(rows=here.lookups.suggest(q, limit=limit))


@router.get("/leaderboards/{benchmark:path}", summary="Who reports what on a benchmark")
def leaderboard(benchmark: str, here: Here, asked: Paged) -> Answer:
    """List results on a benchmark, by its id or its name: the best first among those that compare."""
    return asked.send(here.lookups.leaderboard(benchmark, limit=asked.limit, cursor=asked.cursor))


@router.get("/results", summary="Reported numbers")
def results(
    here: Here, asked: Paged, method: Name = None, benchmark: Name = None, metric: Name = None
) -> Answer:
    """List the numbers reported of a method or model, on a benchmark, or both; in a metric, if any are."""
    return asked.send(
        here.lookups.results(
            method=method, benchmark=benchmark, metric=metric, limit=asked.limit, cursor=asked.cursor
        )
    )


@router.get("/compare", summary="Things beside each other")
def compare(here: Here, asked: Paged, ids: Names = None, on: Benchmarks = None) -> Answer:
    """List what several things share and what is said between them, and show it as a table."""
    return asked.send(here.lookups.compare(ids or (), on or (), limit=asked.limit, cursor=asked.cursor))


@router.get("/disputed", summary="Where papers disagree")
def disputed(here: Here, asked: Paged) -> Answer:
    """List what some papers state and others deny, or state the other way round: such rows stand together."""
    return asked.send(here.lookups.disputed(limit=asked.limit, cursor=asked.cursor))


@router.get("/path", summary="How two things hang together")
def path(start: From, end: To, here: Here) -> Answer:
    """List the statements on a shortest way from one thing to another."""
    return here.lookups.path(start, end)
