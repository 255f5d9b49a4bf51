"""Files of the repository that have a place in the site besides docs/, and links that lead to them there."""

from __future__ import annotations

import posixpath
import re

BESIDE = {
    "CHANGELOG.md": "changes.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "api/static/icon.svg": "images/icon.svg",
    "corpus/README.md": "corpus.md",
    "corpus/papers.jsonl": "papers.jsonl",
    "ontology/README.md": "ontology/files.md",
}
"""Where each lies in the site."""

TOLD_BY = {
    "README.md": "index.md",
    "api/openapi.py": "http.md",
    "kg/__init__.py": "library/workspace.md",
    "kg/errors.py": "library/errors.md",
    "kg/export/__init__.py": "library/formats.md",
    "ontology": "ontology/index.md",
    "ontology/alignment.ttl": "ontology/index.md",
    "ontology/names.ttl": "ontology/names.md",
    "ontology/schemes.ttl": "ontology/schemes/techniques.md",
}
"""Which page of the site tells what a file of the repository holds."""

_PLACES = {**TOLD_BY, **BESIDE}

_LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)((?:#[^)\s]*)?)\)")
_DOCS = "docs/"


def origin(uri: str) -> str:
    """Return where the source of a page lies in the repository."""
    return next((file for file, place in BESIDE.items() if place == uri), _DOCS + uri)


def in_site(markdown: str, uri: str) -> str:
    """Return a page with its links to files of the repository turned to where these lie in the site.

    >>> in_site("[o](../ontology/README.md#names), [s](settings.md)", "cypher.md")
    '[o](ontology/files.md#names), [s](settings.md)'
    >>> in_site("[d](docs/decisions.md)", "contributing.md")
    '[d](decisions.md)'
    """
    folder = posixpath.dirname(origin(uri))

    def turned(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, found[1]))
        place = _PLACES.get(target) or (target.removeprefix(_DOCS) if target.startswith(_DOCS) else None)
        if place is None:
            return found[0]
        return f"]({posixpath.relpath(place, posixpath.dirname(uri) or '.')}{found[2]})"

    return _LINK.sub(turned, markdown)
