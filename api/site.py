"""The start page, answers as a page, and lists of all things of a type."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from api import relations
from api.pages import address
from api.paging import AskedPage, Paged
from api.service import Here, Service
from api.v1.watches import feed_of
from kg import rdf
from kg.errors import NotFound
from kg.lookup.ask import EXAMPLES
from kg.vocabulary import AKG

router = APIRouter(include_in_schema=False)
router.include_router(relations.router)

WAYS = (
    (
        "/compare",
        "Compare",
        "Set methods or models side by side on benchmarks, each number with its sentence.",
    ),
    ("/disputed", "Disputed", "Read what some papers state and others deny, side by side."),
    ("/path", "Connect", "See by which statements two things hang together."),
    ("/graph", "Graph", "Walk through the graph from thing to thing, and save what you see."),
)
"""Pages to begin with: address, name, and what they are for."""
Text = Annotated[str, Query(max_length=300)]


@router.get("/")
def start(here: Here, asked: Paged, q: Text = "") -> Response:
    """Show the start page, the answer to a question, or what a name stands for."""
    question = q.strip()
    if not question:
        return _start(here)
    named = here.lookups.reader.refresh().of(question)
    return RedirectResponse(address(named[0]), 303) if named else _answer(question, asked, here)


def _start(here: Service) -> Response:
    counts = here.facts.counts()
    return here.pages.show(
        "start.html",
        papers=counts.get(here.vocabulary.paper.name, 0),
        statements=counts.get(rdf.STATEMENT.removeprefix(AKG), 0),
        examples=EXAMPLES,
        counts=[(each, counts.get(each.name, 0)) for each in here.vocabulary.types.values()],
        ways=WAYS,
    )


def _answer(question: str, asked: AskedPage, here: Service) -> Response:
    answer = here.lookups.ask(question, limit=asked.limit, cursor=asked.cursor)
    return here.pages.show(
        "answer.html",
        question=question,
        answer=answer,
        following=asked.following(answer),
        json=f"/v1/ask?{urlencode({'q': question})}",
        pack=f"/v1/pack?{urlencode({'q': question})}",
        feed=_feed(question, here),
    )


def _feed(question: str, here: Service) -> str | None:
    """Return where the feed of a standing question is, None where this question does not stand."""
    watch = here.facts.workspace.standing.book.watch_of(question)
    return feed_of(watch) if watch else None


@router.get("/browse/{plural}")
def browse(plural: str, here: Here, asked: Paged, q: Text = "") -> Response:
    """List the things of a type, those whose names hold some words, or all."""
    kinds = {each.plural: each for each in here.vocabulary.types_by_slug.values()}
    if plural not in kinds:
        raise NotFound(plural, kinds)
    words = q.strip()
    listed = here.lookups.things(kinds[plural].name, words or None, limit=asked.limit, cursor=asked.cursor)
    return here.pages.show(
        "browse.html", type=kinds[plural], answer=listed, words=words, following=asked.following(listed)
    )
