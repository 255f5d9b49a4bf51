// Statements of $subject, perhaps of one $predicate and $object, too; null is any.
MATCH (subject:Paper|Contribution|Resource|Subject|Yardstick {id: $subject})
MATCH (subject)-[statement]->(object)
WHERE statement.belief > 0
  AND ($predicate IS NULL OR type(statement) = $predicate)
  AND ($object IS NULL OR object.id = $object)
RETURN statement.id AS statement, subject.id AS subject, type(statement) AS predicate, object.id AS object,
       statement.belief AS belief, statement.papers AS papers
