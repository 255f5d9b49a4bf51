"""A wheel is built with the explorer's scripts in it, or not at all."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ExplorerHook(BuildHookInterface):  # type: ignore[type-arg,misc]  # the configuration is not ours
    """Builds the explorer where a wheel or source archive needs it and nobody has."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's own
        """Build; an editable install reads the checkout, in which `make` builds."""
        root = Path(self.root)
        if version != "editable" and not (root / "api/static/built/manifest.json").exists():
            subprocess.run([root / "scripts/build_explorer"], check=True)
