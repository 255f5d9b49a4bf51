"""`/v1/watch`: standing questions and what was news in them, with a feed of each; `kg watch add` adds one."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from api.service import Here
from kg.watch import Event, Watch
from kg.watch.feed import MEDIA_TYPE, atom

router = APIRouter(prefix="/v1/watch", tags=["Standing questions"])
IN_A_FEED = 50
"""Entries of a feed, the newest; `/v1/watch/{number}` leads to all."""
Number = Annotated[int, Path(ge=1, le=2**31, description="The question's number")]


class WatchShape(BaseModel):
    """A standing question."""

    number: int
    question: str
    added: str
    answers: int = Field(description="How many answers it had when something was news last")
    events: int = Field(description="How often something was news")
    changed: str | None = Field(description="When something was news last")
    feed: str = Field(description="Where its Atom feed is")

    @classmethod
    def of(cls, watch: Watch) -> WatchShape:
        """Take a standing question."""
        return cls(
            number=watch.number,
            question=watch.question,
            added=watch.added,
            answers=watch.answers,
            events=watch.events,
            changed=watch.changed,
            feed=feed_of(watch),
        )


class News(BaseModel):
    """A standing question with what was news in it, the oldest first; `next` is where to go on."""

    watch: WatchShape
    events: list[Event]
    next: int | None = Field(description="`after` for the events that follow")


def feed_of(watch: Watch) -> str:
    """Return where a question's feed is."""
    return f"/v1/watch/{watch.number}.atom"


@router.get("", summary="The standing questions")
def watches(here: Here) -> list[WatchShape]:
    """List them, the oldest first."""
    return [WatchShape.of(watch) for watch in here.facts.workspace.standing.book.watches()]


@router.get(
    "/{number}.atom",
    summary="What was news in a standing question, as a feed",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}},
)
def feed(number: Number, here: Here, request: Request) -> Response:
    """Send the newest events as Atom, each with its sentences; the same event is the same entry for ever."""
    workspace = here.facts.workspace
    watch = workspace.standing.book.watch(number)
    events = workspace.standing.book.events(watch, after=max(0, watch.events - IN_A_FEED))
    page = f"{str(request.base_url).rstrip('/')}/?q={quote(watch.question, safe='')}"
    body = atom(watch, events, workspace.ledger.identity(), str(request.url.replace(query="")), page)
    return Response(body, media_type=MEDIA_TYPE)


@router.get("/{number}", summary="What was news in a standing question")
def news(
    number: Number,
    here: Here,
    after: Annotated[int, Query(ge=0, le=2**31, description="Only events beyond this number")] = 0,
) -> News:
    """Send what came, went and changed, event by event."""
    book = here.facts.workspace.standing.book
    watch = book.watch(number)
    events = book.events(watch, after=after, limit=IN_A_FEED)
    last = events[-1].number if events else after
    return News(watch=WatchShape.of(watch), events=events, next=last if last < watch.events else None)
