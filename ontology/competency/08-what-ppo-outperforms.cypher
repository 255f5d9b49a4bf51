// What does PPO itself outperform?
MATCH (:Method {id: 'method/proximal-policy-optimization'})-[statement:OUTPERFORMS]->(object)
MATCH (evidence:Evidence)-[:STATED_IN]->(paper:Paper)
WHERE evidence.about = statement.id AND NOT evidence.negated
RETURN DISTINCT paper.id AS paper, object.id AS object, statement.belief AS belief, evidence.text AS text
ORDER BY paper
