// Who merges or averages weights?
MATCH (paper:Paper)-[:MENTIONS]->(method:Method)
WHERE method.id IN ['method/model-merging',
                   'method/model-soups',
                   'method/rewarded-soups',
                   'method/ties-merging',
                   'method/weight-averaged-reward-models',
                   'method/branch-train-merge',
                   'method/branch-train-mix',
                   'method/task-arithmetic']
RETURN DISTINCT paper.id AS paper, method.id AS method
ORDER BY paper
