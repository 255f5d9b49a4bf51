// Which methods and models are evaluated on MT-Bench, and what do they score?
MATCH (subject)-[statement:EVALUATED_ON]->(benchmark:Benchmark {id: 'benchmark/mt-bench'})
MATCH (evidence:Evidence)-[:STATED_IN]->(paper:Paper)
WHERE evidence.about = statement.id AND NOT evidence.negated
OPTIONAL MATCH (subject)<-[:METHOD]-(result:Result)-[:BENCHMARK]->(benchmark)
WHERE EXISTS { MATCH (result)<-[:SUPPORTS]-(:Evidence)-[:STATED_IN]->(paper) }
RETURN DISTINCT paper.id AS paper, subject.id AS subject, result.value AS value, result.unit AS unit,
                evidence.text AS text
ORDER BY paper
