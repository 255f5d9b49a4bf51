"""The script that asks the W3C's tests of a service, on a suite of ours: right passes, and wrong does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.w3c_tests import FAILED, NEARLY, PASSED, REFUSED, cases, root_of, run, table, unexplained

DATA = """
@prefix : <http://example/> .
:a :n 1 ; :next :b .  :b :n 2 ; :next _:c .  _:c :n 3.5 ; :name "x", "y"@en .
"""
SRX = """<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>{head}</head>
<results>{rows}</results></sparql>"""
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
DECIMAL = "http://www.w3.org/2001/XMLSchema#decimal"


def number(text: str, datatype: str = INTEGER) -> str:
    return f'<result><binding name="n"><literal datatype="{datatype}">{text}</literal></binding></result>'


def numbers(*rows: str) -> str:
    return SRX.format(head='<variable name="n"/>', rows="".join(rows))


N = "PREFIX : <http://example/> SELECT ?n { ?s :n ?n }"
ONE, TWO, THREE = number("1"), number("2"), number("3.5", DECIMAL)
BLANK = '<result><binding name="o"><bnode>{}</bnode></binding></result>'
NODES = "PREFIX : <http://example/> SELECT ?o { ?s :next ?o FILTER(isBlank(?o)) }"
BUILT = "PREFIX : <http://example/> CONSTRUCT { ?a :far _:z } WHERE { ?a :next/:next ?b }"
A_NODE = SRX.format(head='<variable name="o"/>', rows=BLANK.format("b"))
NO_ROWS = SRX.format(head='<variable name="m"/>', rows="")
ASKED = "QueryEvaluationTest"
SUITE: dict[str, tuple[str, str, str, str, str]] = {
    "rows-in-any-order": (ASKED, N, "srx", numbers(THREE, ONE, TWO), PASSED),
    "rows-in-their-order": (ASKED, f"{N} ORDER BY ?n", "srx", numbers(ONE, TWO, THREE), PASSED),
    "rows-in-another-order": (ASKED, f"{N} ORDER BY ?n", "srx", numbers(TWO, ONE, THREE), NEARLY),
    "a-row-too-few": (ASKED, N, "srx", numbers(ONE, TWO), FAILED),
    "a-row-twice": (ASKED, N, "srx", numbers(ONE, TWO, TWO, THREE), FAILED),
    "another-spelling": (ASKED, N, "srx", numbers(ONE, TWO, number("3.50", DECIMAL)), NEARLY),
    "another-type": (ASKED, N, "srx", numbers(ONE, TWO, number("3")), FAILED),
    "another-number": (ASKED, N, "srx", numbers(ONE, TWO, number("3.6", DECIMAL)), FAILED),
    "another-column": (ASKED, N, "srx", NO_ROWS, FAILED),
    "a-blank-node": (
        ASKED, NODES, "srx", A_NODE, PASSED
    ),
    "as-json": (
        ASKED, f"{N} LIMIT 0", "srj", '{"head": {"vars": ["n"]}, "results": {"bindings": []}}', PASSED
    ),
    "as-csv": ("CSVResultFormatTest", f"{N} ORDER BY ?n", "csv", "n\r\n1\r\n2\r\n3.5\r\n", PASSED),
    "as-tsv": (
        ASKED, "PREFIX : <http://example/> SELECT * { ?s :name ?x }", "tsv",
        '?s\t?x\n_:q\t"x"\n_:q\t"y"@en\n', PASSED,
    ),
    "yes": (ASKED, "ASK {}", "srj", '{"head": {}, "boolean": true}', PASSED),
    "no": (ASKED, "ASK {}", "srj", '{"head": {}, "boolean": false}', FAILED),
    "a-graph": (ASKED, BUILT, "ttl", "<http://example/a> <http://example/far> [] .", PASSED),
    "another-graph": (ASKED, BUILT, "ttl", "<http://example/b> <http://example/far> [] .", FAILED),
    "a-named-graph": (
        ASKED, "ASK { GRAPH <data.ttl> { <http://example/a> ?p ?o } }", "srj",
        '{"head": {}, "boolean": true}', PASSED,
    ),
    "calls-out": (ASKED, "ASK FROM <elsewhere.ttl> {}", "srj", '{"head": {}, "boolean": true}', REFUSED),
    "well-formed": ("PositiveSyntaxTest11", "SELECT * { ?s <p> ?o }", "", "", PASSED),
    "not-well-formed": ("PositiveSyntaxTest11", "SELECT * { ?s ?p }", "", "", FAILED),
    "malformed": ("NegativeSyntaxTest11", "SELECT ?s { ?s ?p }", "", "", PASSED),
    "not-malformed": ("NegativeSyntaxTest11", "SELECT ?s { ?s ?p ?o }", "", "", FAILED),
}  # fmt: skip
PREFIXES = """@prefix mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#> .
@prefix qt: <http://www.w3.org/2001/sw/DataAccess/tests/test-query#> .
@prefix : <http://example/manifest#> .
"""


def written(folder: Path) -> Path:
    """Write the suite as the W3C lays its own out."""
    smoke = folder / "suite" / "smoke"
    smoke.mkdir(parents=True)
    (smoke / "data.ttl").write_text(DATA, encoding="utf-8")
    entries = []
    for name, (kind, query, suffix, result, _) in SUITE.items():
        (smoke / f"{name}.rq").write_text(query, encoding="utf-8")
        if suffix:
            (smoke / f"{name}.{suffix}").write_bytes(result.encode())
            action = f"[ qt:query <{name}.rq> ; qt:data <data.ttl> ; qt:graphData <data.ttl> ]"
            entries.append(f":{name} a mf:{kind} ; mf:action {action} ; mf:result <{name}.{suffix}> .")
        else:
            entries.append(f":{name} a mf:{kind} ; mf:action <{name}.rq> .")
    listed = " ".join(f":{name}" for name in SUITE)
    manifest = f"{PREFIXES}<> a mf:Manifest ; mf:entries ({listed}) .\n" + "\n".join(entries)
    (smoke / "manifest.ttl").write_text(manifest, encoding="utf-8")
    (folder / "suite" / "manifest-all.ttl").write_text(f"{PREFIXES}<> a mf:Manifest .", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return root_of(written(tmp_path_factory.mktemp("w3c")))


def test_every_test_of_a_manifest_is_found(root: Path) -> None:
    assert [case.name for case in cases(root)] == list(SUITE)


def test_each_test_is_judged_by_what_the_service_answers(root: Path) -> None:
    verdicts = run(root, None)
    expected = {name: outcome for name, (*_, outcome) in SUITE.items()}
    assert {verdict.case.name: verdict.outcome for verdict in verdicts} == expected
    assert "| **all** | 23 | 13 | 2 | 1 | 9 |" in table(verdicts)
    assert {verdict.case.name for verdict in unexplained(verdicts, "what fails: `no`")} == {
        name for name, outcome in expected.items() if outcome == FAILED and name != "no"
    }
