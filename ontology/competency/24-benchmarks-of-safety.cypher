// Which benchmarks test safety or refusal?
MATCH (paper:Paper)-[proposal:PROPOSES]->(benchmark:Benchmark)
MATCH (evidence:Evidence)
WHERE evidence.about = proposal.id AND EXISTS {
  MATCH ()-[aim:TARGETS]->(:Goal {id: 'goal/safety'})
  MATCH (other:Evidence)-[:STATED_IN]->(paper)
  WHERE other.about = aim.id
}
RETURN DISTINCT paper.id AS paper, benchmark.id AS benchmark, evidence.text AS text
ORDER BY paper
