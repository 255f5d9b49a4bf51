// Where nodes stand before the layout moves them: always the same for the same graph, so that its picture is, too.

import type { GraphData, Point } from "./data";

const TURN = Math.PI * (3 - Math.sqrt(5)); // the golden angle: a spiral without rays
const APART = 12;

/** Place nodes that have no place yet beside a neighbour that has one, else on a spiral in the order given. */
export function startPlaces(data: GraphData, known: ReadonlyMap<string, Point>): Map<string, Point> {
  const places = new Map<string, Point>();
  for (const { id } of data.nodes) if (known.has(id)) places.set(id, known.get(id)!);
  const neighbours = neighboursOf(data);
  data.nodes.forEach(({ id }, number) => {
    if (places.has(id)) return;
    const beside = known.size > 0 ? neighbours.get(id)?.find((other) => places.has(other)) : undefined;
    places.set(id, spiral(number, beside ? places.get(beside)! : { x: 0, y: 0 }));
  });
  return places;
}

function spiral(number: number, centre: Point): Point {
  const radius = APART * Math.sqrt(number);
  return { x: centre.x + radius * Math.cos(number * TURN), y: centre.y + radius * Math.sin(number * TURN) };
}

function neighboursOf(data: GraphData): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { source, target } of data.edges)
    for (const [node, other] of [[source, target], [target, source]] as const) {
      const others = found.get(node);
      if (others) others.push(other);
      else found.set(node, [other]);
    }
  return found;
}
