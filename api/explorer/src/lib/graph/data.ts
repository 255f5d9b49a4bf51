// What a drawing is made of. `/v1/graph` sends it with more; an answer of a query can be put into it, too.

/** A thing; `type` is a class of the ontology, any other is drawn grey. */
export interface GraphNode {
  id: string;
  name: string;
  type: string;
  papers?: number;
}

/** An arrow from one node to another, with the words on it; `belief` makes it thick or thin. */
export interface GraphEdge {
  id: string;
  source: string;
  target: string;
  label: string;
  belief?: number;
}

export interface GraphData<E extends GraphEdge = GraphEdge> {
  nodes: readonly GraphNode[];
  edges: readonly E[];
}

/** A statement as `/v1/graph` sends it. */
export interface StatementEdge extends GraphEdge {
  predicate: string;
  belief: number;
  papers: number;
  first_year: number | null;
  last_year: number | null;
}

/** What `/v1/graph` sends: the graph, and what was asked for and left out. */
export interface Found extends GraphData<StatementEdge> {
  around: readonly string[];
  ends: readonly string[];
  way: readonly string[];
  total: number;
  unfollowed: number;
  note: string;
}

/** Return the ids of all that was asked for. */
export function askedIn({ around, ends }: Found): string[] {
  return [...new Set([...ends, ...around])];
}

export interface Point {
  x: number;
  y: number;
}

/** What is chosen in a drawing, its list and its panel alike. */
export interface Selected {
  kind: "node" | "edge";
  id: string;
}

/** Return for each node the edges at either end of which it stands. */
export function edgesByNode<E extends GraphEdge>(data: GraphData<E>): Map<string, E[]> {
  const found = new Map<string, E[]>(data.nodes.map(({ id }) => [id, []]));
  for (const edge of data.edges) for (const end of new Set([edge.source, edge.target])) found.get(end)?.push(edge);
  return found;
}

/** Write a count with its noun: "1 statement", "1,204 statements". */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
