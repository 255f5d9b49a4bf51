// How nodes and arrows look: plain, near what is looked at, and out of the way.

import { extremityArrow, layerFill, layerPlain, pathCurved, pathLine, pathLoop, sdfCircle } from "sigma/rendering";
import type { StylesDeclaration } from "sigma/types";
import type { Palette } from "./palette";

export interface NodeLook {
  x: number;
  y: number;
  size: number;
  kind: string;
  label: string;
  marked: boolean;
  leftward: boolean; // its label stands on its left, away from the middle
  [other: string]: unknown;
}

export interface EdgeLook {
  size: number;
  label: string;
  marked: boolean;
  [other: string]: unknown;
}

/** What a node or an arrow is to what is looked at: `isNear` is that itself, and what it is joined to. */
export interface Nearness {
  isNear: boolean;
  isChosen: boolean;
}

/** Whether anything is looked at, so that all else steps back, and whether its arrows are few enough to be named. */
export interface Focus {
  isFocused: boolean;
  namesArrows: boolean;
}

export const PRIMITIVES = {
  nodes: { shapes: [sdfCircle()], layers: [layerFill()] },
  edges: {
    paths: [pathLine(), pathCurved(), pathLoop()],
    extremities: [extremityArrow({ lengthRatio: 6, widthRatio: 4 })],
    layers: [layerPlain()],
  },
};

const FAINT = 0.16;
const FONT = '"DejaVu Sans", "Segoe UI", Roboto, "Helvetica Neue", sans-serif';

export type Styles = StylesDeclaration<NodeLook, EdgeLook, Nearness, Nearness, Focus>;

/** What the styles go by, read anew for each element; in a `small` graph every label is shown. */
export interface Manner {
  palette: Palette;
  small: boolean;
}

/** Return styles that follow a manner wherever it goes. */
export function stylesIn(manner: Manner): Styles {
  return {
    nodes: {
      x: { attribute: "x" },
      y: { attribute: "y" },
      size: (look, state) => look.size * (state.isHovered || state.isChosen ? 1.25 : 1),
      color: (look) => manner.palette.ofType(look.kind),
      opacity: (_, state, graph) => (graph.isFocused && !state.isNear ? FAINT : 1),
      depth: { whenState: "isNear", then: "topNodes", else: "nodes" },
      cursor: "pointer",
      label: { attribute: "label" },
      labelFont: FONT,
      labelSize: (look, state) => (look.marked || state.isChosen ? 14 : 12),
      labelColor: () => manner.palette.ink,
      labelBackgroundColor: () => `${manner.palette.paper}cc`,
      labelBackgroundPadding: 1,
      labelPosition: (look) => (look.leftward ? "left" : "right"),
      labelVisibility: (look, state, graph) => {
        if (state.isHovered || state.isChosen || (look.marked && !graph.isFocused)) return "visible";
        if (graph.isFocused) return state.isNear ? (manner.small ? "visible" : "auto") : "hidden";
        return manner.small ? "visible" : "auto";
      },
      backdropVisibility: { whenState: "isChosen", then: "visible", else: "hidden" },
      backdropColor: () => manner.palette.paper,
      backdropBorderColor: () => manner.palette.accent,
      backdropBorderWidth: 2,
      backdropShadowBlur: 0,
      backdropPadding: 4,
    },
    edges: {
      path: "straight",
      parallelPath: "curved",
      selfLoopPath: "loop",
      head: "arrow",
      size: (look, state) => look.size * (state.isChosen || state.isHovered ? 2 : 1),
      color: (look, state) => (look.marked || state.isChosen || state.isHovered ? manner.palette.accent : manner.palette.quiet),
      opacity: (look, state, graph) => (graph.isFocused ? (state.isNear ? 0.9 : 0.07) : look.marked ? 0.95 : 0.42),
      depth: { whenState: "isNear", then: "topEdges", else: "edges" },
      cursor: "pointer",
      label: { attribute: "label" },
      labelFont: FONT,
      labelSize: 11,
      labelColor: () => manner.palette.ink,
      labelBackgroundColor: () => `${manner.palette.paper}e6`,
      labelVisibility: (look, state, graph) =>
        state.isChosen || state.isHovered || (graph.isFocused ? state.isNear && graph.namesArrows : look.marked) ? "visible" : "hidden",
    },
  };
}
