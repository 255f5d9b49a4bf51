// What is trained with GRPO?
MATCH (subject)-[statement:USES|PROPOSES|PART_OF]->(:Method {id: 'method/group-relative-policy-optimization'})
MATCH (evidence:Evidence)-[:STATED_IN]->(paper:Paper)
WHERE evidence.about = statement.id AND NOT evidence.negated
RETURN DISTINCT paper.id AS paper, subject.id AS subject, statement.belief AS belief, evidence.text AS text
ORDER BY paper
