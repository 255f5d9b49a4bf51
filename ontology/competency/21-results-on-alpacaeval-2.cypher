// What is reported on AlpacaEval 2?
MATCH (benchmark:Benchmark)
WHERE benchmark.id = 'benchmark/alpacaeval-2.0' OR 'benchmark/alpacaeval-2.0' IN benchmark.version_of
MATCH (paper:Paper)<-[:STATED_IN]-(evidence:Evidence)-[:SUPPORTS]->(result:Result)-[:BENCHMARK]->(benchmark)
OPTIONAL MATCH (result)-[:METHOD]->(method)
OPTIONAL MATCH (result)-[:BASELINE]->(baseline)
RETURN DISTINCT paper.id AS paper, method.id AS method, benchmark.id AS benchmark, result.value AS value,
                result.unit AS unit, result.kind AS kind, baseline.id AS baseline, evidence.text AS text
ORDER BY paper
