"""Look-ups: named questions, one `.rq` and one `.cypher` file each, whose answers carry their sentences."""

from kg.lookup.answers import Answer, AnswerRow, Cell, Comparison, Figure, Item, Quote
from kg.lookup.lookups import Lookups
from kg.lookup.tables import Wanted

__all__ = ["Answer", "AnswerRow", "Cell", "Comparison", "Figure", "Item", "Lookups", "Quote", "Wanted"]
