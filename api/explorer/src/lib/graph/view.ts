// Drawing a graph with WebGL: what it shows, what is looked at, and where the camera stands.

import Graph from "graphology";
import Sigma from "sigma";
import { edgesByNode, type GraphData, type GraphEdge, type Point, type Selected } from "./data";
import { spread } from "./layout";
import { readPalette } from "./palette";
import { startPlaces } from "./start";
import { PRIMITIVES, stylesIn, type EdgeLook, type Focus, type Manner, type Nearness, type NodeLook } from "./style";

export type { GraphData, GraphEdge, GraphNode } from "./data";

/** There is no WebGL here; the message says what to do. */
export class NoWebGL extends Error {
  constructor() {
    super("This browser draws no WebGL, so there is no picture; the lists say the same. Turning on hardware acceleration in its settings, or another browser, brings the picture.");
  }
}

export interface DrawOptions {
  /** Ids of nodes and edges that stand out, as what was asked for. */
  marked?: readonly string[];
  /** Something was chosen by pointer, or nothing is any more. */
  onSelect?: (selected: Selected | null) => void;
  /** A node was clicked twice. */
  onOpen?: (id: string) => void;
  /** A node's menu was asked for, at a place in the window. */
  onMenu?: (id: string, at: Point) => void;
  /** It is drawn, though its nodes still move. */
  onStart?: (drawing: Drawing) => void;
}

const ROOM = 14; // pixels of width for each node with which every label is shown
const NAMED = 12; // arrows up to which all that are looked at have their words on them
const MANY_EDGES = 4000; // above, arrows do not answer to the pointer and hide while the picture moves: it stays smooth
const NARROW = 500; // pixels of width below which fewer names are shown
const PADDING = 40;
const LETTER = 7; // pixels that a letter of a label takes at most
const NOT_NEAR: Nearness = { isNear: false, isChosen: false };

type Look = Sigma<NodeLook, EdgeLook, Record<string, unknown>, Nearness, Nearness, Focus>;

/** Draw a graph into an element that has a height of its own; NoWebGL where that cannot be. */
export async function drawGraph(container: HTMLElement, data: GraphData, options: DrawOptions = {}): Promise<Drawing> {
  const drawing = begun(container, options);
  options.onStart?.(drawing);
  await drawing.update(data, options.marked);
  return drawing;
}

function begun(container: HTMLElement, options: DrawOptions): Drawing {
  try {
    return new Drawing(container, options);
  } catch (error) {
    // Tried only now: a context for trying alone would take as long as the one that is drawn with.
    if (document.createElement("canvas").getContext("webgl2")) throw error;
    container.replaceChildren();
    throw new NoWebGL();
  }
}

/** A graph that is drawn. */
export class Drawing {
  /** What is drawn. */
  data: GraphData = { nodes: [], edges: [] };
  /** Where each node stands, also of those that were drawn before. */
  readonly places = new Map<string, Point>();
  private readonly graph = new Graph<NodeLook, EdgeLook>({ multi: true, type: "directed" });
  private readonly manner: Manner = { palette: readPalette(), small: true };
  private readonly sigma: Look;
  private joined = new Map<string, GraphEdge[]>();
  private near: { nodes: string[]; edges: string[] } = { nodes: [], edges: [] };
  private selected: Selected | null = null;
  private moving = new AbortController();
  private readonly scheme = matchMedia("(prefers-color-scheme: dark)");

  constructor(
    private readonly container: HTMLElement,
    private readonly options: DrawOptions,
  ) {
    this.sigma = this.start();
    this.scheme.addEventListener("change", this.restyle);
  }

  /** Show another graph; nodes that were there before keep their places. Resolves when all have come to rest. */
  async update(data: GraphData, marked: readonly string[] = []): Promise<void> {
    this.moving.abort();
    this.moving = new AbortController();
    this.data = data;
    this.joined = edgesByNode(data);
    this.look(null);
    for (const [id, place] of startPlaces(data, this.places)) this.places.set(id, place);
    this.manner.small = data.nodes.length * ROOM <= this.container.clientWidth;
    this.sigma.setSettings({ enableEdgeEvents: data.edges.length <= MANY_EDGES, hideEdgesOnMove: data.edges.length > MANY_EDGES });
    this.fill(new Set(marked));
    this.makeRoom();
    if (data.edges.some(({ id }) => marked.includes(id))) this.nameArrows();
    const { signal } = this.moving;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let rest = new Map<string, Point>();
    this.container.setAttribute("data-moving", "");
    await spread(data, this.places, (places) => (still ? (rest = places) : this.move(places)), signal);
    if (signal.aborted) return;
    if (still) this.move(rest);
    this.container.removeAttribute("data-moving");
  }

  /** Choose a node or an edge, by its id, or nothing. */
  select(id: string | null): void {
    this.selected = id === null ? null : { id, kind: this.graph.hasNode(id) ? "node" : "edge" };
    this.look(this.selected);
  }

  /** Let the next graph be spread out anew. */
  forgetPlaces(): void {
    this.places.clear();
  }

  zoomIn(): void {
    void this.sigma.getCamera().zoomIn({ duration: 200 });
  }

  zoomOut(): void {
    void this.sigma.getCamera().zoomOut({ duration: 200 });
  }

  /** Show the whole graph. */
  fit(): void {
    void this.sigma.getCamera().reset({ duration: 200 });
  }

  /** Move what is seen by shares of its width and height. */
  pan(right: number, down: number): void {
    const camera = this.sigma.getCamera();
    void camera.animate({ x: camera.x + right * camera.ratio, y: camera.y - down * camera.ratio }, { duration: 120 });
  }

  /** Bring a node into the middle, no closer than the camera is. */
  centre(id: string): void {
    const shown = this.sigma.getNodeDisplayData(id);
    if (shown) void this.sigma.getCamera().animate({ x: shown.x, y: shown.y }, { duration: 250 });
  }

  /** End it, and give the browser back what it took. */
  destroy(): void {
    this.moving.abort();
    this.scheme.removeEventListener("change", this.restyle);
    this.sigma.kill();
  }

  private start(): Look {
    const sigma: Look = new Sigma(this.graph, this.container, {
      primitives: PRIMITIVES,
      styles: stylesIn(this.manner),
      customNodeState: NOT_NEAR,
      customEdgeState: NOT_NEAR,
      customGraphState: { isFocused: false, namesArrows: false },
      settings: {
        allowInvalidContainer: true, // a style sheet that comes late gives it its size, and sigma follows
        itemSizesReference: "screen",
        autoRescaleContent: "nodes",
        stagePadding: PADDING,
        renderEdgeLabels: false, // until some are shown: compiling how they are drawn takes a while without a GPU
        edgeLabelAnchors: "allNodes",
        enableEdgeEvents: true,
        enableNodeDrag: true,
        minEdgeThickness: 0.6,
        labelDensity: this.container.clientWidth < NARROW ? 0.5 : 1.2,
        labelGridCellSize: 90,
        labelRenderedSizeThreshold: 3,
        doubleClickTimeout: 300,
      },
    });
    this.listen(sigma);
    return sigma;
  }

  private listen(sigma: Look): void {
    const { onSelect, onOpen, onMenu } = this.options;
    const choose = (selected: Selected | null): void => {
      this.selected = selected;
      this.look(selected);
      onSelect?.(selected);
    };
    sigma.on("clickNode", ({ node }) => choose({ kind: "node", id: node }));
    sigma.on("clickEdge", ({ edge }) => choose({ kind: "edge", id: edge }));
    sigma.on("clickStage", () => choose(null));
    sigma.on("enterNode", ({ node }) => this.look({ kind: "node", id: node }));
    sigma.on("leaveNode", () => this.look(this.selected));
    sigma.on("doubleClickNode", (event) => {
      event.preventSigmaDefault(); // it would zoom
      onOpen?.(event.node);
    });
    sigma.on("rightClickNode", ({ node, event }) => {
      event.original.preventDefault();
      const { left, top } = this.container.getBoundingClientRect();
      onMenu?.(node, { x: left + event.x, y: top + event.y });
    });
    sigma.on("nodeDragEnd", ({ node }) => {
      const { x, y } = this.graph.getNodeAttributes(node);
      this.places.set(node, { x, y });
    });
  }

  private fill(marked: ReadonlySet<string>): void {
    this.graph.clear();
    for (const { id, name, type } of this.data.nodes) {
      const degree = this.joined.get(id)!.length;
      const size = (marked.has(id) ? 7 : 3.5) + Math.min(7, Math.sqrt(degree));
      const place = this.places.get(id)!;
      this.graph.addNode(id, { ...place, size, kind: type, label: shortened(name), marked: marked.has(id), leftward: place.x < 0 });
    }
    for (const { id, source, target, label, belief } of this.data.edges)
      this.graph.addEdgeWithKey(id, source, target, { size: 0.8 + 1.7 * (belief ?? 0.5), label, marked: marked.has(id) });
  }

  /** Leave room for the names beside the outermost nodes, where every name is shown. */
  private makeRoom(): void {
    this.sigma.setCustomBBox(this.manner.small ? roomFor(this.graph, this.container.clientWidth, this.container.clientHeight) : null);
  }

  private move(places: Map<string, Point>): void {
    const middle = mean([...places.values()].map(({ x }) => x));
    for (const [id, place] of places) this.places.set(id, place);
    this.graph.updateEachNodeAttributes(
      (id, look) => ({ ...look, ...places.get(id), leftward: (places.get(id)?.x ?? look.x) < middle }),
      { attributes: ["x", "y", "leftward"] },
    );
    this.makeRoom();
  }

  private readonly restyle = (): void => {
    this.manner.palette = readPalette();
    this.sigma.refresh();
  };

  /** Bring forward what is looked at with what it is joined to; all else steps back. */
  private look(at: Selected | null): void {
    const known = at !== null && (at.kind === "node" ? this.graph.hasNode(at.id) : this.graph.hasEdge(at.id));
    this.forget();
    if (known && this.selected !== null) this.nameArrows();
    if (known) this.near = at.kind === "node" ? this.nearNode(at.id) : { nodes: this.graph.extremities(at.id), edges: [at.id] };
    this.sigma.setGraphState({ isFocused: known, namesArrows: this.near.edges.length <= NAMED });
    this.sigma.setNodesState(this.near.nodes, { isNear: true });
    this.sigma.setEdgesState(this.near.edges, { isNear: true });
    if (known && at.kind === "node") this.sigma.setNodeState(at.id, { isChosen: at.id === this.selected?.id });
    else if (known) this.sigma.setEdgeState(at.id, { isChosen: true });
  }

  private nameArrows(): void {
    if (!this.sigma.getSetting("renderEdgeLabels")) this.sigma.setSetting("renderEdgeLabels", true);
  }

  private forget(): void {
    this.sigma.setNodesState(this.near.nodes.filter((id) => this.graph.hasNode(id)), NOT_NEAR);
    this.sigma.setEdgesState(this.near.edges.filter((id) => this.graph.hasEdge(id)), NOT_NEAR);
    this.near = { nodes: [], edges: [] };
  }

  private nearNode(id: string): { nodes: string[]; edges: string[] } {
    const edges = this.joined.get(id) ?? [];
    const nodes = new Set([id, ...edges.flatMap(({ source, target }) => [source, target])]);
    return { nodes: [...nodes], edges: edges.map((edge) => edge.id) };
  }
}

/** Return what must be seen, so that no name is cut off: nodes with their names, in the units of their places. */
function roomFor(graph: Graph<NodeLook, EdgeLook>, width: number, height: number): Box | null {
  if (graph.order === 0) return null;
  const looks = graph.mapNodes((_, look) => look);
  const [low, high] = [Math.min(...looks.map(({ y }) => y)), Math.max(...looks.map(({ y }) => y))];
  const [left, right] = [Math.min(...looks.map(({ x }) => x)), Math.max(...looks.map(({ x }) => x))];
  const names = looks.map(({ label, size }) => size + 6 + label.length * LETTER);
  const wide = Math.max(60, width - 2 * PADDING);
  // The names at both sides take of the width what they need, but never more than two thirds of it.
  const taken = Math.min((2 * wide) / 3, 1.2 * Math.max(...names));
  const unit = Math.max((right - left) / (wide - taken), (high - low) / Math.max(60, height - 2 * PADDING)) || 1;
  const outer = looks.map(({ x, leftward }, i) => x + (leftward ? -1 : 1) * names[i]! * unit);
  return { x: [Math.min(left, ...outer), Math.max(right, ...outer)], y: [low, high] };
}

interface Box {
  x: [number, number];
  y: [number, number];
}

const LONGEST = 30; // letters of a label; titles of papers are long

function shortened(name: string): string {
  return name.length > LONGEST ? `${name.slice(0, LONGEST - 1).trimEnd()}…` : name;
}

function mean(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
}
