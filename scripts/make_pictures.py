"""Make the pictures of the pages: real answers over the bundled corpus, and the property graph's schema."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text
from schema import schema_dot

from kg.vocabulary import load_vocabulary

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
GOLD = ROOT.parent / "shared" / "gold" / "seeds-dev.jsonl"
TEXTS = ROOT.parent / "shared" / "seeds" / "papers.jsonl"
KG = [sys.executable, "-c", "from kg.cli import main; main()"]
ASKED = "what outperforms DPO"
DRAWN = "methods evaluated on MT-Bench"
WIDTH = 118


def run(db: Path, *words: str, **variables: str) -> str:
    environment = {**os.environ, "KG_DB": str(db), **variables}
    done = subprocess.run([*KG, *words], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def terminal_picture(title: str, printed: str) -> str:
    """Return what a terminal shows as SVG that fetches no fonts."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(printed.rstrip()))
    return re.sub(
        r"@font-face \{.*?\}", "", console.export_svg(title=title, unique_id="answer"), flags=re.DOTALL
    )


def schema_picture() -> str:
    """Return the schema as Graphviz draws it, without the comments that name its version."""
    dot = schema_dot(load_vocabulary())
    drawn = subprocess.run(["dot", "-Tsvg"], input=dot, check=True, capture_output=True, text=True).stdout
    return re.sub(r"<!--.*?-->\n", "", drawn, flags=re.DOTALL)


def make_reliability(folder: Path) -> None:
    """Draw what `kg eval` says of probabilities, where annotated papers lie beside the checkout."""
    if not GOLD.exists():
        print(f"{GOLD} is not there: reliability.svg stays as it is", file=sys.stderr)
        return
    run(folder, "eval", str(GOLD), "--papers", str(TEXTS), "--intervals", "--report", str(folder / "report"))
    shutil.copy(folder / "report" / "reliability.svg", IMAGES)


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / "property-graph.svg").write_text(schema_picture(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder)
        run(db, "ingest", str(ROOT / "corpus" / "papers.jsonl"))
        printed = run(
            db, "find", ASKED, "--limit", "3", FORCE_COLOR="1", COLORTERM="truecolor", COLUMNS=str(WIDTH)
        )
        shown = terminal_picture(f'kg find "{ASKED}"', printed)
        (IMAGES / "find.svg").write_text(shown, encoding="utf-8")
        picture = str(IMAGES / "mt-bench.svg")
        run(db, "export", "--format", "svg", "--find", DRAWN, "--limit", "10", "--output", picture)
        make_reliability(db)


if __name__ == "__main__":
    main()
