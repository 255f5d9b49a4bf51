// The address says all that the page shows, so that it can be shared; what changes is what stands in it.

import type { Found } from "./data";

const OF_THE_PAGE = "selected"; // what only the page cares for

/** What an address asks the service for. */
export function questionOf(asked: URLSearchParams): string {
  const question = new URLSearchParams(asked);
  question.delete(OF_THE_PAGE);
  return `/v1/graph?${question}`;
}

/** Return an address with one more thing around which to draw. */
export function withNode(asked: URLSearchParams, id: string): URLSearchParams {
  const next = new URLSearchParams(asked);
  if (!next.getAll("node").includes(id)) next.append("node", id);
  return next;
}

/** Return an address without a thing around which is drawn. */
export function withoutNode(asked: URLSearchParams, id: string): URLSearchParams {
  return withValues(asked, "node", asked.getAll("node").filter((node) => node !== id));
}

/** Return an address without the way between two things. */
export function withoutWay(asked: URLSearchParams): URLSearchParams {
  return withValues(withValues(asked, "from_node", []), "to_node", []);
}

/** Return an address that says by ids what it said by names. */
export function withIds(asked: URLSearchParams, { around, ends }: Found): URLSearchParams {
  const [from, to] = ends;
  const next = withValues(asked, "node", around);
  return from && to ? withValues(withValues(next, "from_node", [from]), "to_node", [to]) : next;
}

/** Return an address with these values under a name; none takes the name out. */
export function withValues(asked: URLSearchParams, name: string, values: readonly string[]): URLSearchParams {
  const next = new URLSearchParams(asked);
  next.delete(name);
  for (const value of values) next.append(name, value);
  return next;
}

/** Say whether an address asks for anything to be drawn. */
export function asksForAnything(asked: URLSearchParams): boolean {
  return asked.has("node") || asked.has("from_node");
}

/** Return an address of this page, with ids as people read them. */
export function pageOf(asked: URLSearchParams): string {
  const words = asked.toString().replaceAll("%2F", "/").replaceAll("%3A", ":");
  return words ? `/graph?${words}` : "/graph";
}
