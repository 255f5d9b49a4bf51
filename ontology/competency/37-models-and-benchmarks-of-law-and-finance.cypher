// Which models and benchmarks are made for law or finance?
MATCH (domain:Domain)<-[:IN_DOMAIN]-(paper:Paper)-[statement:PROPOSES]->(made:Model|Benchmark|Dataset)
WHERE domain.id IN ['domain/law', 'domain/finance']
MATCH (evidence:Evidence)
WHERE evidence.about = statement.id
RETURN DISTINCT paper.id AS paper, domain.id AS domain, made.id AS made, evidence.text AS text
ORDER BY paper
