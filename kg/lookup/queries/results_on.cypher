// The numbers that papers report on $benchmark.
MATCH (benchmark:Contribution|Resource|Subject|Yardstick {id: $benchmark})
MATCH (result:Result)-[:BENCHMARK]->(benchmark)
OPTIONAL MATCH (result)-[:METHOD]->(method)
OPTIONAL MATCH (result)-[:METRIC]->(metric)
OPTIONAL MATCH (result)-[:BASELINE]->(baseline)
RETURN result.id AS result, method.id AS method, benchmark.id AS benchmark, metric.id AS metric,
       baseline.id AS baseline, result.value AS value, result.unit AS unit, result.kind AS kind,
       result.belief AS belief, result.papers AS papers
