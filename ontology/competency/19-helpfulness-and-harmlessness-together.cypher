// Which papers target helpfulness and harmlessness together?
MATCH ()-[helpful:TARGETS]->(:Goal {id: 'goal/helpfulness'})
MATCH (evidence:Evidence)-[:STATED_IN]->(paper:Paper)
WHERE evidence.about = helpful.id AND EXISTS {
  MATCH ()-[harmless:TARGETS]->(:Goal {id: 'goal/harmlessness'})
  MATCH (other:Evidence)-[:STATED_IN]->(paper)
  WHERE other.about = harmless.id
}
RETURN DISTINCT paper.id AS paper
ORDER BY paper
