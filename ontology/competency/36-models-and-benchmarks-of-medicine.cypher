// Which models and benchmarks are made for medicine or biomedicine, and what is reached on MedQA?
MATCH (domain:Domain)<-[:IN_DOMAIN]-(paper:Paper)-[statement:PROPOSES]->(made:Model|Benchmark|Dataset)
WHERE domain.id IN ['domain/medicine', 'domain/biomedicine']
MATCH (evidence:Evidence)
WHERE evidence.about = statement.id
RETURN DISTINCT paper.id AS paper, made.id AS made, evidence.text AS text
ORDER BY paper
