// A menu beside what it is about, as WAI-ARIA's authoring practices have it.

import { element } from "../dom";
import type { Point } from "./data";

export interface MenuItem {
  words: string;
  act: () => void;
}

/** Open a menu at a place in the window; the focus comes back to where it was. */
export function openMenu(items: readonly MenuItem[], at: Point, about: string): void {
  const before = document.activeElement as HTMLElement | null;
  const buttons = items.map(({ words }) => element("button", { type: "button", role: "menuitem", tabindex: -1 }, words));
  const menu = element("div", { class: "graph-menu", role: "menu", "aria-label": about }, ...buttons);
  const close = (): void => {
    document.removeEventListener("pointerdown", outside, true);
    menu.remove();
    before?.focus();
  };
  const outside = (event: Event): void => {
    if (!menu.contains(event.target as Node)) close();
  };
  buttons.forEach((button, i) =>
    button.addEventListener("click", () => {
      close();
      items[i]!.act();
    }),
  );
  menu.addEventListener("keydown", (event) => press(event, buttons, close));
  menu.addEventListener("contextmenu", (event) => event.preventDefault());
  document.addEventListener("pointerdown", outside, true);
  document.body.append(menu);
  menu.style.left = `${Math.max(4, Math.min(at.x, innerWidth - menu.offsetWidth - 4))}px`;
  menu.style.top = `${Math.max(4, Math.min(at.y, innerHeight - menu.offsetHeight - 4))}px`;
  buttons[0]?.focus();
}

function press(event: KeyboardEvent, buttons: HTMLElement[], close: () => void): void {
  const at = buttons.indexOf(document.activeElement as HTMLElement);
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1 + buttons.length, Home: 0, End: buttons.length - 1 };
  if (event.key in steps) buttons[steps[event.key]! % buttons.length]!.focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else return;
  event.preventDefault();
}
