// The graph of an answer, drawn above its table; the graph view is loaded only when there is one.

import type { Drawing, GraphData, GraphNode } from "../graph/view";

interface Answered extends GraphData {
  nodes: (GraphNode & { link?: string })[];
}

let drawn: Drawing | undefined;

/** Take down what is drawn, before its place goes. */
export function stopDrawing(): void {
  drawn?.destroy();
  drawn = undefined;
}

/** Draw what a figure holds as data; where it cannot be drawn, its caption says why, and the table stays. */
export async function drawIn(figure: HTMLElement): Promise<void> {
  const data = JSON.parse(figure.dataset.graph!) as Answered;
  const links = new Map(data.nodes.map(({ id, link }) => [id, link]));
  const canvas = figure.querySelector<HTMLElement>(".canvas")!;
  figure.hidden = false;
  try {
    const { drawGraph } = await import("../graph/view");
    if (!figure.isConnected) return; // another answer was faster
    await drawGraph(canvas, data, {
      onStart: (drawing) => (drawn = drawing),
      onOpen: (id) => {
        const link = links.get(id);
        if (link) location.assign(link);
      },
    });
  } catch (error) {
    canvas.remove();
    figure.querySelector("figcaption")!.textContent = error instanceof Error ? error.message : String(error);
  }
}
