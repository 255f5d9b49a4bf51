// All statements: what has a belief is one.
MATCH (subject)-[statement]->(object)
WHERE statement.belief > 0
RETURN statement.id AS statement, subject.id AS subject, type(statement) AS predicate, object.id AS object,
       statement.belief AS belief, statement.papers AS papers
