"""What routes that write share: whose token they need, and their bodies."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from api import protocol
from api.problems import RequestError
from api.service import Here
from kg.tokens import Holder

BODY_BYTES = 200_000
"""More than a split of a thousand papers needs."""
PLAIN = "application/json"

Body = TypeVar("Body", bound=BaseModel)


def allowed(scope: str) -> Callable[[Request, Here], Holder]:
    """Return a route's dependency: the holder of a token for something, or an answer that says why not."""

    def holder(request: Request, here: Here) -> Holder:
        return here.access.require(request, scope)

    return holder


def shown(text: str) -> str:
    """Refuse what could do more than be read, on a page or in a terminal."""
    if not all(character.isprintable() or character in "\n\t" for character in text):
        raise ValueError("holds characters that cannot be shown")
    return text


async def read_json(request: Request, kind: type[Body]) -> Body:
    """Read a body of somebody who may send one, none being an empty one; RequestError says what is wrong."""
    body = await protocol.read_limited(request, BODY_BYTES)
    if body and request.headers.get("content-type", "").partition(";")[0].strip().lower() != PLAIN:
        raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body is to be {PLAIN}", offers=(PLAIN,))
    try:
        return kind.model_validate_json(body or b"{}")
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}" for fault in error.errors())
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(faults)) from error
