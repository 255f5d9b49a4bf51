// Every entity with its names.
MATCH (entity:Contribution|Resource|Subject|Yardstick)
UNWIND coalesce(entity.aliases, [null]) AS alias
RETURN entity.id AS entity,
       [label IN labels(entity) WHERE NOT label IN ['Contribution', 'Resource', 'Subject', 'Yardstick']][0] AS type,
       entity.name AS name, entity.papers AS papers, alias
