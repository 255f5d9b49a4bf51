// How many there are of each class.
MATCH (thing)
UNWIND labels(thing) AS class
WITH class, count(*) AS count
WHERE NOT class IN ['Contribution', 'Resource', 'Subject', 'Yardstick', 'Manifest']
RETURN class, count
UNION ALL
MATCH ()-[statement]->()
WHERE statement.belief IS NOT NULL
WITH count(statement) AS count
WHERE count > 0
RETURN 'Statement' AS class, count
