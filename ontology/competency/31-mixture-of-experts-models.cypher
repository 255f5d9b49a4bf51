// Which mixture-of-experts models are presented?
MATCH (:Method {id: 'method/mixture-of-experts'})<-[:MENTIONS]-(paper:Paper)-[:MENTIONS]->(model:Model)
WHERE EXISTS {
  MATCH (paper)-[statement:PROPOSES]->()
  MATCH (evidence:Evidence)-[:STATED_IN]->(paper)
  WHERE evidence.about = statement.id
} OR EXISTS {
  MATCH (model)-[statement]->()
  MATCH (evidence:Evidence)-[:STATED_IN]->(paper)
  WHERE evidence.about = statement.id
}
RETURN DISTINCT paper.id AS paper, model.id AS model
ORDER BY paper
