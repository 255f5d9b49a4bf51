"""Standing questions: asked again after every change of the graph, and what came, went or changed is kept."""

from kg.watch.answers import Change, Changes, Told
from kg.watch.book import Book, Event, Watch
from kg.watch.standing import Standing, Trouble

__all__ = ["Book", "Change", "Changes", "Event", "Standing", "Told", "Trouble", "Watch"]
