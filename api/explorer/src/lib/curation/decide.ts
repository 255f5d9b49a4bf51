// Deciding something in three steps: see what it changes, confirm, and take it back if it was a mistake.

import { element } from "../dom";
import { addressOf } from "../service";
import { inWords, needsToken, send } from "./token";

/** A decision to send to `/v1/decisions`. */
export interface Wanted {
  action: string;
  node: string;
  reason: string;
  [field: string]: string | string[];
}

interface Change {
  into: string;
  joins: boolean;
  summary: string[];
}

interface Taken {
  decision: { number: number; action: string; about: string; into: string };
  shown: boolean;
}

const DONE: Record<string, string> = {
  merge: "Merged",
  split: "Split",
  retype: "Retyped",
  accept: "Accepted",
  reject: "Rejected",
};

const busy = new WeakSet<HTMLButtonElement>();

/** Run some work with a button shown as busy; return whether it went well, a failure being told in `place`. */
export async function busily(button: HTMLButtonElement, place: HTMLElement, work: () => Promise<void>): Promise<boolean> {
  if (busy.has(button)) return false;
  busy.add(button);
  button.setAttribute("aria-busy", "true");
  place.replaceChildren();
  try {
    await work();
    return true;
  } catch (error) {
    place.replaceChildren(failure(error));
    return false;
  } finally {
    busy.delete(button);
    button.removeAttribute("aria-busy");
  }
}

/** Tell what went wrong, and lead to where a token is entered if that is what is missing. */
export function failure(error: unknown): HTMLElement {
  const then = location.pathname + location.search;
  const enter = needsToken(error) && location.pathname !== "/curate";
  return element(
    "p",
    { class: "flag", role: "alert" },
    inWords(error),
    enter && " ",
    enter && element("a", { href: `/curate?${new URLSearchParams({ then })}` }, "Enter a token that holds"),
  );
}

/** Show in `effect` what a decision would change, with a button that takes it; `done` is told when it is taken. */
export async function preview(wanted: Wanted, effect: HTMLElement, done: (taken: Taken) => void): Promise<void> {
  const change = await send<Change>("/v1/decisions/preview", wanted);
  const confirm = element("button", { type: "button" }, `Confirm: ${wanted.action}`);
  const cancel = element("button", { type: "button", class: "plain" }, "Cancel");
  const said = element("div");
  const joins = `${change.into} is there already: the two become one.`;
  cancel.addEventListener("click", () => effect.replaceChildren());
  confirm.addEventListener("click", () => {
    void busily(confirm, said, async () => done(await send<Taken>("/v1/decisions", wanted)));
  });
  effect.replaceChildren(
    element("p", {}, "What changes:"),
    change.summary.length > 0
      ? element("ul", {}, ...change.summary.map((line) => element("li", {}, line)))
      : element("p", {}, "Nothing but the record of the decision."),
    ...(change.joins ? [element("p", {}, joins)] : []),
    element("p", { class: "steps" }, confirm, cancel),
    said,
  );
  confirm.focus();
}

/** Tell in `place` that a decision was taken, with a way to take it back and ways on. */
export function told(taken: Taken, place: HTMLElement): void {
  const { number, action, about, into } = taken.decision;
  const undo = element("button", { type: "button", class: "plain" }, "Undo");
  const said = element("div");
  undo.addEventListener("click", () => {
    void busily(undo, said, async () => {
      const back = await takeBack(number, "");
      place.replaceChildren(notice(`Taken back by decision ${back}: the graph is as it was.`, reload()));
      place.focus();
    });
  });
  const later = taken.shown ? "" : " Another process is writing the graph; this shows when it is done.";
  place.replaceChildren(
    notice(
      `${DONE[action] ?? action}: ${about}. It is decision ${number}.${later}`,
      undo,
      into !== "" && element("a", { href: addressOf(into) }, `Open ${into}`),
      action !== "reject" && action !== "merge" && action !== "retype" && reload(),
      element("a", { href: `/decisions#decision-${number}` }, "All decisions"),
    ),
    said,
  );
  place.tabIndex = -1;
  place.focus();
}

/** Take a decision back and return the number of the decision that does so. */
export async function takeBack(number: number, reason: string): Promise<number> {
  const taken = await send<Taken>(`/v1/decisions/${number}/undo`, { reason });
  return taken.decision.number;
}

function notice(text: string, ...ways: (HTMLElement | false)[]): HTMLElement {
  return element("div", { class: "notice" }, element("p", {}, text), element("p", { class: "steps" }, ...ways));
}

function reload(): HTMLElement {
  return element("a", { href: location.pathname + location.search }, "Load this page again");
}
