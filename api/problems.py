"""Every failure as one JSON shape, RFC 9457's problem details, from one table of error class to status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict

from kg.errors import (
    BackupError,
    ClusterError,
    ConfigError,
    CurationError,
    KGError,
    LedgerBusy,
    LedgerError,
    NotFound,
    NotShownYet,
    OntologyError,
    QueryAbandoned,
    QueryError,
    QueryForbidden,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooHungry,
    ResultTooLarge,
    SourceError,
    StoreDamaged,
    StoreError,
    StoreHeld,
    StoreUnavailable,
    TokenError,
    UnknownQuery,
    VersionMismatch,
)

MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[type[KGError], HTTPStatus] = {
    KGError: HTTPStatus.INTERNAL_SERVER_ERROR,
    OntologyError: HTTPStatus.INTERNAL_SERVER_ERROR,
    SourceError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ConfigError: HTTPStatus.INTERNAL_SERVER_ERROR,
    ClusterError: HTTPStatus.SERVICE_UNAVAILABLE,
    NotFound: HTTPStatus.NOT_FOUND,
    CurationError: HTTPStatus.CONFLICT,
    LedgerError: HTTPStatus.INTERNAL_SERVER_ERROR,
    LedgerBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    BackupError: HTTPStatus.INTERNAL_SERVER_ERROR,
    TokenError: HTTPStatus.INTERNAL_SERVER_ERROR,
    StoreError: HTTPStatus.INTERNAL_SERVER_ERROR,
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreHeld: HTTPStatus.SERVICE_UNAVAILABLE,
    NotShownYet: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreDamaged: HTTPStatus.SERVICE_UNAVAILABLE,
    VersionMismatch: HTTPStatus.SERVICE_UNAVAILABLE,
    QueryError: HTTPStatus.BAD_REQUEST,
    QuerySyntaxError: HTTPStatus.BAD_REQUEST,
    QueryForbidden: HTTPStatus.FORBIDDEN,
    QueryTimeout: HTTPStatus.GATEWAY_TIMEOUT,
    QueryTooHungry: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    QueryAbandoned: HTTPStatus.REQUEST_TIMEOUT,
    ResultTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnknownQuery: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""The status that each error answers with; a test fails when a class is missing."""


class RequestError(Exception):
    """A request breaks the protocol before any question is asked of the graph."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        offers: tuple[str, ...] = (),
        reasons: tuple[str, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.offers, self.headers = status, detail, offers, headers or {}
        self.reasons = reasons


class Problem(BaseModel):
    """What went wrong, in a form that a program and a person can read."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "https://w3id.org/alignkg/problem/not-found",
                "title": "Not Found",
                "status": 404,
                "detail": "nothing is known by the name 'MT-Bensch'; nearest: MT-Bench",
                "instance": "/v1/leaderboards/MT-Bensch",
                "name": "MT-Bensch",
                "nearest": ["MT-Bench"],
            }
        }
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    name: str | None = None
    """The name that nothing is known by."""
    nearest: list[str] | None = None
    """Names that are known and look like the one that is not."""
    examples: list[str] | None = None
    """Questions that can be answered."""
    offers: list[str] | None = None
    """Media types that can be sent."""
    reasons: list[str] | None = None
    """What keeps the service from being ready."""
    line: int | None = None
    column: int | None = None
    seconds: float | None = None
    limit: int | None = None
    error: str | None = None
    """The number of an unforeseen error in the service's log."""
    request: str | None = None
    """The id of the request, in the log and in the header X-Request-Id."""


def of_kg_error(error: KGError, instance: str) -> Problem:
    """Describe an error of the library: its facts become members of their own."""
    status = STATUS[type(error)]
    problem = _problem(type(error).__name__, status, str(error), instance)
    match error:
        case NotFound():
            return problem.model_copy(update={"name": error.name, "nearest": list(error.nearest)})
        case UnknownQuery():
            return problem.model_copy(update={"examples": list(error.examples)})
        case QuerySyntaxError():
            return problem.model_copy(update={"line": error.line, "column": error.column})
        case QueryTimeout():
            return problem.model_copy(update={"seconds": error.seconds})
        case ResultTooLarge() | QueryTooHungry():
            return problem.model_copy(update={"limit": error.limit})
        case _:
            return problem


def of_request_error(error: RequestError, instance: str) -> Problem:
    """Describe a request that breaks the protocol."""
    problem = of_status(error.status, error.detail, instance)
    more = {"offers": list(error.offers) or None, "reasons": list(error.reasons) or None}
    return problem.model_copy(update=more)


def of_status(status: int, detail: str, instance: str) -> Problem:
    """Describe a failure that has no more to say than its status and a sentence."""
    known = HTTPStatus(status)
    return _problem(known.phrase, known, detail, instance)


def of_crash(number: str, instance: str) -> Problem:
    """Describe an unforeseen error by the number under which it stands in the log."""
    detail = f"an unforeseen error; it stands in the service's log under {number}"
    problem = of_status(HTTPStatus.INTERNAL_SERVER_ERROR, detail, instance)
    return problem.model_copy(update={"error": number})


def _problem(name: str, status: HTTPStatus, detail: str, instance: str) -> Problem:
    slug = re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+", "-", name).lower()
    return Problem(
        type=f"https://w3id.org/alignkg/problem/{slug}",
        title=status.phrase,
        status=status,
        detail=detail,
        instance=instance,
    )
