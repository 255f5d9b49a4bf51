"""The questions of `doors.py` asked under `/v1`, as a client would put the answers together.

A look-up that `/v1` answers in part only (a row names the paper where a number has no method) gives the
columns that it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from urllib.parse import quote as quoted

import httpx

from kg.property_graph import relationship_type
from kg.records import JSON
from kg.stores import Value
from kg.vocabulary import Vocabulary
from tests.doors import DPO, MT_BENCH, PPO, Answer, Question

Row = dict[str, JSON]
Cells = tuple[Value, ...]
HELPFUL, HARMLESS, SAFETY = "goal/helpfulness", "goal/harmlessness", "goal/safety"


class Rest:
    """A client that remembers what it was told until it is told to forget; `get` returns None for a 404."""

    def __init__(self, get: Callable[[str], JSON], vocabulary: Vocabulary) -> None:
        self._get, self.vocabulary = get, vocabulary
        self._told: dict[str, JSON] = {}
        self._known: dict[str, Row] = {}

    def forget(self) -> None:
        self._told.clear()

    def get(self, path: str) -> JSON:
        """Return the body of an answer, None where there is no such thing."""
        if path not in self._told:
            self._told[path] = self._get(path)
        return self._told[path]

    def rows(self, path: str, **parameters: str | None) -> Iterator[Row]:
        """Yield the rows of all pages."""
        given = {name: value for name, value in parameters.items() if value}
        wanted = httpx.QueryParams(given | {"limit": "1000"})
        cursor = None
        while True:
            page = self.get(f"{path}?{wanted.set('cursor', cursor) if cursor else wanted}")
            if page is None:
                return
            yield from page["rows"]
            cursor = page["next"]
            if cursor is None:
                return

    def statements(self, **parts: str | None) -> Iterator[Row]:
        return self.rows("/v1/statements", **parts)

    def results_on(self, benchmark: str) -> Iterator[Row]:
        return self.rows("/v1/results", benchmark=benchmark)

    def mentions(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield each paper with the ids of what it names."""
        for row in self.rows("/v1/papers"):
            paper = row["subject"]["id"]
            body = self.get(f"/v1/papers/{quoted(paper)}")
            yield paper, frozenset(mention["entity"] for mention in body["mentions"])

    def naming(self, *ids: str) -> set[tuple[str, str]]:
        return {(paper, one) for paper, named in self.mentions() for one in named.intersection(ids)}

    def known(self, entity: str) -> Row:
        """Return what the ontology knows of an entity, whatever papers say."""
        if entity not in self._known:
            body = self.get(f"/v1/entities/{quoted(entity)}")
            self._known[entity] = (body and body["known"]) or {}
        return self._known[entity]

    def above(self, entity: str, step: str) -> set[str]:
        """Return all that one reaches from an entity by `broader` or `version_of`."""
        found: set[str] = set()
        todo = [entity]
        while todo:
            known = self.known(todo.pop()).get(step)
            fresh = {known} if isinstance(known, str) else set(known or ())
            todo += sorted(fresh - found)
            found |= fresh
        return found

    def of_type(self, *names: str) -> list[str]:
        types = [self.vocabulary.types[name] for name in names]
        return [row["subject"]["id"] for type_ in types for row in self.rows(f"/v1/{type_.plural}")]


def columns(question: Question) -> tuple[str, ...]:
    """Return the columns that `/v1` has of a question, none where nothing there answers it."""
    return tuple(ANSWERS[_key(question)][0].split()) if _key(question) in ANSWERS else ()


def ask(rest: Rest, question: Question) -> Answer:
    """Answer a question under `/v1`, each row once."""
    rows = ANSWERS[_key(question)][1](rest, **question.parameters)
    return Answer(columns(question), Counter(set(rows)))


def _key(question: Question) -> str:
    return question.number or question.name


# --- look-ups -------------------------------------------------------------------------------------------


def _entities(rest: Rest) -> Iterator[Cells]:
    for type_ in rest.vocabulary.types.values():
        for row in rest.rows(f"/v1/{type_.plural}"):
            yield row["subject"]["id"], row["subject"]["type"], row["subject"]["name"], row["papers"]


def _papers(rest: Rest) -> Iterator[Cells]:
    for row in rest.rows("/v1/papers"):
        yield row["subject"]["id"], row["subject"]["name"]


def _papers_by(rest: Rest, author: str) -> Iterator[Cells]:
    for row in rest.rows("/v1/ask", q=f"papers by {author}"):
        yield author, row["subject"]["id"]


def _papers_naming(rest: Rest, entity: str) -> Iterator[Cells]:
    return ((entity, paper) for paper, _ in rest.naming(entity))


def _evidence(rest: Rest, about: str) -> Iterator[Cells]:
    body = rest.get(f"/v1/statements/{about.partition('/')[2]}")
    return map(_quote, body["quotes"] if body else ())


def _quote(q: Row) -> Cells:
    paper, start = f"paper/{q['paper']}", q["start"]
    sentence = f"{paper}#char={start},{start + len(q['text'])}"
    words = f"{paper}#char={start + q['words'][0]},{start + q['words'][1]}"
    said = (q["component"], q["probability"], q["negated"] or None, q["hedged"] or None)
    return (q["about"], paper, q["text"], sentence, words, *said)


def _statements(rest: Rest, **parts: str) -> Iterator[Cells]:
    for row in rest.statements(**parts):
        yield (row["statement"], *_ends(row), row["belief"], row["papers"])


def _around(rest: Rest, node: str) -> Iterator[Cells]:
    body = rest.get(f"/v1/graph?{httpx.QueryParams(node=node, limit=10_000)}")
    for edge in body["edges"] if body else ():
        ends = edge["source"], relationship_type(edge["predicate"]), edge["target"]
        if node in ends:
            yield (node, edge["id"], *ends, edge["belief"], edge["papers"])


def _denied_statements(rest: Rest) -> Iterator[Cells]:
    for row in rest.rows("/v1/disputed"):
        if any(quote["negated"] for quote in row["quotes"]):
            yield (row["statement"], *_ends(row), row["belief"], row["papers"])


def _opposed_statements(rest: Rest, predicate: str) -> Iterator[Cells]:
    rows = [row for row in rest.rows("/v1/disputed") if row["predicate"] == predicate]
    joined = {(row["subject"]["id"], row["object"]["id"]) for row in rows}
    for row in rows:
        if (row["object"]["id"], row["subject"]["id"]) in joined:
            yield (row["statement"], *_ends(row), row["belief"], row["papers"])


def _ends(row: Row) -> Cells:
    return row["subject"]["id"], relationship_type(row["predicate"]), row["object"]["id"]


def _statement_papers(rest: Rest, predicate: str, object: str) -> set[Cells]:
    return {
        (relationship_type(predicate), object, row["statement"], f"paper/{quote['paper']}")
        for row in rest.statements(predicate=predicate, object=object)
        for quote in row["quotes"]
        if not quote["negated"]
    }


def _results_of(rest: Rest, method: str) -> Iterator[Cells]:
    for row in rest.rows("/v1/results", method=method):
        id_, *rest_of_it = _number(row)
        yield id_, row["subject"]["id"], *rest_of_it


def _results_on(rest: Rest, benchmark: str) -> Iterator[Cells]:
    return map(_number, rest.results_on(benchmark))


def _number(row: Row) -> Cells:
    (figure,) = row["figures"]
    ends = (figure[end] and figure[end]["id"] for end in ("benchmark", "metric", "baseline"))
    return (figure["id"], *ends, *(figure[f] for f in ("value", "unit", "kind", "belief")), row["papers"])


# --- competency questions -------------------------------------------------------------------------------


def _claims(
    predicates: str, object_: str | None = None, subject: str | None = None
) -> Callable[[Rest], set[Cells]]:
    """Return a question for who states, without negating it, one of the predicates."""

    def asked(rest: Rest) -> set[Cells]:
        return {
            (f"paper/{quote['paper']}", _other(row, subject), row["belief"], quote["text"])
            for predicate in predicates.split()
            for row in rest.statements(predicate=predicate, object=object_, subject=subject)
            for quote in row["quotes"]
            if not quote["negated"]
        }

    return asked


def _other(row: Row, subject: str | None) -> Value:
    end: Value = row["object" if subject else "subject"]["id"]
    return end


def _building_on_dpo(rest: Rest) -> set[Cells]:
    methods = [m for m in rest.of_type("Method") if m == DPO or DPO in rest.above(m, "broader")]
    return {row for method in methods for row in _claims("uses partOf proposes", method)(rest)}


def _stating(rest: Rest, predicate: str, object_: str) -> set[Value]:
    """Return the papers with a sentence for or against a statement about something."""
    rows = rest.statements(predicate=predicate, object=object_)
    return {f"paper/{quote['paper']}" for row in rows for quote in row["quotes"]}


def _naming_without_trying(rest: Rest) -> set[Cells]:
    tried = _stating(rest, "evaluatedOn", MT_BENCH)
    return {(paper,) for paper, _ in rest.naming(MT_BENCH) if paper not in tried}


def _numbers(rest: Rest, benchmarks: Iterable[str]) -> Iterator[tuple[Row, Cells]]:
    """Yield each number of benchmarks with its figure, and its paper and sentence, once a sentence."""
    for benchmark in benchmarks:
        for row in rest.results_on(benchmark):
            yield from _numbers_of(row, benchmark)


def _numbers_of(row: Row, benchmark: str) -> Iterator[tuple[Row, Cells]]:
    for quote in row["quotes"]:
        yield row["figures"][0], (f"paper/{quote['paper']}", benchmark, quote["text"])


def _scores(rest: Rest) -> Iterator[Cells]:
    """Yield who is evaluated on MT-Bench in which words, with each number that the same paper reports."""
    reported: dict[tuple[Value, Value], set[tuple[Value, Value]]] = {}
    for row in rest.results_on(MT_BENCH):
        for quote in row["quotes"]:
            of = f"paper/{quote['paper']}", row["subject"]["id"]
            reported.setdefault(of, set()).add((row["figures"][0]["value"], row["figures"][0]["unit"]))
    for paper, subject, _, text in _claims("evaluatedOn", MT_BENCH)(rest):
        for value, unit in reported.get((paper, subject), {(None, None)}):
            yield paper, subject, value, unit, text


def _leader(rest: Rest) -> list[Cells]:
    """Return the five best numbers on MT-Bench; a row names the paper where a number has no method."""
    found = {
        (-f["value"], paper, text, row["subject"]["id"], of, f["unit"], f["baseline"] and f["baseline"]["id"])
        for row in rest.results_on(MT_BENCH)
        for f, (paper, of, text) in _numbers_of(row, MT_BENCH)
        if f["kind"] == "absolute" and f["value"] <= 10
    }
    best = sorted(found, key=lambda number: number[:4])[:5]
    return [(paper, on, -low, unit, "absolute", over, text) for low, paper, text, _, on, unit, over in best]


def _results(benchmark: str) -> Callable[[Rest], set[Cells]]:
    """Return a question for the numbers on a benchmark and all versions of it."""

    def asked(rest: Rest) -> set[Cells]:
        known = rest.of_type("Benchmark")
        versions = [b for b in known if b == benchmark or benchmark in rest.above(b, "version_of")]
        return _reported(rest, versions)

    return asked


def _reported(rest: Rest, benchmarks: Iterable[str]) -> set[Cells]:
    return {
        (paper, of, f["value"], f["unit"], f["kind"], f["baseline"] and f["baseline"]["id"], text)
        for f, (paper, of, text) in _numbers(rest, benchmarks)
    }


def _of_code(rest: Rest) -> set[Cells]:
    about = {b: rest.known(b).get("measures") or "" for b in rest.of_type("Benchmark", "Dataset")}
    wanted = [b for b, text in about.items() if "code" in text or "repairing issues" in text]
    return {(paper, of, f["value"], text) for f, (paper, of, text) in _numbers(rest, wanted)}


def _gains(rest: Rest) -> set[Cells]:
    numbers = {
        (paper, f["value"], f["baseline"] and f["baseline"]["id"], text)
        for f, (paper, _, text) in _numbers(rest, [MT_BENCH])
        if f["kind"] == "gain" or f["baseline"]
    }
    improving = rest.statements(predicate="improves", object=MT_BENCH)
    return numbers | {
        (f"paper/{q['paper']}", None, None, q["text"]) for row in improving for q in row["quotes"]
    }


def _named(*ids: str) -> Callable[[Rest], set[tuple[str, str]]]:
    return lambda rest: rest.naming(*ids)


def _both_goals(rest: Rest) -> set[Cells]:
    return {
        (paper,)
        for paper in _stating(rest, "targets", HELPFUL).intersection(_stating(rest, "targets", HARMLESS))
    }


def _proposals(rest: Rest, papers: Iterable[Value], types: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what papers propose that is of one of the types, with each sentence."""
    wanted = set(papers)
    for row in rest.statements(predicate="proposes"):
        if row["subject"]["id"] in wanted and row["object"]["type"] in types:
            for quote in row["quotes"]:
                yield row["subject"]["id"], row["object"]["id"], quote["text"]


def _of_safety(rest: Rest) -> set[Cells]:
    return set(_proposals(rest, _stating(rest, "targets", SAFETY), ["Benchmark"]))


def _placed(rest: Rest, *domains: str) -> set[tuple[str, str]]:
    return {
        (row["subject"]["id"], domain)
        for domain in domains
        for row in rest.statements(predicate="inDomain", object=f"domain/{domain}")
    }


def _made_for(rest: Rest, *domains: str) -> Iterator[tuple[str, str, str, str]]:
    for paper, domain in _placed(rest, *domains):
        for _, made, text in _proposals(rest, [paper], ["Model", "Benchmark", "Dataset"]):
            yield paper, f"domain/{domain}", made, text


def _of_medicine(rest: Rest) -> set[Cells]:
    return {(paper, made, text) for paper, _, made, text in _made_for(rest, "medicine", "biomedicine")}


def _of_law_and_finance(rest: Rest) -> set[Cells]:
    return set(_made_for(rest, "law", "finance"))


def _of_education(rest: Rest) -> set[Cells]:
    rows = rest.statements(predicate="inDomain", object="domain/education")
    return {(row["subject"]["id"], quote["text"]) for row in rows for quote in row["quotes"]}


def _truthfulness(rest: Rest) -> set[Cells]:
    return {
        (paper, subject, about, text)
        for about in ("benchmark/truthfulqa", "goal/truthfulness")
        for paper, subject, _, text in _claims("improves evaluatedOn", about)(rest)
    }


def _experts(rest: Rest) -> set[Cells]:
    models = set(rest.of_type("Model"))
    found: set[Cells] = set()
    for paper, named in rest.mentions():
        if "method/mixture-of-experts" in named:
            proposes = any(rest.statements(predicate="proposes", subject=paper))
            found |= {(paper, m) for m in named & models if proposes or _says(rest, paper, m)}
    return found


def _says(rest: Rest, paper: str, subject: str) -> bool:
    rows = rest.statements(subject=subject)
    return any(f"paper/{quote['paper']}" == paper for row in rows for quote in row["quotes"])


def _families(rest: Rest) -> set[Cells]:
    families = {
        "technique-family/decoding-time-alignment",
        "technique-family/interpretability-and-representation-engineering",
    }
    return {
        (paper, method, family)
        for method in rest.of_type("Method")
        for family in families & rest.above(method, "broader")
        for paper, _ in rest.naming(method)
    }


def _images_and_text(rest: Rest) -> set[Cells]:
    signs = (
        *(f"method/{m}" for m in ("vision-language-model", "multimodal-large-language-model")),
        *(f"method/{m}" for m in ("diffusion-model", "diffusion-dpo")),
        *(f"task/{t}" for t in ("text-to-image-generation", "visual-question-answering")),
    )
    papers = {paper for paper, _ in rest.naming(*signs)}
    goals = ("goal/human-preferences", "goal/factuality", "goal/trustworthiness")
    return {(paper, goal) for goal in goals for paper in _stating(rest, "targets", goal) & papers}


def _denied(rest: Rest) -> set[Cells]:
    return {
        (f"paper/{quote['paper']}", *_ends(row), quote["text"])
        for row in rest.statements()
        for quote in row["quotes"]
        if quote["negated"]
    }


_CLAIM = "paper subject belief text"
_REPORTED = "paper benchmark value unit kind baseline text"
_STATEMENT = "statement subject predicate object belief papers"

UNANSWERED: Mapping[str, str] = {
    "counts": "evidence, which it also counts, has no list under /v1; kg stats counts",
    "position": "where a store stands is no question about the graph",
    "results_about": "numbers are asked for by who reached them or on what, never by a metric alone",
}
"""The look-ups that `/v1` has no form for, and why."""

ANSWERS: Mapping[str, tuple[str, Callable[..., Iterable[Cells]]]] = {
    "entities": ("entity type name papers", _entities),
    "papers": ("paper title", _papers),
    "papers_by": ("author paper", _papers_by),
    "papers_naming": ("entity paper", _papers_naming),
    "evidence": (
        "about paper text sentence words component probability negated hedged",
        _evidence,
    ),
    "around": (f"node {_STATEMENT}", _around),
    "denied": (_STATEMENT, _denied_statements),
    "opposed": (_STATEMENT, _opposed_statements),
    "results_of": (
        "result method benchmark metric baseline value unit kind belief papers",
        _results_of,
    ),
    "results_on": ("result benchmark metric baseline value unit kind belief papers", _results_on),
    "statement_papers": ("predicate object statement paper", _statement_papers),
    **dict.fromkeys(
        ("statements", "statements_by", "statements_of", "statements_on"), (_STATEMENT, _statements)
    ),
    "01": ("paper subject value unit text", _scores),
    "02": (_REPORTED, _leader),
    "03": ("paper", _naming_without_trying),
    "04": ("paper value baseline text", _gains),
    "05": (_CLAIM, _claims("outperforms", DPO)),
    "06": (_CLAIM, _claims("outperforms", PPO)),
    "07": (_CLAIM, _claims("comparedWith", PPO)),
    "08": ("paper object belief text", _claims("outperforms", subject=PPO)),
    "09": (_CLAIM, _building_on_dpo),
    "10": (_CLAIM, _claims("trainedOn uses proposes", "dataset/ultrafeedback")),
    "14": (_CLAIM, _claims("uses proposes partOf", "method/group-relative-policy-optimization")),
    "15": (
        "paper method",
        _named(
            "method/reinforcement-learning-from-ai-feedback",
            "method/constitutional-ai",
            "method/self-rewarding-language-models",
            "method/online-ai-feedback",
            "method/simulated-annotators",
        ),
    ),
    "16": (_CLAIM, _claims("evaluatedOn uses trainedOn proposes", "dataset/hh-rlhf")),
    "17": (_CLAIM, _claims("evaluatedOn uses trainedOn improves", "benchmark/tl-dr-summarization")),
    "18": ("paper", lambda rest: {(paper,) for paper, _ in rest.naming("task/reward-hacking")}),
    "19": ("paper", _both_goals),
    "20": (_REPORTED, partial(_reported, benchmarks=["benchmark/alpacaeval"])),
    "21": (_REPORTED, _results("benchmark/alpacaeval-2.0")),
    "22": (_REPORTED, _results("benchmark/arena-hard")),
    "24": ("paper benchmark text", _of_safety),
    "26": ("paper benchmark value text", _of_code),
    "27": (_REPORTED, _results("benchmark/gsm8k")),
    "28": (_REPORTED, _results("benchmark/math")),
    "29": (_REPORTED, _results("benchmark/gpqa")),
    "30": (_REPORTED, partial(_reported, benchmarks=["benchmark/mmlu"])),
    "31": ("paper model", _experts),
    "33": (
        "paper method",
        _named(
            *(f"method/{m}" for m in ("model-merging", "model-soups", "rewarded-soups", "ties-merging")),
            *(f"method/{m}" for m in ("weight-averaged-reward-models", "branch-train-merge")),
            *(f"method/{m}" for m in ("branch-train-mix", "task-arithmetic")),
        ),
    ),
    "34": ("paper subject object text", _truthfulness),
    "35": ("paper method family", _families),
    "36": ("paper made text", _of_medicine),
    "37": ("paper domain made text", _of_law_and_finance),
    "38": ("paper text", _of_education),
    "39": ("paper goal", _images_and_text),
    "40": ("paper subject predicate object text", _denied),
}
"""By look-up, or by the number of a competency question: the columns, and who answers."""
