"""What every route needs, handed to it by the application that it belongs to."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import Request

from api.access import Access
from api.facts import Facts
from api.pages import Pages
from api.writer import Writer
from kg.errors import KGError
from kg.lookup.lookups import Lookups
from kg.settings import Settings
from kg.stores import Limits
from kg.stores.pool import QueryPool
from kg.tokens import Tokens
from kg.vocabulary import Vocabulary
from kg.workspace import Workspace

if TYPE_CHECKING:  # the driver under it comes with an extra
    from kg.stores.door import CypherDoor


logger = logging.getLogger(__name__)


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
    cypher: CypherDoor | None = None
    """What answers Cypher, where the service was started with it."""


@contextmanager
def service_over(workspace: Workspace, settings: Settings, door: CypherDoor | None) -> Iterator[Service]:
    """Start the query workers; look-ups have their own, so that no stranger's query holds them up."""
    folder, workers = workspace.store_directory, settings.query_workers
    with (
        closing(QueryPool(folder, workers=workers)) as strangers,
        closing(QueryPool(folder, workers=workers)) as ours,
        ThreadPoolExecutor(1) as aside,
    ):
        limits = Limits(settings.query_seconds, settings.query_rows, settings.answer_bytes)
        lookups = Lookups(ours.query, workspace.vocabulary, limits, workspace.ledger)
        facts = Facts(workspace, lookups)
        aside.submit(_prepare, facts)
        yield Service(
            settings=settings,
            vocabulary=workspace.vocabulary,
            limits=limits,
            sparql=strangers,
            lookups=lookups,
            facts=facts,
            access=Access(Tokens(workspace.directory)),
            writer=Writer(workspace),
            pages=Pages(workspace.vocabulary, unserved=() if door else ("/cypher",)),
            cypher=door,
        )


def _prepare(facts: Facts) -> None:
    """Count, and read the names, before somebody waits for it; the first who asks is told what failed."""
    try:
        facts.counts()
        facts.lookups.prepare()
    except KGError as error:
        logger.warning("names are not read yet: %s", error)


def service_of(request: Request) -> Service:
    """Return the service of the application that a request came to."""
    service: Service = request.app.state.service
    return service


Here = Annotated[Service, Depends(service_of)]
"""A route's parameter: the service that it belongs to."""
