// The Cypher editor: CodeMirror 6, with labels, types and properties from the ontology.

import { need } from "./lib/dom";
import { makeCypherEditor } from "./lib/editor/codemirror";
import "./lib/editor/editor.css";
import { runInPlace } from "./lib/editor/running";

const form = need<HTMLFormElement>("form.editor");
const box = need<HTMLTextAreaElement>("[name=query]", form);
const editor = makeCypherEditor(box, () => page.run());

/** Say what is wrong with parameters before they are sent. */
function faultOf(text: string): string | null {
  if (!text.trim()) return null;
  try {
    const values: unknown = JSON.parse(text);
    if (typeof values === "object" && values !== null && !Array.isArray(values)) return null;
    return "The parameters are to be an object in JSON, with a value for each name.";
  } catch (error) {
    return `The parameters are no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const page = runInPlace(form, editor, {
  check: (fields) => faultOf(String(fields.get("parameters"))),
  download(fields, mediaType) {
    const parameters: unknown = JSON.parse(fields.get("parameters") || "{}");
    const body = JSON.stringify({ statement: fields.get("query"), parameters });
    return new Request("/cypher", { method: "POST", body, headers: { Accept: mediaType, "Content-Type": "application/json" } });
  },
});
