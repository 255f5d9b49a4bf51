// What lies around one thing, as a graph
MATCH (thing:Method {id: 'method/direct-preference-optimization'})-[statement]-(other)
WHERE statement.belief >= 0.5
RETURN thing, statement, other
