// What improves truthfulness on TruthfulQA, and by how much?
MATCH (subject)-[statement:IMPROVES|EVALUATED_ON]->(object:Resource|Subject)
WHERE object.id IN ['benchmark/truthfulqa', 'goal/truthfulness']
MATCH (evidence:Evidence)-[:STATED_IN]->(paper:Paper)
WHERE evidence.about = statement.id AND NOT evidence.negated
RETURN DISTINCT paper.id AS paper, subject.id AS subject, object.id AS object, evidence.text AS text
ORDER BY paper
