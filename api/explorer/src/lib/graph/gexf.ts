// The graph as GEXF 1.3, with the places and colours that the picture has, for Gephi.

import type { Found, Point } from "./data";
import type { Palette } from "./palette";
import { escaped } from "./picture";

/** Return what is shown as GEXF. */
export function toGexf(found: Found, places: ReadonlyMap<string, Point>, palette: Palette): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3">',
    `<meta><creator>AlignKG</creator><description>${escaped(found.note)}</description></meta>`,
    '<graph defaultedgetype="directed">',
    attributes("node", [["type", "string"], ["papers", "integer"]]),
    attributes("edge", [["predicate", "string"], ["belief", "double"], ["papers", "integer"], ["first_year", "integer"], ["last_year", "integer"]]),
    "<nodes>",
    ...found.nodes.map((node) => {
      const { x, y } = places.get(node.id)!;
      const [red, green, blue] = [1, 3, 5].map((i) => Number.parseInt(palette.ofType(node.type).slice(i, i + 2), 16));
      const shown = `<viz:position x="${x.toFixed(2)}" y="${y.toFixed(2)}" z="0"/><viz:color r="${red}" g="${green}" b="${blue}"/>`;
      return `<node id="${escaped(node.id)}" label="${escaped(node.name)}">${values(node, ["type", "papers"])}${shown}</node>`;
    }),
    "</nodes>",
    "<edges>",
    ...found.edges.map((edge) => {
      const ends = `source="${escaped(edge.source)}" target="${escaped(edge.target)}"`;
      return `<edge id="${escaped(edge.id)}" ${ends} label="${escaped(edge.label)}" weight="${edge.belief}">${values(edge, ["predicate", "belief", "papers", "first_year", "last_year"])}</edge>`;
    }),
    "</edges>",
    "</graph>",
    "</gexf>",
  ].join("\n");
}

function attributes(kind: "node" | "edge", names: [name: string, type: string][]): string {
  const each = names.map(([name, type]) => `<attribute id="${name}" title="${name}" type="${type}"/>`);
  return `<attributes class="${kind}">${each.join("")}</attributes>`;
}

function values<T extends object>(of: T, names: (keyof T & string)[]): string {
  const known = names.filter((name) => of[name] !== null && of[name] !== undefined);
  return `<attvalues>${known.map((name) => `<attvalue for="${name}" value="${escaped(String(of[name]))}"/>`).join("")}</attvalues>`;
}
