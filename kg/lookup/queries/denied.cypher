// Statements that some sentences state and others deny.
MATCH (denial:Evidence)
WHERE denial.negated
WITH collect(DISTINCT denial.about) AS denied
MATCH (subject)-[statement]->(object)
WHERE statement.belief > 0 AND statement.id IN denied
RETURN statement.id AS statement, subject.id AS subject, type(statement) AS predicate, object.id AS object,
       statement.belief AS belief, statement.papers AS papers
