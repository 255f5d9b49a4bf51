"use strict";

// The graph of this page, drawn on a canvas: what is visible, how it looks, how one moves about in it.

const data = JSON.parse(document.getElementById("data").textContent);
const { nodes, statements, results, types, predicates, papers } = data;
const canvas = document.getElementById("picture");
const pen = canvas.getContext("2d");
const panel = document.getElementById("panel");
const tip = document.getElementById("tip");

const view = { x: 0, y: 0, scale: 1 };
const hidden = { types: new Set(), predicates: new Set(), belief: 0 };
let chosen = null; // { node } or { statement }
let under = null; // what the pointer is over, in the same form
let near = null; // the nodes that stay bright, or null for all

const MOST_LABELS = 50; // at one time, so that a large graph can be overlooked; nearer, more find room
const BUSY = 60; // so many things with the most links are not covered by the labels of others

// --- what the data does not say outright ---------------------------------------------------------------

function prepare() {
  const together = new Map();
  for (const node of nodes) Object.assign(node, { degree: 0, outgoing: [], incoming: [], results: [] });
  for (const statement of statements) {
    const key = [statement.s, statement.o].sort().join();
    const rank = together.get(key) ?? 0;
    together.set(key, rank + 1);
    statement.bend = (rank % 2 ? -1 : 1) * Math.ceil(rank / 2) * 22 * (statement.s < statement.o ? 1 : -1);
    nodes[statement.s].outgoing.push(statement);
    nodes[statement.o].incoming.push(statement);
    nodes[statement.s].degree += 1;
    nodes[statement.o].degree += 1;
  }
  for (const result of results) {
    for (const end of new Set(Object.values(result.ends))) nodes[end].results.push(result);
  }
  for (const node of nodes) {
    node.radius = 4 + Math.min(2.2 * Math.sqrt(node.degree), 16);
    node.words = [node.name, ...node.aliases].join("\n").toLowerCase();
    node.short = node.name.length > 34 ? node.name.slice(0, 32) + "…" : node.name;
  }
  const degrees = nodes.map((node) => node.degree).sort((a, b) => b - a);
  for (const node of nodes) node.busy = node.degree >= Math.max(degrees[BUSY] ?? 0, 4);
  for (const type of types) type.pale = lightened(type.colour);
}

function lightened(colour) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgb(${parts.map((part) => Math.round(part + (255 - part) * 0.4)).join()})`;
}

function shown(node) {
  return !hidden.types.has(node.type);
}

function holds(statement) {
  return !hidden.predicates.has(statement.p) && statement.belief >= hidden.belief
    && shown(nodes[statement.s]) && shown(nodes[statement.o]);
}

function neighbours(node) {
  const around = new Set([node]);
  for (const statement of node.outgoing) if (holds(statement)) around.add(nodes[statement.o]);
  for (const statement of node.incoming) if (holds(statement)) around.add(nodes[statement.s]);
  return around;
}

// --- drawing -------------------------------------------------------------------------------------------

function colours() {
  const style = getComputedStyle(document.documentElement);
  const named = (name) => style.getPropertyValue(name).trim();
  const dark = document.documentElement.classList.contains("dark");
  return { dark, paper: named("--paper"), ink: named("--ink"), line: named("--line"), accent: named("--accent") };
}

function toScreen(point) {
  return { x: point.x * view.scale + view.x, y: point.y * view.scale + view.y };
}

function curve(statement) {
  const start = toScreen(nodes[statement.s]);
  const end = toScreen(nodes[statement.o]);
  const length = Math.hypot(end.x - start.x, end.y - start.y) || 1;
  const bend = (statement.bend * 2 * Math.min(view.scale, 1.5)) / length;
  const middle = {
    x: (start.x + end.x) / 2 - (end.y - start.y) * bend,
    y: (start.y + end.y) / 2 + (end.x - start.x) * bend,
  };
  return { start, middle, end };
}

function along({ start, middle, end }, t) {
  const mix = (a, b, c) => (1 - t) * (1 - t) * a + 2 * t * (1 - t) * b + t * t * c;
  return { x: mix(start.x, middle.x, end.x), y: mix(start.y, middle.y, end.y) };
}

const SMALLEST = nodes.length > 600 ? 0.18 : 0.45; // how far things shrink with the view

function radiusOf(node) {
  return node.radius * Math.min(Math.max(view.scale, SMALLEST), 1.6);
}

function draw() {
  const ratio = window.devicePixelRatio || 1;
  const { width, height } = canvas.getBoundingClientRect();
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  const palette = colours();
  for (const statement of statements) if (holds(statement)) drawStatement(statement, palette);
  for (const node of nodes) if (shown(node)) drawNode(node, palette);
  drawLabels(palette, width, height);
}

function isChosen(item) {
  return [chosen, under].some((one) => one && (one.node === item || one.statement === item));
}

function touchesFocus(statement) {
  const focus = under?.node ?? chosen?.node;
  return focus && (nodes[statement.s] === focus || nodes[statement.o] === focus);
}

const CALM = statements.length > 1200 ? 0.2 : 0.55; // how strongly lines are drawn that nobody points at

function drawStatement(statement, palette) {
  const way = curve(statement);
  const bright = isChosen(statement) || touchesFocus(statement);
  pen.globalAlpha = bright ? 1 : near ? 0.12 : CALM;
  pen.strokeStyle = pen.fillStyle = isChosen(statement) ? palette.accent : palette.line;
  pen.lineWidth = 0.6 + 1.8 * statement.belief * statement.belief + (isChosen(statement) ? 1.5 : 0);
  pen.beginPath();
  pen.moveTo(way.start.x, way.start.y);
  pen.quadraticCurveTo(way.middle.x, way.middle.y, way.end.x, way.end.y);
  pen.stroke();
  if (view.scale > 0.35) drawHead(way, radiusOf(nodes[statement.o]));
  pen.globalAlpha = 1;
}

function drawHead(way, radius) {
  const angle = Math.atan2(way.end.y - way.middle.y, way.end.x - way.middle.x);
  const tipX = way.end.x - Math.cos(angle) * (radius + 1);
  const tipY = way.end.y - Math.sin(angle) * (radius + 1);
  pen.beginPath();
  pen.moveTo(tipX, tipY);
  pen.lineTo(tipX - 8 * Math.cos(angle - 0.4), tipY - 8 * Math.sin(angle - 0.4));
  pen.lineTo(tipX - 8 * Math.cos(angle + 0.4), tipY - 8 * Math.sin(angle + 0.4));
  pen.fill();
}

function drawNode(node, palette) {
  const { x, y } = toScreen(node);
  pen.globalAlpha = near && !near.has(node) ? 0.18 : 1;
  pen.fillStyle = palette.dark ? types[node.type].pale : types[node.type].colour;
  pen.strokeStyle = isChosen(node) ? palette.accent : palette.paper;
  pen.lineWidth = isChosen(node) ? 3 : 1.5;
  pen.beginPath();
  pen.arc(x, y, radiusOf(node), 0, 2 * Math.PI);
  pen.fill();
  pen.stroke();
  pen.globalAlpha = 1;
}

// Labels take their room in the order of importance; one that would cover another waits for more room.
function drawLabels(palette, width, height) {
  const inOrder = nodes.filter((node) => shown(node) && (!near || near.has(node))).sort((a, b) => weight(b) - weight(a));
  const taken = inOrder.filter((node) => node.busy).map(outline);
  pen.font = "12px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "top";
  pen.lineJoin = "round";
  const most = taken.length + MOST_LABELS;
  for (const node of inOrder) {
    if (taken.length >= most) break;
    const { x, y } = toScreen(node);
    if (x < 0 || y < 0 || x > width || y > height) continue;
    const half = pen.measureText(node.short).width / 2 + 3;
    const top = y + radiusOf(node) + 2;
    const box = [x - half, top, x + half, top + 15];
    if (!isChosen(node) && taken.some((other) => overlaps(box, other))) continue;
    taken.push(box);
    write(node.short, x, top, palette);
  }
  const labelled = under?.statement ?? chosen?.statement;
  const visible = statements.filter((one) => holds(one) && (one === labelled || touchesFocus(one)));
  for (const statement of visible.slice(0, 60)) {
    const middle = along(curve(statement), 0.5);
    const label = predicates[statement.p].label;
    const half = pen.measureText(label).width / 2 + 3;
    const box = [middle.x - half, middle.y - 7, middle.x + half, middle.y + 8];
    if (statement !== labelled && taken.some((other) => overlaps(box, other))) continue;
    taken.push(box);
    write(label, middle.x, middle.y - 7, palette);
  }
}

function outline(node) {
  const { x, y } = toScreen(node);
  const radius = radiusOf(node);
  return [x - radius, y - radius, x + radius, y + radius];
}

function weight(node) {
  return (isChosen(node) ? 1e6 : 0) + node.degree;
}

function overlaps(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

function write(text, x, y, palette) {
  pen.strokeStyle = palette.paper;
  pen.lineWidth = 4;
  pen.strokeText(text, x, y);
  pen.fillStyle = palette.ink;
  pen.fillText(text, x, y);
}

let waiting = false;
function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; draw(); });
}

// --- moving about --------------------------------------------------------------------------------------

function fit() {
  frame(nodes.filter(shown), 2);
}

function zoom(factor, x, y) {
  const scale = Math.min(Math.max(view.scale * factor, 0.02), 8);
  view.x = x - ((x - view.x) * scale) / view.scale;
  view.y = y - ((y - view.y) * scale) / view.scale;
  view.scale = scale;
  redraw();
}

function zoomMiddle(factor) {
  const { width, height } = canvas.getBoundingClientRect();
  zoom(factor, width / 2, height / 2);
}

// Show all of some things, as large as they fit.
function frame(visible, largest) {
  if (!visible.length) return;
  const { width, height } = canvas.getBoundingClientRect();
  const xs = visible.map((node) => node.x);
  const ys = visible.map((node) => node.y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  view.scale = Math.min((width - 160) / (right - left || 1), (height - 100) / (bottom - top || 1), largest);
  view.x = width / 2 - ((left + right) / 2) * view.scale;
  view.y = height / 2 - ((top + bottom) / 2) * view.scale;
  redraw();
}

function at(event) {
  const { left, top } = canvas.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

function find(point) {
  let best = null;
  let distance = Infinity;
  for (const node of nodes) {
    if (!shown(node)) continue;
    const { x, y } = toScreen(node);
    const reach = Math.hypot(x - point.x, y - point.y) - radiusOf(node);
    if (reach < 4 && reach < distance) [best, distance] = [{ node }, reach];
  }
  return best ?? findStatement(point);
}

function findStatement(point) {
  let best = null;
  let distance = 6;
  for (const statement of statements) {
    if (!holds(statement)) continue;
    const way = curve(statement);
    for (let step = 1; step <= 24; step += 1) {
      const gap = toSegment(point, along(way, (step - 1) / 24), along(way, step / 24));
      if (gap < distance) [best, distance] = [{ statement }, gap];
    }
  }
  return best;
}

function toSegment(point, start, end) {
  const [x, y] = [end.x - start.x, end.y - start.y];
  const t = ((point.x - start.x) * x + (point.y - start.y) * y) / (x * x + y * y || 1);
  const inside = Math.min(Math.max(t, 0), 1);
  return Math.hypot(point.x - start.x - inside * x, point.y - start.y - inside * y);
}

function hover(found, point) {
  under = found;
  const focus = found?.node ?? chosen?.node;
  near = focus ? neighbours(focus) : statementEnds(found?.statement ?? chosen?.statement);
  canvas.classList.toggle("over", Boolean(found));
  tip.hidden = !found;
  if (found) {
    const { statement, node } = found;
    tip.textContent = node ? `${node.name} (${types[node.type].one})` : sentence(statement);
    tip.style.left = `${Math.min(point.x + 14, canvas.clientWidth - 200)}px`;
    tip.style.top = `${point.y + 14}px`;
  }
  redraw();
}

function statementEnds(statement) {
  return statement ? new Set([nodes[statement.s], nodes[statement.o]]) : null;
}

function sentence(statement) {
  return `${nodes[statement.s].name} ${predicates[statement.p].label} ${nodes[statement.o].name}`;
}

function listenToPointer() {
  const pointers = new Map();
  let moved = 0;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    moved = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const point = at(event);
    const last = pointers.get(event.pointerId);
    if (!last) return hover(find(point), point);
    if (pointers.size === 2) pinch(pointers, event.pointerId, point);
    else [view.x, view.y] = [view.x + point.x - last.x, view.y + point.y - last.y];
    moved += Math.hypot(point.x - last.x, point.y - last.y);
    pointers.set(event.pointerId, point);
    redraw();
  });
  canvas.addEventListener("pointerup", (event) => {
    pointers.delete(event.pointerId);
    if (moved < 5) choose(find(at(event)));
  });
  canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => hover(null));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const point = at(event);
    zoom(Math.exp(-event.deltaY * 0.0015), point.x, point.y);
  }, { passive: false });
}

function pinch(pointers, moving, point) {
  const [, other] = [...pointers].find(([id]) => id !== moving);
  const last = pointers.get(moving);
  const before = Math.hypot(last.x - other.x, last.y - other.y) || 1;
  const after = Math.hypot(point.x - other.x, point.y - other.y);
  zoom(after / before, (point.x + other.x) / 2, (point.y + other.y) / 2);
}

function listenToKeys() {
  const keys = {
    ArrowLeft: () => { view.x += 60; }, ArrowRight: () => { view.x -= 60; },
    ArrowUp: () => { view.y += 60; }, ArrowDown: () => { view.y -= 60; },
    "+": () => zoomMiddle(1.25), "=": () => zoomMiddle(1.25), "-": () => zoomMiddle(0.8), 0: fit,
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
    redraw();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") choose(null);
    if (event.key === "/" && document.activeElement.id !== "search") {
      event.preventDefault();
      document.getElementById("search").focus();
    }
  });
}
