// CodeMirror for Cypher, in a shadow tree: there it needs no inline style, so that the page's policy stays strict.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { cypher } from "@codemirror/legacy-modes/mode/cypher";
import { StateEffect, StateField, Prec } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, type DecorationSet } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { cypherWords } from "./cypher_words";
import type { Editor } from "./running";
import { wordsOf } from "./words";

const LOOK = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--raised)", border: "1px solid var(--edge)", borderRadius: "var(--round)", fontSize: ".93rem" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", minHeight: "11rem" },
  ".cm-content": { padding: ".7rem 0", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--quiet)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--quiet) 9%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--link) 30%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--link) 25%, transparent)" },
  ".faulty": { backgroundColor: "color-mix(in srgb, var(--bad) 18%, transparent) !important" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", border: "1px solid var(--line)", borderRadius: "6px", color: "var(--ink)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: ".88rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".15rem .5rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--link)", color: "var(--raised)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionDetail": { fontFamily: "var(--sans)", fontStyle: "normal", opacity: ".8" },
  ".cm-tooltip.cm-completionInfo": { padding: ".4rem .6rem", fontFamily: "var(--sans)", fontSize: ".88rem", maxWidth: "22rem" },
});

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--link)", fontWeight: "600" },
  { tag: [tags.string, tags.number], color: "var(--good)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.atom, tags.standard(tags.variableName), tags.definition(tags.variableName)], color: "var(--bad)" },
]);

// What Chrome types over a selection it keeps in the look of what stood there, by an inline style. The page's
// policy forbids that, and the browser would report it.
const typeOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== "insertText" || event.data === null || event.isComposing || view.state.selection.main.empty) return false;
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  },
});

const setFaulty = StateEffect.define<number | null>();

const faultyLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, change) {
    for (const effect of change.effects)
      if (effect.is(setFaulty)) return effect.value === null ? Decoration.none : Decoration.set([Decoration.line({ class: "faulty" }).range(effect.value)]);
    return shown.map(change.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Put an editor in the place of a text box. */
export function makeCypherEditor(box: HTMLTextAreaElement, run: () => void): Editor {
  const place = document.createElement("div");
  place.className = "codemirror";
  box.before(place);
  box.hidden = true;
  const view = new EditorView({
    doc: box.value,
    parent: place.attachShadow({ mode: "open" }),
    extensions: [
      Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }])),
      // No key for indenting: Tab has to lead on, or the keyboard is caught in the editor.
      keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
      [lineNumbers(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), closeBrackets(), EditorView.lineWrapping],
      [StreamLanguage.define(cypher), syntaxHighlighting(COLOURS), LOOK, faultyLine, typeOver],
      autocompletion({ override: [cypherWords(wordsOf("cypher").catch(() => []))], icons: false }),
      EditorView.contentAttributes.of({ "aria-label": box.getAttribute("aria-label")!, spellcheck: "false" }),
    ],
  });
  return {
    text: () => view.state.doc.toString(),
    setText: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    mark(line) {
      if (line <= view.state.doc.lines) view.dispatch({ effects: setFaulty.of(view.state.doc.line(line).from) });
    },
    unmark: () => view.dispatch({ effects: setFaulty.of(null) }),
  };
}
