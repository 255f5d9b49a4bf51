// The statements at either end of which $node stands, with the papers that state them without negating them.
MATCH (node:Paper|Contribution|Resource|Subject|Yardstick {id: $node})
MATCH (node)-[statement]-()
WHERE statement.belief > 0
OPTIONAL MATCH (evidence:Evidence {about: statement.id})-[:STATED_IN]->(paper:Paper)
WHERE NOT evidence.negated
RETURN DISTINCT $node AS node, statement.id AS statement, startNode(statement).id AS subject,
       type(statement) AS predicate, endNode(statement).id AS object, statement.belief AS belief,
       statement.papers AS papers, paper.id AS paper
