"""Opening what answers a graph in Cypher, where the extra that it needs is installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kg.errors import ConfigError, StoreUnavailable
from kg.settings import Settings
from kg.stores import Origin, Store
from kg.stores.address import Access, read_address
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from kg.stores.door import CypherDoor
    from kg.stores.servers import EmbeddedServer, Projected, PushedServer


class Asked(Protocol):
    """The graph that is asked: a workspace."""

    directory: Path
    settings: Settings
    vocabulary: Vocabulary

    @property
    def origin(self) -> Origin:
        """What a store of this graph bears."""
        ...

    def catch_up_store(self, store: Store) -> None:
        """Bring a store up to date."""
        ...


def open_door(graph: Asked, position: Callable[[], int], host: str, port: int) -> CypherDoor:
    """Return what answers a graph's questions in Cypher: the Neo4j of the settings, else the embedded server.

    The embedded one starts with the first question; `host` and `port` are where it listens.
    """
    try:
        from kg.stores.door import CypherDoor  # the driver comes with an extra
        from kg.stores.servers import Projected
    except ImportError as error:
        raise StoreUnavailable(f"Cypher needs {error.name}: pip install 'alignkg[cypher]'") from error
    projected = Projected(graph.vocabulary, graph.origin, position, graph.catch_up_store)
    if graph.settings.neo4j_uri:
        server: PushedServer | EmbeddedServer = _pushed(graph.settings, projected)
    else:
        server = _embedded(graph, projected, host, port)
    settings = graph.settings
    return CypherDoor(
        server, at_once=settings.query_workers, waiting=settings.query_waiting, memory=settings.query_memory
    )


def _pushed(settings: Settings, graph: Projected) -> PushedServer:
    from kg.stores.servers import PushedServer

    place = read_address(settings.neo4j_uri)
    if not settings.neo4j_password:
        raise ConfigError(PushedServer.password_in, f"it has to hold the password of {place.user}")
    return PushedServer(Access(place.uri, place.user, settings.neo4j_password, place.database), graph)


def _embedded(graph: Asked, projected: Projected, host: str, port: int) -> EmbeddedServer:
    from kg.stores.embedded_bolt import EmbeddedBolt
    from kg.stores.servers import EmbeddedServer

    seconds, heap = graph.settings.query_seconds, graph.settings.cypher_heap
    bolt = EmbeddedBolt(graph.directory / "cypher", host=host, port=port, seconds=seconds, heap=heap)
    return EmbeddedServer(bolt, projected)
