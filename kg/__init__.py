"""AlignKG: a knowledge graph of AI papers in which every edge opens the sentence that states it."""
