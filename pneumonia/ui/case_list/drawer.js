// The handle of the list where it is a drawer, on a telephone; `page.css` draws the drawer.
// Open or closed is the browser's matter: no run of the page is waited for.

export default function ({ parentElement, data: [data] }) {
  const button = parentElement.querySelector("button");
  const { host } = button.getRootNode();
  const drawer = host?.closest(".st-key-cases");
  if (!drawer) return;
  const turn = (open) => {
    drawer.toggleAttribute("data-open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.setAttribute("aria-label", data);
  turn(drawer.hasAttribute("data-open"));
  button.onclick = () => turn(!drawer.hasAttribute("data-open"));
  // Who has chosen a case wants to see it.
  drawer.onclick = (event) => {
    if (event.composedPath().some((it) => it.role === "option")) turn(false);
  };
  drawer.onkeydown = ({ key }) => {
    if (key === "Escape") turn(false);
  };
}
