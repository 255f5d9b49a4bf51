"""`/v1/watch`: standing questions and what was news in them, with a feed of each.

Everybody may read them; to add and remove one, here or by `kg watch`, needs a token.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.problems import RequestError
from api.service import Here, Service
from api.writing import PLAIN, allowed, read_json, shown
from kg.tokens import Holder
from kg.watch import Event, Watch
from kg.watch.feed import MEDIA_TYPE, atom

router = APIRouter(prefix="/v1/watch", tags=["Standing questions"])
WATCH = "watch"
May = Annotated[Holder, Depends(allowed(WATCH))]
MOST_WATCHES = 200
"""So many questions may stand before one over HTTP is refused: each is asked again at every change."""
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


class Standing(BaseModel):
    """A question that is to stand, in words, as `/v1/ask` takes it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(shown)]
    unknown: bool = Field(False, description="Let it stand even if it has a name that no paper says yet")


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


_QUESTION = {
    "requestBody": {
        "required": True,
        "content": {
            PLAIN: {
                "schema": Standing.model_json_schema(),
                "example": {"question": "methods evaluated on MT-Bench"},
            }
        },
    }
}


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=WatchShape,
    summary="Let a question stand",
    openapi_extra=_QUESTION,
)
async def add(request: Request, here: Here, who: May) -> Response:  # noqa: ARG001  # asked for its check
    """From now on its answers are compared after every change; one that stands already stays as it is."""
    asked = await read_json(request, Standing)
    added = await run_in_threadpool(_add, asked, here)
    headers = {"Location": f"{router.prefix}/{added.number}"}
    return JSONResponse(added.model_dump(mode="json"), HTTPStatus.CREATED, headers=headers)


@router.delete("/{number}", summary="Take a standing question back")
def remove(number: Number, here: Here, who: May) -> WatchShape:  # noqa: ARG001  # asked for its check
    """Compare its answers no more, and send what it was."""
    with here.writer.opened() as graph:
        return WatchShape.of(graph.standing.remove(number))


def _add(asked: Standing, here: Service) -> WatchShape:
    with here.writer.opened() as graph:
        if len(graph.standing.book.watches()) >= MOST_WATCHES:
            detail = f"{MOST_WATCHES} questions stand already; take one back first"
            raise RequestError(HTTPStatus.CONFLICT, detail)
        return WatchShape.of(graph.standing.add(asked.question, unknown=asked.unknown))


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
