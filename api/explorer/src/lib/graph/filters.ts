// The filters beside the picture: a form that works by itself, and here at once.

import { need } from "../dom";
import type { Found } from "./data";
import { withValues } from "./address";

const PAUSE = 200; // ms without a change before the service is asked
const PLAIN: Record<string, string> = { depth: "1", limit: "300", belief: "0", from: "", to: "" };
const CHECKED = ["type", "predicate"];

/** Ties a form to addresses: `changed` gets the address that the form then says. */
export class Filters {
  private waiting = 0;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly now: () => URLSearchParams,
    private readonly changed: (asked: URLSearchParams) => void,
  ) {
    form.addEventListener("input", () => {
      this.sayBelief();
      clearTimeout(this.waiting);
      this.waiting = window.setTimeout(() => this.changed(this.read()), PAUSE);
    });
    form.addEventListener("submit", (event) => {
      stay(event);
      clearTimeout(this.waiting);
      this.changed(this.read());
    });
    form.addEventListener("click", ({ target }) => {
      const only = (target as Element).closest<HTMLButtonElement>("button[data-only]");
      if (only) this.toggleOnly(only);
    });
  }

  /** Make the form say what an address says. */
  show(asked: URLSearchParams): void {
    for (const [name, plain] of Object.entries(PLAIN)) this.field(name).value = asked.get(name) ?? plain;
    for (const name of CHECKED) {
      const wanted = asked.getAll(name);
      for (const box of this.boxes(name)) box.checked = wanted.length === 0 || wanted.includes(box.value);
    }
    this.sayBelief();
  }

  /** Say beside each type and predicate how often it is in the picture. */
  count(found: Found): void {
    const counts = new Map<string, number>();
    for (const word of [...found.nodes.map(({ type }) => type), ...found.edges.map(({ predicate }) => predicate)])
      counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const name of CHECKED)
      for (const box of this.boxes(name))
        need(".count", box.closest("li")!).textContent = counts.get(box.value)?.toLocaleString("en") ?? "";
  }

  /** Return an address without filters. */
  cleared(asked: URLSearchParams): URLSearchParams {
    return [...CHECKED, ...Object.keys(PLAIN)].reduce((next, name) => withValues(next, name, []), asked);
  }

  private read(): URLSearchParams {
    let next = this.cleared(this.now());
    for (const name of CHECKED) {
      const boxes = this.boxes(name);
      const wanted = boxes.filter((box) => box.checked).map((box) => box.value);
      if (wanted.length < boxes.length) next = withValues(next, name, wanted);
    }
    for (const [name, plain] of Object.entries(PLAIN)) {
      const field = this.field(name);
      if (field.value !== plain && field.checkValidity()) next.set(name, field.value);
    }
    return next;
  }

  /** Check one box of its kind alone, or all again. */
  private toggleOnly(button: HTMLButtonElement): void {
    const chosen = need<HTMLInputElement>("input", button.closest("li")!);
    const boxes = this.boxes(chosen.name);
    const alone = boxes.every((box) => box.checked === (box === chosen));
    for (const box of boxes) box.checked = alone || box === chosen;
    this.changed(this.read());
  }

  private sayBelief(): void {
    need("output", this.form).textContent = `${Math.round(100 * Number(this.field("belief").value))}%`;
  }

  private field(name: string): HTMLInputElement | HTMLSelectElement {
    return need<HTMLInputElement | HTMLSelectElement>(`[name=${name}]`, this.form);
  }

  private boxes(name: string): HTMLInputElement[] {
    return [...this.form.querySelectorAll<HTMLInputElement>(`input[name=${name}]`)];
  }
}

/** Keep the page from being left for what a form asks; what says that it is being left is taken back. */
export function stay(event: SubmitEvent): void {
  event.preventDefault();
  (event.currentTarget as HTMLElement).querySelector("[aria-busy]")?.removeAttribute("aria-busy");
}
