"""`/compare`, `/path` and `/disputed`: how things stand to each other, as pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.paging import Paged
from api.service import Here
from kg.errors import NotFound, UnknownQuery
from kg.lookup.answers import Answer, AnswerRow, Item

router = APIRouter(include_in_schema=False)

MOST_COMPARED = 10
MOST_DISPUTES = 25

Text = Annotated[str, Query(max_length=300)]
Names = Annotated[list[Text] | None, Query(max_length=MOST_COMPARED)]
Start = Annotated[str, Query(alias="from", max_length=300)]
End = Annotated[str, Query(alias="to", max_length=300)]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that nothing is known by, and near names, each with the address that asks with it instead."""

    name: str
    nearest: tuple[tuple[str, str], ...]


# --- things side by side --------------------------------------------------------------------------------


@router.get("/compare")
def compare(here: Here, ids: Names = None, on: Names = None) -> Response:
    """Set things side by side; with too few of them, ask for more."""
    things, others = _given(ids), _given(on)
    answer, unknown = None, None
    if others or len(things) > 1:
        try:
            answer = here.lookups.compare(things, others)
        except NotFound as error:
            unknown = _instead(error, things, others)
    called = {name: here.lookups.reader.called(name) for name in (*things, *others)} if answer else {}
    return here.pages.show(
        "compare.html",
        HTTPStatus.NOT_FOUND if unknown else HTTPStatus.OK,
        answer=answer,
        unknown=unknown,
        ids=[(one, called.get(one, one), _comparing(_without(things, one), others)) for one in things],
        on=[(one, called.get(one, one), _comparing(things, _without(others, one))) for one in others],
        json=f"/v1{_comparing(things, others)}",
    )


def _given(names: Sequence[str] | None) -> list[str]:
    """Return the fields of a form that were filled in, each once."""
    return list(dict.fromkeys(name.strip() for name in names or () if name.strip()))


def _without(names: Sequence[str], left_out: str) -> list[str]:
    return [name for name in names if name != left_out]


def _swapped(names: Sequence[str], name: str, near: str) -> list[str]:
    return [near if one == name else one for one in names]


def _comparing(things: Sequence[str], on: Sequence[str]) -> str:
    return f"/compare?{urlencode([*(('ids', one) for one in things), *(('on', one) for one in on)])}"


def _instead(error: NotFound, things: Sequence[str], on: Sequence[str]) -> Unknown:
    return Unknown(
        error.name,
        tuple(
            (near, _comparing(_swapped(things, error.name, near), _swapped(on, error.name, near)))
            for near in error.nearest
        ),
    )


# --- from one thing to another --------------------------------------------------------------------------


@router.get("/path")
def path(here: Here, start: Start = "", end: End = "") -> Response:
    """Show how two things hang together; without both, ask for them."""
    start, end = start.strip(), end.strip()
    answer, unknown, reason = None, None, None
    if start and end:
        try:
            answer = here.lookups.path(start, end)
        except NotFound as error:
            ways = ((near, _from_to(*_swapped((start, end), error.name, near))) for near in error.nearest)
            unknown = Unknown(error.name, tuple(ways))
        except UnknownQuery as error:
            reason = error.reason
    return here.pages.show(
        "path.html",
        HTTPStatus.NOT_FOUND if unknown else HTTPStatus.OK,
        start=start,
        end=end,
        answer=answer,
        unknown=unknown,
        reason=reason,
        stops=list(_stops(answer.rows, here.lookups.reader.names.of(start))) if answer else [],
        json=f"/v1{_from_to(start, end)}",
    )


def _from_to(start: str, end: str) -> str:
    return f"/path?{urlencode({'from': start, 'to': end})}"


def _stops(rows: Sequence[AnswerRow], starts: Sequence[str]) -> Iterator[tuple[Item, AnswerRow | None]]:
    """Yield the things on a way, each with the statement that leads on from it; None behind the last."""
    at: Item | None = None
    for row in rows:
        if at is None:
            at = row.subject if row.subject.id in starts else row.object
        assert at is not None
        assert row.object is not None
        yield at, row
        at = row.object if at == row.subject else row.subject
    if at is not None:
        yield at, None


# --- where papers disagree ------------------------------------------------------------------------------


@router.get("/disputed")
def disputed(here: Here, asked: Paged) -> Response:
    """Show disputed statements, both sides beside each other."""
    answer: Answer = here.lookups.disputed(limit=min(asked.limit, MOST_DISPUTES), cursor=asked.cursor)
    disputes = list(_pairs(answer.rows))
    return here.pages.show(
        "disputed.html", answer=answer, disputes=disputes, following=asked.following(answer)
    )


def _pairs(rows: Sequence[AnswerRow]) -> Iterator[tuple[AnswerRow, AnswerRow | None]]:
    """Yield each statement with the one that says its opposite, None where it is only denied."""
    waiting = list(rows)
    while waiting:
        row = waiting.pop(0)
        turned = row.object, row.predicate, row.subject
        opposite = bool(waiting) and (waiting[0].subject, waiting[0].predicate, waiting[0].object) == turned
        yield row, waiting.pop(0) if opposite else None
