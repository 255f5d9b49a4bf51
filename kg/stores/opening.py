"""Opening what answers a graph in Cypher, where the extra that it needs is installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kg.errors import StoreUnavailable
from kg.settings import Settings
from kg.stores import Origin, Store
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from kg.stores.door import CypherDoor


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
    """Return what answers a graph's questions in Cypher; its server starts with the first one."""
    try:
        from kg.stores.door import CypherDoor  # the driver comes with an extra
        from kg.stores.embedded_bolt import EmbeddedBolt
    except ImportError as error:
        raise StoreUnavailable(f"Cypher needs {error.name}: pip install 'alignkg[cypher]'") from error
    settings = graph.settings
    server = EmbeddedBolt(
        graph.directory / "cypher",
        host=host,
        port=port,
        seconds=settings.query_seconds,
        heap=settings.cypher_heap,
    )
    return CypherDoor(server, graph.vocabulary, graph.origin, position, graph.catch_up_store)
