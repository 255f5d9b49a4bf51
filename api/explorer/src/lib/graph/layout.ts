// Spreading a graph out: the page's end of the worker.

import type { GraphData, Point } from "./data";

/** What the worker is sent: x and y of each node, and the numbers of the nodes that each edge joins. */
export interface Task {
  places: Float32Array<ArrayBuffer>;
  ends: Uint32Array<ArrayBuffer>;
  rounds: number;
}

/** What the worker sends back, again and again. */
export interface Round {
  places: Float32Array<ArrayBuffer>;
  done: boolean;
}

const ROUNDS = 600; // enough for a few hundred nodes to come to rest
const FOR_MANY = 600_000; // rounds × nodes: thousands of nodes get fewer rounds, so that they rest in seconds

/** Spread a graph out from where its nodes stand; `moved` is told the places until they rest, or `signal` ends it. */
export function spread(
  data: GraphData,
  places: ReadonlyMap<string, Point>,
  moved: (places: Map<string, Point>) => void,
  signal: AbortSignal,
): Promise<void> {
  const ids = data.nodes.map(({ id }) => id);
  const worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
  return new Promise<void>((resolve, reject) => {
    worker.addEventListener("message", ({ data: round }: MessageEvent<Round>) => {
      moved(new Map(ids.map((id, i) => [id, { x: round.places[2 * i]!, y: round.places[2 * i + 1]! }])));
      if (round.done) resolve();
    });
    worker.addEventListener("error", () => reject(new Error("the layout could not be computed in this browser")));
    signal.addEventListener("abort", () => resolve());
    worker.postMessage(taskOf(data, ids, places));
  }).finally(() => worker.terminate());
}

function taskOf(data: GraphData, ids: string[], places: ReadonlyMap<string, Point>): Task {
  const number = new Map(ids.map((id, i) => [id, i]));
  return {
    places: Float32Array.from(ids.flatMap((id) => [places.get(id)!.x, places.get(id)!.y])),
    ends: Uint32Array.from(data.edges.flatMap(({ source, target }) => [number.get(source)!, number.get(target)!])),
    rounds: Math.max(60, Math.min(ROUNDS, Math.round(FOR_MANY / Math.max(1, ids.length)))),
  };
}
