"""`/v1/decisions`: people's corrections of the graph. Everybody may read them; to take one needs a token."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.decided import Decided, DecisionShape, in_words
from api.paging import Paged
from api.service import Here, Service
from api.writing import PLAIN, allowed, read_json, shown
from kg.curation import Decision, Proposal
from kg.errors import NotFound, NotShownYet
from kg.lookup.paging import PAGE_SIZE, Page
from kg.tokens import Holder

router = APIRouter(prefix="/v1/decisions", tags=["Decisions"])
token_router = APIRouter(prefix="/v1/token", tags=["Decisions"])

CURATE = "curate"
May = Annotated[Holder, Depends(allowed(CURATE))]
_Request = dict[str, Any]


Id = Annotated[str, Field(min_length=1, max_length=300)]
Reason = Annotated[str, Field(max_length=2_000), AfterValidator(shown)]


class _Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Reason = ""


class Merge(_Wanted):
    """One entity is another."""

    action: Literal["merge"]
    node: Id
    into: Id


class Split(_Wanted):
    """In these papers an entity is another thing, which gets a name."""

    action: Literal["split"]
    node: Id
    papers: Annotated[list[Id], Field(min_length=1, max_length=1_000)]
    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(shown)]


class Retype(_Wanted):
    """An entity is of another type."""

    action: Literal["retype"]
    node: Id
    type: Annotated[str, Field(max_length=100)]


class Verdict(_Wanted):
    """A statement or result is right, or wrong."""

    action: Literal["accept", "reject"]
    node: Id


class Wanted(RootModel[Annotated[Merge | Split | Retype | Verdict, Field(discriminator="action")]]):
    """A decision that somebody wants to take."""

    def proposal(self, by: str) -> Proposal:
        """Return it in the words of the library."""
        given = self.root.model_dump()
        return Proposal(**{**given, "papers": tuple(given.get("papers", ())), "by": by})


EXAMPLE: _Request = {
    "action": "merge",
    "node": "method/dpo-loss",
    "into": "method/direct-preference-optimization",
    "reason": "another name of it",
}


class Undo(_Wanted):
    """Why a decision is taken back."""


class Taken(BaseModel):
    """A decision that was recorded. `position` is the graph's version with it."""

    decision: DecisionShape
    shown: bool = Field(description="False while another process keeps the graph from showing it")
    position: int


class Change(BaseModel):
    """How many things a decision would bring, take away and change, by the first part of their ids."""

    into: str = Field(description="What takes the thing's place")
    joins: bool = Field(description="Whether that is there already, so that the two become one")
    came: dict[str, int]
    went: dict[str, int]
    changed: dict[str, int]
    summary: list[str] = Field(description="The same in words")


class History(BaseModel):
    """A page of decisions, the newest first."""

    total: int
    decisions: list[DecisionShape]
    next: str | None = Field(description="The cursor of the page that follows, null on the last")


class TokenShape(BaseModel):
    """Whose a token is and what it is for."""

    name: str
    scopes: tuple[str, ...]
    expires: str | None


def _body(*kinds: type[BaseModel], example: _Request) -> _Request:
    """Describe a body that is read by hand, since only those who may send one have it read."""
    schemas = [kind.model_json_schema() for kind in kinds]
    schema = schemas[0] if len(schemas) == 1 else {"oneOf": schemas}
    content = {PLAIN: {"schema": schema, "example": example}}
    return {"requestBody": {"required": len(schemas) > 1, "content": content}}


_DECISION = _body(Merge, Split, Retype, Verdict, example=EXAMPLE)
_UNDO = _body(Undo, example={"reason": "they are two after all"})


@router.get("", summary="Decisions, the newest first")
def decisions(
    here: Here,
    asked: Paged,
    node: Annotated[str | None, Query(max_length=300, description="Only those about this id")] = None,
) -> History:
    """List who decided what, when and why, and what was taken back."""
    told = Decided(here.facts)
    found = told.newest(node)
    cut, following = Page(asked.limit or PAGE_SIZE, asked.cursor).cut(found)
    history = History(total=len(found), decisions=[told.shape(each) for each in cut], next=following)
    return asked.send(history)


@router.get("/{number}", summary="One decision")
def decision(number: int, here: Here) -> DecisionShape:
    """Send a decision by its number."""
    found = next((each for each in here.facts.workspace.history() if each.number == number), None)
    if found is None:
        raise NotFound(f"decision {number}")
    return Decided(here.facts).shape(found)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=Taken,
    summary="Merge, split, retype, accept or reject",
    openapi_extra=_DECISION,
)
async def decide(request: Request, here: Here, who: May) -> Response:
    """Record a decision and show the graph with it; 409 where it does not fit the graph as it is now.

    503 says that an ingest is writing and that nothing was recorded; 202 that it is recorded and shows later.
    """
    wanted = await read_json(request, Wanted)
    return await run_in_threadpool(_take, wanted.proposal(who.name), here)


@router.post("/preview", summary="What a decision would change", openapi_extra=_DECISION)
async def preview(request: Request, here: Here, who: May) -> Change:
    """Count what would come, go and change, and record nothing."""
    wanted = await read_json(request, Wanted)
    return await run_in_threadpool(_try, wanted.proposal(who.name), here)


@router.post(
    "/{number}/undo",
    status_code=HTTPStatus.CREATED,
    response_model=Taken,
    summary="Take a decision back",
    openapi_extra=_UNDO,
)
async def undo(number: int, request: Request, here: Here, who: May) -> Response:
    """Record that a decision no longer holds; the graph is exactly as if it had never been taken."""
    wanted = await read_json(request, Undo)
    proposal = Proposal("undo", undoes=number, reason=wanted.reason, by=who.name)
    return await run_in_threadpool(_take, proposal, here)


@token_router.get("", summary="Whose a token is, and what it is for")
def token(who: May) -> TokenShape:
    """Say whether a token is good to curate with."""
    return TokenShape(name=who.name, scopes=who.scopes, expires=who.expires)


def _take(wanted: Proposal, here: Service) -> Response:
    try:
        with here.writer.opened() as graph:
            taken = graph.decide(wanted)
    except NotShownYet as error:
        recorded = here.facts.workspace.history()[error.number - 1]
        return _answer(recorded, here, HTTPStatus.ACCEPTED, BackgroundTask(here.writer.catch_up))
    return _answer(taken, here, HTTPStatus.CREATED)


def _answer(
    taken: Decision, here: Service, status: HTTPStatus, after: BackgroundTask | None = None
) -> Response:
    answer = Taken(
        decision=Decided(here.facts).shape(taken),
        shown=status is HTTPStatus.CREATED,
        position=here.facts.workspace.ledger.position(),
    )
    headers = {"Location": f"/v1/decisions/{taken.number}"}
    return JSONResponse(answer.model_dump(mode="json"), status, headers=headers, background=after)


def _try(wanted: Proposal, here: Service) -> Change:
    with here.writer.opened() as graph:
        effect = graph.preview(wanted)
    return Change(
        into=effect.decision.into,
        joins=effect.joins,
        came=dict(effect.came),
        went=dict(effect.went),
        changed=dict(effect.changed),
        summary=in_words(effect, here.vocabulary),
    )
