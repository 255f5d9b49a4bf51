// What is chosen, in words: a thing with what is said of it in the picture, or a statement with its sentences.

import { element } from "../dom";
import { addressOf, ServiceError } from "../service";
import { counted, edgesByNode, type Found, type GraphNode, type Selected, type StatementEdge } from "./data";
import { dotClass } from "./palette";
import { askStatement, quoteFigure, type Statement } from "./sentences";

export interface PanelActions {
  choose: (selected: Selected) => void;
  expand: (id: string) => void;
  takeOut: (id: string) => void;
  wayFrom: (id: string) => void;
}

/** The words of the page for types and predicates, as the ontology has them. */
export interface Words {
  type: (name: string) => string;
  inverse: (predicate: string) => string;
}

/** Shows in an element what is chosen. */
export class Panel {
  private found: Found = { nodes: [], edges: [], around: [], ends: [], way: [], total: 0, unfollowed: 0, note: "" };
  private asking = new AbortController();

  constructor(
    private readonly place: HTMLElement,
    private readonly words: Words,
    private readonly actions: PanelActions,
  ) {}

  /** Take over the graph that is shown. */
  update(found: Found): void {
    this.found = found;
  }

  /** Show what is chosen; nothing shows what can be chosen. */
  show(selected: Selected | null): void {
    this.asking.abort();
    this.asking = new AbortController();
    const node = selected?.kind === "node" && this.found.nodes.find(({ id }) => id === selected.id);
    const edge = selected?.kind === "edge" && this.found.edges.find(({ id }) => id === selected.id);
    if (node) this.place.replaceChildren(...this.ofNode(node));
    else if (edge) this.ofEdge(edge);
    else this.place.replaceChildren(element("p", { class: "quiet" }, "Choose a thing or an arrow to read what is said. A double click on a thing, or Enter in the list, draws what lies around it, too."));
  }

  private ofNode(node: GraphNode): Node[] {
    const { actions, found } = this;
    const asked = found.around.includes(node.id);
    const edges = edgesByNode(found).get(node.id) ?? [];
    return [
      element("p", { class: "graph-kind" }, element("span", { class: dotClass(node.type) }), this.words.type(node.type), node.papers ? ` · ${counted(node.papers, "paper")}` : null),
      element("h2", {}, element("a", { href: addressOf(node.id) }, node.name)),
      element(
        "p",
        { class: "graph-actions" },
        asked ? button("Take out", () => actions.takeOut(node.id)) : button("Expand", () => actions.expand(node.id)),
        button("Way from here…", () => actions.wayFrom(node.id)),
      ),
      edges.length > 0 ? element("ul", { class: "graph-says" }, ...edges.map((edge) => this.says(edge, node.id))) : element("p", { class: "quiet" }, "Nothing in this picture is said of it."),
    ];
  }

  private says(edge: StatementEdge, here: string): HTMLElement {
    const outward = edge.source === here;
    const other = this.node(outward ? edge.target : edge.source);
    const words = outward ? edge.label : this.words.inverse(edge.predicate);
    const text = [element("span", { class: "predicate" }, `${words} `), element("b", {}, other.name), element("span", { class: "quiet" }, ` ${percent(edge.belief)}`)];
    const shown = element("button", { type: "button", class: "graph-line" }, ...text);
    shown.addEventListener("click", () => this.actions.choose({ kind: "edge", id: edge.id }));
    return element("li", {}, shown);
  }

  private ofEdge(edge: StatementEdge): void {
    const sentences = element("div", { "aria-busy": "true" }, element("p", { class: "quiet" }, "Looking for the sentences…"));
    this.place.replaceChildren(
      element("p", { class: "graph-kind" }, "statement"),
      element("h2", {}, this.end(edge.source), element("span", { class: "predicate" }, ` ${edge.label} `), this.end(edge.target)),
      element("p", { class: "quiet" }, [`${percent(edge.belief)} believed`, counted(edge.papers, "paper"), years(edge)].filter(Boolean).join(" · "), " · ", element("a", { href: addressOf(edge.id) }, "why")),
      sentences,
    );
    void this.fill(sentences, edge.id);
  }

  private async fill(place: HTMLElement, id: string): Promise<void> {
    const { signal } = this.asking;
    try {
      const { quotes }: Statement = await askStatement(id, signal);
      place.replaceChildren(...quotes.map(quoteFigure));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ServiceError)) throw error;
      const again = button("Try again", () => void this.fill(place, id));
      place.replaceChildren(element("p", { role: "alert", class: "graph-problem" }, error.message, " ", again));
    }
    place.removeAttribute("aria-busy");
  }

  private end(id: string): HTMLElement {
    const node = this.node(id);
    const made = element("button", { type: "button", class: "graph-end" }, element("span", { class: dotClass(node.type) }), node.name);
    made.addEventListener("click", () => this.actions.choose({ kind: "node", id }));
    return made;
  }

  private node(id: string): GraphNode {
    return this.found.nodes.find((node) => node.id === id)!;
  }
}

/** Make a plain button. */
export function button(words: string, act: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", class: "graph-button" }, words);
  made.addEventListener("click", act);
  return made;
}

function percent(belief: number): string {
  return `${Math.round(100 * belief)}%`;
}

function years({ first_year: first, last_year: last }: StatementEdge): string {
  return first === null ? "" : first === last ? String(first) : `${first} to ${last}`;
}
