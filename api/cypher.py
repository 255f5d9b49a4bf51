"""`/cypher`: read-only Cypher over HTTP, its answers in the shape of Neo4j's Query API.

It is there where the service was started with `--cypher`. Of that API it takes `statement` and `parameters`
and gives `data` with `fields` and `values`; a failure bears `errors` with Neo4j's codes beside our problem.
Counters and bookmarks are left out or empty, since nothing is ever written.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api import problems, protocol
from api.asking import in_thread, limits_of, while_there
from api.negotiation import agree
from api.problems import RequestError
from api.service import Here, Service
from kg.errors import (
    KGError,
    QueryForbidden,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooHungry,
    ResultTooLarge,
    StoreUnavailable,
)
from kg.property_graph import PgNode, PgRelationship
from kg.records import JSON
from kg.stores import Limits
from kg.stores.caller import Caller

if TYPE_CHECKING:  # the driver under these comes with an extra
    from kg.stores.cells import Cell, Table

router = APIRouter(tags=["Cypher"])

PLAIN, CSV = "application/json", "text/csv"
VARY = {"Vary": "Accept"}
CODES: Mapping[type[KGError], str] = {
    QuerySyntaxError: "Neo.ClientError.Statement.SyntaxError",
    QueryForbidden: "Neo.ClientError.Security.Forbidden",
    QueryTimeout: "Neo.ClientError.Transaction.TransactionTimedOut",
    QueryTooHungry: "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
    StoreUnavailable: "Neo.TransientError.General.DatabaseUnavailable",
}
"""What Neo4j calls a failure; anything else is a statement that could not be executed."""
_OTHER = "Neo.ClientError.Statement.ExecutionFailed"


class CypherRequest(BaseModel):
    """A statement with its parameters; `graph` asks for the nodes and relationships of the answer as well."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "statement": "MATCH (m)-[r:EVALUATED_ON]->(:Benchmark {name: $name}) RETURN m.name, r.belief",
                "parameters": {"name": "MT-Bench"},
            }
        }
    )

    statement: str
    parameters: dict[str, JSON] = {}
    graph: bool = False
    maxExecutionTime: float | None = None  # noqa: N815  # as Neo4j's Query API has it
    """Seconds that the client gives it; the service may give less."""


@router.post(
    "/cypher",
    summary="Ask in Cypher, as Neo4j's Query API is asked",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {PLAIN: {"schema": CypherRequest.model_json_schema()}},
        }
    },
)
async def post_cypher(request: Request, here: Here) -> Response:
    """Answer a read-only statement as JSON or CSV."""
    chosen = agree(request.headers.get("accept"), (PLAIN, CSV))
    asked = read_request(await protocol.read_limited(request, here.settings.query_bytes))
    try:
        limits = limits_of(asked.maxExecutionTime, here)
        body = await while_there(
            request, lambda caller: in_thread(partial(_answer, asked, chosen, limits, caller, here), here)
        )
    except KGError as error:
        return _failure(error)
    return Response(body, media_type=chosen, headers=VARY)


@router.post("/db/{database}/query/v2", include_in_schema=False)
async def post_query(request: Request, here: Here) -> Response:
    """Answer at the address and with the status of Neo4j's Query API; there is one database, by any name."""
    answer = await post_cypher(request, here)
    if answer.status_code == HTTPStatus.OK:
        answer.status_code = HTTPStatus.ACCEPTED
    return answer


def read_request(body: bytes) -> CypherRequest:
    """Read a request's body; RequestError 400 says what is wrong with it."""
    try:
        return CypherRequest.model_validate_json(body)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}" for fault in error.errors())
        raise RequestError(HTTPStatus.BAD_REQUEST, "; ".join(faults)) from error


def _answer(asked: CypherRequest, media_type: str, limits: Limits, caller: Caller, here: Service) -> bytes:
    if here.cypher is None:
        raise StoreUnavailable("Cypher is not answered here; start the service with: kg serve --cypher")
    table = here.cypher.run(asked.statement, asked.parameters, limits, caller)
    body = as_csv(table) if media_type == CSV else as_json(table, graph=asked.graph)
    if len(body) > here.limits.bytes:
        raise ResultTooLarge(here.limits.bytes, "bytes")
    return body


def _failure(error: KGError) -> Response:
    problem = problems.of_kg_error(error, "/cypher")
    errors = [{"code": CODES.get(type(error), _OTHER), "message": str(error)}]
    body = problem.model_dump(exclude_none=True) | {"errors": errors}
    return Response(json.dumps(body), problem.status, media_type=problems.MEDIA_TYPE, headers=VARY)


def as_json(table: Table, *, graph: bool) -> bytes:
    """Write a table as Neo4j's Query API does, with the graph that it shows where that is asked for."""
    values = [[_value(cell) for cell in row] for row in table.rows]
    body: dict[str, JSON] = {"data": {"fields": table.columns, "values": values}, "bookmarks": []}
    if graph:
        shown = {piece.id: piece for row in table.rows for cell in row for piece in _pieces(cell)}
        body["graph"] = {
            "nodes": [_value(p) for p in shown.values() if isinstance(p, PgNode)],
            "relationships": [_value(p) for p in shown.values() if isinstance(p, PgRelationship)],
        }
    return json.dumps(body, ensure_ascii=False).encode()


def as_csv(table: Table) -> bytes:
    """Write a table as CSV: nodes and relationships by their ids, lists and maps as JSON."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows([_text(cell) for cell in row] for row in table.rows)
    return out.getvalue().encode()


def _value(cell: Cell) -> JSON:
    match cell:
        case PgNode():
            return {"elementId": cell.id, "labels": cell.labels, "properties": dict(cell.properties)}
        case PgRelationship():
            return {
                "elementId": cell.id,
                "startNodeElementId": cell.start,
                "endNodeElementId": cell.end,
                "type": cell.type,
                "properties": dict(cell.properties),
            }
        case tuple():
            return [_value(item) for item in cell]
        case Mapping():
            return {name: _value(item) for name, item in cell.items()}
    return cell


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case PgNode() | PgRelationship():
            return cell.id
        case bool() | tuple() | Mapping():
            return json.dumps(_value(cell), ensure_ascii=False)
    return str(cell)


def _pieces(cell: Cell) -> Iterator[PgNode | PgRelationship]:
    """Yield the nodes and relationships inside a cell."""
    inside: Iterable[Cell]
    match cell:
        case PgNode() | PgRelationship():
            yield cell
            return
        case tuple():
            inside = cell
        case Mapping():
            inside = cell.values()
        case _:
            return
    for item in inside:
        yield from _pieces(item)
