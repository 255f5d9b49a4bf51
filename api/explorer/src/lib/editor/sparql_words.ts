// Completion in SPARQL: terms after their prefix as they are typed, anything else when it is asked for.

import type Yasqe from "@zazuko/yasqe";
import { thingsNamed, type Word } from "./words";

type Completer = Parameters<typeof Yasqe.registerAutocompleter>[0];
type Token = Parameters<NonNullable<Completer["preProcessToken"]>>[1];

const WORD = /(?:<[^<>"{}|^`\\\s]*|[A-Za-z_][\w-]*:[\w-]*|[A-Za-z_][\w-]*)$/;
const MOST = 60;

/** Return the two completers: one for what is written as a term, one for the beginnings of everything else. */
export function completers(words: Promise<Word[]>): Completer[] {
  const notes = new Map<string, { label: string; note: string }>();
  const shared: Pick<Completer, "get" | "bulk" | "preProcessToken" | "postprocessHints"> = {
    bulk: false,
    preProcessToken: (yasqe, token) => ({ ...token, ...spanOf(yasqe) }),
    get: (_, token) => suggest((token as { word?: string }).word ?? "", words, notes),
    postprocessHints: (_, hints) => hints.map((hint) => ({ ...hint, render: (row) => draw(row, hint.text, notes) })),
  };
  return [
    { ...shared, name: "terms", autoShow: true, isValidCompletionPosition: (yasqe) => inQuery(yasqe) && /[:<]/.test(wordAt(yasqe)) },
    { ...shared, name: "words", autoShow: false, isValidCompletionPosition: (yasqe) => inQuery(yasqe) && !/[:<]/.test(wordAt(yasqe)) },
  ];
}

function before(yasqe: Yasqe): string {
  const { line, ch } = yasqe.getDoc().getCursor();
  return yasqe.getDoc().getLine(line).slice(0, ch);
}

function wordAt(yasqe: Yasqe): string {
  return before(yasqe).match(WORD)?.[0] ?? "";
}

/** Say whether the cursor is where words of the language stand: in no text, no comment and no variable. */
function inQuery(yasqe: Yasqe): boolean {
  const token = yasqe.getTokenAt(yasqe.getDoc().getCursor());
  return !/string$|comment/.test(token.type ?? "") && !/[?$]\w*$/.test(before(yasqe));
}

function spanOf(yasqe: Yasqe): Partial<Token> & { word: string } {
  const word = wordAt(yasqe);
  const { ch } = yasqe.getDoc().getCursor();
  return { word, string: word || " ", from: { ch: ch - word.length }, to: { ch } } as Partial<Token> & { word: string };
}

async function suggest(word: string, words: Promise<Word[]>, notes: Map<string, { label: string; note: string }>): Promise<string[]> {
  const known = await words;
  const wanted = word.toLowerCase();
  const fitting = known.filter(({ text }) => (wanted.includes(":") ? text.toLowerCase().startsWith(wanted) : text.toLowerCase().includes(wanted)));
  fitting.sort((a, b) => Number(localOf(b).startsWith(wanted)) - Number(localOf(a).startsWith(wanted)) || a.text.length - b.text.length);
  const found = wanted.startsWith("<") ? [] : fitting.slice(0, MOST).map(({ text }) => text);
  for (const { text, means } of fitting) notes.set(text, { label: text, note: means });
  const space = known.find(({ text }) => text === "id:")?.means;
  return space ? [...found, ...(await things(word, space, notes))] : found;
}

function localOf({ text }: Word): string {
  return text.slice(text.indexOf(":") + 1).toLowerCase();
}

/** Find things by what `<…`, `id:…` or a bare word says of their names. */
async function things(word: string, space: string, notes: Map<string, { label: string; note: string }>): Promise<string[]> {
  const part = /^(?:<|id:|(?![\w-]+:))(.*)$/.exec(word.replace(space, ""))?.[1];
  const named = part === undefined ? [] : await thingsNamed(part.replace(/^[a-z]+\//, "").replaceAll("-", " ")).catch(() => []);
  return named.map(({ id, name, type }) => {
    const iri = `<${space}${encodeURI(id).replace(/[?#]/g, encodeURIComponent)}>`;
    notes.set(iri, { label: name, note: type.toLowerCase() });
    return iri;
  });
}

function draw(row: HTMLElement, text: string, notes: Map<string, { label: string; note: string }>): void {
  const { label, note } = notes.get(text) ?? { label: text, note: "" };
  const quiet = document.createElement("span");
  quiet.className = "means";
  quiet.textContent = note;
  row.append(label, " ", quiet);
}
