// What can be completed: the words of a language, asked for once, and the names of things, as they are typed.

import { ask, type Item } from "../service";

export type Kind = "class" | "relation" | "property" | "prefix";

/** A word as it is written in a query, and what it means. */
export interface Word {
  text: string;
  kind: Kind;
  means: string;
}

const MOST_NAMES = 12;

/** Ask for the words of a language; without them the editor still edits. */
export async function wordsOf(language: "sparql" | "cypher"): Promise<Word[]> {
  return (await ask<{ words: Word[] }>(`/v1/completions/${language}`)).words;
}

/** Find things by a part of their names. */
export async function thingsNamed(part: string): Promise<Item[]> {
  if (part.length < 2) return [];
  const asked = new URLSearchParams({ q: part, limit: String(MOST_NAMES) });
  const { rows } = await ask<{ rows: { subject: Item }[] }>(`/v1/search?${asked}`);
  return rows.map((row) => row.subject);
}
