"""Write the pages under docs/ that are made from the code, or write them to another folder to compare."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
COMMANDS = ["typer", "kg.cli", "utils", "docs", "--name", "kg", "--title", "The kg command"]


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    made = [sys.executable, "-m", *COMMANDS, "--output", str(folder / "commands.md")]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
