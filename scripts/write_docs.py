"""Write the pages under docs/ that are made from the code, or write them to another folder to compare."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

import typer
from schema import schema_tables
from typer.cli import get_docs_for_click
from typer.core import TyperCommand, TyperGroup

from kg.cli import app
from kg.vocabulary import load_vocabulary

DOCS = Path(__file__).parent.parent / "docs"
SECTION = re.compile(r"^(?=##)", flags=re.MULTILINE)
SCHEMA = re.compile(r"(?<=<!-- schema -->\n).*?(?=<!-- /schema -->)", flags=re.DOTALL)


def commands_page() -> str:
    """Return the reference of the command, its list with whole sentences and its examples as code."""
    kg = typer.main.get_command(app)
    context = typer.Context(kg, info_name="kg")
    page = html.unescape(get_docs_for_click(obj=kg, ctx=context, name="kg", title="The kg command"))
    page = "".join(_with_whole_sentences(section, kg, context) for section in SECTION.split(page))
    page = re.sub(r"^Example: (.*)$", r"Example: `\1`", page, flags=re.MULTILINE)
    return page.strip() + "\n"


def _with_whole_sentences(section: str, kg: TyperGroup, context: typer.Context) -> str:
    """Return the section of a command with the summaries of its own commands in full."""
    named = re.match(r"#+ `kg (.*)`$", section, flags=re.MULTILINE)
    group: TyperCommand | TyperGroup = kg
    for name in named[1].split() if named else ():
        group = group.get_command(context, name)
    for name in group.list_commands(context) if isinstance(group, TyperGroup) else ():
        summary = group.get_command(context, name).get_short_help_str(limit=1000)
        section = re.sub(rf"^\* `{name}`: .*$", f"* `{name}`: {summary}", section, flags=re.MULTILINE)
    return section


def cypher_page() -> str:
    """Return the page as it was written by hand, with the tables of the schema as they are now."""
    page = (DOCS / "cypher.md").read_text(encoding="utf-8")
    return SCHEMA.sub(lambda _: schema_tables(load_vocabulary()) + "\n", page)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    (folder / "commands.md").write_text(commands_page(), encoding="utf-8")
    (folder / "cypher.md").write_text(cypher_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
