// What is there for education, and what does it achieve?
MATCH (paper:Paper)-[field:IN_DOMAIN]->(:Domain {id: 'domain/education'})
MATCH (evidence:Evidence)
WHERE evidence.about = field.id
RETURN DISTINCT paper.id AS paper, evidence.text AS text
ORDER BY paper
