// The list of cases: a click, a tap or Enter anywhere in a row opens it, and the open row
// is always in view. Below it is the button that takes the open case off.

import { Steps } from "../viewer/browser/steps.js";

const PART_ROWS = 50; // as in listing.py
const REMOVALS = 8; // asked for last: the page may be busy, and hears of some together

class CaseList {
  constructor(root, button) {
    this.root = root;
    this.button = button;
    this.removals = [];
    this.steps = new Steps((asked) => this.send(asked));
    this.fetched = [];
    this.seen = new Set();
    this.watch = new IntersectionObserver((changes) => {
      for (const { target, isIntersecting } of changes) {
        if (isIntersecting) this.seen.add(target);
        else this.seen.delete(target);
        if (isIntersecting) this.fetch(target);
      }
    });
    root.addEventListener("click", (event) => this.choose(event.target));
    root.addEventListener("keydown", (event) => this.press(event));
    button.addEventListener("click", () => this.removeOpen());
  }

  // Takes what a run says. Rows that stay keep their elements, and with them the focus.
  take({ rows, total, cases, empty, remove }) {
    this.steps.update(cases);
    this.root.dataset.empty = empty;
    this.button.hidden = !remove;
    this.button.querySelector("span").textContent = remove;
    this.button.title = remove;
    while (this.root.children.length > total) this.root.lastChild.remove();
    while (this.root.children.length < total) this.add();
    this.parts = typeof rows[0] === "string" ? rows : [];
    if (!this.parts.length) this.fill(rows, 0);
    this.mark();
    for (const row of this.seen) this.fetch(row);
  }

  fill(rows, from) {
    rows.forEach((row, place) => {
      this.show(this.root.children[from + place], row, from + place);
    });
  }

  // Of a long list the part is fetched that a row in view belongs to, where it changed.
  async fetch(row) {
    if (!this.parts.length || !row.isConnected) return;
    const part = Math.floor([...this.root.children].indexOf(row) / PART_ROWS);
    const address = this.parts[part];
    if (this.fetched[part] === address) return;
    this.fetched[part] = address;
    const answer = await fetch(address).catch(() => null);
    const rows = answer?.ok ? await answer.json() : null;
    // What has changed meanwhile was asked for anew.
    if (this.fetched[part] !== address || this.parts[part] !== address) return;
    if (!rows) {
      delete this.fetched[part]; // the next run says it again
      return;
    }
    const first = !row.text;
    this.fill(rows, part * PART_ROWS);
    // Rows in words are higher than those without.
    if (first) this.marked = null;
    this.mark();
  }

  add() {
    const row = document.createElement("li");
    row.dataset.place = this.root.children.length;
    this.watch.observe(row);
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", "false");
    row.tabIndex = -1;
    row.innerHTML =
      '<img alt="" loading="lazy" /><span class="name"></span><span class="state"></span>';
    this.root.append(row);
  }

  show(row, { name, state, words, done, picture }, place) {
    const text = JSON.stringify([name, state, words, done, picture, place]);
    if (row.text === text) return;
    row.text = text;
    row.dataset.state = state;
    row.toggleAttribute("data-done", Boolean(done));
    const [image, title, told] = row.children;
    image.hidden = !picture;
    if (picture && image.getAttribute("src") !== picture) image.src = picture;
    title.textContent = shortened(name);
    title.title = name;
    // A sign stays on the line of its word.
    told.textContent = done ? `${words} · ${done.replace(" ", "\u00a0")}` : words;
  }

  // Shows which row is open, and scrolls the list, never the page, until it is seen.
  mark() {
    const open = this.steps.at.place;
    const row = this.root.children[open];
    // Of thousands of rows two change.
    const entered = row ?? this.root.children[0];
    for (const it of new Set([this.opened, this.entered, row, entered])) {
      it?.setAttribute("aria-selected", String(it === row));
      if (it) it.tabIndex = it === entered ? 0 : -1;
    }
    Object.assign(this, { opened: row, entered });
    if (!row || open === this.marked) return;
    this.marked = open;
    const box = this.root.getBoundingClientRect();
    const own = row.getBoundingClientRect();
    if (own.top < box.top) this.root.scrollTop -= box.top - own.top;
    else if (own.bottom > box.bottom) this.root.scrollTop += own.bottom - box.bottom;
  }

  choose(target) {
    const row = target.closest("li");
    if (!row) return;
    this.steps.go(Number(row.dataset.place));
    this.mark();
    row.focus({ preventScroll: true });
  }

  // The case that the button names, also while the page is on its way to another.
  removeOpen() {
    const { order, place } = this.steps.cases;
    this.removals = [...this.removals, { order, place }].slice(-REMOVALS);
    this.sendRemovals(this.removals);
  }

  press(event) {
    const row = event.target.closest("li");
    const beside = { ArrowDown: row?.nextSibling, ArrowUp: row?.previousSibling }[event.key];
    if (beside) beside.focus();
    else if (event.key === "Enter" || event.key === " ") this.choose(event.target);
    else return;
    event.preventDefault();
    event.stopPropagation(); // Streamlit has keys of its own
  }
}

// The end of a long name tells files apart more often than its middle does.
const ROOM = 48;
function shortened(name) {
  return name.length > ROOM ? `${name.slice(0, ROOM - 21)}…${name.slice(-20)}` : name;
}

const lists = new WeakMap();

export default function ({ parentElement, data: [key, label], setStateValue }) {
  const root = parentElement.querySelector("ol");
  const button = parentElement.querySelector("button");
  const list = lists.get(root) ?? new CaseList(root, button);
  lists.set(root, list);
  root.setAttribute("aria-label", label);
  list.send = (asked) => setStateValue("asked", asked);
  list.sendRemovals = (removals) => setStateValue("removed", removals);
  const take = () => {
    const told = globalThis.told?.get(key);
    if (told) list.take(told);
  };
  globalThis.addEventListener(`told-${key}`, take);
  take();
  return () => globalThis.removeEventListener(`told-${key}`, take);
}
