// Which benchmarks of code are proposed, and what do models reach on them?
MATCH (benchmark:Resource)
WHERE benchmark.measures CONTAINS 'code' OR benchmark.measures CONTAINS 'repairing issues'
MATCH (paper:Paper)<-[:STATED_IN]-(evidence:Evidence)-[:SUPPORTS]->(result:Result)-[:BENCHMARK]->(benchmark)
RETURN DISTINCT paper.id AS paper, benchmark.id AS benchmark, result.value AS value, evidence.text AS text
ORDER BY paper
