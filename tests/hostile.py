"""Queries that mean harm: by time, by memory, by size, by depth, or by a way out of the graph."""

from __future__ import annotations

from itertools import pairwise

ANY = "(akg:uses|!akg:uses)"
_CROSSED = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"


def _around(depth: int, before: str, inside: str, after: str) -> str:
    return before * depth + inside + after * depth


def _doubled(times: int, function: str) -> str:
    binds = (f"BIND({function.format(f'?x{n}')} AS ?x{n + 1})" for n in range(times))
    return f'SELECT (STRLEN(?x{times}) AS ?n) {{ BIND("0123456789" AS ?x0) {" ".join(binds)} }}'


SPARQL: dict[str, str] = {
    "a cross product, counted": f"SELECT (COUNT(*) AS ?n) {{ {_CROSSED} . ?m ?o ?p }}",
    "a cross product, sorted": f"SELECT * {{ {_CROSSED} }} ORDER BY ?l ?i ?f ?c",
    "a cross product, made distinct": f"SELECT DISTINCT ?a ?d ?g ?j {{ {_CROSSED} }}",
    "a cross product, sorted by chance": f"SELECT ?a {{ {_CROSSED} }} ORDER BY RAND() LIMIT 1",
    "a cross product, grouped": f"SELECT ?a ?d ?g (COUNT(*) AS ?n) {{ {_CROSSED} }} GROUP BY ?a ?d ?g",
    "a cross product, written out": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "a cross product, as a graph": "CONSTRUCT { ?a ?e ?i } { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "a cross product, described": f"DESCRIBE ?a ?d ?g {{ {_CROSSED} }}",
    "a cross product behind a far offset": f"SELECT ?a {{ {_CROSSED} }} OFFSET 999999999999999 LIMIT 1",
    "a filter that nothing passes": f"ASK {{ {_CROSSED} FILTER(CONCAT(STR(?a), STR(?l)) = 'no') }}",
    "a cross product inside EXISTS": f"ASK {{ ?z ?y ?x FILTER NOT EXISTS {{ {_CROSSED} FILTER(?a = 1) }} }}",
    "a cross product taken from another": f"SELECT * {{ {_CROSSED} MINUS {{ ?a ?e ?i . ?d ?h ?l }} }}",
    "joined names": f"SELECT (GROUP_CONCAT(?c; separator='{'-' * 999}') AS ?x) {{ {_CROSSED} }}",
    "paths in both directions": f"ASK {{ ?a ({ANY}|^{ANY})* ?b . ?c ({ANY}|^{ANY})* ?d FILTER(?a = 1) }}",
    "stars of stars": f"ASK {{ ?a {_around(12, '(', ANY, ')*')} ?b . ?c {ANY}* ?d FILTER(?a = 1) }}",
    "a long path": f"SELECT (COUNT(*) AS ?n) {{ ?a {'/'.join([f'({ANY}|^{ANY})'] * 60)} ?b }}",
    "three paths over everything": "ASK { ?a !akg:x* ?b . ?c !akg:x* ?d . ?e !akg:x* ?f FILTER(?a = 1) }",
    "groups in groups": f"SELECT * {{ {_around(100_000, '{', '?s ?p ?o', '}')} }}",
    "brackets in brackets": f"SELECT ({_around(200_000, '(', '1', ')')} AS ?x) {{}}",
    "no, no, no": f"ASK {{ FILTER({'!' * 900_000}true) }}",
    "queries in queries": _around(8_000, "SELECT * { { ", "SELECT * { ?s ?p ?o }", " } }"),
    "options in options": f"SELECT * {{ {_around(20_000, 'OPTIONAL { ?s ?p ?o . ', '', ' }')} }}",
    "lists in lists": f"SELECT * {{ {_around(100_000, '( ', '1', ' )')} ?p ?o }}",
    "ten thousand unions": "SELECT * { " + " UNION ".join(["{ ?s ?p ?o }"] * 10_000) + " }",
    "ten thousand alternatives": f"SELECT * {{ ?s {'|'.join(['akg:uses'] * 10_000)} ?o }}",
    "a condition of many parts": f"SELECT * {{ ?s ?p ?o FILTER({' || '.join(['?o = 1'] * 60_000)}) }}",
    "a long sum": f"SELECT ({'+'.join(['1'] * 200_000)} AS ?x) {{}}",
    "a long list to be in": f"SELECT * {{ ?s ?p ?o FILTER(?o IN ({','.join(map(str, range(80_000)))})) }}",
    "many values, crossed": "SELECT * {{ VALUES ?a {{ {0} }} VALUES ?b {{ {0} }} }}".format(
        " ".join(map(str, range(40_000)))
    ),
    "many variables": f"ASK {{ {' . '.join(f'?v{a} ?p{a} ?v{b}' for a, b in pairwise(range(10_000)))} }}",
    "many names": " ".join(f"PREFIX p{n}: <urn:{n}>" for n in range(20_000)) + " ASK {}",
    "text that doubles": _doubled(40, "CONCAT({0}, {0})"),
    "text that grows by itself": _doubled(9, 'REPLACE({0}, "[0-9]", {0})'),
    "text that is escaped again and again": _doubled(30, 'ENCODE_FOR_URI(CONCAT("%%%", {0}))'),
    "a pattern that backtracks": f'ASK {{ FILTER(REGEX("{"a" * 50_000}!", "^(a+)+$")) }}',
    "a pattern that is huge once it is read": 'ASK { FILTER(REGEX("a", "((((a{99}){99}){99}){99}){99}")) }',
    "a pattern of many ways": f'ASK {{ ?s ?p ?o FILTER(REGEX(STR(?o), "{"(x?)" * 20_000}{"x" * 20_000}")) }}',
    "a number of many digits": f"SELECT ({'9' * 500_000} * {'9' * 400_000} AS ?x) {{}}",
    "a name that never ends": f"PREFIX {' ' * 900_000}",
    "comments": "#\n" * 490_000 + "ASK {}",
    "quotes": "ASK { FILTER(" + '"' * 900_000,
    "escapes": "ASK { FILTER('" + "\\u0053" * 150_000 + "' = 'SERVICE') }",
    "the word, again and again": "ASK { FILTER('" + "SERVICE " * 100_000 + "' = '') }",
    "more than a query may have": "ASK {}" + " " * 10_000_000,
}
"""What takes too long or too much; each is answered rightly, or by a proper error, in its time."""

LEAVING: dict[str, str] = {
    "another endpoint": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "another endpoint, in silence": "SELECT * { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "another endpoint, in disguise": r"SELECT * { \u0053ERV\u0049CE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "any other endpoint": "SELECT * { ?e ?x ?y SERVICE ?e { ?s ?p ?o } }",
    "a graph from elsewhere": "SELECT * FROM <http://127.0.0.1:9/graph.ttl> { ?s ?p ?o }",
    "a graph from the cloud itself": "ASK FROM NAMED <http://169.254.169.254/> { GRAPH ?g { ?s ?p ?o } }",
    "a file": "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
    "a file, by a short name": "PREFIX etc: <file:///etc/> SELECT * FROM etc:passwd { ?s ?p ?o }",
    "loading": "LOAD <http://127.0.0.1:9/graph.ttl>",
    "loading a file": "LOAD <file:///etc/passwd> INTO GRAPH <urn:g>",
    "writing": "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
    "emptying": "CLEAR ALL",
}
"""What would leave the graph or change it; each is forbidden."""

_ALL = "MATCH (a), (b), (c), (d), (e), (f)"
_AAA = "a" * 40

CYPHER: dict[str, str] = {
    "paths of any length": "MATCH p = (a)-[*]-(b) RETURN count(p)",
    "paths of any length, twice": "MATCH (a)-[*]-(b), (c)-[*]-(d) RETURN count(*)",
    "paths of any length, as they are": "MATCH p = (a)-[*1..40]-(b) RETURN p",
    "a cross product, counted": f"{_ALL} RETURN count(*)",
    "a cross product, sorted": f"{_ALL} RETURN a.name ORDER BY rand() LIMIT 1",
    "a cross product, collected": f"{_ALL} RETURN size(collect([a, b, c, d, e, f]))",
    "a billion numbers, one by one": "UNWIND range(1, 1000000000) AS n RETURN n",
    "a billion numbers, counted": "UNWIND range(1, 1000000000) AS n RETURN count(n)",
    "a billion numbers at once": "RETURN range(1, 1000000000) AS numbers",
    "ten million numbers, in an answer": "RETURN range(1, 10000000) AS numbers",
    "a billion numbers, collected": "UNWIND range(1, 1000000000) AS n RETURN size(collect(toString(n)))",
    "a loop in a loop": "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b RETURN count(*)",
    "a loop that hears nothing": (
        "RETURN all(a IN range(1, 1000000) WHERE all(b IN range(1, 1000000) WHERE b > 0)) AS n"
    ),
    "text that doubles": "RETURN size(reduce(x = 'ab', n IN range(1, 60) | x + x)) AS n",
    "lists that double": "RETURN size(reduce(x = [1, 2], n IN range(1, 60) | x + x)) AS n",
    "a pattern that backtracks": f"RETURN '{_AAA}!' =~ '(a+)+' AS n, '{_AAA}!' =~ '((a|aa)+)+b' AS m",
    "brackets in brackets": f"RETURN {_around(50_000, '(', '1', ')')} AS n",
    "lists in lists": f"RETURN {_around(20_000, '[', '1', ']')} AS n",
    "no, no, no": f"RETURN {'NOT ' * 50_000} true AS n",
    "a long sum": f"RETURN {'+'.join(['1'] * 50_000)} AS n",
    "many unions": " UNION ALL ".join(["MATCH (n) RETURN n.name AS name"] * 2_000),
    "quotes that do not close": "RETURN '" + "\\'" * 300_000,
    "many words": "RETURN " + "a " * 400_000,
    "many calls": "CALL db.labels() YIELD label " * 20_000 + "RETURN 1",
    "semicolons": "RETURN 1" + ";" * 800_000,
    "more than a query may have": "RETURN 1 //" + " " * 10_000_000,
}
"""The same in Cypher."""

CYPHER_LEAVING: dict[str, str] = {
    "a file": "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    "an address": "LOAD CSV FROM 'http://127.0.0.1:9/' AS line RETURN line",
    "a file, in disguise": r"L\u004FAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    "a library of procedures": "CALL apoc.load.json('http://127.0.0.1:9/') YIELD value RETURN value",
    "the server's settings": "CALL dbms.setConfigValue('arcadedb.server.mode', 'development')",
    "other people's queries": "SHOW TRANSACTIONS",
    "ending them": "TERMINATE TRANSACTIONS 'q1'",
    "writing": "CREATE (n:Method {id: 'x'})",
    "emptying": "MATCH (n) DETACH DELETE n",
}
"""What would leave the graph or change it, in Cypher."""
