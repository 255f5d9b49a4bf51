// Suggestions under the search boxes while a name is typed: a combobox as WAI-ARIA's authoring practices have it.

import { element } from "./lib/dom";
import { addressOf, ask, type Item } from "./lib/service";

interface Found {
  rows: { subject: Item; papers: number }[];
}

const PAUSE = 120; // ms without a key before the service is asked
const MOST = 8;

function attach(input: HTMLInputElement, number: number): void {
  const list = element("ul", { class: "suggestions", role: "listbox", id: `suggestions-${number}`, hidden: true, "aria-label": "Suggestions" });
  input.insertAdjacentElement("afterend", list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-controls": list.id, "aria-autocomplete": "list", autocomplete: "off" }))
    input.setAttribute(name, value);
  let waiting = 0;
  let asked: AbortController | undefined;
  let active = -1;

  function close(): void {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(next: number): void {
    const options = [...list.children];
    active = ((next + 1 + options.length + 1) % (options.length + 1)) - 1; // -1 is the text as typed
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", options[active]!.id);
  }

  function show(found: Found): void {
    list.replaceChildren(
      ...found.rows.map(({ subject, papers }, i) =>
        element(
          "li",
          { role: "option", id: `${list.id}-${i}`, "aria-selected": "false", "data-id": subject.id },
          element("span", { class: `dot type-${subject.type.toLowerCase()}` }),
          element("span", { class: "name" }, subject.name),
          element("span", { class: "quiet" }, `${subject.type.toLowerCase()}, ${papers} ${papers === 1 ? "paper" : "papers"}`),
        ),
      ),
    );
    list.hidden = found.rows.length === 0;
    active = -1;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }

  /** Go to what was chosen, unless the page has another use for it. */
  function choose(option: HTMLElement): void {
    const { id } = option.dataset;
    close();
    const event = new CustomEvent<string>("suggestion", { detail: id!, bubbles: true, cancelable: true });
    if (input.dispatchEvent(event)) location.assign(addressOf(id!));
  }

  async function look(): Promise<void> {
    asked?.abort();
    const text = input.value.trim();
    if (text.length < 2) return close();
    asked = new AbortController();
    try {
      show(await ask<Found>(`/v1/search?${new URLSearchParams({ q: text, limit: String(MOST) })}`, { signal: asked.signal }));
    } catch (error) {
      if (!(error instanceof DOMException)) close(); // the box still works without suggestions
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void look(), PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(active + 1);
    else if (event.key === "ArrowUp") mark(active - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && active >= 0) choose(list.children[active] as HTMLElement);
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", () => window.setTimeout(close, 150));
  list.addEventListener("pointerdown", (event) => {
    const option = (event.target as Element).closest<HTMLElement>("[role=option]");
    if (option) choose(option);
  });
}

document.querySelectorAll<HTMLInputElement>("input[type=search]").forEach(attach);
