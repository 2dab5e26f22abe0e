// Marks the case as done that it was drawn for; see done_button.py.

const SIGNS = { true: "M7 4 3 8l4 4M3 8h9a4 4 0 0 1 0 8H8", false: "m4 10 4 4 8-8" };
const mount = Math.random().toString(36).slice(2);
let number = 0;
let presses = []; // that the page has not answered: it may be busy when one is made

export default function ({ parentElement, data, setStateValue }) {
  const [opened, done, label, answered, waits, keys] = data;
  if (answered?.mount === mount) presses = presses.filter(([it]) => it > answered.number);
  const button = parentElement.querySelector("button");
  button.querySelector("span").textContent = label;
  button.querySelector("path").setAttribute("d", SIGNS[done]);
  // Not `disabled`: who comes to it by a key or a screen reader learns why.
  button.ariaDisabled = String(Boolean(waits));
  button.ariaDescription = waits;
  button.title = waits || keys;
  button.onclick = () => {
    if (waits) return;
    presses.push([++number, opened, !done]);
    setStateValue("pressed", { mount, presses });
  };
  const onKey = (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
    event.preventDefault();
    button.click();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
