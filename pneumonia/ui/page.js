// What the browser is told of the page: its language, for screen readers; the page's words
// for Streamlit's own, which are written over them where they stand, so that Streamlit finds
// its nodes again; and the place that is shown, which begins at its top.

const ATTRIBUTES = ["aria-label", "title", "placeholder"];
const WATCHED = {
  subtree: true,
  childList: true,
  characterData: true,
  attributeFilter: ATTRIBUTES,
};
// What was written over what: by the text, or by the element and the attribute's name.
const written = new WeakMap();
let table = "";
let exact = new Map();
let patterns = [];
let shown;

function read(words) {
  exact = new Map(Object.entries(words).filter(([english]) => !english.includes("{")));
  patterns = Object.entries(words)
    .filter(([english]) => english.includes("{"))
    .map(([english, said]) => {
      const source = english.replace(/[.?()/]/g, "\\$&").replace(/\{(\w+)\}/g, "(?<$1>.+)");
      return { pattern: new RegExp(`^${source}$`), said };
    });
}

function say(text) {
  if (exact.has(text)) return exact.get(text);
  // A part's name often follows what it does.
  const [does, ...name] = text.split(": ");
  if (name.length && exact.has(does)) return [exact.get(does), ...name].join(": ");
  for (const { pattern, said } of patterns) {
    const found = text.match(pattern);
    if (found) return said.replace(/\{(\w+)\}/g, (_, key) => found.groups[key]);
  }
  return text;
}

function write(node, name, text, put) {
  const before = written.get(node) ?? {};
  const english = before[name]?.said === text ? before[name].english : text;
  const said = say(english);
  written.set(node, { ...before, [name]: { english, said } });
  if (said !== text) put(said);
}

function writeText(node) {
  const text = node.data.trim();
  const put = (said) => {
    node.data = node.data.replace(text, () => said);
  };
  if (text) write(node, "text", text, put);
}

function writeElement(element) {
  for (const name of ATTRIBUTES) {
    const text = element.getAttribute(name);
    if (text) write(element, name, text, (said) => element.setAttribute(name, said));
  }
}

function writeAll(root) {
  if (root.nodeType === Node.TEXT_NODE) writeText(root);
  if (root.nodeType !== Node.ELEMENT_NODE) return;
  writeElement(root);
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (node.nodeType === Node.TEXT_NODE) writeText(node);
    else writeElement(node);
  }
}

function take(changes) {
  for (const { type, target, addedNodes } of changes) {
    if (type === "characterData") writeText(target);
    else if (type === "attributes") writeElement(target);
    else for (const node of addedNodes) writeAll(node);
  }
}

export default function ({ data: [language, place, packing, words] }) {
  document.documentElement.lang = language;
  document.documentElement.dataset.packing = packing;
  if (shown && shown !== place) document.getElementById("stMain").scrollTo(0, 0);
  shown = place;
  const given = JSON.stringify(words);
  if (given === table) return;
  if (!table) new MutationObserver(take).observe(document.body, WATCHED);
  table = given;
  read(words);
  writeAll(document.body);
}
