// The page's colours for where CSS does not reach: WebGL, and saved pictures. The types' come from the ontology.

import "./palette.css";

export interface Palette {
  ink: string;
  quiet: string;
  line: string;
  paper: string;
  accent: string;
  ofType: (type: string) => string;
}

/** Read the colours as the page shows them now, in light or in dark. */
export function readPalette(): Palette {
  const known = new Map<string, string>();
  const ofType = (type: string): string => {
    const colour = known.get(type) ?? typeColour(type);
    known.set(type, colour);
    return colour;
  };
  const [ink, quiet, line, paper, accent] = ["ink", "quiet", "line", "paper", "link"].map((name) => resolved(`var(--${name})`));
  return { ink: ink!, quiet: quiet!, line: line!, paper: paper!, accent: accent!, ofType };
}

/** Return the classes of a dot in the colour of a type; a type that is none of the ontology's leaves it grey. */
export function dotClass(type: string): string {
  return `graph-dot type-${type.toLowerCase().replaceAll(/[^a-z0-9]/g, "")}`;
}

function typeColour(type: string): string {
  return probe((element) => (element.className = dotClass(type)));
}

function resolved(colour: string): string {
  return probe((element) => (element.style.backgroundColor = colour));
}

/** Return, as `#rrggbb`, the background that an element has on this page. */
function probe(dress: (element: HTMLElement) => void): string {
  const element = document.createElement("span");
  dress(element);
  document.body.append(element);
  const colour = getComputedStyle(element).backgroundColor;
  element.remove();
  return hex(colour);
}

/** Return any colour of CSS as `#rrggbb`: a canvas knows them all. */
function hex(colour: string): string {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `#${[red, green, blue].map((part) => part!.toString(16).padStart(2, "0")).join("")}`;
}
