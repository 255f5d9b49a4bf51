"""Whether Comunica, a query engine in JavaScript, can ask a running service, and answers what that does.

    python scripts/try_comunica.py [--db var/kg] [--modules FOLDER]

It starts `kg serve` on a graph, installs `@comunica/query-sparql` by npm in a temporary folder (or takes the
`node_modules` of one where it is), lets Comunica answer a few queries over `/sparql`, asks `/sparql` itself,
and compares the rows. It prints one line for each query and fails if one differs.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from kg.vocabulary import PREFIXES

PACKAGE = "@comunica/query-sparql@4"
JSON = "application/sparql-results+json"
_PROLOGUE = "".join(f"PREFIX {name}: <{address}>\n" for name, address in PREFIXES.items())
QUERIES = {
    "a join": "SELECT ?name ?value { ?r akg:benchmark ?b ; akg:value ?value . ?b rdfs:label ?name }",
    "names": "SELECT ?s ?name { ?s a akg:Method ; rdfs:label ?name } ORDER BY ?name ?s LIMIT 200",
    "a path": "SELECT DISTINCT ?a ?b { ?a akg:outperforms/akg:outperforms ?b }",
    "an option": "SELECT ?s ?name ?o { ?s a akg:Benchmark ; rdfs:label ?name OPTIONAL { ?s akg:partOf ?o } }",
    "a count": "SELECT ?kind (COUNT(*) AS ?n) { ?s a ?kind } GROUP BY ?kind ORDER BY ?kind",
    "a filter": 'SELECT ?s { ?s rdfs:label ?name FILTER(STRSTARTS(STR(?name), "A")) }',
    "a named graph": "SELECT ?p { GRAPH <https://w3id.org/alignkg/ontology> { ?p a owl:ObjectProperty } }",
    "yes or no": "ASK { ?s akg:outperforms ?o }",
}


@contextmanager
def served(db: Path) -> Iterator[str]:
    """Start the service on a graph; yield its address."""
    command = [sys.executable, "-P", "-m", "kg", "serve", "--db", str(db), "--port", "0"]
    environment = {**os.environ, "KG_LOG_LEVEL": "error"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            address = re.search(r"http://\S+", process.stdout.readline())
            assert address, "the service does not start"
            yield f"{address[0]}sparql"
        finally:
            process.terminate()


@contextmanager
def installed(modules: Path | None) -> Iterator[Path]:
    """Yield a folder with Comunica in its node_modules."""
    if modules is not None:
        yield modules
        return
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE]
        subprocess.run(command, check=True)
        yield Path(folder)


def by_comunica(folder: Path, endpoint: str, query: str) -> str:
    """Return Comunica's answer, as JSON."""
    program = folder / "node_modules" / ".bin" / "comunica-sparql"
    command = [str(program), f"sparql@{endpoint}", "-q", query, "-t", JSON]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


def rows(answer: str) -> Counter[str]:
    """Return the rows of an answer in JSON as a bag, or its truth value."""
    held = json.loads(answer)
    if "boolean" in held:
        return Counter([str(held["boolean"])])
    return Counter(json.dumps(row, sort_keys=True) for row in held["results"]["bindings"])


def main() -> int:
    """Compare the answers; 1 if one differs."""
    options = argparse.ArgumentParser(description="Ask a service by Comunica.")
    options.add_argument("--db", type=Path, default=Path("var/kg"))
    options.add_argument("--modules", type=Path, help="a folder with Comunica in its node_modules")
    asked = options.parse_args()
    differ = 0
    with served(asked.db) as endpoint, installed(asked.modules) as folder:
        for name, text in QUERIES.items():
            query = _PROLOGUE + text
            given = rows(by_comunica(folder, endpoint, query))
            direct = httpx.get(endpoint, params={"query": query}, headers={"Accept": JSON}, timeout=60)
            same = given == rows(direct.raise_for_status().text)
            differ += not same
            print(f"{name}: {given.total()} rows, {'the same' if same else 'NOT the same'}")
    print(f"{len(QUERIES) - differ} of {len(QUERIES)} queries are answered alike")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
