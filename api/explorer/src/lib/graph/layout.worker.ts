// ForceAtlas2 away from the page's thread; the places so far are sent after each few rounds.

import Graph from "graphology";
import forceAtlas2 from "graphology-layout-forceatlas2";
import type { Round, Task } from "./layout";

const AT_ONCE = 60; // ms between the places that are sent
const AT_ONCE_OF_MANY = 300; // drawing many nodes takes a while by itself
const MANY = 500; // nodes; below, the exact forces are as fast as those of Barnes and Hut

self.addEventListener("message", ({ data }: MessageEvent<Task>) => {
  const graph = graphOf(data);
  const settings = {
    ...forceAtlas2.inferSettings(graph),
    gravity: 0.6,
    scalingRatio: 14,
    barnesHutOptimize: graph.order > MANY,
  };
  let left = data.rounds;
  while (left > 0) {
    const begun = performance.now();
    do {
      const rounds = Math.min(left, 10);
      forceAtlas2.assign(graph, { iterations: rounds, settings });
      left -= rounds;
    } while (left > 0 && performance.now() - begun < (graph.order > MANY ? AT_ONCE_OF_MANY : AT_ONCE));
    const places = placesOf(graph);
    self.postMessage({ places, done: left === 0 } satisfies Round, { transfer: [places.buffer] });
  }
});

function graphOf({ places, ends }: Task): Graph {
  const graph = new Graph({ type: "undirected" });
  for (let i = 0; i < places.length / 2; i++) graph.addNode(i, { x: places[2 * i]!, y: places[2 * i + 1]! });
  for (let i = 0; i < ends.length; i += 2)
    if (ends[i] !== ends[i + 1]) graph.mergeEdge(ends[i]!, ends[i + 1]!); // several statements pull as one
  return graph;
}

function placesOf(graph: Graph): Float32Array<ArrayBuffer> {
  const places = new Float32Array(2 * graph.order);
  let next = 0;
  graph.forEachNode((_, { x, y }) => {
    places[next++] = x as number;
    places[next++] = y as number;
  });
  return places;
}
