// Statements whose object is $object, perhaps of one $predicate; null is any.
MATCH (object:Contribution|Resource|Subject|Yardstick {id: $object})
MATCH (subject)-[statement]->(object)
WHERE statement.belief > 0 AND ($predicate IS NULL OR type(statement) = $predicate)
RETURN statement.id AS statement, subject.id AS subject, type(statement) AS predicate, object.id AS object,
       statement.belief AS belief, statement.papers AS papers
