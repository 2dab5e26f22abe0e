// The list of cases: a click, a tap or Enter anywhere in a row opens it, and the open row
// is always in view.

import { Steps } from "../viewer/browser/steps.js";

class CaseList {
  constructor(root) {
    this.root = root;
    this.steps = new Steps((asked) => this.send(asked));
    root.addEventListener("click", (event) => this.choose(event.target));
    root.addEventListener("keydown", (event) => this.press(event));
  }

  update(data) {
    this.steps.update(data.cases);
    this.root.setAttribute("aria-label", data.label);
    // Rows that stay keep their elements, and with them the focus.
    data.rows.forEach((row, place) => {
      this.show(this.row(place), row, place);
    });
    while (this.root.children.length > data.rows.length) this.root.lastChild.remove();
    this.mark();
  }

  row(place) {
    const there = this.root.children[place];
    if (there) return there;
    const row = document.createElement("li");
    row.setAttribute("role", "option");
    row.innerHTML = '<img alt="" /><span class="name"></span><span class="state"></span>';
    this.root.append(row);
    return row;
  }

  show(row, { name, state, words, done, picture }, place) {
    const text = JSON.stringify([name, state, words, done, picture, place]);
    if (row.text === text) return;
    row.text = text;
    row.dataset.place = place;
    row.dataset.state = state;
    row.toggleAttribute("data-done", Boolean(done));
    const [image, title, told] = row.children;
    image.hidden = !picture;
    if (picture && image.src !== picture) image.src = picture;
    title.textContent = shortened(name);
    title.title = name;
    told.textContent = done ? `${words} · ${done}` : words;
  }

  // Shows which row is open, and scrolls the list, never the page, until it is seen.
  mark() {
    const open = this.steps.at.place;
    [...this.root.children].forEach((row, place) => {
      row.setAttribute("aria-selected", String(place === open));
      row.tabIndex = place === Math.max(open, 0) ? 0 : -1;
    });
    const row = this.root.children[open];
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

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector("ol");
  const list = lists.get(root) ?? new CaseList(root);
  lists.set(root, list);
  list.send = (asked) => setStateValue("asked", asked);
  list.update(data);
}
