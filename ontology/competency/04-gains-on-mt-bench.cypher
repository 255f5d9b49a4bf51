// By how much does something improve MT-Bench, and over what?
MATCH (paper:Paper)<-[:STATED_IN]-(evidence:Evidence)-[:SUPPORTS]->(result:Result)
MATCH (result)-[:BENCHMARK]->(:Benchmark {id: 'benchmark/mt-bench'})
OPTIONAL MATCH (result)-[:METHOD]->(method)
OPTIONAL MATCH (result)-[:BASELINE]->(baseline)
WITH paper, evidence, result, method, baseline
WHERE result.kind = 'gain' OR baseline IS NOT NULL
RETURN paper.id AS paper, method.id AS method, result.value AS value, baseline.id AS baseline, evidence.text AS text
UNION
MATCH (method)-[statement:IMPROVES]->(:Benchmark {id: 'benchmark/mt-bench'})
MATCH (evidence:Evidence)-[:STATED_IN]->(paper:Paper)
WHERE evidence.about = statement.id
RETURN paper.id AS paper, method.id AS method, null AS value, null AS baseline, evidence.text AS text
