"""The OpenAPI document: what FastAPI reads from the routes, with examples and the ontology's words."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE
from api.protocol import FORM, GRAPH_TYPES, QUERY, RESULT_TYPES
from kg.records import JSON
from kg.vocabulary import Vocabulary

EXAMPLES = Path(__file__).parent / "examples.json"


def document(app: FastAPI, vocabulary: Vocabulary) -> dict[str, JSON]:
    """Return the document of an application, made the first time that somebody asks for it."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        _add_examples(schema)
        _add_words(schema, vocabulary)
        _add_sparql(schema)
        _add_failures(schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _add_examples(schema: dict[str, JSON]) -> None:
    """Put the answers of `examples.json` where their operations are described."""
    for path, example in json.loads(EXAMPLES.read_text("utf-8")).items():
        answer = schema["paths"][path]["get"]["responses"]["200"]
        answer["content"]["application/json"]["example"] = example


def _add_words(schema: dict[str, JSON], vocabulary: Vocabulary) -> None:
    """Say which predicates and types there are, wherever a parameter takes one."""
    words = {"predicate": sorted(vocabulary.predicates), "type": sorted(vocabulary.types)}
    for operations in schema["paths"].values():
        for parameter in operations.get("get", {}).get("parameters", ()):
            if parameter["name"] in words:
                parameter["schema"] = {"type": "string", "enum": words[parameter["name"]]}


def _add_sparql(schema: dict[str, JSON]) -> None:
    """Describe the requests of the SPARQL Protocol, which are read by hand."""
    answers = {media_type: {"schema": {"type": "string"}} for media_type in {**RESULT_TYPES, **GRAPH_TYPES}}
    graphs = {"type": "array", "items": {"type": "string", "format": "iri"}}
    named = {"default-graph-uri": graphs, "named-graph-uri": graphs}
    fields = {"query": {"type": "string"}, **named}
    endpoint = schema["paths"]["/sparql"]
    endpoint["get"]["parameters"] = [
        {"name": name, "in": "query", "required": False, "schema": kind} for name, kind in fields.items()
    ]
    endpoint["post"]["requestBody"] = {
        "required": True,
        "content": {
            FORM: {"schema": {"type": "object", "properties": fields, "required": ["query"]}},
            QUERY: {"schema": {"type": "string"}},
        },
    }
    for operation in endpoint.values():
        operation["responses"]["200"]["content"] = answers


def _add_failures(schema: dict[str, JSON]) -> None:
    """Describe every failure as a problem document; FastAPI knows another for wrong parameters."""
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            failure = operation["responses"]["default"]
            failure["content"] = {MEDIA_TYPE: failure["content"]["application/json"]}
