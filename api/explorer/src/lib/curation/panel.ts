// The forms on the page of a thing, a statement or a result.

import { element, need } from "../dom";
import { ask, type Item } from "../service";
import { busily, failure, preview, told, type Wanted } from "./decide";
import { holder, token } from "./token";

interface Papers {
  total: number;
  papers: { id: string; title: string; published: string | null }[];
}

const MOST_PAPERS = 500;

/** Make the part `#curation` of a page work; without a token it only leads to where one is entered. */
export function attachPanel(root: HTMLElement): void {
  if (token() === null) return;
  const open = need<HTMLButtonElement>("button.open", root);
  const panel = need<HTMLElement>(".curation-panel", root);
  need<HTMLElement>("a.enter", root).hidden = true;
  open.hidden = false;
  open.addEventListener("click", () => {
    panel.hidden = !panel.hidden;
    open.setAttribute("aria-expanded", String(!panel.hidden));
    if (!panel.hidden) void sayWho(need(".holder", panel));
  });
  for (const form of panel.querySelectorAll("form")) attachForm(form, root, panel);
  const split = panel.querySelector<HTMLDetailsElement>("details.split");
  split?.addEventListener("toggle", () => void listPapers(split, root.dataset.node!), { once: true });
}

async function sayWho(place: HTMLElement): Promise<void> {
  try {
    const { name, expires } = await holder();
    place.textContent = `You decide as ${name}${expires === null ? "" : `, until ${expires.slice(0, 10)}`}.`;
  } catch (error) {
    place.replaceChildren(failure(error));
  }
}

function attachForm(form: HTMLFormElement, root: HTMLElement, panel: HTMLElement): void {
  const effect = need<HTMLElement>(".effect", form);
  form.querySelector<HTMLInputElement>("[name=into]")?.addEventListener("suggestion", (event) => {
    event.preventDefault();
    const input = event.target as HTMLInputElement;
    input.value = (event as CustomEvent<string>).detail;
  });
  form.addEventListener("input", () => effect.replaceChildren()); // what was shown was for another decision
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busily(need(".steps button", form), effect, async () => {
      const wanted = await read(form, root.dataset.node!);
      await preview(wanted, effect, (taken) => {
        panel.hidden = true;
        need<HTMLElement>(".curation-links", root).hidden = true;
        told(taken, need(".done", root));
      });
    });
  });
}

/** Return the decision that a form describes; a name is looked up. */
async function read(form: HTMLFormElement, node: string): Promise<Wanted> {
  const given = new FormData(form);
  const text = (name: string): string => String(given.get(name) ?? "").trim();
  const wanted: Wanted = { action: form.dataset.action!, node, reason: text("reason") };
  switch (wanted.action) {
    case "merge":
      wanted.into = (await ask<Item>(`/v1/entities/${encodeURIComponent(text("into"))}`)).id;
      break;
    case "split":
      wanted.papers = given.getAll("papers").map(String);
      wanted.name = text("name");
      break;
    case "retype":
      wanted.type = text("type");
      break;
    default:
      wanted.action = text("action");
  }
  return wanted;
}

async function listPapers(split: HTMLElement, node: string): Promise<void> {
  const place = need<HTMLElement>(".papers", split);
  const legend = need<HTMLElement>("legend", place);
  try {
    const limit = String(MOST_PAPERS);
    const found = await ask<Papers>(`/v1/entities/${encodeURIComponent(node)}/papers?${new URLSearchParams({ limit })}`);
    const more = found.total - found.papers.length;
    place.replaceChildren(
      legend,
      ...found.papers.map(({ id, title, published }) =>
        element(
          "label",
          {},
          element("input", { type: "checkbox", name: "papers", value: id }),
          element("span", {}, title, published !== null && element("span", { class: "quiet" }, ` ${published.slice(0, 4)}`)),
        ),
      ),
    );
    if (more > 0) place.append(element("p", { class: "quiet" }, `${more} older ones are not listed; kg split takes them by their ids.`));
  } catch (error) {
    place.replaceChildren(legend, failure(error));
  }
}
