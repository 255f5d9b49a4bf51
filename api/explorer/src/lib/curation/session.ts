// The page on which a token is entered, and the buttons of the history.

import { element, need } from "../dom";
import { busily, failure, takeBack } from "./decide";
import { enter, forget, holder, token, type Holder } from "./token";

/** Make the page `/curate` work. */
export function attachToken(root: HTMLElement): void {
  const form = need<HTMLFormElement>("form.token", root);
  const held = need<HTMLElement>(".held", root);
  const said = need<HTMLElement>(".said", root);

  function show(who: Holder | null): void {
    form.hidden = who !== null;
    held.hidden = who === null;
    if (who !== null) {
      const until = who.expires === null ? "" : ` The token holds until ${who.expires.slice(0, 10)}.`;
      need<HTMLElement>(".who", held).textContent = `You decide as ${who.name}, in this tab.${until} Open a thing, a statement or a result, and choose “Correct it”.`;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const field = need<HTMLInputElement>("[name=token]", form);
    void busily(need("button", form), said, async () => {
      const who = await enter(field.value.trim());
      field.value = "";
      if (root.dataset.then !== undefined) location.assign(root.dataset.then);
      else show(who);
    });
  });
  need("button.forget", held).addEventListener("click", () => {
    forget();
    show(null);
  });
  void begin();

  async function begin(): Promise<void> {
    if (token() === null) return show(null);
    try {
      show(await holder());
    } catch (error) {
      show(null);
      said.replaceChildren(failure(error));
    }
  }
}

/** Let whoever has a token take decisions of the history back. */
export function attachHistory(list: HTMLElement): void {
  if (token() === null) return;
  for (const way of document.querySelectorAll<HTMLElement>("main .enter")) way.hidden = true;
  for (const button of list.querySelectorAll<HTMLButtonElement>("button.undo")) {
    button.hidden = false;
    button.addEventListener("click", () => ask(button));
  }
}

function ask(button: HTMLButtonElement): void {
  const number = Number(button.dataset.number);
  const field = element("input", { type: "text", id: `reason-${number}`, maxlength: 2000, placeholder: "Why, kept in the history" });
  const confirm = element("button", {}, `Take decision ${number} back`);
  const cancel = element("button", { type: "button", class: "plain" }, "Cancel");
  const said = element("div");
  const form = element(
    "form",
    { class: "undoing" },
    element("label", { for: field.id }, "Reason"),
    field,
    element("p", { class: "steps" }, confirm, cancel),
    said,
  );
  button.hidden = true;
  button.closest("li")!.append(form);
  field.focus();
  cancel.addEventListener("click", () => {
    form.remove();
    button.hidden = false;
    button.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busily(confirm, said, async () => {
      const taken = await takeBack(number, field.value.trim());
      location.assign(`${location.pathname}${location.search}#decision-${taken}`);
      location.reload();
    });
  });
}
