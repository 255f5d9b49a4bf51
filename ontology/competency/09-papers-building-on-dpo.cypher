// Which papers train something with DPO or build a method on it?
MATCH (method:Method)
WHERE method.id = 'method/direct-preference-optimization' OR 'method/direct-preference-optimization' IN method.broader
MATCH (subject)-[statement:USES|PART_OF|PROPOSES]->(method)
MATCH (evidence:Evidence)-[:STATED_IN]->(paper:Paper)
WHERE evidence.about = statement.id AND NOT evidence.negated
RETURN DISTINCT paper.id AS paper, subject.id AS subject, statement.belief AS belief, evidence.text AS text
ORDER BY paper
