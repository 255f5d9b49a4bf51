# make run     set up, build the graph of the bundled corpus, serve it
# make test    set up, run every check and test
# make audit   set up, look up known holes and licences of what it stands on
# make docs    set up, build the documentation as a site, in build/site
# PYTHON=... names the interpreter (3.11 or newer), DB=... the folder of the graph.

DB ?= var/kg
export PYTHON

BUILT = api/static/built/manifest.json

.PHONY: run test audit docs clean

run: .venv/run.stamp $(BUILT)
	.venv/bin/kg ingest corpus/papers.jsonl --db $(DB)
	.venv/bin/kg serve --db $(DB)

test: .venv/dev.stamp $(BUILT)
	scripts/check

audit: .venv/dev.stamp
	.venv/bin/python scripts/audit.py

docs: .venv/docs.stamp
	.venv/bin/python scripts/site/build.py

.venv/run.stamp: pyproject.toml constraints.txt
	scripts/setup

.venv/dev.stamp: pyproject.toml constraints.txt
	scripts/setup dev

.venv/docs.stamp: pyproject.toml constraints.txt
	scripts/setup docs

$(BUILT): $(wildcard api/explorer/*.* api/explorer/src/*.* api/explorer/src/*/*.*) | .venv/run.stamp
	scripts/build_explorer

clean:
	rm -rf .venv var build dist api/static/built api/explorer/node_modules
