"""The reference of the library: which names stand on which page; mkdocstrings fills in their docstrings."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pages import Page, code, table

import kg.errors
import kg.lookup
import kg.pack
import kg.watch
from kg.export import EXPORTERS
from kg.settings import Settings
from kg.sources import IMPORTERS


@dataclass(frozen=True, slots=True)
class Shelf:
    """Names that are read together."""

    file: str
    title: str
    opening: str
    names: Sequence[str]


def within(module: str, *names: str) -> list[str]:
    return [f"{module}.{name}" for name in names]


def tree_of_errors() -> str:
    """Return the tree that the docstring of the errors draws."""
    drawn = inspect.cleandoc(kg.errors.__doc__ or "").partition("\n\n")[2]
    return f"```text\n{drawn}\n```"


def settings() -> str:
    """Return the name of each setting, what fits, and the default."""
    fields = Settings.model_json_schema()["properties"]
    rows = [
        (code(name), fitting(field), code(json.dumps(field["default"]))) for name, field in fields.items()
    ]
    return table(("setting", "what fits", "default"), rows)


def fitting(field: Mapping[str, object]) -> str:
    """Return what fits a setting: its type, its bounds, its choices."""
    above, least, most = (field.get(bound) for bound in ("exclusiveMinimum", "minimum", "maximum"))
    bounds = [f"above {above}"] if above is not None else []
    bounds += [f"{least:,} or more"] if least is not None else []
    bounds += [f"{most:,.0f} or less"] if most is not None else []
    choices = field.get("enum") or ([field["pattern"]] if "pattern" in field else [])
    return ", ".join([str(field["type"]), *bounds, *map(code, choices)])


def formats() -> str:
    """Return the names of all formats, in and out."""
    rows = [(code(name), inspect.getdoc(reader) or "") for name, reader in IMPORTERS.items()]
    out = [(code(name), inspect.getdoc(writer) or "") for name, writer in EXPORTERS.items()]
    read = table(("`kg.sources.IMPORTERS`", "what reads it"), [(name, first_line(doc)) for name, doc in rows])
    written = table(
        ("`kg.export.EXPORTERS`", "what writes it"), [(name, first_line(doc)) for name, doc in out]
    )
    return f"{read}\n\n{written}"


def first_line(docstring: str) -> str:
    return docstring.partition("\n\n")[0].replace("\n", " ").replace("|", "&#124;")


def is_error(member: object) -> bool:
    return inspect.isclass(member) and issubclass(member, kg.errors.KGError)


SHELVES = (
    Shelf(
        "workspace",
        "A graph in a folder",
        "What most programs need. [By example](../python.md) shows it at work.",
        [
            *within("kg", "open", "Workspace", "IngestReport"),
            *within("kg.curation", "Decision", "Proposal", "Effect"),
        ],
    ),
    Shelf(
        "lookups",
        "Questions and answers",
        "`kg.open(…).lookups` has every named question; `find` of a workspace is `ask`.",
        [*within("kg.lookup", *kg.lookup.__all__), *within("kg.stores", "Rows", "Limits")],
    ),
    Shelf(
        "packs",
        "Survey packs",
        "All that stands behind an answer, in one folder: [Survey packs](../survey-pack.md) says which.",
        within("kg.pack", *kg.pack.__all__),
    ),
    Shelf(
        "watches",
        "Standing questions",
        "What came, went or changed since an answer was last told: [Watch](../watch.md) shows how.",
        within("kg.watch", *kg.watch.__all__),
    ),
    Shelf(
        "records",
        "Records",
        "All are frozen. The first make up a graph; what one paper says, in its own ids, is an `Extraction`.",
        [
            *within("kg", "Graph", "Paper", "Entity", "Statement", "Result", "Evidence"),
            *within("kg.records", "GroundedPaper", "Mention", "Span"),
            *within("kg.records", "Extraction", "LocalEntity", "Claim", "LocalResult"),
            *within("kg.records", "paper_node", "statement_id", "result_id"),
        ],
    ),
    Shelf(
        "vocabulary",
        "The ontology in Python",
        "The only reader of the [Turtle files](../ontology/index.md).",
        within("kg.vocabulary", "load_vocabulary", "Vocabulary", "EntityType", "Predicate", "KnownName"),
    ),
    Shelf(
        "extract",
        "Reading papers",
        "Without a graph: papers in, what each says out. [Extraction](../extraction.md) says how it is done.",
        within("kg.extract", "extract", "extract_parallel", "load_pipeline", "to_gold"),
    ),
    Shelf(
        "formats",
        "Formats",
        formats(),
        [*within("kg.sources", "read_papers", "detect_format", "Rejected"), "kg.export.Exporter"],
    ),
    Shelf(
        "settings",
        "Settings",
        "Each with its variable of the environment and what it means is in [Settings](../settings.md). "
        f"What fits:\n\n{settings()}",
        ["kg.settings.Settings"],
    ),
    Shelf(
        "errors",
        "Errors",
        "Everything that is raised on purpose is a `kg.KGError`; its message says what failed, on what, and "
        f"what to do.\n\n{tree_of_errors()}",
        within("kg.errors", *(name for name, _ in inspect.getmembers(kg.errors, is_error))),
    ),
)


def library_pages() -> list[Page]:
    """Return the pages of the reference, in the order of use."""
    return [Page(f"library/{shelf.file}.md", shelf.title, _text(shelf)) for shelf in SHELVES]


def _text(shelf: Shelf) -> str:
    names = "\n\n".join(f"::: {name}" for name in shelf.names)
    return f"# {shelf.title}\n\n{shelf.opening}\n\n{names}\n"
