# syntax=docker/dockerfile:1
# The service in a container:
#
#     docker build --tag alignkg .
#     docker run --rm --volume graph:/graph --volume "$PWD/corpus:/papers:ro" alignkg ingest /papers/papers.jsonl
#     docker run --rm --volume graph:/graph --publish 127.0.0.1:8321:8321 --env KG_READ=open alignkg
#
# docs/how-to/container.md says more. `kg` writes to /graph and /tmp alone, so the rest may be read-only.

FROM node:22-slim AS pages
WORKDIR /src/api/explorer
COPY api/explorer/package.json api/explorer/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY api/explorer ./
RUN npm run build

FROM python:3.11-slim AS installed
# cypher: drivers and an embedded server for Cypher (100 MB); mcp: agents.
ARG EXTRAS=cypher,mcp
WORKDIR /src
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY scripts/hatch_build.py scripts/
COPY ontology ontology
COPY kg kg
COPY api api
COPY --from=pages /src/api/static/built api/static/built
RUN python -m venv /opt/alignkg \
    && /opt/alignkg/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --constraint constraints.txt ".[${EXTRAS}]" \
    && /opt/alignkg/bin/python -m pip uninstall --yes --quiet pip

FROM python:3.11-slim
RUN groupadd --system --gid 10001 kg \
    && useradd --system --uid 10001 --gid kg --home-dir /graph --shell /usr/sbin/nologin kg \
    && install --directory --owner kg --group kg /graph
COPY --from=installed /opt/alignkg /opt/alignkg
ENV PATH=/opt/alignkg/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/tmp \
    MPLCONFIGDIR=/tmp \
    KG_DB=/graph \
    KG_HOST=0.0.0.0 \
    KG_LOG_FORMAT=json
USER 10001:10001
WORKDIR /graph
VOLUME /graph
EXPOSE 8321
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8321/readyz', timeout=4)"]
ENTRYPOINT ["kg"]
CMD ["serve"]
