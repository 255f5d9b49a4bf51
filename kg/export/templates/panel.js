// What is read beside the graph: a thing with its statements, a statement with its sentences, search and filters.

// --- reading -------------------------------------------------------------------------------------------

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") made.addEventListener("click", value);
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

function dot(type) {
  const made = element("span", { class: "dot" });
  made.style.background = types[type].colour;
  return made;
}

function link(url, text) {
  const safe = /^https?:\/\//i.test(url ?? "");
  return safe ? element("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, text) : text;
}

function choose(found, { move = false } = {}) {
  chosen = found;
  hover(null);
  if (move && near) frame([...near], 1.8);
  present();
  panel.scrollTop = 0;
  if (found) panel.focus({ preventScroll: true });
}

function present() {
  panel.replaceChildren(...(chosen?.node ? aboutNode(chosen.node)
    : chosen?.statement ? aboutStatement(chosen.statement) : welcome()));
}

function welcome() {
  return [
    element("h2", {}, "Every line opens the sentences that state it"),
    element("p", { class: "facts" }, "Choose a line to read them, or a thing to list what is said of it."),
    element("p", { class: "facts" },
      "Drag to move, scroll to zoom. With the keyboard: / searches, the arrows move, + and − zoom, 0 shows all, Esc lets go."),
  ];
}

function aboutNode(node) {
  const facts = [types[node.type].one, node.published, node.authors?.join(", ")].filter(Boolean).join(" · ");
  const listed = (label, found, end) => found.length
    ? [element("h3", {}, label), element("ul", {}, ...found.map((one) => opener(one, nodes[one[end]])))] : [];
  return [
    element("h2", {}, link(node.url, node.name)),
    element("p", { class: "facts" }, facts),
    node.aliases.length ? element("p", { class: "facts" }, `also ${node.aliases.join(", ")}`) : "",
    ...predicates.flatMap(({ label }, p) => listed(label, node.outgoing.filter((one) => one.p === p && holds(one)), "o")),
    ...predicates.flatMap(({ inverse }, p) => listed(inverse, node.incoming.filter((one) => one.p === p && holds(one)), "s")),
    ...aboutResults(node),
  ];
}

function opener(statement, other) {
  const open = () => choose({ statement }, { move: true });
  return element("li", {}, element("button", { type: "button", onclick: open, title: "Read the sentences" },
    dot(other.type), element("span", {}, other.name), element("small", {}, belief(statement))));
}

function belief(fact) {
  const count = fact.papers === 1 ? "1 paper" : `${fact.papers} papers`;
  return `${fact.belief.toFixed(2)} · ${count}`;
}

function aboutResults(node) {
  if (!node.results.length) return [];
  const rows = node.results.map((result) => {
    const ends = Object.entries(result.ends).filter(([, end]) => nodes[end] !== node)
      .map(([role, end]) => `${role} ${nodes[end].name}`).join(", ");
    return element("div", {}, element("p", { class: "result" }, element("strong", {}, result.text), ` ${ends}`),
      ...result.evidence.map(quote));
  });
  return [element("h3", {}, "results"), ...rows];
}

function aboutStatement(statement) {
  const name = (index) => element("button", {
    type: "button", onclick: () => choose({ node: nodes[index] }, { move: true }),
  }, nodes[index].name);
  return [
    element("p", { class: "claim" }, name(statement.s), ` ${predicates[statement.p].label} `, name(statement.o)),
    statement.text ? element("p", { class: "result" }, element("strong", {}, statement.text)) : "",
    element("p", { class: "facts" }, `believed ${belief(statement)}`),
    element("p", { class: "key" }, element("mark", { class: "s" }, "subject"), element("mark", { class: "o" }, "object"),
      element("mark", { class: "w" }, "the words that state it")),
    ...statement.evidence.map(quote),
  ];
}

function quote(evidence) {
  const words = evidence.text.map(([text, mark]) => mark ? element("mark", { class: mark }, text) : text);
  const paper = papers[evidence.paper];
  const tags = ["negated", "hedged"].filter((tag) => evidence[tag]);
  return element("blockquote", {}, ...words, element("footer", {},
    paper ? link(paper.url, paper.title) : "", ` · found by ${evidence.found} `,
    ...tags.map((tag) => element("span", { class: "tag" }, tag))));
}

// --- search and filters --------------------------------------------------------------------------------

const MOST_FOUND = 30;

function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = !words.length ? [] : nodes
    .filter((node) => shown(node) && words.every((word) => node.words.includes(word)))
    .sort((a, b) => b.degree - a.degree || a.name.localeCompare(b.name));
  const rows = found.slice(0, MOST_FOUND).map((node) => element("li", {},
    element("button", { type: "button", onclick: () => choose({ node }, { move: true }) },
      dot(node.type), element("span", {}, node.name))));
  if (words.length && !found.length) rows.push(element("li", { class: "facts" }, "nothing by that name"));
  if (found.length > MOST_FOUND) {
    rows.push(element("li", { class: "facts" }, `and ${found.length - MOST_FOUND} more`));
  }
  document.getElementById("found").replaceChildren(...rows);
  return found;
}

function choice(label, count, set, index, mark) {
  const box = element("input", { type: "checkbox" });
  box.checked = true;
  box.addEventListener("change", () => {
    if (box.checked) set.delete(index); else set.add(index);
    refilter();
  });
  return element("label", { class: "choice" }, box, mark, element("span", {}, label), element("span", {}, String(count)));
}

function refilter() {
  const visible = nodes.filter(shown).length;
  const stated = statements.filter((one) => !one.text); // the others are lines of results
  const held = stated.filter(holds).length;
  const all = visible === nodes.length && held === stated.length;
  const note = data.note ?? (data.note = document.getElementById("counts").textContent);
  const counted = all ? `${visible} things, ${held} statements` : `${visible} of ${nodes.length} things, ${held} of ${stated.length} statements`;
  document.getElementById("counts").textContent = [counted, note].filter(Boolean).join(" · ");
  search(document.getElementById("search").value);
  hover(null);
  present();
}

function listenToControls() {
  const count = (list, key, index) => list.filter((one) => one[key] === index).length;
  document.getElementById("types").append(...types.map((type, index) =>
    choice(type.label, count(nodes, "type", index), hidden.types, index, dot(index))));
  document.getElementById("predicates").append(...predicates.map((predicate, index) =>
    choice(predicate.label, count(statements, "p", index), hidden.predicates, index, "")));
  const field = document.getElementById("search");
  field.addEventListener("input", () => search(field.value));
  field.addEventListener("keydown", (event) => {
    const [first] = event.key === "Enter" ? search(field.value) : [];
    if (first) choose({ node: first }, { move: true });
  });
  document.getElementById("belief").addEventListener("input", (event) => {
    hidden.belief = Number(event.target.value);
    document.getElementById("least").value = hidden.belief.toFixed(2);
    refilter();
  });
  const zooms = { in: () => zoomMiddle(1.3), out: () => zoomMiddle(1 / 1.3), fit };
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", zooms[button.dataset.zoom]);
  }
}

function listenToTheme() {
  const root = document.documentElement;
  const asked = window.matchMedia("(prefers-color-scheme: dark)");
  const set = (dark) => { root.classList.toggle("dark", dark); redraw(); };
  asked.addEventListener("change", () => set(asked.matches));
  document.getElementById("theme").addEventListener("click", () => set(!root.classList.contains("dark")));
  set(asked.matches);
}

prepare();
listenToControls();
listenToPointer();
listenToKeys();
listenToTheme();
refilter();
fit();
new ResizeObserver(redraw).observe(canvas);
