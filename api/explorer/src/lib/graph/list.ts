// The things in the picture as a list: the same for whoever does not see it, or goes by keyboard.

import { element, need } from "../dom";
import type { Found, GraphNode } from "./data";
import { askedIn, counted, edgesByNode } from "./data";
import { dotClass } from "./palette";

export interface ListActions {
  choose: (id: string) => void;
  open: (id: string) => void;
  menu: (id: string, beside: Element) => void;
}

/** A list box over nodes, with a box to find some of them by their names. */
export class NodeList {
  private options: HTMLElement[] = [];
  private active = -1;
  private readonly list: HTMLElement;
  private readonly search: HTMLInputElement;
  private readonly empty: HTMLElement;

  constructor(
    section: HTMLElement,
    private readonly actions: ListActions,
  ) {
    this.list = need("[role=listbox]", section);
    this.search = need<HTMLInputElement>("input", section);
    this.empty = need(".none", section);
    this.search.addEventListener("input", () => this.narrow());
    this.search.addEventListener("keydown", (event) => event.key === "ArrowDown" && this.list.focus());
    this.list.addEventListener("keydown", (event) => this.press(event));
    this.list.addEventListener("focus", () => this.active < 0 && this.shown.length > 0 && this.activate(this.shown[0]!));
    this.list.addEventListener("click", ({ target }) => this.on(target, (id) => this.actions.choose(id)));
    this.list.addEventListener("dblclick", ({ target }) => this.on(target, (id) => this.actions.open(id)));
    this.list.addEventListener("contextmenu", (event) => {
      const option = (event.target as Element).closest<HTMLElement>("[role=option]");
      if (!option) return;
      event.preventDefault();
      this.actions.menu(option.dataset.id!, option);
    });
  }

  /** List the nodes of a graph: those asked for, then the best joined. */
  show(found: Found): void {
    const joined = edgesByNode(found);
    const degree = (node: GraphNode): number => joined.get(node.id)!.length;
    const asked = new Set(askedIn(found));
    const nodes = found.nodes.toSorted(
      (a, b) => Number(asked.has(b.id)) - Number(asked.has(a.id)) || degree(b) - degree(a) || a.name.localeCompare(b.name),
    );
    this.options = nodes.map((node, i) => option(node, i, degree(node), asked.has(node.id)));
    this.active = -1;
    this.list.replaceChildren(...this.options);
    this.list.removeAttribute("aria-activedescendant");
    this.narrow();
  }

  /** Mark what is chosen, and bring it into sight. */
  select(id: string | null): void {
    this.active = this.options.findIndex((option) => option.dataset.id === id);
    this.options.forEach((option, i) => option.setAttribute("aria-selected", String(i === this.active)));
    const chosen = this.options[this.active];
    if (!chosen) return this.list.removeAttribute("aria-activedescendant");
    this.list.setAttribute("aria-activedescendant", chosen.id);
    const above = chosen.offsetTop - this.list.offsetTop; // not scrollIntoView: that would move the page, too
    if (above < this.list.scrollTop) this.list.scrollTop = above;
    else if (above + chosen.offsetHeight > this.list.scrollTop + this.list.clientHeight)
      this.list.scrollTop = above + chosen.offsetHeight - this.list.clientHeight;
  }

  private get shown(): HTMLElement[] {
    return this.options.filter((option) => !option.hidden);
  }

  private narrow(): void {
    const words = this.search.value.trim().toLowerCase();
    for (const option of this.options) option.hidden = !option.dataset.words!.includes(words);
    this.empty.hidden = this.shown.length > 0;
  }

  private press(event: KeyboardEvent): void {
    const shown = this.shown;
    const at = shown.indexOf(this.options[this.active]!);
    const id = this.options[this.active]?.dataset.id;
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1, PageDown: at + 10, PageUp: at - 10 };
    if (event.key in steps && shown.length > 0) this.activate(shown[Math.max(0, Math.min(shown.length - 1, steps[event.key]!))]!);
    else if (event.key === "Enter" && id) this.actions.open(id);
    else if ((event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) && id) this.actions.menu(id, this.options[this.active]!);
    else return;
    event.preventDefault();
  }

  private activate(option: HTMLElement): void {
    this.actions.choose(option.dataset.id!);
  }

  private on(target: EventTarget | null, act: (id: string) => void): void {
    const option = (target as Element).closest<HTMLElement>("[role=option]");
    if (option) act(option.dataset.id!);
  }
}

function option(node: GraphNode, number: number, degree: number, asked: boolean): HTMLElement {
  return element(
    "li",
    { role: "option", id: `thing-${number}`, "aria-selected": "false", "data-id": node.id, "data-words": node.name.toLowerCase(), class: asked ? "asked" : null },
    element("span", { class: dotClass(node.type) }),
    element("span", { class: "name" }, node.name),
    element("span", { class: "quiet" }, counted(degree, "statement")),
  );
}
