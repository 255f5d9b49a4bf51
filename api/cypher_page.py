"""`/cypher` in a browser: an editor, and the answer of the query in the address as a table and a graph."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api import problems
from api.asking import in_thread, while_there
from api.cypher import CSV, PLAIN
from api.cypher_table import pieces_of, to_table
from api.drawings import of_pieces
from api.editors import ROWS_SHOWN, Fault, FileFormat, Outcome, outcome_of
from api.negotiation import agree
from api.protocol import HTML
from api.service import Here, Service
from api.tables import examples
from kg.records import JSON
from kg.stores.caller import Caller

if TYPE_CHECKING:  # the driver under it comes with an extra
    from kg.stores.cells import Table

router = APIRouter(include_in_schema=False)

ADDRESS = "/cypher"
FORMATS = (FileFormat("JSON", PLAIN, "json"), FileFormat("CSV", CSV, "csv"))

Text = Annotated[str, Query(max_length=60_000)]


@router.get(ADDRESS)
async def show_editor(request: Request, here: Here, query: Text = "", parameters: Text = "") -> Response:
    """Show the editor, and what comes of the query in the address."""
    agree(request.headers.get("accept"), (HTML,))
    query = query if query.strip() else ""
    return await while_there(
        request, lambda caller: in_thread(partial(_page, query, parameters, caller, here), here)
    )


def _page(query: str, parameters: str, caller: Caller, here: Service) -> Response:
    if here.cypher is None:
        outcome = None
        status: int = HTTPStatus.SERVICE_UNAVAILABLE if query else HTTPStatus.OK
    else:
        ask = partial(here.cypher.run, limits=here.limits, caller=caller)
        outcome = _outcome(query, parameters, ask, here) if query else None
        status = outcome.status if outcome else HTTPStatus.OK
    response = here.pages.show(
        "cypher.html",
        status,
        query=query or examples(".cypher")[0].text,
        parameters=parameters,
        outcome=outcome,
        available=here.cypher is not None,
        rows_shown=ROWS_SHOWN,
        examples=examples(".cypher"),
    )
    response.headers["Vary"] = "Accept"
    return response


def _outcome(query: str, parameters: str, ask: Callable[..., Table], here: Service) -> Outcome:
    try:
        values = read_parameters(parameters)
    except ValueError as error:
        return Outcome(fault=_no_parameters(str(error)))
    return outcome_of(query, ADDRESS, lambda: _shown(ask(query, values), here))


def _shown(answer: Table, here: Service) -> Outcome:
    drawing = of_pieces(pieces_of(answer), here.vocabulary)
    return Outcome(table=to_table(answer, here.vocabulary), drawing=drawing, formats=FORMATS)


def read_parameters(text: str) -> dict[str, JSON]:
    """Read parameters, an object in JSON or nothing; ValueError says what else it is.

    >>> read_parameters(' {"name": "MT-Bench"} '), read_parameters("")
    ({'name': 'MT-Bench'}, {})
    """
    if not text.strip():
        return {}
    values: JSON = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("an object is wanted, with a value for each name")
    return values


def _no_parameters(reason: str) -> Fault:
    detail = f"the parameters are no object in JSON: {reason}"
    return Fault(
        "The parameters are malformed",
        'Write them as JSON, {"name": "MT-Bench"}, for a query that holds $name.',
        problems.of_status(HTTPStatus.BAD_REQUEST, detail, ADDRESS),
    )
