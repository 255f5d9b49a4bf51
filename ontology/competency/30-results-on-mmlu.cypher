// What is reached on MMLU?
MATCH (benchmark:Benchmark {id: 'benchmark/mmlu'})
MATCH (paper:Paper)<-[:STATED_IN]-(evidence:Evidence)-[:SUPPORTS]->(result:Result)-[:BENCHMARK]->(benchmark)
OPTIONAL MATCH (result)-[:METHOD]->(method)
OPTIONAL MATCH (result)-[:BASELINE]->(baseline)
RETURN DISTINCT paper.id AS paper, method.id AS method, benchmark.id AS benchmark, result.value AS value,
                result.unit AS unit, result.kind AS kind, baseline.id AS baseline, evidence.text AS text
ORDER BY paper
