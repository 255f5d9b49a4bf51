// The papers that state, without negating it, what $predicate and $object say of anything.
// A statement that is denied altogether is of the type NOT_…, and some paper states it all the same.
MATCH (object:Contribution|Resource|Subject|Yardstick {id: $object})
MATCH ()-[statement]->(object)
WHERE type(statement) IN [$predicate, 'NOT_' + $predicate]
MATCH (evidence:Evidence)-[:STATED_IN]->(paper:Paper)
WHERE evidence.about = statement.id AND NOT evidence.negated
RETURN DISTINCT $predicate AS predicate, $object AS object, statement.id AS statement, paper.id AS paper
