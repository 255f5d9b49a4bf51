// Which papers name MT-Bench without evaluating a method or a model on it?
MATCH (paper:Paper)-[:MENTIONS]->(benchmark:Benchmark {id: 'benchmark/mt-bench'})
WHERE NOT EXISTS {
  MATCH ()-[statement:EVALUATED_ON]->(benchmark)
  MATCH (evidence:Evidence)-[:STATED_IN]->(paper)
  WHERE evidence.about = statement.id
}
RETURN DISTINCT paper.id AS paper
ORDER BY paper
