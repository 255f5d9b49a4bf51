// Which papers align or evaluate models of images and text by human preference or for hallucination?
MATCH ()-[aim:TARGETS]->(goal:Goal)
WHERE goal.id IN ['goal/human-preferences', 'goal/factuality', 'goal/trustworthiness']
MATCH (evidence:Evidence)-[:STATED_IN]->(paper:Paper)
WHERE evidence.about = aim.id AND EXISTS {
  MATCH (paper)-[:MENTIONS]->(sign)
  WHERE sign.id IN ['method/vision-language-model', 'method/multimodal-large-language-model',
                    'task/text-to-image-generation', 'method/diffusion-model', 'method/diffusion-dpo',
                    'task/visual-question-answering']
}
RETURN DISTINCT paper.id AS paper, goal.id AS goal
ORDER BY paper
