// The sentences behind $about, a statement or a result.
MATCH (evidence:Evidence {about: $about})-[:STATED_IN]->(paper:Paper)
RETURN $about AS about, paper.id AS paper, evidence.text AS text,
       paper.id + '#char=' + toString(evidence.sentence_start) + ',' + toString(evidence.sentence_end) AS sentence,
       paper.id + '#char=' + toString(evidence.words_start) + ',' + toString(evidence.words_end) AS words,
       paper.id + '#char=' + toString(evidence.subject_start) + ',' + toString(evidence.subject_end) AS subject,
       paper.id + '#char=' + toString(evidence.object_start) + ',' + toString(evidence.object_end) AS object,
       evidence.component AS component, evidence.probability AS probability,
       CASE WHEN evidence.negated THEN true END AS negated,
       CASE WHEN evidence.hedged THEN true END AS hedged
