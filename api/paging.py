"""Lists in pages: how much to send, where to go on, and the Link header that says so."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Protocol, TypeVar

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from api.problems import RequestError
from api.service import Here


class Part(Protocol):
    """A page of a list: `next` is the cursor of the page that follows."""

    @property
    def next(self) -> str | None:
        """None on the last page."""
        ...


OnePart = TypeVar("OnePart", bound=Part)

Limit = Annotated[int | None, Query(ge=1, description="How many rows to send; the service has a default")]
Cursor = Annotated[str | None, Query(max_length=500, description="Where to go on: `next` of the page before")]


class AskedPage:
    """The page that a request asks for; RequestError when it wants more rows than are sent at once."""

    def __init__(
        self, here: Here, request: Request, response: Response, limit: Limit = None, cursor: Cursor = None
    ) -> None:
        most = here.settings.page_limit
        if limit is not None and limit > most:
            detail = f"limit: {limit} rows are wanted, {most} are sent at once"
            raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
        self.limit, self.cursor = limit or min(here.settings.page_size, most), cursor
        self._request, self._response = request, response

    def send(self, answer: OnePart) -> OnePart:
        """Say in the Link header where the page that follows is."""
        if following := self.following(answer):
            self._response.headers["Link"] = f'<{following}>; rel="next"'
        return answer

    def following(self, answer: Part) -> str | None:
        """Return the address of the page that follows, None on the last."""
        return self.page_after(answer.next)

    def page_after(self, cursor: str | None) -> str | None:
        """Return the address of the page that begins at a cursor, None where there is none."""
        if cursor is None:
            return None
        url = self._request.url.include_query_params(cursor=cursor)
        return f"{url.path}?{url.query}"


Paged = Annotated[AskedPage, Depends()]
"""A route's parameter: the page that is asked for."""
