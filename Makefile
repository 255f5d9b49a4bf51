# make run     set up, build the graph of the bundled corpus, serve it
# make test    set up, run every check and test
# PYTHON=... names the interpreter (3.11 or newer), DB=... the folder of the graph.

DB ?= var/kg
export PYTHON

.PHONY: run test clean

run: .venv/run.stamp
	.venv/bin/kg ingest corpus/papers.jsonl --db $(DB)
	.venv/bin/kg serve --db $(DB)

test: .venv/dev.stamp
	scripts/check

.venv/run.stamp: pyproject.toml constraints.txt
	scripts/setup

.venv/dev.stamp: pyproject.toml constraints.txt
	scripts/setup dev

clean:
	rm -rf .venv var build dist
