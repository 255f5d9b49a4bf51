// Who beats who beats whom
MATCH (first)-[one:OUTPERFORMS]->(second)-[two:OUTPERFORMS]->(third)
WHERE first <> third
RETURN first.name AS first, second.name AS second, third.name AS third, one.belief * two.belief AS belief
ORDER BY belief DESC, first LIMIT 20
