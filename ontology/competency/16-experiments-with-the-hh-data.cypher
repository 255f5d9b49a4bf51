// Which papers experiment with the Anthropic HH data?
MATCH (subject)-[statement:EVALUATED_ON|USES|TRAINED_ON|PROPOSES]->(:Dataset {id: 'dataset/hh-rlhf'})
MATCH (evidence:Evidence)-[:STATED_IN]->(paper:Paper)
WHERE evidence.about = statement.id AND NOT evidence.negated
RETURN DISTINCT paper.id AS paper, subject.id AS subject, statement.belief AS belief, evidence.text AS text
ORDER BY paper
