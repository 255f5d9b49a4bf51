// The whole graph as a picture to keep: SVG, and from it PNG. Labels that would cover others are left out, and that is said.

import type { GraphData, GraphEdge, GraphNode, Point } from "./data";
import type { Palette } from "./palette";

/** What a picture is made from. */
export interface Sheet {
  data: GraphData;
  places: ReadonlyMap<string, Point>;
  marked: ReadonlySet<string>;
  palette: Palette;
  title: string;
  note: string;
  typeWords: (type: string) => string;
}

const WIDTH = 1600;
const HEIGHT = 1200;
const MARGIN = 110;
const TOP = 90;
const FONT = "'DejaVu Sans','Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
const LETTER = 0.58; // the mean width of a letter, as a share of the font's size
const LONGEST = 42;
const ARROWS_NAMED = 60; // up to so many arrows have their words on them

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Return the graph as SVG, with a title, a legend, and what was left out. */
export function toSvg(sheet: Sheet): string {
  const at = onSheet(sheet);
  const radius = radiusOf(sheet.data.nodes.length);
  const labels = placeLabels(sheet, at, radius);
  const missing = sheet.data.nodes.length - labels.length;
  const note = [sheet.note, missing > 0 ? `${missing.toLocaleString("en")} names are left out, for they would cover others.` : ""].filter(Boolean).join(" ");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="${FONT}">`,
    `<title>${escaped(sheet.title)}</title>`,
    `<rect width="100%" height="100%" fill="${sheet.palette.paper}"/>`,
    `<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="5" markerHeight="5" orient="auto"><path d="M0 0L8 4L0 8z" fill="${sheet.palette.quiet}"/></marker></defs>`,
    ...arrows(sheet, at, radius),
    ...sheet.data.nodes.map((node) => dot(node, at.get(node.id)!, radius * (sheet.marked.has(node.id) ? 1.6 : 1), sheet.palette)),
    ...labels,
    text(sheet.title, { x: 40, y: 48 }, { size: 26, fill: sheet.palette.ink, weight: 600 }),
    text(note, { x: 40, y: 74 }, { size: 14, fill: sheet.palette.quiet }),
    ...legend(sheet),
    "</svg>",
  ].join("\n");
}

/** Return a picture in SVG as PNG, twice as fine. */
export async function toPng(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * WIDTH;
  canvas.height = 2 * HEIGHT;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("this browser could not make a PNG; SVG holds the same picture"))), "image/png"));
}

/** Fit all places into the sheet, with y downwards, as wide as high. */
function onSheet({ data, places }: Sheet): Map<string, Point> {
  const points = data.nodes.map(({ id }) => places.get(id)!);
  const [left, right] = extent(points.map(({ x }) => x));
  const [low, high] = extent(points.map(({ y }) => y));
  const scale = Math.min((WIDTH - 2 * MARGIN) / Math.max(1, right - left), (HEIGHT - 2 * MARGIN - TOP) / Math.max(1, high - low));
  const middle = { x: WIDTH / 2, y: (HEIGHT + TOP) / 2 - 20 };
  return new Map(
    data.nodes.map(({ id }, i) => [
      id,
      { x: middle.x + scale * (points[i]!.x - (left + right) / 2), y: middle.y - scale * (points[i]!.y - (low + high) / 2) },
    ]),
  );
}

function extent(numbers: number[]): [number, number] {
  return [numbers.reduce((a, b) => Math.min(a, b), Infinity), numbers.reduce((a, b) => Math.max(a, b), -Infinity)];
}

function radiusOf(nodes: number): number {
  return Math.max(3, Math.min(9, 90 / Math.sqrt(nodes)));
}

function dot({ type }: GraphNode, { x, y }: Point, radius: number, palette: Palette): string {
  return `<circle cx="${short(x)}" cy="${short(y)}" r="${short(radius)}" fill="${palette.ofType(type)}" stroke="${palette.paper}"/>`;
}

/** Draw each arrow from rim to rim; several between two nodes are one line with all their words. */
function arrows({ data, palette, marked }: Sheet, at: Map<string, Point>, radius: number): string[] {
  const pairs = new Map<string, GraphEdge[]>();
  for (const edge of data.edges) {
    const pair = JSON.stringify([edge.source, edge.target]);
    pairs.set(pair, [...(pairs.get(pair) ?? []), edge]);
  }
  const named = data.edges.length <= ARROWS_NAMED;
  return [...pairs.values()].filter(([first]) => first!.source !== first!.target).flatMap((edges) => {
    const [start, end] = [at.get(edges[0]!.source)!, at.get(edges[0]!.target)!];
    const length = Math.hypot(end.x - start.x, end.y - start.y) || 1;
    const [right, down] = [(end.x - start.x) / length, (end.y - start.y) / length];
    const strong = edges.some(({ id }) => marked.has(id));
    const width = 0.7 + 1.3 * Math.max(...edges.map(({ belief }) => belief ?? 0.5));
    const [from, to] = [radius + 1, Math.max(radius + 2, length - radius * 1.6 - 3)];
    const line = `<line x1="${short(start.x + right * from)}" y1="${short(start.y + down * from)}" x2="${short(start.x + right * to)}" y2="${short(start.y + down * to)}" stroke="${strong ? palette.accent : palette.quiet}" stroke-opacity="${strong ? 1 : 0.45}" stroke-width="${short(width)}" marker-end="url(#head)"/>`;
    const words = [...new Set(edges.map(({ label }) => label))].join(", ");
    const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
    return named || strong ? [line, text(words, middle, { size: 11, fill: palette.quiet, halo: palette.paper, anchor: "middle" })] : [line];
  });
}

/** Place the names of the best joined first; a name that would cover another is left out. */
function placeLabels({ data, marked, palette }: Sheet, at: Map<string, Point>, radius: number): string[] {
  const degree = new Map<string, number>();
  for (const { source, target } of data.edges) for (const id of [source, target]) degree.set(id, (degree.get(id) ?? 0) + 1);
  const rank = (id: string): number => (marked.has(id) ? 1e6 : 0) + (degree.get(id) ?? 0);
  const taken: Box[] = [];
  return data.nodes
    .toSorted((a, b) => rank(b.id) - rank(a.id))
    .flatMap((node) => {
      const size = marked.has(node.id) ? 17 : 13;
      const name = node.name.length > LONGEST ? `${node.name.slice(0, LONGEST - 1)}…` : node.name;
      const spot = spots(at.get(node.id)!, name.length * size * LETTER, size, radius * 1.6).find((box) => inside(box) && !taken.some((other) => overlap(box, other)));
      if (!spot) return [];
      taken.push(spot);
      return [text(name, { x: spot.x, y: spot.y + size * 0.85 }, { size, fill: palette.ink, halo: palette.paper, weight: marked.has(node.id) ? 600 : 400 })];
    });
}

/** Return where the name of a node may stand: right, left, below, above. */
function spots({ x, y }: Point, width: number, height: number, radius: number): Box[] {
  const box = { width, height };
  return [
    { ...box, x: x + radius + 3, y: y - height / 2 },
    { ...box, x: x - radius - 3 - width, y: y - height / 2 },
    { ...box, x: x - width / 2, y: y + radius + 2 },
    { ...box, x: x - width / 2, y: y - radius - height - 2 },
  ];
}

function inside({ x, y, width, height }: Box): boolean {
  return x > 8 && x + width < WIDTH - 8 && y > TOP && y + height < HEIGHT - 60;
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function legend({ data, palette, typeWords }: Sheet): string[] {
  const types = [...new Set(data.nodes.map(({ type }) => type))].sort();
  let x = 40;
  return types.flatMap((type) => {
    const words = typeWords(type);
    const shown = [`<circle cx="${x}" cy="${HEIGHT - 34}" r="7" fill="${palette.ofType(type)}"/>`, text(words, { x: x + 14, y: HEIGHT - 29 }, { size: 14, fill: palette.ink })];
    x += 44 + words.length * 14 * LETTER;
    return shown;
  });
}

interface Lettering {
  size: number;
  fill: string;
  halo?: string;
  weight?: number;
  anchor?: "middle";
}

function text(words: string, { x, y }: Point, { size, fill, halo, weight, anchor }: Lettering): string {
  const outline = halo ? ` stroke="${halo}" stroke-width="3" paint-order="stroke" stroke-linejoin="round"` : "";
  return `<text x="${short(x)}" y="${short(y)}" font-size="${size}" fill="${fill}"${weight ? ` font-weight="${weight}"` : ""}${anchor ? ` text-anchor="${anchor}"` : ""}${outline}>${escaped(words)}</text>`;
}

function short(number: number): string {
  return String(Math.round(number * 10) / 10);
}

/** Return text as it stands in XML; what no XML can hold becomes a replacement mark. */
export function escaped(words: string): string {
  const whole = words.replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
  return whole.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
