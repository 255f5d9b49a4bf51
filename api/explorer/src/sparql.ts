// The SPARQL editor: YASQE, the editor of YASGUI, over this service alone. Nothing is stored and nothing is asked
// of other machines: its own completers, which ask prefix.cc and Linked Open Vocabularies, are not taken.

import Yasqe from "@zazuko/yasqe";
import "@zazuko/yasqe/build/yasqe.min.css";
import { need } from "./lib/dom";
import "./lib/editor/editor.css";
import { completers } from "./lib/editor/sparql_words";
import { runInPlace, type Editor } from "./lib/editor/running";
import { wordsOf } from "./lib/editor/words";

const form = need<HTMLFormElement>("form.editor");
const box = need<HTMLTextAreaElement>("[name=query]", form);

/** Let the editor know the prefixes that the service knows, or it takes each that is not declared for an error. */
function knowPrefixes(yasqe: Yasqe): void {
  const known = JSON.parse(form.dataset.prefixes!) as Record<string, string>;
  const mode = yasqe.getDoc().getMode() as { startState: () => object };
  const begin = mode.startState;
  mode.startState = () => ({ ...begin(), prefixes: { ...known } });
}

function makeEditor(run: () => void): Yasqe {
  const own = completers(wordsOf("sparql").catch(() => []));
  for (const each of own) Yasqe.registerAutocompleter(each, false);
  Yasqe.defaults.viewportMargin = Infinity; // the box grows with the query
  // Lists are merged into the defaults by place, so the defaults are what has to be set.
  Yasqe.defaults.autocompleters = ["variables", ...own.map((each) => each.name)];
  const place = document.createElement("div");
  box.before(place);
  box.hidden = true;
  const yasqe = new Yasqe(place, {
    persistenceId: null,
    consumeShareLink: null,
    showQueryButton: false,
    resizeable: false,
    editorHeight: "auto",
  });
  // Tab has to lead on, or the keyboard is caught in the editor.
  yasqe.addKeyMap({ "Ctrl-Enter": run, "Cmd-Enter": run, "Ctrl-S": () => undefined, Tab: false, "Shift-Tab": false });
  knowPrefixes(yasqe);
  yasqe.setValue(box.value);
  yasqe.getDoc().clearHistory();
  yasqe.getInputField().setAttribute("aria-label", box.getAttribute("aria-label")!);
  yasqe.on("autocompletionShown", () => need(".CodeMirror-hints", place).setAttribute("aria-label", "Completions"));
  return yasqe;
}

const yasqe: Yasqe = makeEditor(() => page.run());
let marked: number | undefined;

const editor: Editor = {
  text: () => yasqe.getValue(),
  setText: (text) => yasqe.setValue(text),
  mark(line) {
    marked = line - 1;
    yasqe.getDoc().addLineClass(marked, "background", "faulty");
  },
  unmark() {
    if (marked !== undefined) yasqe.getDoc().removeLineClass(marked, "background", "faulty");
    marked = undefined;
  },
};

const page = runInPlace(form, editor, {
  check: () => null,
  download: (fields, mediaType) => new Request("/sparql", { method: "POST", body: fields, headers: { Accept: mediaType } }),
});
