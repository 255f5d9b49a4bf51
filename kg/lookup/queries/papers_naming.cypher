// The papers that name $entity.
MATCH (paper:Paper)-[:MENTIONS]->(:Contribution|Resource|Subject|Yardstick {id: $entity})
RETURN DISTINCT $entity AS entity, paper.id AS paper
