// Correcting the graph, for whoever has entered a token in this tab.

import "./curate.css";
import { attachPanel } from "./lib/curation/panel";
import { attachHistory, attachToken } from "./lib/curation/session";

const parts: Record<string, (root: HTMLElement) => void> = {
  "#curation": attachPanel,
  "#token": attachToken,
  "#decisions": attachHistory,
};

for (const [selector, attach] of Object.entries(parts)) {
  const root = document.querySelector<HTMLElement>(selector);
  if (root) attach(root);
}
