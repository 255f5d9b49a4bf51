// The results that $node is the method, benchmark, metric or baseline of.
MATCH (node:Paper|Contribution|Resource|Subject|Yardstick {id: $node})
MATCH (result:Result)-[:METHOD|BENCHMARK|METRIC|BASELINE]->(node)
RETURN DISTINCT $node AS node, result.id AS result
