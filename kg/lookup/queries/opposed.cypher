// Statements with $predicate that are stated the other way round, too.
MATCH (subject)-[statement]->(object)
WHERE type(statement) = $predicate AND statement.belief > 0
MATCH (object)-[opposite]->(subject)
WHERE type(opposite) = $predicate
RETURN statement.id AS statement, subject.id AS subject, type(statement) AS predicate, object.id AS object,
       statement.belief AS belief, statement.papers AS papers
