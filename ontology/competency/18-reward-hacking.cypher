// Who studies reward hacking or overoptimization?
MATCH (paper:Paper)-[:MENTIONS]->(:Task {id: 'task/reward-hacking'})
RETURN DISTINCT paper.id AS paper
ORDER BY paper
