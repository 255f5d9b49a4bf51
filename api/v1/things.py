"""`/v1/methods` … `/v1/goals`, `/v1/papers`, `/v1/entities/…`: things, and one thing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.paging import Paged
from api.service import Here
from api.v1.shapes import EntityShape, NamedPaper, PaperList, PaperShape
from kg.lookup.answers import Answer
from kg.lookup.paging import PAGE_SIZE, Page
from kg.vocabulary import EntityType, Vocabulary

Words = Annotated[str | None, Query(min_length=1, max_length=300, description="Words that names hold")]


def things_router(vocabulary: Vocabulary) -> APIRouter:
    """Return the routes, with a list for each type of the ontology."""
    router = APIRouter(prefix="/v1", tags=["Things"])
    for each in (vocabulary.paper, *vocabulary.types.values()):
        _add_list(router, each)
    router.add_api_route("/entities/{id:path}/neighbours", neighbours, summary="What is said of one thing")
    router.add_api_route("/entities/{id:path}/papers", papers, summary="The papers that name one thing")
    router.add_api_route("/entities/{id:path}", entity, summary="One thing, by its id or its name")
    router.add_api_route("/papers/{id:path}", paper, summary="One paper and what it names")
    return router


def _add_list(router: APIRouter, listed: EntityType) -> None:
    def list_things(here: Here, asked: Paged, q: Words = None) -> Answer:
        return asked.send(here.lookups.things(listed.name, q, limit=asked.limit, cursor=asked.cursor))

    router.add_api_route(
        f"/{listed.plural}",
        list_things,
        summary=f"{listed.plural.capitalize()}, the most named first",
        description=listed.comment,
        operation_id=f"list_{listed.plural}",
    )


def entity(id: str, here: Here) -> EntityShape:
    """Send what papers and the ontology know of a thing."""
    found = here.facts.entity(id)
    return EntityShape.of(found, here.vocabulary.names.get(found.id))


def neighbours(id: str, here: Here, asked: Paged) -> Answer:
    """List the statements in which a thing stands at either end, the most believed first."""
    return asked.send(here.lookups.about(id, limit=asked.limit, cursor=asked.cursor))


def papers(id: str, here: Here, asked: Paged) -> PaperList:
    """List the papers that name a thing, the newest first."""
    with here.lookups.at_once():
        found = here.facts.naming(here.facts.entity(id))
        cut, following = Page(asked.limit or PAGE_SIZE, asked.cursor).cut(found)
    return asked.send(
        PaperList(total=len(found), papers=[NamedPaper.of(each) for each in cut], next=following)
    )


def paper(id: str, here: Here) -> PaperShape:
    """Send a paper with every place where it names something."""
    return PaperShape.of(here.facts.paper(id))
