// Suggestions under the search boxes while somebody types: a combobox as WAI-ARIA's authoring practices have it.
//
// A box with `data-pick` takes the name of what is chosen and sends its form; one with `data-plain` has no
// suggestions. Elsewhere a choice leads to the thing, or to the answer where a question was chosen.

import { element } from "./lib/dom";
import { addressOf, ask, type Item } from "./lib/service";

interface Suggestion {
  text: string;
  item: Item | null;
  papers: number;
}

const PAUSE = 120; // ms without a key before the service is asked
const SHORTEST = 2;

function attach(input: HTMLInputElement, number: number): void {
  const list = element("ul", { class: "suggestions", role: "listbox", id: `suggestions-${number}`, hidden: true, "aria-label": "Suggestions" });
  const said = element("p", { class: "hidden", role: "status" });
  input.after(list, said);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-controls": list.id, "aria-autocomplete": "list", "aria-expanded": "false", autocomplete: "off" }))
    input.setAttribute(name, value);
  const picks = "pick" in input.dataset;
  let waiting = 0;
  let asked: AbortController | undefined;
  let shown: Suggestion[] = [];
  let active = -1;

  function close(): void {
    clearTimeout(waiting);
    asked?.abort();
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(next: number): void {
    active = ((next + 1 + shown.length + 1) % (shown.length + 1)) - 1; // -1 is the text as typed
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
    const option = list.children[active];
    if (active < 0 || !option) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function option({ text, item, papers }: Suggestion, i: number): HTMLLIElement {
    const kind = item ? `${item.type.toLowerCase()}, ${papers} ${papers === 1 ? "paper" : "papers"}` : "ask";
    return element(
      "li",
      { role: "option", id: `${list.id}-${i}`, "aria-selected": "false" },
      element("span", { class: item ? `dot type-${item.type.toLowerCase()}` : "dot ask", "aria-hidden": "true" }),
      element("span", { class: "name" }, text),
      element("span", { class: "quiet" }, kind),
    );
  }

  function show(rows: Suggestion[]): void {
    shown = rows.filter(({ item }) => item || input.name === "q");
    list.replaceChildren(...shown.map(option));
    list.hidden = shown.length === 0;
    active = -1;
    input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-expanded", String(!list.hidden));
    said.textContent = shown.length ? `${shown.length} suggestions` : "No suggestions";
  }

  /** Take what was chosen to where it belongs; a page may have a use of its own for a thing. */
  function choose({ text, item }: Suggestion): void {
    close();
    if (item) {
      const event = new CustomEvent<string>("suggestion", { detail: item.id, bubbles: true, cancelable: true });
      if (!input.dispatchEvent(event)) return;
    }
    if (!picks) return location.assign(item ? addressOf(item.id) : `/?${new URLSearchParams({ q: text })}`);
    input.value = text;
    if (input.form?.reportValidity()) input.form.requestSubmit();
  }

  async function look(): Promise<void> {
    asked?.abort();
    const q = input.value.trim();
    if (q.length < SHORTEST) return close();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const { rows } = await ask<{ rows: Suggestion[] }>(`/v1/suggest?${new URLSearchParams({ q })}`, { signal });
      if (!signal.aborted) show(rows);
    } catch (error) {
      if (!(error instanceof DOMException)) close(); // the box still works without suggestions
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void look(), PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    const chosen = shown[active];
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(active + 1);
    else if (event.key === "ArrowUp") mark(active - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen) choose(chosen);
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", () => window.setTimeout(close, 150));
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const chosen = (event.target as Element).closest("[role=option]");
    const suggestion = shown[[...list.children].findIndex((each) => each === chosen)];
    if (suggestion) choose(suggestion);
  });
}

/** Say on the button that an answer is on its way; a page that comes back from the history is as it was. */
function tellOfWaiting(form: HTMLFormElement): void {
  const button = form.querySelector("button");
  if (!button || form.method !== "get") return;
  form.addEventListener("submit", () => button.setAttribute("aria-busy", "true"));
  window.addEventListener("pageshow", () => button.removeAttribute("aria-busy"));
}

/** A heading that an address names inside closed details is shown: they open. */
function openTarget(): void {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target) target.closest("details")?.setAttribute("open", "");
}

document.querySelectorAll<HTMLInputElement>("input[type=search]:not([data-plain])").forEach(attach);
document.querySelectorAll("form").forEach(tellOfWaiting);
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
window.addEventListener("hashchange", openTarget);
openTarget();
