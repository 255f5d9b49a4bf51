// Every paper with its title and when it came out.
MATCH (paper:Paper)
RETURN paper.id AS paper, paper.title AS title, paper.published AS issued, paper.url AS url
