// The sentences behind a statement, with its subject and object marked.

import { element } from "../dom";
import { addressOf, ask, type Item } from "../service";

type Span = [start: number, end: number];

interface Quote {
  paper: string;
  title: string;
  published: string | null;
  text: string;
  subject: Span | null;
  object: Span | null;
  negated: boolean;
  hedged: boolean;
}

export interface Statement {
  id: string;
  subject: Item;
  predicate: string;
  object: Item;
  belief: number;
  papers: number;
  quotes: Quote[];
}

/** Ask the service for a statement with its sentences. */
export function askStatement(id: string, signal: AbortSignal): Promise<Statement> {
  return ask<Statement>(`/v1/statements/${encodeURIComponent(id.slice(id.indexOf("/") + 1))}`, { signal });
}

/** Show a sentence with the paper that it stands in. */
export function quoteFigure(quote: Quote): HTMLElement {
  return element(
    "figure",
    { class: "quote" },
    element("blockquote", {}, ...marked(quote)),
    element(
      "figcaption",
      {},
      element("a", { href: addressOf(`paper/${quote.paper}`) }, quote.title),
      quote.published ? ` · ${quote.published.slice(0, 4)}` : null,
      quote.negated && element("span", { class: "flag" }, " denies it"),
      quote.hedged && element("span", { class: "flag" }, " hedged"),
    ),
  );
}

/** Cut a sentence where subject and object begin and end; offsets count code points. Of two in one place the first is marked. */
function marked({ text, subject, object }: Quote): (Node | string)[] {
  const letters = Array.from(text);
  const ends = [{ role: "subject", span: subject }, { role: "object", span: object }].toSorted((a, b) => (a.span?.[0] ?? 0) - (b.span?.[0] ?? 0));
  const cuts = [...new Set([0, letters.length, ...(subject ?? []), ...(object ?? [])])].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, i) => {
    const words = letters.slice(start, cuts[i + 1]).join("");
    const end = ends.find(({ span }) => within(start, span));
    return end ? element("mark", { class: end.role }, words) : words;
  });
}

function within(place: number, span: Span | null): boolean {
  return span !== null && span[0] <= place && place < span[1];
}
