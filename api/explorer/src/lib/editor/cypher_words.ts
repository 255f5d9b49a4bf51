// Completion in Cypher: what stands before the cursor says which words fit there.

import type { Completion, CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import { thingsNamed, type Kind, type Word } from "./words";

const KEYWORDS =
  "MATCH,OPTIONAL MATCH,WHERE,RETURN,DISTINCT,AS,WITH,UNWIND,ORDER BY,DESC,SKIP,LIMIT,UNION,CASE,WHEN,THEN,ELSE,END,AND,OR,NOT,IN,IS NULL,IS NOT NULL,STARTS WITH,ENDS WITH,CONTAINS,count(),collect(),labels(),type(),nodes(),relationships(),shortestPath(),coalesce(),toLower(),size(),avg(),min(),max(),sum()".split(",");

/** Return what completes with the words of the ontology. */
export function cypherWords(words: Promise<Word[]>): CompletionSource {
  return async (context) => {
    const text = context.state.sliceDoc(0, context.pos);
    return (await inQuotes(context, text)) ?? inPattern(context, text, await words);
  };
}

/** Complete a name or an id inside quotes, where one is written: `{name: 'MT-B`, `m.id = "benchmark/…`. */
async function inQuotes(context: CompletionContext, text: string): Promise<CompletionResult | null> {
  const found = /\b(name|id)\s*(?::|=|<>)\s*(['"])([^'"\n]*)$/.exec(text);
  if (!found) return null;
  const [, field, , part = ""] = found;
  const things = await thingsNamed(part.replace(/^[a-z]+\//, "").replaceAll("-", " ")).catch(() => []);
  return {
    from: context.pos - part.length,
    options: things.map(({ id, name, type }) => ({ label: (field === "id" ? id : name).replace(/['"\\]/g, "\\$&"), detail: type })),
    filter: false,
  };
}

function inPattern(context: CompletionContext, text: string, words: Word[]): CompletionResult | null {
  if (/^(?:[^'"\n]|'[^'\n]*'|"[^"\n]*")*['"][^'"\n]*$/.test(text.slice(text.lastIndexOf("\n") + 1))) return null;
  const word = context.matchBefore(/\w*$/)!;
  const before = text.slice(0, word.from);
  const kind = kindAfter(before);
  if (!context.explicit && !kind && word.text.length < 2) return null;
  const options = kind ? words.filter((each) => each.kind === kind).map(asCompletion) : KEYWORDS.map((label) => ({ label, type: "keyword" }));
  return { from: word.from, options, validFor: /^\w*$/ };
}

/** Say what kind of word fits after a text: a label, a type of relationship, a property, or null for a keyword. */
export function kindAfter(before: string): Kind | null {
  if (/\w\.$/.test(before)) return "property";
  const open = opened(before);
  if (open === "{" && /[{,]\s*$/.test(before)) return "property";
  if (open === "[" && /[:|!]\s*$/.test(before)) return "relation";
  if (open !== "{" && /[:|]\s*$/.test(before)) return "class";
  return null;
}

/** Return the bracket that a text leaves open. */
function opened(text: string): string | undefined {
  const open: string[] = [];
  for (const letter of text.replace(/'[^'\n]*'|"[^"\n]*"/g, "")) {
    if ("([{".includes(letter)) open.push(letter);
    else if (")]}".includes(letter)) open.pop();
  }
  return open.at(-1);
}

function asCompletion({ text, means }: Word): Completion {
  return means ? { label: text, info: means } : { label: text };
}
