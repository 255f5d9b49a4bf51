// What leads on MT-Bench?
MATCH (benchmark:Benchmark {id: 'benchmark/mt-bench'})
MATCH (paper:Paper)<-[:STATED_IN]-(evidence:Evidence)-[:SUPPORTS]->(result:Result)-[:BENCHMARK]->(benchmark)
WHERE result.kind = 'absolute' AND result.value <= 10
OPTIONAL MATCH (result)-[:METHOD]->(method)
OPTIONAL MATCH (result)-[:BASELINE]->(baseline)
RETURN DISTINCT paper.id AS paper, method.id AS method, benchmark.id AS benchmark, result.value AS value,
                result.unit AS unit, result.kind AS kind, baseline.id AS baseline, evidence.text AS text
ORDER BY value DESC, paper, text, method LIMIT 5
