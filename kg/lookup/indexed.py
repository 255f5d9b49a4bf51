"""The index as the source of look-ups: lists come ranked, a page at a time, an answer from one position."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

from kg.lookup.answers import Quote
from kg.lookup.entries import claim_id, number_of, unpack
from kg.lookup.index import LookupIndex, Row
from kg.lookup.indexed_lists import Column, Given, IndexedList
from kg.lookup.indexed_names import IndexedNames
from kg.lookup.names import Named
from kg.lookup.paging import Key
from kg.lookup.reading import Hit, Number, Parts
from kg.records import JSON, Span, paper_node
from kg.stores import Limits

T = TypeVar("T")

STATEMENT, RESULT = "statement", "result"

_RANKED = (
    Column("belief", float, falling=True),
    Column("papers", float, falling=True),
    Column("folded", str),
    Column("number", float),
)
_ENDS = ("subject", "object")
_PAGE = "LIMIT :count OFFSET :start"
_UP_TO = "{where} ORDER BY {order} LIMIT :count + :start"
_HIT = """
    SELECT found.number, a.id, found.predicate, b.id, found.belief, found.papers
    FROM ({found}) AS found
    CROSS JOIN things AS a ON a.number = found.subject CROSS JOIN things AS b ON b.number = found.object
"""
_DATED = """
    SELECT found.number, a.id, found.predicate, b.id, found.belief, found.papers, paper.published
    FROM ({found}) AS found
    CROSS JOIN things AS a ON a.number = found.subject CROSS JOIN things AS b ON b.number = found.object
    LEFT JOIN sources ON sources.about = found.number AND sources.states
    LEFT JOIN things AS paper ON paper.number = sources.paper
"""
_NUMBER = """
    SELECT results.number, a.id, b.id, c.id, d.id, value, unit, kind, belief, results.papers
    FROM results
    LEFT JOIN things AS a ON a.number = method LEFT JOIN things AS b ON b.number = benchmark
    LEFT JOIN things AS c ON c.number = metric LEFT JOIN things AS d ON d.number = baseline
"""


@dataclass(frozen=True)
class Indexed:
    """Reads an index, each question within limits."""

    index: LookupIndex
    limits: Limits

    def at_once(self) -> AbstractContextManager[object]:
        """Read all within at one position."""
        return self.index.reading(self.limits.seconds)

    def position(self) -> int:
        """Return the number of the ledger's last change that is read."""
        return self.index.position()

    def kept(self, key: object, read: Callable[[], list[T]], /) -> list[T]:
        """Return a list that took long to read, as it was read at this very position; else read it."""
        with self.index.reading(self.limits.seconds) as reading:
            return reading.kept_list(key, read)

    def names(self) -> IndexedNames:
        """Return the names in the graph as it is now."""
        return IndexedNames(self.index)

    refresh = names

    # --- statements ---

    def hits(
        self, *, subject: str | None = None, predicate: str | None = None, object_: str | None = None
    ) -> list[Hit]:
        """Return statements by their parts."""
        subjects, predicates, objects = ((part,) if part else () for part in (subject, predicate, object_))
        found, given = _finding(Parts(subjects, predicates, objects))
        return self._hits(f"SELECT * {found}", given)

    def ranked(self, wanted: Parts) -> Sequence[Hit]:
        """Return statements, ranked."""
        found, given = _finding(wanted)
        return self._ranked(f"SELECT * {found}", given, self._count(f"SELECT * {found}", given))

    def predicates(self, wanted: Parts) -> Sequence[str]:
        """Return the predicates of the statements that are wanted."""
        found, given = _finding(wanted)
        return [row[0] for row in self._rows(f"SELECT DISTINCT predicate {found} ORDER BY predicate", given)]

    def ranked_about(self, nodes: Sequence[str]) -> Sequence[Hit]:
        """Return the statements in which one of these stands at either end, ranked."""
        given = {f"node{place}": number_of(node) for place, node in enumerate(nodes)}
        each = [f"SELECT * FROM statements WHERE {end} = :{name}" for name in given for end in _ENDS]  # noqa: S608
        if len(given) == 1:
            count = sum(self._count(one, given) for one in each)  # nothing stands at both ends of a statement
        else:
            count = self._count(" UNION ".join(each), given)
        # No row of a page stands further back in its own part: each is read only so far, in index order.
        parts = [f"SELECT * FROM ({one} AND {_UP_TO})" for one in each]  # noqa: S608
        return self._ranked(" UNION ".join(parts), given, count)

    def _count(self, found: str, given: Given) -> int:
        (count,) = self._rows(f"SELECT count(*) FROM ({found})", given)[0]  # noqa: S608
        return int(count)

    def _ranked(self, found: str, given: Given, count: int) -> Sequence[Hit]:
        page = f"SELECT * FROM ({found}) WHERE {{where}} ORDER BY {{order}} {_PAGE}"  # noqa: S608
        return IndexedList(self.index, count, _HIT.format(found=page), given, _RANKED, _hit, self._key)

    def _key(self, hit: Hit) -> Key:
        name = self.names().item(hit.subject).name.casefold()
        return [hit.belief, hit.papers, name, number_of(hit.statement)]

    def _hits(self, found: str, given: Given) -> list[Hit]:
        return [_hit(row) for row in self._rows(_HIT.format(found=found), given)]

    def hits_around(self, node_id: str) -> Mapping[Hit, Collection[str]]:
        """Return the statements in which a node stands at either end, with when papers state them."""
        each = (f"SELECT * FROM statements WHERE {end} = :node" for end in _ENDS)  # noqa: S608
        found: dict[Hit, list[str]] = {}
        for *hit, date in self._rows(
            _DATED.format(found=" UNION ALL ".join(each)), {"node": number_of(node_id)}
        ):
            found.setdefault(_hit(hit), []).extend([date] if date else [])
        return found

    def denied(self) -> list[Hit]:
        """Return the statements that some sentences deny."""
        return self._hits(
            "SELECT * FROM statements WHERE number IN (SELECT about FROM sources WHERE denies)", {}
        )

    def opposed(self, predicate: str) -> list[Hit]:
        """Return the statements with a predicate that are stated the other way round, too."""
        found = """
            SELECT one.* FROM statements AS one CROSS JOIN statements AS other
            ON other.subject = one.object AND +other.object = one.subject AND +other.predicate = one.predicate
            WHERE one.predicate = :predicate
        """
        return self._hits(found, {"predicate": predicate})

    def stating(self, predicate: str, object_: str) -> dict[str, set[str]]:
        """Return, by statement, the papers that say this of anything."""
        rows = self._rows(
            "SELECT statements.number, things.id FROM statements "
            "CROSS JOIN sources ON about = statements.number "
            "CROSS JOIN things ON things.number = sources.paper "
            "WHERE object = :object AND +predicate = :predicate AND states",
            {"object": number_of(object_), "predicate": predicate},
        )
        found: dict[str, set[str]] = {}
        for number, paper in rows:
            found.setdefault(claim_id(STATEMENT, number), set()).add(paper)
        return found

    # --- numbers ---

    def numbers_of(self, method: str) -> list[Number]:
        """Return what is reported of a method, a model or, where nothing is named, of a paper."""
        return self._numbers("method = :method", method=method)

    def numbers_on(self, benchmark: str) -> list[Number]:
        """Return what is reported on a benchmark."""
        return self._numbers("benchmark = :benchmark", benchmark=benchmark)

    def numbers_between(self, method: str, other: str) -> list[Number]:
        """Return what is reported of a method on a benchmark, in a metric or over a baseline."""
        return self._numbers(
            "method = :method AND :other IN (benchmark, metric, baseline)", method=method, other=other
        )

    def _numbers(self, where: str, **nodes: str) -> list[Number]:
        given = {name: number_of(node) for name, node in nodes.items()}
        return [_number(row) for row in self._rows(f"{_NUMBER} WHERE {where}", given)]

    def results_about(self, node_id: str) -> list[str]:
        """Return the ids of the results that a node is a part of."""
        rows = self._rows(
            "SELECT number FROM results "
            "WHERE method = :node OR benchmark = :node OR metric = :node OR baseline = :node",
            {"node": number_of(node_id)},
        )
        return [claim_id(RESULT, number) for (number,) in rows]

    # --- sentences and papers ---

    def quotes(self, about: str) -> Sequence[Quote]:
        """Return the sentences behind a statement or result."""
        rows = self._rows("SELECT record FROM nodes WHERE number = ?", (number_of(about),))
        if not rows:
            return ()
        things = self.names().things
        evidence = json.loads(unpack(rows[0][0]))[1]["evidence"]
        papers = {one["paper"]: things[paper_node(one["paper"])] for one in evidence}
        return [
            _quote(about, one, (named := papers[one["paper"]]).item.name, named.published, named.url)
            for one in evidence
        ]

    def naming(self, entity: str) -> list[str]:
        """Return the papers that name an entity."""
        rows = self._rows(
            "SELECT things.id FROM mentions CROSS JOIN things ON things.number = paper WHERE thing = ?",
            (number_of(entity),),
        )
        return [row[0] for row in rows]

    def papers_naming(self, entity: str) -> Sequence[Named]:
        """Return the papers that name an entity, the newest first."""
        return self.names().naming(entity)

    def dates_naming(self, entity: str) -> Sequence[str]:
        """Return when the papers came out that name an entity, as far as they say it."""
        rows = self._rows(
            "SELECT published FROM mentions CROSS JOIN things ON things.number = paper "
            "WHERE thing = ? AND published IS NOT NULL",
            (number_of(entity),),
        )
        return [row[0] for row in rows]

    def written_by(self, author: str) -> list[str]:
        """Return the papers with an author of whose name these words are a part."""
        wanted = author.lower()
        among = "instr(folded, :wanted)"
        if len(wanted) > 2 and "\0" not in wanted:
            among = "number IN (SELECT rowid FROM authors_text WHERE authors_text MATCH :phrase)"
        phrase = '"' + wanted.replace('"', '""') + '"'
        rows = self._rows(
            f"SELECT id FROM things WHERE number IN (SELECT paper FROM authors WHERE {among})",  # noqa: S608
            {"wanted": wanted, "phrase": phrase},
        )
        return [row[0] for row in rows]

    def counts(self) -> Mapping[str, int]:
        """Return how many nodes there are of each class that has any."""
        return dict(self._rows("SELECT class, nodes FROM counts WHERE nodes > 0 ORDER BY class"))

    def _rows(self, sql: str, given: Sequence[object] | Given = ()) -> list[Row]:
        with self.index.reading(self.limits.seconds) as reading:
            return reading.rows(sql, given)


def _finding(wanted: Parts) -> tuple[str, Given]:
    """Return which statements are wanted, as SQL; what is given most narrowly leads, by its index."""
    given: dict[str, object] = {}
    parts: list[str] = []
    ends = {"subject": wanted.subjects, "object": wanted.objects}
    columns = {end: tuple(map(number_of, nodes)) for end, nodes in ends.items()}
    for column, values in {**columns, "predicate": wanted.predicates, "type": wanted.types}.items():
        if values:
            names = [f"{column}{place}" for place in range(len(values))]
            given |= dict(zip(names, values, strict=True))
            lead = "+" if parts else ""
            parts.append(f"{lead}{column} IN ({', '.join(f':{name}' for name in names)})")
    if wanted.least_belief:
        given["least"] = wanted.least_belief
        parts.append(f"{'+' if parts else ''}belief >= :least")
    return f"FROM statements {'WHERE ' if parts else ''}{' AND '.join(parts)}", given


def _hit(row: Sequence[JSON]) -> Hit:
    number, subject, predicate, object_, belief, papers = row
    return Hit(claim_id(STATEMENT, number), subject, predicate, object_, belief, papers)


def _number(row: Row) -> Number:
    number, *ends = row[:5]
    return Number(claim_id(RESULT, number), *ends, *row[5:])


def _quote(about: str, said: Mapping[str, JSON], title: str, published: str | None, url: str | None) -> Quote:
    start, end = said["sentence"]
    return Quote(
        about=about,
        paper=said["paper"],
        title=title,
        published=published,
        url=url,
        text=said["text"],
        start=start,
        words=_inside(said["words"], start, end) or Span(0, end - start),
        subject=_inside(said["subject"], start, end),
        object=_inside(said["object"], start, end),
        component=said["component"],
        probability=said["probability"],
        negated=said["negated"],
        hedged=said["hedged"],
    )


def _inside(span: Sequence[int] | None, start: int, end: int) -> Span | None:
    """Return a span as offsets into its sentence, None where it lies outside."""
    if span is None or span[0] < start or span[1] > end:
        return None
    return Span(span[0] - start, span[1] - start)
