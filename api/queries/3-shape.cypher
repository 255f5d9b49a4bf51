// Which relationships there are between which labels
MATCH (one)-[relationship]->(other)
RETURN labels(one)[0] AS one, type(relationship) AS relationship, labels(other)[0] AS other, count(*) AS times
ORDER BY times DESC LIMIT 50
