// The papers with an author whose name holds the words of $author, whatever their case.
MATCH (paper:Paper)
WHERE any(called IN paper.authors WHERE toLower(called) CONTAINS toLower($author))
RETURN $author AS author, paper.id AS paper
