// What is compared with PPO without winning in quality?
MATCH (subject)-[statement:COMPARED_WITH]->(:Method {id: 'method/proximal-policy-optimization'})
MATCH (evidence:Evidence)-[:STATED_IN]->(paper:Paper)
WHERE evidence.about = statement.id AND NOT evidence.negated
RETURN DISTINCT paper.id AS paper, subject.id AS subject, statement.belief AS belief, evidence.text AS text
ORDER BY paper
