// Which benchmarks most methods and models turn to
MATCH (tried:Contribution)-[:EVALUATED_ON]->(benchmark:Benchmark)
RETURN benchmark.name AS benchmark, benchmark.measures AS about, count(DISTINCT tried) AS tried
ORDER BY tried DESC, benchmark LIMIT 10
