// Which papers name a technique of one family
MATCH (paper:Paper)-[:MENTIONS]->(method:Method)
WHERE 'technique-family/decoding-time-alignment' IN method.broader
RETURN DISTINCT paper.title AS paper, paper.published AS published, method.name AS method
ORDER BY published DESC
