// What is reported on any version of a benchmark
MATCH (benchmark:Benchmark)
WHERE benchmark.id = 'benchmark/alpacaeval' OR 'benchmark/alpacaeval' IN benchmark.version_of
MATCH (result:Result)-[:BENCHMARK]->(benchmark)
OPTIONAL MATCH (result)-[:METHOD]->(of)
RETURN benchmark.name AS benchmark, of.name AS reported_of, result.name AS result
ORDER BY benchmark, result
