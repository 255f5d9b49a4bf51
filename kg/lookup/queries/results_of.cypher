// The numbers that papers report of $method.
MATCH (method:Paper|Contribution|Resource|Subject|Yardstick {id: $method})
MATCH (result:Result)-[:METHOD]->(method)
OPTIONAL MATCH (result)-[:BENCHMARK]->(benchmark)
OPTIONAL MATCH (result)-[:METRIC]->(metric)
OPTIONAL MATCH (result)-[:BASELINE]->(baseline)
RETURN result.id AS result, method.id AS method, benchmark.id AS benchmark, metric.id AS metric,
       baseline.id AS baseline, result.value AS value, result.unit AS unit, result.kind AS kind,
       result.belief AS belief, result.papers AS papers
