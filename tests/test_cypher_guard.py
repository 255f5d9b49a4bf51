"""What may be asked in Cypher, judged before any server is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import KGError, QueryForbidden, QuerySyntaxError
from kg.stores.cypher import refuse_writes

WRITES = [
    "CREATE (n:Method {id: 'x'})",
    "create(n)",
    "MATCH (n) CREATE (n)-[:USES]->(n)",
    "MERGE (n:Method {id: 'x'}) ON CREATE SET n.name = 'y'",
    "MATCH (n) SET n.name = 'x'",
    "MATCH (n) SET n:Foo",
    "MATCH (n) SET n += {name: 'x'}",
    "MATCH (n) DELETE n",
    "MATCH (n) DETACH DELETE n",
    "MATCH (n) NODETACH DELETE n",
    "MATCH (n) REMOVE n.name",
    "MATCH (n) FOREACH (x IN [1] | SET n.name = 'x')",
    "FOREACH (x IN [1] | CREATE (:Method))",
    "INSERT (n:Method)",
    "DROP INDEX method_id",
    "DROP DATABASE graph",
    "CREATE INDEX FOR (n:Method) ON (n.name)",
    "CREATE CONSTRAINT FOR (n:Method) REQUIRE n.id IS UNIQUE",
    "CREATE USER eve SET PASSWORD 'long enough'",
    "CALL { CREATE (n) RETURN n } RETURN n",
    "CALL (n) { SET n.name = 'x' } RETURN n",
    "MATCH (n) CALL { WITH n DETACH DELETE n } IN TRANSACTIONS",
    "EXPLAIN CREATE (n)",
    "PROFILE CREATE (n)",
    "/* MATCH (n) RETURN n */ CREATE (n)",
    "// RETURN 1\nCREATE (n)",
    "RETURN 1 // a comment\n CREATE (n)",
    "MATCH (n {name: 'it\\'s'}) /**/ SET/**/n.name = 'x'",
    'MATCH (n {name: "\'"}) SET n.name = "\'"',
    "MATCH (`a``'` ) SET `a``'`.x = 1",
    r"\u0043REATE (n)",
    r"RETURN '\u0027 CREATE (n) //'",
]
WAYS_OUT = [
    "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    "LOAD CSV WITH HEADERS FROM 'https://example.org/x.csv' AS row RETURN row",
    "load /* on */ csv from $address AS line RETURN line",
    r"L\u004FAD CSV FROM $address AS line RETURN line",
    "CALL apoc.load.json('https://example.org') YIELD value RETURN value",
    "CALL apoc.create.node(['X'], {})",
    "CALL `apoc`.`load`.`csv`('x')",
    "CALL apoc . cypher . runWrite('CREATE (n)', {})",
    "CALL dbms.setConfigValue('x', 'y')",
    "CALL merge.node(['Method'], {id: 'x'})",
    "ALTER USER neo4j SET PASSWORD 'x'",
    "SHOW USERS",
    "USE system MATCH (n) RETURN n",
    "TERMINATE TRANSACTIONS '1'",
    "GRANT ROLE admin TO eve",
]
READS = [
    "MATCH (n) RETURN n",
    "RETURN 'CREATE (n)' AS text",
    'RETURN "it is \\" DELETE n" AS text',
    "RETURN 1 // CREATE (n)",
    "/* DROP */ RETURN 1 /* SET n.x = 1 */",
    "MATCH (n:Create)-[:SET]->(m {remove: 1}) RETURN n.delete, m.set",
    "MATCH (`SET`) RETURN `SET`.x",
    "MATCH (n) WHERE n.id = $create RETURN n",
    "MATCH (n:Method|Set)-[:USES|SET]->() RETURN n",
    "RETURN {create: 1, set: 2} AS map",
    "MATCH (n) RETURN n AS offset, n.created AS created, n.settings",
    "CALL db.labels() YIELD label RETURN label",
    "CALL { MATCH (n) RETURN n } RETURN n",
    "CALL (n) { RETURN 1 AS x } RETURN x",
    "MATCH (n) RETURN exists { (n)-->() }",
    "EXPLAIN MATCH (n) RETURN n",
    "RETURN 1;",
    "RETURN 1; // done",
    "RETURN 'a;b' AS text",
    "this is not Cypher at all",
    "",
]


@pytest.mark.parametrize("text", WRITES)
def test_what_writes_is_refused_by_its_clause(text: str) -> None:
    with pytest.raises(QueryForbidden, match=r"read-only here: take [A-Z]+ out"):
        refuse_writes(text)


@pytest.mark.parametrize("text", WAYS_OUT)
def test_what_leaves_the_graph_is_refused(text: str) -> None:
    with pytest.raises(QueryForbidden):
        refuse_writes(text)


@pytest.mark.parametrize("text", READS)
def test_what_only_reads_is_let_through(text: str) -> None:
    refuse_writes(text)


@pytest.mark.parametrize(
    "text", ["RETURN 1; RETURN 2", "RETURN 1; CREATE (n)", "RETURN ';'; /* x */ MATCH (n)"]
)
def test_a_second_statement_is_refused(text: str) -> None:
    with pytest.raises((QuerySyntaxError, QueryForbidden)):
        refuse_writes(text)


@given(st.text(alphabet="CREATE (n)'\"`/*\\u0043\n;:.", max_size=60))
def test_no_text_breaks_the_judgement(text: str) -> None:
    try:
        refuse_writes(text)
    except KGError as error:
        assert str(error)  # either verdict is fine, a crash is not
