// Running the query of an editor's page in place: its form, what it says meanwhile, and the answer that comes.
//
// The service answers with the page that a plain form would have got; the answer in it takes the former one's
// place, so that there is one way in which answers look.

import { need } from "../dom";
import { ServiceError } from "../service";
import { drawIn, stopDrawing } from "./drawing";

/** The editor in place of the form's text box. */
export interface Editor {
  text(): string;
  setText(text: string): void;
  /** Mark a place, both counted from 1. */
  mark(line: number, column: number | undefined): void;
  unmark(): void;
}

/** What a page's query language adds. */
export interface Language {
  /** Say what is wrong with the form before it is sent, null if nothing is. */
  check(form: FormData): string | null;
  /** Make the request for an answer as a file. */
  download(form: URLSearchParams, mediaType: string): Request;
}

const LONGEST = 50_000; // characters of an address that servers still take
const GONE = "The service does not answer. Is kg serve still running? Start it again, then run the query again.";

/** Let a form run its query in place. */
export function runInPlace(form: HTMLFormElement, editor: Editor, language: Language): { run(): void } {
  const button = need<HTMLButtonElement>(".run", form);
  const stop = need<HTMLButtonElement>(".stop", form);
  const state = need<HTMLElement>(".state", form);
  const box = need<HTMLTextAreaElement>("[name=query]", form);
  let running: AbortController | undefined;
  let shown = new URLSearchParams(location.search);

  need<HTMLElement>(".keys", form).hidden = false;
  prepare();

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void run(true);
  });
  stop.addEventListener("click", () => running?.abort());
  addEventListener("popstate", () => {
    const asked = new URLSearchParams(location.search);
    for (const [name, value] of asked) {
      const field = form.elements.namedItem(name);
      if (field instanceof HTMLTextAreaElement) field.value = value;
    }
    editor.setText(box.value);
    void run(false);
  });

  async function run(remember: boolean): Promise<void> {
    if (button.disabled) return;
    box.value = editor.text();
    const fault = language.check(new FormData(form));
    if (fault) return say(fault);
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== "") as [string, string][]);
    const address = `${form.getAttribute("action")}?${fields}`;
    if (address.length > LONGEST) return say("This query is too long for an address; send it with kg query FILE.");
    running?.abort();
    const mine = (running = new AbortController());
    begin();
    try {
      await show(await pageAt(address, mine.signal));
      if (remember && address !== location.pathname + location.search) history.pushState(null, "", address);
      shown = fields;
    } catch (error) {
      if (mine === running) fail(error);
    } finally {
      if (mine === running) end();
    }
  }

  function begin(): void {
    editor.unmark();
    need("#answer").setAttribute("aria-busy", "true");
    button.setAttribute("aria-busy", "true");
    stop.hidden = false;
    say("Running …");
  }

  function end(): void {
    need("#answer").removeAttribute("aria-busy");
    button.removeAttribute("aria-busy");
    stop.hidden = true;
  }

  function fail(error: unknown): void {
    const stopped = error instanceof DOMException && error.name === "AbortError";
    stopDrawing();
    need("#answer").replaceChildren();
    say(stopped ? "Stopped waiting for the answer." : error instanceof ServiceError ? error.message : GONE);
  }

  async function show(page: Document): Promise<void> {
    stopDrawing();
    need("#answer").replaceWith(document.adoptNode(need("#answer", page)));
    prepare();
    // The answer's own heading shows it; this tells whoever does not see it.
    state.classList.add("hidden");
    state.textContent = document.querySelector("#answer-title")?.textContent?.trim() ?? "";
  }

  function prepare(): void {
    const answer = need<HTMLElement>("#answer");
    const fault = answer.querySelector<HTMLElement>("[data-line]");
    if (fault) editor.mark(Number(fault.dataset.line), Number(fault.dataset.column) || undefined);
    const save = answer.querySelector<HTMLElement>(".save");
    if (save) save.hidden = false;
    for (const each of answer.querySelectorAll<HTMLButtonElement>("[data-save]"))
      each.addEventListener("click", () => void download(each.dataset.save!, each.dataset.name!));
    const drawn = answer.querySelector<HTMLElement>("[data-graph]");
    if (drawn) void drawIn(drawn);
  }

  async function download(mediaType: string, name: string): Promise<void> {
    try {
      const response = await fetch(language.download(shown, mediaType));
      if (!response.ok) throw new ServiceError(`The download failed: the service answered ${response.status}.`, response.status);
      offer(await response.blob(), name);
    } catch (error) {
      say(error instanceof ServiceError ? error.message : GONE);
    }
  }

  function say(words: string): void {
    state.classList.remove("hidden");
    state.textContent = words;
  }

  return { run: () => void run(true) };
}

async function pageAt(address: string, signal: AbortSignal): Promise<Document> {
  const response = await fetch(address, { signal, headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (page.querySelector("#answer")) return page;
  throw new ServiceError(page.querySelector(".problem p:not(.quiet)")?.textContent ?? `The service answered ${response.status}.`, response.status);
}

function offer(body: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(body);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
