"""The reference of the service's addresses, from the OpenAPI document that the service itself sends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby

from pages import Page, code, plain, table

from kg.records import JSON

URI = "http.md"
_SHAPE = re.compile(r"\[(\w+)\]\(#shape-\w+\)")
OPENING = """
Made from the OpenAPI document that `kg serve` sends at `/openapi.json`; `/docs` of a running service lets you
try each address. [The service](service.md) says what they have in common: pages, negotiation, failures.
"""


def http_page(document: Mapping[str, JSON]) -> Page:
    """Return the page of all addresses, by what they are about, and of the shapes that they answer with."""
    operations = sorted(_operations(document), key=lambda operation: operation[2]["tags"][0])
    parts = ["# Addresses of the service", OPENING.strip(), _overview(operations)]
    for tag, members in groupby(operations, key=lambda operation: operation[2]["tags"][0]):
        parts.append(f"## {tag}")
        parts += [_operation(path, method, said) for path, method, said in members]
    parts.append("## Shapes of answers")
    parts += [_shape(name, shape) for name, shape in sorted(document["components"]["schemas"].items())]
    text = "\n\n".join(parts) + "\n"
    return Page(URI, "Addresses of the service", _SHAPE.sub(partial(_known, document), text))


def _known(document: Mapping[str, JSON], shape: re.Match[str]) -> str:
    """Return a link to a shape, or its name alone where the document describes none of that name."""
    return shape[0] if shape[1] in document["components"]["schemas"] else shape[1]


def _operations(document: Mapping[str, JSON]) -> Iterator[tuple[str, str, dict[str, JSON]]]:
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            yield path, method, said


def _anchor(said: Mapping[str, JSON]) -> str:
    return str(said["operationId"]).replace("_", "-")


def _overview(operations: list[tuple[str, str, dict[str, JSON]]]) -> str:
    rows = [
        (f"[`{method.upper()} {path}`](#{_anchor(said)})", plain(said["summary"]))
        for path, method, said in operations
    ]
    return table(("address", "what it answers"), rows)


def _operation(path: str, method: str, said: Mapping[str, JSON]) -> str:
    parts = [f"### {method.upper()} {path} {{ #{_anchor(said)} }}", f"**{plain(said['summary'])}.**"]
    parts += map(plain, said.get("description", "").split("\n\n"))
    if parameters := said.get("parameters"):
        rows = [_parameter(parameter) for parameter in parameters]
        parts.append(table(("parameter", "in", "type", "what it says"), rows))
    if body := said.get("requestBody"):
        rows = [(code(media), _type(content["schema"])) for media, content in body["content"].items()]
        parts.append(table(("body", "type"), rows))
        parts += _examples(content["schema"] for content in body["content"].values())
    parts.append(table(("status", "answer"), [_answer(*item) for item in said["responses"].items()]))
    answers = (
        content for answer in said["responses"].values() for content in answer.get("content", {}).values()
    )
    parts += _examples(answers)
    return "\n\n".join(part for part in parts if part)


def _parameter(parameter: Mapping[str, JSON]) -> tuple[str, str, str, str]:
    needed = " (needed)" if parameter.get("required") else ""
    about = parameter.get("description", "")
    return code(parameter["name"]), parameter["in"] + needed, _type(parameter["schema"]), plain(about)


def _answer(status: str, answer: Mapping[str, JSON]) -> tuple[str, str]:
    name = "any other" if status == "default" else status
    kinds = [
        f"{code(media)} {_type(content.get('schema', {}))}".strip()
        for media, content in answer.get("content", {}).items()
    ]
    about = "" if answer["description"] == "Successful Response" else plain(answer["description"]) + ". "
    return name, about + ", ".join(kinds)


def _examples(described: Iterable[Mapping[str, JSON]]) -> Iterator[str]:
    for content in described:
        if "example" in content:
            shown = json.dumps(content["example"], ensure_ascii=False, indent=1)
            lines = "\n".join("    " + line for line in f"```json\n{shown}\n```".splitlines())
            yield f'??? example "For example"\n\n{lines}'


def _shape(name: str, shape: Mapping[str, JSON]) -> str:
    needed = shape.get("required", ())
    rows = [
        (
            code(field),
            _type(kind) + ("" if field in needed else ", may be absent"),
            plain(kind.get("description", "")),
        )
        for field, kind in shape.get("properties", {}).items()
    ]
    about = plain(shape.get("description", ""))
    return "\n\n".join(
        (
            f"### {shape.get('title', name)} {{ #shape-{name.lower()} }}",
            about,
            table(("field", "type", "what it says"), rows),
        )
    )


def _type(schema: Mapping[str, JSON]) -> str:
    """Return a JSON schema in words: "list of AnswerRow", "integer, at least 1"."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#shape-{name.lower()})"
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join("nothing" if option.get("type") == "null" else _type(option) for option in options)
    if "enum" in schema:
        return "one of " + ", ".join(code(str(value)) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}" if schema.get("items") else "list"
    return ", ".join(filter(None, (str(schema.get("type", "")), *_bounds(schema))))


def _bounds(schema: Mapping[str, JSON]) -> Iterator[str]:
    words = {"minimum": "at least {}", "maximum": "at most {}", "maxLength": "at most {} characters"}
    for key, said in words.items():
        if key in schema:
            yield said.format(schema[key])
    if schema.get("default") not in (None, ""):
        yield f"default {schema['default']}"
