// Which methods change what a model says without changing its weights?
UNWIND ['technique-family/decoding-time-alignment',
        'technique-family/interpretability-and-representation-engineering'] AS family
MATCH (paper:Paper)-[:MENTIONS]->(method)
WHERE family IN method.broader
RETURN DISTINCT paper.id AS paper, method.id AS method, family
ORDER BY paper
