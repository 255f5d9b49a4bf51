"""Pages for those who correct the graph: where a token is entered, and the history of decisions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.decided import Decided
from api.paging import Paged
from api.service import Here
from kg.lookup.paging import PAGE_SIZE, Page

router = APIRouter(include_in_schema=False)


@router.get("/curate")
def curate(here: Here, then: Annotated[str, Query(max_length=1_000)] = "") -> Response:
    """Show where a token is entered, and lead back to the page that somebody came from."""
    return here.pages.show(
        "curate.html", open=here.access.tokens.any_valid(), then=then if is_local(then) else None
    )


@router.get("/decisions")
def decisions(
    here: Here, asked: Paged, node: Annotated[str | None, Query(max_length=300)] = None
) -> Response:
    """Show who decided what, when and why."""
    told = Decided(here.facts)
    found = told.newest(node)
    cut, following = Page(asked.limit or PAGE_SIZE, asked.cursor).cut(found)
    return here.pages.show(
        "decisions.html",
        decisions=[told.shape(each) for each in cut],
        total=len(found),
        node=node,
        words=told.words(node) if node else None,
        there=node is not None and here.facts.workspace.ledger.node(node) is not None,
        following=asked.page_after(following),
    )


def is_local(address: str) -> bool:
    r"""Say whether an address is a path of this service and can lead nowhere else.

    >>> [is_local(each) for each in ("/id/method/dpo", "//evil.example", r"/\evil.example", "javascript:x")]
    [True, False, False, False]
    """
    return address.startswith("/") and address[1:2] not in ("/", "\\") and address.isprintable()
