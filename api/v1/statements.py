"""`/v1/statements`: what papers state, found by its parts, and one statement with its working."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.paging import Paged
from api.service import Here
from api.v1.shapes import StatementShape
from kg.lookup.answers import Answer
from kg.lookup.tables import Wanted

router = APIRouter(prefix="/v1/statements", tags=["Statements"])


class Filters(BaseModel):
    """What statements must hold; each filter that is given narrows the list."""

    subject: str | None = Field(None, max_length=300, description="An id, or a name")
    predicate: str | None = Field(None, max_length=100, description="A predicate of the ontology")
    object: str | None = Field(None, max_length=300, description="An id, or a name")
    type: str | None = Field(None, max_length=100, description="The type of the subject")
    min_belief: float = Field(0.0, ge=0, le=1, description="The least belief")


@router.get("", summary="Statements by subject, predicate, object, type and belief")
def statements(filters: Annotated[Filters, Query()], here: Here, asked: Paged) -> Answer:
    """List statements, the most believed first."""
    wanted = Wanted(filters.subject, filters.predicate, filters.object, filters.type, filters.min_belief)
    return asked.send(here.lookups.statements(wanted, limit=asked.limit, cursor=asked.cursor))


@router.get("/{hash}", summary="One statement, its sentences, and how its belief came about")
def statement(hash: str, here: Here) -> StatementShape:
    """Send a statement by the hash in its id."""
    with here.lookups.at_once():
        found = here.facts.statement(f"statement/{hash}")
        return StatementShape.of(found, here.facts.row(found), here.facts.shares(found.evidence))
