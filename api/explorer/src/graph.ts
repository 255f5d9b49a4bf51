// The graph view: a picture, a list and a panel over one graph, whose address says all that is shown.

import "./graph.css";
import { element, need } from "./lib/dom";
import { addressOf, ask, ServiceError } from "./lib/service";
import { asksForAnything, pageOf, questionOf, withIds, withNode, withoutNode, withoutWay, withValues } from "./lib/graph/address";
import { askedIn, counted, type Found, type Point, type Selected } from "./lib/graph/data";
import { Filters, stay } from "./lib/graph/filters";
import { toGexf } from "./lib/graph/gexf";
import { NodeList } from "./lib/graph/list";
import { openMenu } from "./lib/graph/menu";
import { toPng, toSvg } from "./lib/graph/picture";
import { dotClass, readPalette } from "./lib/graph/palette";
import { button, Panel } from "./lib/graph/panel";
import { drawGraph, NoWebGL, type Drawing } from "./lib/graph/view";

const STEP = 0.12; // how far an arrow key moves the picture, as a share of it

/** The page while it shows a graph. */
class GraphPage {
  private asked = new URLSearchParams(location.search);
  private selected: Selected | null = null;
  private asking = new AbortController();
  private drawing: Drawing | null = null;
  private readonly canvas = need<HTMLElement>("#canvas");
  private readonly status = need<HTMLElement>("#graph-status");
  private readonly problem = need<HTMLElement>("#graph-problem");
  private readonly panel = new Panel(need("#chosen"), { type: typeWords, inverse: inverseWords }, {
    choose: (selected) => this.choose(selected),
    expand: (id) => void this.go(withNode(this.asked, id), "new"),
    takeOut: (id) => void this.go(withoutNode(this.asked, id), "new"),
    wayFrom: (id) => this.wayFrom(id),
  });
  private readonly list = new NodeList(need("#things"), {
    choose: (id) => this.choose({ kind: "node", id }),
    open: (id) => this.open(id),
    menu: (id, beside) => this.menu(id, { x: beside.getBoundingClientRect().left + 24, y: beside.getBoundingClientRect().bottom }),
  });
  private readonly filters = new Filters(need<HTMLFormElement>("#filters"), () => this.asked, (asked) => void this.go(asked, "same"));

  constructor(private found: Found) {
    need<HTMLElement>("#graph-app").hidden = false;
    this.listen();
  }

  /** Show what came with the page, and what its address chooses. */
  async start(): Promise<void> {
    this.selected = this.chosenIn(this.asked);
    await this.show(this.found);
  }

  /** Ask for what an address says and show it; "new" can be gone back from, "same" only says more exactly what is shown. */
  private async go(asked: URLSearchParams, how: "new" | "same" | "back"): Promise<void> {
    if (!asksForAnything(asked)) return location.assign("/graph");
    this.asked = asked;
    if (how === "new") history.pushState(null, "", pageOf(asked));
    if (how === "same") history.replaceState(null, "", pageOf(asked));
    this.asking.abort();
    const { signal } = (this.asking = new AbortController());
    this.canvas.setAttribute("aria-busy", "true");
    this.status.textContent = "Looking for what is said…";
    try {
      const found = await ask<Found>(questionOf(asked), { signal });
      this.selected = this.chosenIn(asked, found);
      this.problem.hidden = true;
      this.canvas.removeAttribute("aria-busy"); // what is found is shown, though it still moves
      await this.show(found);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ServiceError)) throw error;
      this.say();
      this.fail(error.message, button("Try again", () => void this.go(asked, "same")));
    } finally {
      if (!signal.aborted) this.canvas.removeAttribute("aria-busy");
    }
  }

  private async show(found: Found): Promise<void> {
    this.found = found;
    this.asked = withIds(this.asked, found);
    history.replaceState(null, "", pageOf(this.asked));
    this.say();
    this.filters.show(this.asked);
    this.filters.count(found);
    this.list.show(found);
    this.list.select(this.selected?.kind === "node" ? this.selected.id : null);
    this.panel.update(found);
    this.panel.show(this.selected);
    this.showAsked();
    this.showLegend();
    await this.draw();
  }

  private async draw(): Promise<void> {
    const marked = [...askedIn(this.found), ...this.found.way];
    try {
      if (this.drawing) {
        const rests = this.drawing.update(this.found, marked);
        this.drawing.select(this.selected?.id ?? null);
        await rests;
      } else {
        this.drawing = await drawGraph(this.canvas, this.found, {
          marked,
          onSelect: (selected) => this.choose(selected),
          onOpen: (id) => this.open(id),
          onMenu: (id, at) => this.menu(id, at),
          onStart: (drawing) => (this.drawing = drawing),
        });
        this.drawing.select(this.selected?.id ?? null);
      }
    } catch (error) {
      if (!(error instanceof NoWebGL)) throw error;
      need<HTMLElement>("#stage").hidden = true;
      this.fail(error.message);
    }
  }

  /** Say what is shown and what is left out. */
  private say(): void {
    const { nodes, edges, note } = this.found;
    const shown = `${counted(nodes.length, "thing")}, ${counted(edges.length, "statement")}.`;
    this.status.textContent = `${shown} ${note}`.trim();
    this.canvas.setAttribute("aria-label", `Picture of ${shown} The list of things says the same. Arrow keys move it, plus and minus zoom, 0 shows all.`);
  }

  private fail(message: string, ...more: Node[]): void {
    this.problem.replaceChildren(message, " ", ...more);
    this.problem.hidden = false;
  }

  /** Show around what is drawn, each with a way to take it out, and name the page after it. */
  private showAsked(): void {
    const { around, ends } = this.found;
    const way = ends.map((id) => this.nameOf(id)).join(" to ");
    const chips = around.map((id) => chip(this.nameOf(id), `Take ${this.nameOf(id)} out`, () => void this.go(withoutNode(this.asked, id), "new")));
    if (way) chips.unshift(chip(`Way from ${way}`, "Take the way out", () => void this.go(withoutWay(this.asked), "new")));
    need("#asked").replaceChildren(...chips.map((each) => element("li", {}, each)));
    const title = way ? `From ${way}` : `Around ${andOthers(around.map((id) => this.nameOf(id)))}`;
    need("#graph-title").textContent = title;
    document.title = `${title} · AlignKG`;
  }

  /** Say which colours the things have, and what makes an arrow thick. */
  private showLegend(): void {
    const types = [...new Set(this.found.nodes.map(({ type }) => type))].toSorted();
    const items = types.map((type) => element("li", {}, element("span", { class: dotClass(type) }), typeWords(type)));
    const arrow = element("li", {}, element("span", { class: "graph-arrow", "aria-hidden": "true" }, "→"), "a statement; the thicker, the more believed");
    need("#legend").replaceChildren(...items, arrow);
  }

  private nameOf(id: string): string {
    return this.found.nodes.find((node) => node.id === id)?.name ?? id;
  }

  private choose(selected: Selected | null): void {
    this.selected = selected;
    this.asked = withValues(this.asked, "selected", selected ? [selected.id] : []);
    history.replaceState(null, "", pageOf(this.asked));
    this.drawing?.select(selected?.id ?? null);
    this.list.select(selected?.kind === "node" ? selected.id : null);
    this.panel.show(selected);
  }

  private chosenIn(asked: URLSearchParams, found: Found = this.found): Selected | null {
    const id = asked.get("selected");
    if (found.nodes.some((node) => node.id === id)) return { kind: "node", id: id! };
    return found.edges.some((edge) => edge.id === id) ? { kind: "edge", id: id! } : null;
  }

  private open(id: string): void {
    this.choose({ kind: "node", id });
    void this.go(withNode(this.asked, id), "new");
  }

  private wayFrom(id: string): void {
    const form = need<HTMLFormElement>("#way");
    form.closest("details")!.open = true;
    need<HTMLInputElement>("[name=from_node]", form).value = this.nameOf(id);
    need<HTMLInputElement>("[name=from_node]", form).dataset.id = id;
    need<HTMLInputElement>("[name=to_node]", form).focus();
  }

  private menu(id: string, at: Point): void {
    this.choose({ kind: "node", id });
    const asked = this.found.around.includes(id);
    openMenu(
      [
        asked ? { words: "Take out", act: () => void this.go(withoutNode(this.asked, id), "new") } : { words: "Expand", act: () => this.open(id) },
        { words: "Draw only what lies around it", act: () => void this.go(withValues(this.bare(), "node", [id]), "new") },
        { words: "Way from here…", act: () => this.wayFrom(id) },
        { words: "Open its page", act: () => location.assign(addressOf(id)) },
      ],
      at,
      this.nameOf(id),
    );
  }

  /** Return the address without things and ways, with its filters. */
  private bare(): URLSearchParams {
    return withoutWay(withValues(withValues(this.asked, "node", []), "selected", []));
  }

  private reset(): void {
    this.drawing?.forgetPlaces();
    this.drawing?.fit();
    void this.go(withValues(this.filters.cleared(this.asked), "selected", []), "new");
  }

  private listen(): void {
    addEventListener("popstate", () => void this.go(new URLSearchParams(location.search), "back"));
    const acts: Record<string, () => void> = {
      in: () => this.drawing?.zoomIn(),
      out: () => this.drawing?.zoomOut(),
      fit: () => this.drawing?.fit(),
      reset: () => this.reset(),
      png: () => void this.save("png"),
      svg: () => void this.save("svg"),
      gexf: () => void this.save("gexf"),
    };
    need("#tools").addEventListener("click", ({ target }) => {
      const pressed = (target as Element).closest<HTMLElement>("[data-act]");
      pressed?.closest("details")?.removeAttribute("open");
      acts[pressed?.dataset.act ?? ""]?.();
    });
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    this.canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    this.listenToForms();
  }

  private listenToForms(): void {
    const add = need<HTMLFormElement>("#add");
    const put = (id: string): void => {
      need<HTMLInputElement>("[type=search]", add).value = "";
      void this.go(withValues(withNode(this.asked, id), "selected", [id]), "new");
    };
    add.addEventListener("suggestion", (event) => {
      event.preventDefault();
      put((event as CustomEvent<string>).detail);
    });
    add.addEventListener("submit", (event) => {
      stay(event);
      const name = need<HTMLInputElement>("[type=search]", add).value.trim();
      if (name) put(name);
    });
    listenToWay((from, to) => void this.go(withValues(withValues(this.asked, "from_node", [from]), "to_node", [to]), "new"));
  }

  private press(event: KeyboardEvent): void {
    const { drawing } = this;
    const acts: Record<string, () => void> = {
      ArrowLeft: () => drawing?.pan(-STEP, 0),
      ArrowRight: () => drawing?.pan(STEP, 0),
      ArrowUp: () => drawing?.pan(0, -STEP),
      ArrowDown: () => drawing?.pan(0, STEP),
      "+": () => drawing?.zoomIn(),
      "=": () => drawing?.zoomIn(),
      "-": () => drawing?.zoomOut(),
      "0": () => drawing?.fit(),
      Escape: () => this.choose(null),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in acts)) return;
    event.preventDefault();
    acts[event.key]!();
  }

  private async save(format: "png" | "svg" | "gexf"): Promise<void> {
    const palette = readPalette();
    const places = this.drawing?.places ?? new Map<string, Point>();
    const title = need("#graph-title").textContent;
    const svg = (): string =>
      toSvg({ data: this.found, places, palette, marked: new Set([...askedIn(this.found), ...this.found.way]), title, note: this.status.textContent, typeWords });
    const name = title.replaceAll(/[^\p{L}\p{N}]+/gu, "-").toLowerCase();
    try {
      if (format === "png") download(await toPng(svg()), `${name}.png`);
      else if (format === "svg") download(new Blob([svg()], { type: "image/svg+xml" }), `${name}.svg`);
      else download(new Blob([toGexf(this.found, places, palette)], { type: "application/gexf+xml" }), `${name}.gexf`);
    } catch (error) {
      this.fail(`The picture could not be saved: ${(error as Error).message}.`);
    }
  }
}

function download(blob: Blob, name: string): void {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function chip(words: string, does: string, act: () => void): HTMLElement {
  const made = element("button", { type: "button", class: "graph-chip", "aria-label": does, title: does }, words, element("span", { "aria-hidden": "true" }, " ×"));
  made.addEventListener("click", act);
  return made;
}

function andOthers(names: string[]): string {
  if (names.length <= 2) return names.join(" and ");
  return `${names.slice(0, 2).join(", ")} and ${counted(names.length - 2, "other")}`;
}

function typeWords(type: string): string {
  return document.querySelector<HTMLInputElement>(`#filters input[name=type][value="${CSS.escape(type)}"]`)?.dataset.words ?? type;
}

function inverseWords(predicate: string): string {
  return document.querySelector<HTMLInputElement>(`#filters input[name=predicate][value="${CSS.escape(predicate)}"]`)?.dataset.inverse ?? predicate;
}

/** Tell the two ends that the form of a way names: by their ids where suggestions were chosen, else as typed. */
function listenToWay(asked: (from: string, to: string) => void): void {
  const form = need<HTMLFormElement>("#way");
  const inputs = ["from_node", "to_node"].map((name) => need<HTMLInputElement>(`[name=${name}]`, form));
  form.addEventListener("suggestion", (event) => ((event.target as HTMLElement).dataset.id = (event as CustomEvent<string>).detail));
  form.addEventListener("input", ({ target }) => delete (target as HTMLElement).dataset.id);
  form.addEventListener("submit", (event) => {
    stay(event);
    const [from, to] = inputs.map((input) => input.dataset.id ?? input.value.trim());
    if (from && to) asked(from, to);
  });
}

/** On the page that shows no graph yet, a choice leads to one. */
function begin(): void {
  need<HTMLFormElement>("#add").addEventListener("suggestion", (event) => {
    event.preventDefault();
    location.assign(pageOf(new URLSearchParams({ node: (event as CustomEvent<string>).detail })));
  });
  listenToWay((from, to) => location.assign(pageOf(new URLSearchParams({ from_node: from, to_node: to }))));
}

const given = document.querySelector("#graph-data");
if (given) void new GraphPage(JSON.parse(given.textContent) as Found).start();
else begin();
