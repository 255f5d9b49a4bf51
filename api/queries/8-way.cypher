// How two things hang together
MATCH (start:Method {id: 'method/proximal-policy-optimization'}), (goal:Benchmark {id: 'benchmark/mt-bench'})
MATCH way = shortestPath((start)-[:USES|IMPROVES|EVALUATED_ON|OUTPERFORMS|COMPARED_WITH|TARGETS*..6]-(goal))
RETURN way
