// Which attempts are reported to have failed or not to help?
MATCH (subject)-[statement]->(object)
WHERE statement.belief IS NOT NULL
MATCH (evidence:Evidence)-[:STATED_IN]->(paper:Paper)
WHERE evidence.about = statement.id AND evidence.negated
RETURN DISTINCT paper.id AS paper, subject.id AS subject,
                CASE WHEN type(statement) STARTS WITH 'NOT_' THEN substring(type(statement), 4)
                     ELSE type(statement) END AS predicate,
                object.id AS object, evidence.text AS text
ORDER BY paper
