"""What every route needs, handed to it by the application that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import Request

from api.facts import Facts
from api.pages import Pages
from kg.lookup.lookups import Lookups
from kg.settings import Settings
from kg.stores import Limits
from kg.stores.pool import QueryPool
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:  # the driver under it comes with an extra
    from kg.stores.door import CypherDoor


@dataclass(frozen=True, slots=True)
class Service:
    """What answers, in the words of one vocabulary and within limits."""

    settings: Settings
    vocabulary: Vocabulary
    limits: Limits
    sparql: QueryPool
    lookups: Lookups
    facts: Facts
    pages: Pages
    cypher: CypherDoor | None = None
    """What answers Cypher, where the service was started with it."""


def service_of(request: Request) -> Service:
    """Return the service of the application that a request came to."""
    service: Service = request.app.state.service
    return service


Here = Annotated[Service, Depends(service_of)]
"""A route's parameter: the service that it belongs to."""
