"""What a program that watches the service reads: counts of requests, of queries, and of the graph.

In the text format of Prometheus. What stands in a place of its own anyway, such as the ledger's position, is
read when it is asked for and counted nowhere else.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.observing import HttpMetrics
from api.readiness import positions
from api.service import Service
from kg.errors import KGError
from kg.stores.workers import Tally

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_OUTCOMES = ("answered", "failed", "timeouts", "abandoned", "out_of_memory", "refused")


def exposition(http: HttpMetrics, here: Service) -> bytes:
    """Return all metrics of one application."""
    now = CollectorRegistry()
    now.register(_Now(here))
    ProcessCollector(registry=now)
    return generate_latest(http.registry) + generate_latest(now)


class _Now(Collector):
    """Reads what the service and its graph are like at this moment."""

    def __init__(self, here: Service) -> None:
        self.here = here

    def describe(self) -> Iterator[Metric]:
        """Return nothing: it is registered for one reading."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield each metric."""
        yield _build(self.here)
        yield from _queries(self.here)
        yield from _positions(self.here)
        with suppress(KGError):  # what cannot be read is told by the positions
            yield from _graph(self.here)


def _build(here: Service) -> Metric:
    labels = {
        "version": version("alignkg"),
        "ontology": here.vocabulary.version,
        "python": platform.python_version(),
    }
    about = GaugeMetricFamily("alignkg_build_info", "What runs; always 1.", labels=tuple(labels))
    about.add_metric(tuple(labels.values()), 1)
    return about


def _queries(here: Service) -> Iterator[Metric]:
    tallies = {"sparql": here.sparql.tally()}
    if here.cypher is not None:
        tallies["cypher"] = here.cypher.tally()
    yield _gauge("alignkg_queries_running", "Queries that are being answered.", "running", tallies)
    yield _gauge("alignkg_queries_waiting", "Queries that wait for a process.", "waiting", tallies)
    yield _gauge("alignkg_query_workers", "Processes that answer queries, alive now.", "workers", tallies)
    total = CounterMetricFamily(
        "alignkg_queries", "Queries by what came of them.", labels=("language", "outcome")
    )
    for language, tally in tallies.items():
        for outcome in _OUTCOMES:
            total.add_metric((language, outcome), getattr(tally, outcome))
    yield total


def _gauge(name: str, about: str, member: str, tallies: dict[str, Tally]) -> Metric:
    gauge = GaugeMetricFamily(name, about, labels=("language",))
    for language, tally in tallies.items():
        gauge.add_metric((language,), getattr(tally, member))
    return gauge


def _graph(here: Service) -> Iterator[Metric]:
    workspace = here.facts.workspace
    nodes = GaugeMetricFamily("alignkg_graph_nodes", "Nodes of the graph.", labels=("kind",))
    for kind, count in here.lookups.counts().items():
        nodes.add_metric((kind,), count)
    yield nodes
    rows = GaugeMetricFamily(
        "alignkg_ledger_rows", "What was ever taken in or decided; nothing leaves.", labels=("table",)
    )
    for table, count in workspace.ledger.sizes().items():
        rows.add_metric((table,), count)
    yield rows


def _positions(here: Service) -> Iterator[Metric]:
    """Yield how far each part is, and which of them cannot be read."""
    position = GaugeMetricFamily(
        "alignkg_position", "The last change that each part holds; the ledger leads.", labels=("part",)
    )
    readable = GaugeMetricFamily("alignkg_readable", "Whether each part can be read.", labels=("part",))
    for part, read in positions(here.facts.workspace).items():
        with suppress(KGError):
            position.add_metric((part,), read())
        readable.add_metric((part,), part in {sample.labels["part"] for sample in position.samples})
    yield position
    yield readable
