"""What every route needs, handed to it by the application that it belongs to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from anyio import CapacityLimiter
from fastapi import Depends
from starlette.requests import Request

from api.access import Access
from api.facts import Facts
from api.intake import Intake
from api.pages import Pages
from api.writer import Writer
from kg.lookup.indexed import Indexed
from kg.lookup.lookups import Lookups
from kg.settings import Settings
from kg.stores import Limits
from kg.stores.pool import QueryPool
from kg.tokens import Tokens
from kg.vocabulary import Vocabulary
from kg.workspace import Workspace

if TYPE_CHECKING:  # the driver under it comes with an extra
    from kg.stores.door import CypherDoor


_TURNED_AWAY = 8
"""Threads for those who come when all places are taken, and are told so."""


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
    access: Access
    writer: Writer
    intake: Intake
    query_threads: CapacityLimiter
    """Where queries of strangers are waited for."""
    cypher: CypherDoor | None = None
    """What answers Cypher, where the service was started with it."""


@asynccontextmanager
async def service_over(
    workspace: Workspace, settings: Settings, door: CypherDoor | None
) -> AsyncIterator[Service]:
    """Start the query workers; look-ups need none, so that no stranger's query holds them up."""
    at_once, waiting = settings.query_workers, settings.query_waiting
    pool = QueryPool(
        workspace.store_directory, workers=at_once, waiting=waiting, memory=settings.query_memory
    )
    async with pool as strangers, AsyncExitStack() as stack:
        intake = stack.enter_context(closing(Intake(workspace, settings)))
        limits = Limits(settings.query_seconds, settings.query_rows, settings.answer_bytes)
        lookups = Lookups(Indexed(workspace.index, limits), workspace.vocabulary)
        yield Service(
            settings=settings,
            vocabulary=workspace.vocabulary,
            limits=limits,
            sparql=strangers,
            query_threads=CapacityLimiter(2 * (at_once + waiting) + _TURNED_AWAY),
            lookups=lookups,
            facts=Facts(workspace, lookups),
            access=Access(Tokens(workspace.directory)),
            writer=Writer(workspace),
            intake=intake,
            pages=Pages(workspace.vocabulary, unserved=() if door else ("/cypher",)),
            cypher=door,
        )


def service_of(request: Request) -> Service:
    """Return the service of the application that a request came to."""
    service: Service = request.app.state.service
    return service


async def _here(request: Request) -> Service:
    """Return the same, without a thread of its own for it."""
    return service_of(request)


Here = Annotated[Service, Depends(_here)]
"""A route's parameter: the service that it belongs to."""
