// Which papers take feedback from AI instead of people?
MATCH (paper:Paper)-[:MENTIONS]->(method:Method)
WHERE method.id IN ['method/reinforcement-learning-from-ai-feedback',
                   'method/constitutional-ai',
                   'method/self-rewarding-language-models',
                   'method/online-ai-feedback',
                   'method/simulated-annotators']
RETURN DISTINCT paper.id AS paper, method.id AS method
ORDER BY paper
