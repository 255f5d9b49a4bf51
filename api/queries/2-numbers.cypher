// The numbers that are reported on a benchmark
MATCH (result:Result)-[:BENCHMARK]->(:Benchmark {id: 'benchmark/mt-bench'})
OPTIONAL MATCH (result)-[:METHOD]->(of)
RETURN of.name AS reported_of, result.value AS value, result.unit AS unit, result.kind AS kind
ORDER BY kind, unit, value DESC
