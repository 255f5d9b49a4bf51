// What outperforms a thing, and in which words
MATCH (winner)-[statement:OUTPERFORMS]->(:Method {id: 'method/direct-preference-optimization'})
MATCH (evidence:Evidence)-[:STATED_IN]->(paper:Paper)
WHERE evidence.about = statement.id AND NOT evidence.negated
RETURN winner.name AS winner, statement.belief AS belief, evidence.text AS sentence, paper.title AS paper
ORDER BY belief DESC
